"""Objects of any keys become a table: every key that occurs is a column of text, nested values are
JSON text. Formats that are no tables come here through lines of JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from warehouse.connection import literal, quoted
from warehouse.errors import LoadError
from warehouse.sources.feed import landed_name
from warehouse.sources.landing import batched, is_decoded, land

# The most text that one item of a feed may have; more is no item, but a trap or a damaged file.
ITEM_BYTES = 4 << 20
IS_OBJECT = "coalesce(json_type(CASE WHEN json_valid(line) THEN line END) = 'OBJECT', false)"
_MOST_KEYS = 2_000
# Items are larger than rows.
_BATCH_ROWS = 1_000


def land_objects(
    connection: duckdb.DuckDBPyConnection,
    path: str | Path,
    table: str,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
) -> tuple[str, ...]:
    """Makes `table` of numbered objects as they come, and returns its columns.

    Raises:
        LoadError: that `rows` raises, or as `spread`.
    """
    land_lines(connection, "landed_line", rows)
    return spread(connection, path, table)


def land_lines(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[int, Mapping[str, Any]]]
) -> None:
    """Makes the temporary `table` (row_number, line) of numbered objects as they come.

    Raises:
        LoadError: that `rows` raises.
    """
    failed: list[LoadError] = []

    def lines() -> Iterator[tuple[int, str]]:
        # What is raised while DuckDB pulls would come out as an error of DuckDB.
        try:
            for row_number, row in rows:
                yield row_number, written(row)
        except LoadError as error:
            failed.append(error)

    batches = batched(lines(), _BATCH_ROWS)
    land(connection, f"TEMP TABLE {table}", ("row_number", "line"), batches)
    if failed:
        raise failed[0]


def spread(connection: duckdb.DuckDBPyConnection, path: str | Path, table: str) -> tuple[str, ...]:
    """Makes `table`, temporary where it names no schema, of the temporary table landed_line
    (row_number, line), which it drops; returns the columns. Keys that differ in case only are one
    column.

    Raises:
        LoadError: if no line is an object with keys, or there are too many keys for a table.
    """
    keys = connection.execute(
        f"""
        SELECT key
        FROM (SELECT unnest(json_keys(line)) AS key, row_number FROM landed_line WHERE {IS_OBJECT})
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
        CREATE OR REPLACE {"" if "." in table else "TEMP"} TABLE {table} AS
        SELECT row_number, {", ".join(landed)}
        FROM (
            SELECT row_number, json_extract_string(line, [{pointers}]) AS found
            FROM landed_line
            WHERE {IS_OBJECT}
        )
        """
    )
    connection.execute("DROP TABLE landed_line")
    return tuple(columns)


def written(value: Any) -> str:
    """JSON text; half a surrogate pair, which JSON can escape and no text can hold, becomes `?`."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if is_decoded(text) else text.encode("utf-8", "replace").decode()


def _columns(keys: Iterable[str]) -> dict[str, list[str]]:
    """A column for each key that differs not only in case, with where its values are found."""
    names: dict[str, str] = {}
    columns: dict[str, list[str]] = {}
    for place, key in enumerate(keys, start=1):
        column = landed_name(key, place)
        name = names.setdefault(column.lower(), column)
        columns.setdefault(name, []).append(f"found[{place}]")
    return columns


def _pointer(key: str) -> str:
    """A JSON pointer (RFC 6901) to a top-level key, as SQL, which cannot hold a NUL."""
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    return literal(pointer).replace("\0", "' || chr(0) || '")
