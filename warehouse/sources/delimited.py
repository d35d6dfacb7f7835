"""Delimited text (RFC 4180 and its relatives): any separator and quoting, found in the content,
with a header row."""

import csv
import io
import re
from codecs import getincrementaldecoder
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

import duckdb
import pyarrow as pa

from warehouse.errors import LoadError
from warehouse.sources import plain, records
from warehouse.sources.feed import Feed, Options, landed_name
from warehouse.sources.landing import UNDECODED, Row, batched, escaped, is_decoded, land
from warehouse.sources.records import BOM, Layout

name = "delimited"

_SNIFFED_BYTES = 1 << 18
_SNIFFED_ROWS = 200
_TEXT_PER_NUL = 100
_DELIMITERS = (",", "\t", ";", "|", "\x01", "^", "~", ":", " ")
_IN_VALUES = (":", " ")
# What separates the fields of a file of one column.
_NEVER = "\x1f"
_IS_NAME = re.compile(r"[A-Za-z_]\w{0,60}")
_QUOTES = ('"', "'")
_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<(\?xml|!doctype|html|rss|feed)\b", re.IGNORECASE)
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Dialect:
    """How a file separates and quotes its fields."""

    delimiter: str
    quote: str
    encoding: str
    columns: tuple[str, ...]


def detect(path: str | Path) -> bool:
    """True where the file is text, a few stray NUL at most in it, and no XML or HTML; the format
    of last resort."""
    head = _head(path)
    if _MARKUP.match(head):
        return False
    return head.startswith(_UTF_16_MARKS) or head.count(0) * _TEXT_PER_NUL <= len(head)


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands every column as text; rows with too few or too many fields, broken quotes or broken
    characters are set apart.

    Raises:
        LoadError: if there is no header, or the text cannot be decoded.
    """
    dialect = sniff(path, options)
    layout = _layout(Path(path), dialect)
    unreadable: list[plain.Wrong] = []
    try:
        with records.opened(connection, Path(path), layout, options.earlier) as (file, numbers):
            rows = records.numbered(_batches(file, dialect, unreadable), numbers)
            land(connection, options.landing, ("row_number", *dialect.columns), rows)
    except duckdb.Error as error:
        raise LoadError(
            f"{path}: cannot be read as {dialect.encoding} text "
            f"({str(error).splitlines()[0]}); save it as UTF-8 CSV"
        ) from error
    wrong = records.numbered(batched(unreadable), numbers)
    land(connection, "TEMP TABLE unreadable", ("row_number", "reason", "line"), wrong)
    return [
        Feed(
            "landed", dialect.columns, unreadable="unreadable", temporary=options.temporary,
            layout=layout, partial=numbers is not None,
        )
    ]  # fmt: skip


def sniff(path: str | Path, options: Options) -> Dialect:
    """Finds the separator and quote that give most rows as many fields as the header has; a header
    of one plain name is that of one column.

    Raises:
        LoadError: if nothing gives a header, or a column name comes twice.
    """
    for option in (options.delimiter, options.quote):
        if option and (len(option) > 1 or option in "\r\n"):
            raise LoadError(f"{option!r} cannot separate or quote fields; give one character")
    encoding, text = _decoded(path)
    candidates = []
    for quote in [options.quote] if options.quote else _QUOTES:
        for delimiter in [options.delimiter] if options.delimiter else _DELIMITERS:
            rows = _first_rows(text, delimiter, quote)
            if rows and len(rows[0]) > 1:
                widths = Counter(len(row) for row in rows)
                agreement = widths[len(rows[0])] / len(rows)
                # Many fields outweigh a few ragged rows; a separator that seldom agrees is
                # chance, and so is often one that stands in times and names.
                rank = (
                    agreement >= 0.5,
                    delimiter not in _IN_VALUES,
                    agreement * len(rows[0]),
                    quote == _QUOTES[0],
                )
                candidates.append((rank, delimiter, quote, rows[0]))
    first = text.strip().partition("\n")[0].strip()
    if not candidates and not options.delimiter and _IS_NAME.fullmatch(first):
        return Dialect(_NEVER, _QUOTES[0], encoding, (landed_name(first, 1),))
    if not candidates:
        raise LoadError(
            f"{path}: the first line is no header, or has no separator; "
            "add a header, or give --delimiter"
        )
    _, delimiter, quote, header = max(candidates, key=lambda found: found[0])
    if not all(map(is_decoded, header)):
        raise LoadError(
            f"{path}: the header has bytes that are no characters, so this is no text or a damaged "
            "one; save it as UTF-8 CSV"
        )
    columns = tuple(landed_name(column, place) for place, column in enumerate(header, start=1))
    column, count = Counter(map(str.lower, columns)).most_common(1)[0]
    if count > 1:
        raise LoadError(f"{path}: the header has {column!r} more than once; rename one")
    return Dialect(delimiter, quote, encoding, columns)


def _layout(path: Path, dialect: Dialect) -> Layout | None:
    """How the records stand in a file whose marks are one byte each."""
    if dialect.encoding == "utf-16" or not (dialect.delimiter + dialect.quote).isascii():
        return None
    marks = dialect.quote.encode(), dialect.delimiter.encode()
    return Layout(path, f"{name} {dialect}", 0, *marks)


def _batches(
    file: BinaryIO, dialect: Dialect, unreadable: list[plain.Wrong]
) -> Iterator[pa.RecordBatch]:
    """The rows below the header: as long as nothing is quoted by the block, then one by one."""
    width, read = len(dialect.columns), 0
    if dialect.encoding == "utf-8-sig":
        file.seek(len(BOM) if file.read(len(BOM)) == BOM else 0)
        read = yield from plain.batches(file, width, dialect.delimiter, dialect.quote, unreadable)
    text = io.TextIOWrapper(file, dialect.encoding, "surrogateescape", newline="")
    yield from batched(_rows(_records(text, dialect), width, read, unreadable))


def _records(file: TextIO, dialect: Dialect) -> Iterator[tuple[list[str], str, str | None]]:
    """The fields of each record, its text, and the reason where it cannot be read.

    Of a record with broken quotes only the first line is lost; the others, which a quote that
    never closes swallowed, are read again.
    """
    again: deque[str] = deque()
    taken: list[str] = []

    def line() -> str:
        taken.append(again.popleft() if again else file.readline())
        return taken[-1]

    while True:
        reader = csv.reader(
            iter(line, ""), delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True
        )
        try:
            for record in reader:
                yield record, "".join(taken), None
                taken.clear()
            return
        except csv.Error as error:
            first, *others = taken
            again.extendleft(filter(None, reversed(others)))
            taken.clear()
            yield [], first, f"not a row: {error}"


def _rows(
    records: Iterator[tuple[list[str], str, str | None]],
    width: int,
    read: int,
    unreadable: list[plain.Wrong],
) -> Iterator[Row]:
    """The rows below the header, numbered on from those that were read; what is no row goes to
    `unreadable`."""
    not_blank = (record for record in records if record[0] or record[2])
    for row_number, (fields, text, reason) in enumerate(not_blank, start=read):
        if row_number == 0:
            continue
        if not reason and len(fields) != width:
            reason = plain.wrong_width(width, len(fields))
        if not is_decoded(text):
            reason = UNDECODED
        if reason:
            unreadable.append((row_number, reason, escaped(text.rstrip("\r\n"))))
        else:
            yield row_number, *fields


def _head(path: str | Path) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(_SNIFFED_BYTES)


def _decoded(path: str | Path) -> tuple[str, str]:
    """The encoding of a file and the text of its head.

    What is no UTF is Windows-1252, which has all letters of Latin-1; a few broken bytes among whole
    characters leave UTF-8 what it is.
    """
    head = _head(path)
    encoding = "utf-16" if head.startswith(_UTF_16_MARKS) else "utf-8-sig"
    decoder = getincrementaldecoder(encoding)("surrogateescape")
    try:
        # The cut may fall inside a character.
        text = decoder.decode(head, final=len(head) < _SNIFFED_BYTES)
    except UnicodeDecodeError as error:
        raise LoadError(f"{path}: damaged UTF-16 text; save it as UTF-8") from error
    if is_decoded(text) or _mostly_decoded(text):
        return encoding, text
    return "cp1252", head.decode("cp1252", "surrogateescape")


def _mostly_decoded(text: str) -> bool:
    foreign = [character for character in text if not character.isascii()]
    return sum(map(is_decoded, foreign)) > len(foreign) / 2


def _first_rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote):
            rows += [row] if row else []
            if len(rows) == _SNIFFED_ROWS:
                return rows
    except csv.Error:
        pass
    # The last row may be cut by the end of what was read.
    return rows[:-1] if len(rows) > 2 and len(text) > _SNIFFED_BYTES / 4 else rows
