"""The records of a text file, found without a look at their fields.

A file that comes again mostly says what it said before. A record of it is a line, or the lines that
a quoted line end joins; by the hash of each, those that are new are told from the others, and only
they need to be read. A file of which it is not clear where records end is read whole.
"""

import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.connection import literal

BOM = b"\xef\xbb\xbf"

_BLOCK_BYTES = 1 << 22
# New records are read from memory; where there are more, the file is read whole.
_MOST_BYTES = 1 << 28
# What Python's csv makes of longer fields is not one record.
_LONGEST_BYTES = 1 << 17
_LINE_FEED, _RETURN = b"\n\r"
_SCHEMA = pa.schema(
    [("row_number", pa.int64()), ("start", pa.int64()), ("line", pa.large_binary())]
)
# Part of every hash: to be raised when a reader makes something else of the same record.
_READERS = 1


@dataclass(frozen=True)
class Layout:
    """How records stand in a file.

    `said` is all that decides what a record means, beside itself. The number of the first record is
    `first`: 0 for a header, 1 for a row. Fields are quoted with `quote` and parted by `delimiter`,
    one byte each; where nothing is quoted, each line is a record.
    """

    path: Path
    said: str
    first: int
    quote: bytes = b""
    delimiter: bytes = b""


class _UnclearError(Exception):
    """Where records end cannot be told without reading them."""


def find(connection: duckdb.DuckDBPyConnection, layout: Layout) -> bool:
    """Makes the temporary table `record` of a file: the number of each row (row_number; 0 for the
    header), the hash of its record (same), and where that begins and ends (start, end; in bytes).

    Returns False if it is not clear where records end.
    """
    unclear = []

    def batches() -> Iterator[pa.RecordBatch]:
        # What is raised while DuckDB pulls would come out as an error of DuckDB.
        try:
            yield from _batches(layout)
        except _UnclearError:
            unclear.append(True)

    salt = hashlib.md5(f"{_READERS} {layout.said}".encode()).hexdigest()
    connection.register("arrow_rows", pa.RecordBatchReader.from_batches(_SCHEMA, batches()))
    try:
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE record AS
            SELECT
                row_number,
                hash(line, {literal(salt)}) AS same,
                start,
                start + octet_length(line) AS "end"
            FROM arrow_rows
            """
        )
    finally:
        connection.unregister("arrow_rows")
    return not unclear


def compare(connection: duckdb.DuckDBPyConnection, earlier: str) -> None:
    """Makes `difference`, of rows of the temporary table `record` (row_number, same) that are not
    as the relation `earlier` (row_before, same) has them, in which no two rows are the same.

    row_number is the place of a row now and row_before the one it had, null where it is gone or
    new; `again` tells of one that is said more than once now, with all places that it has. Also
    makes `displaced`: the places at which another row stands than before.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE displaced AS
        SELECT coalesce(row_number, row_before) AS place, now.same AS now, earlier.same AS before
        FROM (FROM record WHERE row_number > 0) AS now
        FULL JOIN {earlier} AS earlier ON row_before = row_number
        WHERE now.same IS DISTINCT FROM earlier.same
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE difference AS
        WITH
        repeated AS (
            SELECT same
            FROM record
            SEMI JOIN displaced ON now = same
            GROUP BY same
            HAVING count(*) > 1
        ),
        said AS (
            SELECT place AS row_number, now AS same, false AS again
            FROM displaced
            ANTI JOIN repeated ON same = now
            WHERE now IS NOT NULL
            UNION ALL
            SELECT row_number, same, true
            FROM record
            SEMI JOIN repeated USING (same)
        ),
        said_before AS (
            FROM {earlier}
            SEMI JOIN (SELECT now AS same FROM displaced UNION ALL SELECT before FROM displaced)
                AS either USING (same)
        )
        SELECT row_number, row_before, coalesce(again, false) AS again
        FROM said
        FULL JOIN said_before USING (same)
        """
    )


@contextmanager
def opened(
    connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout | None, earlier: str | None
) -> Iterator[tuple[BinaryIO, pa.Array | None]]:
    """The file to read; and None, or the numbers of the only rows that it has.

    Given the relation `earlier`, that is its header, its first row and what is new; the temporary
    tables of `find` and `compare` are made then.
    """
    found = _new(connection, layout, earlier) if layout and earlier else None
    with io.BytesIO(found[0]) if found else path.open("rb") as file:
        yield file, found[1] if found else None


def numbered(
    batches: Iterable[pa.RecordBatch], numbers: pa.Array | None
) -> Iterator[pa.RecordBatch]:
    """Rows that were counted from 1 on, with their `numbers` in the file."""
    for batch in batches:
        if numbers is not None:
            column = numbers.take(pc.subtract(batch.column(0), 1))
            batch = batch.set_column(0, batch.schema.field(0), column)
        yield batch


def _new(
    connection: duckdb.DuckDBPyConnection, layout: Layout, earlier: str
) -> tuple[bytes, pa.Array] | None:
    """The text of the records that are to be read, and the numbers of those that are rows."""
    if not find(connection, layout):
        return None
    compare(connection, earlier)
    new = connection.sql(
        """
        SELECT row_number, start, "end"
        FROM record
        WHERE row_number <= 1
            OR row_number IN (SELECT row_number FROM difference WHERE row_before IS NULL)
        ORDER BY row_number
        """
    ).to_arrow_table()
    sizes = pc.subtract(new["end"], new["start"])
    if pc.sum(sizes).as_py() > _MOST_BYTES:
        return None
    with layout.path.open("rb") as file:
        places = zip(sizes.to_pylist(), new["start"].to_pylist(), strict=True)
        text = b"".join(os.pread(file.fileno(), *place) for place in places)
    numbers = new["row_number"].combine_chunks()
    return text, numbers.slice(1 - layout.first)


def _batches(layout: Layout) -> Iterator[pa.RecordBatch]:
    """The records that are not blank, with their line ends, numbered and placed."""
    number, rest = layout.first, b""
    with layout.path.open("rb") as file:
        start = len(BOM) if file.read(len(BOM)) == BOM else 0
        file.seek(start)
        while block := file.read(_BLOCK_BYTES) + file.readline():
            block = rest + block
            bounds = _bounds(block if block.endswith(b"\n") else block + b"\n", layout)
            bounds[-1] = min(bounds[-1], len(block))
            rest = block[bounds[-1] :]
            is_row = _is_row(block, bounds, layout)
            buffers = [None, pa.py_buffer(bounds), pa.py_buffer(block)]
            lines = pa.Array.from_buffers(pa.large_binary(), len(is_row), buffers)
            if not is_row.all():
                lines = lines.filter(pa.array(is_row))
            numbers = np.arange(number, number + len(lines))
            places = start + bounds[:-1][is_row]
            arrays = [pa.array(numbers), pa.array(places), lines]
            yield pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA)
            number += len(lines)
            start += bounds[-1]
    if rest:
        raise _UnclearError


def _bounds(block: bytes, layout: Layout) -> npt.NDArray[np.int64]:
    """Where the records of a block of lines begin, and where the last one ends."""
    data = np.frombuffer(block, np.uint8)
    # Counting would be ten times slower.
    if b"\r" in block and (data[np.flatnonzero(data == _RETURN) + 1] != _LINE_FEED).any():
        raise _UnclearError
    ends = np.flatnonzero(data == _LINE_FEED)
    if layout.quote and layout.quote in block:
        ends = ends[np.searchsorted(_quotes(data, layout), ends) % 2 == 0]
    bounds = np.concatenate(([0], ends + 1))
    longest = np.diff(bounds, append=len(block)).max()
    if layout.quote and longest > _LONGEST_BYTES:
        raise _UnclearError
    return bounds


def _quotes(data: npt.NDArray[np.uint8], layout: Layout) -> npt.NDArray[np.int64]:
    """Where quotes open and close fields, in turns (RFC 4180, section 2). A block in which none
    stands at the beginning of a field has only such as in 5"; one that has both is unclear."""
    quote, delimiter = layout.quote[0], layout.delimiter[0]
    quotes = np.flatnonzero(data == quote)
    before, after = data[quotes - 1], data[quotes + 1]
    if quotes[0] == 0:
        before[0] = _LINE_FEED
    begins = np.isin(before, (delimiter, _LINE_FEED))
    if not begins.any():
        return quotes[:0]
    ends = np.isin(after, (delimiter, _LINE_FEED, _RETURN))
    opens, closes = (begins | (before == quote))[::2], (ends | (after == quote))[1::2]
    if not (opens.all() and closes.all()):
        raise _UnclearError
    return quotes


def _is_row(block: bytes, bounds: npt.NDArray[np.int64], layout: Layout) -> npt.NDArray[np.bool_]:
    """Which records are not blank."""
    first = np.frombuffer(block, np.uint8)[bounds[:-1]]
    blank = np.isin(first, (_LINE_FEED, _RETURN))
    # A line without quotes is blank too if it is all white space, of which Unicode has more.
    if not layout.quote and ((first <= ord(" ")) & ~blank | (first > ord("~"))).any():
        raise _UnclearError
    return ~blank
