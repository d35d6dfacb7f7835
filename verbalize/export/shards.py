"""The documents of one shard as an Arrow table, with what every format says of them."""

import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa

_DOCUMENTS = (Path(__file__).parent / "shard.sql").read_text()


def documents(connection: duckdb.DuckDBPyConnection, seed: int, first: int, count: int) -> pa.Table:
    """`count` documents from the `first` on (from 0), in the order of a hash of seed and document.

    Columns: id, text, source, added, created, kind, language, title, subject, tokens, fact_ids, predicted_share. `created` is from when the
    newest of its facts holds, `added` the newest time at which anything that it tells was known to change; neither is the clock's.
    """
    return connection.execute(_DOCUMENTS, {"seed": seed, "first": first, "count": count}).to_arrow_table()


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
