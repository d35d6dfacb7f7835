"""Delimited text (RFC 4180 and its relatives): any separator and quoting, found in the content,
with a header row."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.connection import literal
from warehouse.errors import LoadError
from warehouse.sources.feed import Feed, Options

name = "delimited"

_SNIFFED_BYTES = 1 << 18
_SNIFFED_ROWS = 200
_DELIMITERS = (",", "\t", ";", "|", "\x01", "^", "~", ":", " ")
_QUOTES = ('"', "'")
_ENCODINGS = ("utf-8-sig", "utf-16", "latin-1")


@dataclass(frozen=True)
class Dialect:
    """How a file separates and quotes its fields."""

    delimiter: str
    quote: str
    encoding: str
    columns: tuple[str, ...]


def detect(path: str | Path) -> bool:
    """True where the file is text; it is the format of last resort."""
    head = _head(path)
    return head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" not in head


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands every column as text; lines with too few or too many fields, or broken quotes, are set
    apart.

    Raises:
        LoadError: if there is no header with at least two columns, or the text cannot be decoded.
    """
    dialect = sniff(path, options)
    for table in ("reject_errors", "reject_scans"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    try:
        connection.execute(
            f"""
            CREATE OR REPLACE TABLE raw.landed AS
            FROM read_csv(
                ?, auto_detect = false, header = false, skip = 1, store_rejects = true, strict_mode = true,
                delim = ?, quote = ?, escape = ?, encoding = ?, max_line_size = 16777216,
                columns = {{{", ".join(f"{literal(column)}: 'VARCHAR'" for column in dialect.columns)}}}
            )
            """,
            [str(path), dialect.delimiter, dialect.quote, dialect.quote, dialect.encoding],
        )
    except duckdb.Error as error:
        raise LoadError(
            f"{path}: cannot be read as text separated by {dialect.delimiter!r} ({str(error).splitlines()[0]}); "
            "give --delimiter and --quote, or save it as UTF-8 CSV"
        ) from error
    numbered = _number_rows(connection)
    return [
        Feed(table="landed", columns=dialect.columns, numbered=numbered, unreadable="unreadable")
    ]


def sniff(path: str | Path, options: Options) -> Dialect:
    """Finds the separator and quote that give most rows as many fields as the header has.

    Raises:
        LoadError: if no separator gives a header of two columns or more, or a column name comes
        twice.
    """
    encoding, text = _decoded(path)
    candidates = []
    for quote in [options.quote] if options.quote else _QUOTES:
        for delimiter in [options.delimiter] if options.delimiter else _DELIMITERS:
            rows = _rows(text, delimiter, quote)
            if rows and len(rows[0]) > 1:
                widths = Counter(len(row) for row in rows)
                agreement = widths[len(rows[0])] / len(rows)
                candidates.append(
                    (agreement, len(rows[0]), quote == _QUOTES[0], delimiter, quote, rows[0])
                )
    if not candidates:
        raise LoadError(
            f"{path}: the first line is no header of two or more columns; give --delimiter, or add a header"
        )
    # Many fields outweigh a few ragged rows; a separator that seldom agrees is chance.
    best = max(candidates, key=lambda found: (found[0] >= 0.5, found[0] * found[1], found[2]))
    _, _, _, delimiter, quote, header = best
    columns = tuple(
        column.strip() or f"column_{index}" for index, column in enumerate(header, start=1)
    )
    repeated = [column for column, count in Counter(map(str.lower, columns)).items() if count > 1]
    if repeated or "row_number" in columns:
        raise LoadError(
            f"{path}: the header has {(repeated or ['row_number'])[0]!r} more than once or as a reserved name; rename it"
        )
    return Dialect(delimiter, quote, "utf-8" if encoding == "utf-8-sig" else encoding, columns)


def _number_rows(connection: duckdb.DuckDBPyConnection) -> bool:
    """Sets unreadable lines apart; if there are any, numbers the good rows, which DuckDB lands in
    their order."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE unreadable AS
        SELECT
            (line - 1)::BIGINT AS row_number,
            string_agg(DISTINCT lower(replace(error_type::VARCHAR, '_', ' ')), ', ') AS reason,
            any_value(csv_line) AS line
        FROM reject_errors GROUP BY line
        """
    )
    if connection.execute("SELECT count(*) FROM unreadable").fetchone() == (0,):
        return False
    # The j-th bad row, row r of the file, has r - j good rows before it; so all later good rows
    # move down by j.
    connection.execute(
        """
        CREATE OR REPLACE TABLE raw.landed AS
        WITH
        bad AS (SELECT row_number - row_number() OVER (ORDER BY row_number) AS good_before FROM unreadable),
        shift AS (
            SELECT good_before + 1 AS first_row, sum(count(*)) OVER (ORDER BY good_before)::BIGINT AS shift
            FROM bad GROUP BY good_before
        ),
        good AS (SELECT row_number() OVER () AS landed_row, * FROM raw.landed)
        SELECT landed_row + coalesce(shift, 0) AS row_number, good.* EXCLUDE (landed_row)
        FROM good ASOF LEFT JOIN shift ON landed_row >= first_row
        ORDER BY row_number
        """
    )
    return True


def _head(path: str | Path) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(_SNIFFED_BYTES)


def _decoded(path: str | Path) -> tuple[str, str]:
    head = _head(path)
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in _ENCODINGS:
        if (encoding == "utf-16") != wide:
            continue
        # The cut may fall inside a character: drop up to three bytes.
        for cut in range(4):
            try:
                return encoding, head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                if len(head) < _SNIFFED_BYTES:
                    break
    raise LoadError(f"{path}: neither UTF-8, UTF-16 nor Latin-1 text; save it as UTF-8")


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    lines = iter(text.splitlines(keepends=True))
    rows = []
    try:
        for row in csv.reader(lines, delimiter=delimiter, quotechar=quote):
            rows.append(row)
            if len(rows) == _SNIFFED_ROWS:
                break
    except csv.Error:
        pass
    # The last row may be cut by the end of what was read.
    rows = [row for row in rows if row]
    return (
        rows[:-1]
        if len(rows) > 2 and len(rows) < _SNIFFED_ROWS and len(text) >= _SNIFFED_BYTES
        else rows
    )
