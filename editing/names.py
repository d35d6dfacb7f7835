"""Nodes and literals to the words that prompts use for them: all names of editing are made here.

Catalog labels become words as in the corpus, by `verbalize.labels`.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from verbalize.labels import readable

_NAMES = (Path(__file__).parent / "names.sql").read_text()


def write_names(connection: duckdb.DuckDBPyConnection, language: str = "en") -> None:
    """Makes the temporary table `edit_name` (node_id, kind, subject_text, target_text) of all nodes
    that are no persons.

    Only names that one node alone has can be a subject; `subject_text` is null for the others.
    """
    rows = connection.execute(
        "SELECT DISTINCT label FROM facts.node WHERE kind = 'category' ORDER BY label"
    ).fetchall()
    labels = [label for (label,) in rows]
    words = [readable(label, language) for label in labels]
    connection.register("edit_label", pa.table({"label": labels, "words": words}))
    try:
        connection.execute(_NAMES)
    finally:
        connection.unregister("edit_label")
