"""Rows made in Python become a table, in batches; text that is no UTF-8 is told apart."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

import duckdb
import pyarrow as pa

from warehouse.connection import quoted

_BATCH_ROWS = 20_000
_NOT_UTF_8 = re.compile("[\ud800-\udfff]")


def land(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    columns: Iterable[str],
    rows: Iterable[tuple[int, *tuple[str, ...]]],
) -> None:
    """Makes `target` (such as `TABLE raw.landed`) of rows of a number and texts, in their order."""
    names = ", ".join(map(quoted, columns))
    places = range(1, len(tuple(columns)))
    # Columns by place: Arrow keeps some names for itself.
    schema = pa.schema([("c0", pa.int64()), *((f"c{place}", pa.string()) for place in places)])
    batches = pa.RecordBatchReader.from_batches(schema, _batches(iter(rows), schema))
    connection.register("arrow_rows", batches)
    try:
        connection.execute(f"CREATE OR REPLACE {target} AS FROM arrow_rows AS landed({names})")
    finally:
        connection.unregister("arrow_rows")


def is_utf_8(text: str) -> bool:
    """Whether text that was decoded with `surrogateescape` was UTF-8."""
    return text.isascii() or not _NOT_UTF_8.search(text)


def escaped(text: str) -> str:
    """Text that was decoded with `surrogateescape`, its broken bytes as `\\xe9`."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _batches(
    rows: Iterator[tuple[int, *tuple[str, ...]]], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    while batch := list(islice(rows, _BATCH_ROWS)):
        columns = zip(zip(*batch, strict=True), schema, strict=True)
        arrays = [pa.array(values, field.type) for values, field in columns]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
