"""Batches of rows become a table; what could not be decoded is told apart."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import duckdb
import pyarrow as pa

from warehouse.connection import quoted

_BATCH_ROWS = 20_000
_ESCAPED = re.compile("[\ud800-\udfff]")

UNDECODED = "a byte that is no character; save the file as UTF-8"

Row = tuple[int, *tuple[str, ...]]


def land(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    columns: Sequence[str],
    batches: Iterable[pa.RecordBatch],
) -> None:
    """Makes `target` (such as `TABLE raw.landed`) of batches of a number and texts, in their
    order."""
    names = ", ".join(map(quoted, columns))
    schema = _schema(len(columns))
    # Columns by place: Arrow keeps some names for itself.
    placed = (pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in batches)
    connection.register("arrow_rows", pa.RecordBatchReader.from_batches(schema, placed))
    try:
        connection.execute(f"CREATE OR REPLACE {target} AS FROM arrow_rows AS landed({names})")
    finally:
        connection.unregister("arrow_rows")


def is_decoded(text: str) -> bool:
    """Whether all bytes of a text that was decoded with `surrogateescape` were characters."""
    return text.isascii() or not _ESCAPED.search(text)


def escaped(text: str) -> str:
    """Text that was decoded with `surrogateescape`, its broken bytes as `\\xe9`."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def batched(rows: Iterable[Row], size: int = _BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Rows that were made in Python."""
    left = iter(rows)
    while batch := list(islice(left, size)):
        schema = _schema(len(batch[0]))
        columns = zip(zip(*batch, strict=True), schema, strict=True)
        arrays = [pa.array(values, field.type) for values, field in columns]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _schema(width: int) -> pa.Schema:
    texts = ((f"c{place}", pa.string()) for place in range(1, width))
    return pa.schema([("c0", pa.int64()), *texts])
