"""JSON lines (https://jsonlines.org): one JSON object a line, UTF-8. Nested values land as JSON
text."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import duckdb

from warehouse.connection import literal, quoted
from warehouse.errors import LoadError
from warehouse.sources.feed import Feed, Options, landed_name
from warehouse.sources.landing import UNDECODED, batched, escaped, is_decoded, land

name = "jsonlines"

_SNIFFED_BYTES = 4096
_MOST_KEYS = 2_000
_IS_OBJECT = "coalesce(json_type(CASE WHEN json_valid(line) THEN line END) = 'OBJECT', false)"


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
        FROM landed_line WHERE NOT {_IS_OBJECT}
        """
    )
    keys = connection.execute(
        f"""
        SELECT key
        FROM (SELECT unnest(json_keys(line)) AS key, row_number FROM landed_line WHERE {_IS_OBJECT})
        GROUP BY key
        ORDER BY min(row_number), key
        """
    ).fetchall()
    if len(keys) > _MOST_KEYS:
        raise LoadError(
            f"{path}: {len(keys):,} different keys are no columns; "
            f"write what varies as a value, with at most {_MOST_KEYS:,} keys"
        )
    columns = _columns(key for (key,) in keys)
    if not columns:
        raise LoadError(
            f"{path}: no line is a JSON object with keys; write one whole object on each line"
        )
    landed = [
        f"coalesce({', '.join(values)}) AS {quoted(column)}" for column, values in columns.items()
    ]
    # All keys at once: each call reads the whole line.
    pointers = ", ".join(_pointer(key) for (key,) in keys)
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE raw.landed AS
        SELECT row_number, {", ".join(landed)}
        FROM (
            SELECT row_number, json_extract_string(line, [{pointers}]) AS found
            FROM landed_line
            WHERE {_IS_OBJECT}
        )
        """
    )
    connection.execute("DROP TABLE landed_line")
    return [Feed(table="landed", columns=tuple(columns), unreadable="unreadable")]


def _columns(keys: Iterable[str]) -> dict[str, list[str]]:
    """A column for each key that differs not only in case, with where its values are found."""
    names: dict[str, str] = {}
    columns: dict[str, list[str]] = {}
    for place, key in enumerate(keys, start=1):
        column = landed_name(key, place)
        name = names.setdefault(column.lower(), column)
        columns.setdefault(name, []).append(f"found[{place}]")
    return columns


def _lines(file: TextIO, broken: list[tuple[int, str, str]]) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, numbered; what is no UTF-8 goes to `broken`."""
    not_blank = filter(None, map(str.strip, file))
    for row_number, line in enumerate(not_blank, start=1):
        if is_decoded(line):
            yield row_number, line
        else:
            broken.append((row_number, UNDECODED, escaped(line)))


def _pointer(key: str) -> str:
    """A JSON pointer (RFC 6901) to a top-level key, as SQL, which cannot hold a NUL."""
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    return literal(pointer).replace("\0", "' || chr(0) || '")
