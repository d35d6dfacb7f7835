"""How varied the documents are that curation keeps: `text.variety`, a row a language.

Words by distinct-n, statements by the entropy of what they say and of how, and documents by the
share of near duplicates before and after curation. What curation misses is looked for by other hash
functions than its own.
"""

from pathlib import Path

import duckdb

from verbalize.curation.near import near_duplicates

DOCUMENTS = 10_000
"""Most documents of a language of which words are counted."""

_MEASURE = (Path(__file__).with_suffix(".sql")).read_text()


def measure(connection: duckdb.DuckDBPyConnection, threshold: float, seed: int) -> None:
    """Makes `text.variety` anew. `threshold` is the Jaccard similarity from which documents are
    near duplicates, `seed` the one that curation had."""
    found = near_duplicates(connection, threshold, seed + 1)
    connection.register("near_left", found.select(["document_id"]))
    connection.execute("DELETE FROM text.variety")
    connection.execute(_MEASURE, {"documents": DOCUMENTS})
    connection.unregister("near_left")
