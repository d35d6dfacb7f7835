"""JSON lines (https://jsonlines.org): one JSON object a line, UTF-8. Nested values land as JSON
text."""

import json
from pathlib import Path

import duckdb

from warehouse.connection import literal, quoted
from warehouse.errors import LoadError
from warehouse.sources.feed import Feed, Options

name = "jsonlines"

_SNIFFED_BYTES = 1 << 20


def detect(path: str | Path) -> bool:
    """True where the first line that is not blank begins an object; a line within the sniffed bytes
    must be one."""
    with Path(path).open("rb") as file:
        head = file.read(_SNIFFED_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"{") and any(_is_object(line) for line in head.splitlines()[:100])


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands every key that occurs as a column of text; lines that are no JSON object are set apart.

    Raises:
        LoadError: if the file is not UTF-8 text, or no line of it is a JSON object.
    """
    try:
        # A line becomes one field: no delimiter, no quoting.
        connection.execute(
            """
            CREATE OR REPLACE TEMP TABLE landed_line AS
            SELECT row_number() OVER () AS row_number, line
            FROM read_csv(
                ?, columns = {'line': 'VARCHAR'}, auto_detect = false, header = false,
                delim = '', quote = '', escape = '', max_line_size = 16777216
            )
            """,
            [str(path)],
        )
    except duckdb.Error as error:
        raise LoadError(
            f"{path}: not UTF-8 text ({_first_line(error)}); save it as UTF-8"
        ) from error
    # A line of spaces is nothing, neither a row nor an error.
    connection.execute("DELETE FROM landed_line WHERE line IS NULL OR trim(line) = ''")
    is_object = "coalesce(json_type(CASE WHEN json_valid(line) THEN line END) = 'OBJECT', false)"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE unreadable AS
        SELECT row_number, 'the line is not a JSON object' AS reason, line
        FROM landed_line WHERE NOT {is_object}
        """
    )
    keys = connection.execute(
        f"""
        SELECT key FROM (
            SELECT unnest(json_keys(line)) AS key, row_number FROM landed_line WHERE {is_object}
        ) GROUP BY key ORDER BY min(row_number), key
        """
    ).fetchall()
    columns = tuple(key for (key,) in keys if key != "row_number")
    if not columns:
        raise LoadError(
            f"{path}: no line is a JSON object with keys; one object a line is expected"
        )
    values = [
        f"json_extract_string(line, {literal(_path(key))}) AS {quoted(key)}" for key in columns
    ]
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE raw.landed AS
        SELECT row_number, {", ".join(values)} FROM landed_line WHERE {is_object}
        """
    )
    connection.execute("DROP TABLE landed_line")
    return [Feed(table="landed", columns=columns, numbered=True, unreadable="unreadable")]


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _path(key: str) -> str:
    """A JSON pointer (RFC 6901) to a top-level key."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
