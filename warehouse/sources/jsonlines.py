"""JSON lines (https://jsonlines.org): one JSON object a line, UTF-8. Nested values land as JSON
text."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import duckdb

from warehouse.connection import first_row
from warehouse.sources import records
from warehouse.sources.feed import Feed, Options
from warehouse.sources.landing import UNDECODED, batched, escaped, is_decoded, land
from warehouse.sources.objects import IS_OBJECT, spread
from warehouse.sources.records import Layout

name = "jsonlines"

_SNIFFED_BYTES = 4096


def detect(path: str | Path) -> bool:
    """True where the content begins an object, or an array of objects (which `read` refuses)."""
    with Path(path).open("rb") as file:
        head = file.read(_SNIFFED_BYTES).removeprefix(b"\xef\xbb\xbf")
    return re.match(rb"\s*(\[\s*)?\{", head) is not None


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands every key that occurs as a column of text; keys that differ in case only are one.
    Lines that are no JSON object, or no UTF-8, are set apart.

    Raises:
        LoadError: if no line is a JSON object, or there are too many keys for a table.
    """
    layout = Layout(Path(path), name, 1)
    broken: list[tuple[int, str, str]] = []
    with records.opened(connection, Path(path), layout, options.earlier) as (file, numbers):
        text = io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="")
        lines = records.numbered(batched(_lines(text, broken)), numbers)
        land(connection, "TEMP TABLE landed_line", ("row_number", "line"), lines)
    if numbers is not None and not _first_has_all_keys(connection):
        return read(connection, path, replace(options, earlier=None))
    wrong = records.numbered(batched(broken), numbers)
    land(connection, "TEMP TABLE unreadable", ("row_number", "reason", "line"), wrong)
    connection.execute(
        f"""
        INSERT INTO unreadable
        SELECT row_number, 'the line is not a JSON object', line
        FROM landed_line WHERE NOT {IS_OBJECT}
        """
    )
    columns = spread(connection, path, "landed" if options.temporary else "raw.landed")
    return [
        Feed(
            "landed", columns, unreadable="unreadable", temporary=options.temporary,
            layout=layout, partial=numbers is not None,
        )
    ]  # fmt: skip


def _first_has_all_keys(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the first line of a file has the keys of all that landed of it: then the columns, and
    their order, are those of the whole file, if they were its columns before."""
    row = first_row(
        connection,
        f"""
        SELECT bool_and(row_number = 1)
        FROM (
            SELECT min(row_number) AS row_number
            FROM (
                SELECT unnest(json_keys(line)) AS key, row_number
                FROM landed_line WHERE {IS_OBJECT}
            )
            GROUP BY key
        )
        """,
    )
    return row is not None and bool(row[0])


def _lines(file: TextIO, broken: list[tuple[int, str, str]]) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, numbered; what is no UTF-8 goes to `broken`."""
    not_blank = filter(None, map(str.strip, file))
    for row_number, line in enumerate(not_blank, start=1):
        if is_decoded(line):
            yield row_number, line
        else:
            broken.append((row_number, UNDECODED, escaped(line)))
