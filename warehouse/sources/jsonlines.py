"""JSON lines (https://jsonlines.org): one JSON object a line, UTF-8. Nested values land as JSON
text."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import duckdb

from warehouse.sources.feed import Feed, Options
from warehouse.sources.landing import UNDECODED, batched, escaped, is_decoded, land
from warehouse.sources.objects import IS_OBJECT, spread

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
    broken: list[tuple[int, str, str]] = []
    with Path(path).open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = batched(_lines(file, broken))
        land(connection, "TEMP TABLE landed_line", ("row_number", "line"), lines)
    land(connection, "TEMP TABLE unreadable", ("row_number", "reason", "line"), batched(broken))
    connection.execute(
        f"""
        INSERT INTO unreadable
        SELECT row_number, 'the line is not a JSON object', line
        FROM landed_line WHERE NOT {IS_OBJECT}
        """
    )
    columns = spread(connection, path, "landed" if options.temporary else "raw.landed")
    return [Feed("landed", columns, unreadable="unreadable", temporary=options.temporary)]


def _lines(file: TextIO, broken: list[tuple[int, str, str]]) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, numbered; what is no UTF-8 goes to `broken`."""
    not_blank = filter(None, map(str.strip, file))
    for row_number, line in enumerate(not_blank, start=1):
        if is_decoded(line):
            yield row_number, line
        else:
            broken.append((row_number, UNDECODED, escaped(line)))
