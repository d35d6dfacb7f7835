"""Texts of files that anybody wrote, as a stream of Arrow batches: JSON lines, Parquet, plain text.

Nothing of a file is trusted: what is too long, no UTF-8 or no JSON object is left out, counted and
named, and memory follows the longest document that is allowed, not the file. The same file gives
the same documents in the same order, so their places are their names. Adding a kind of file is one
function, and its line in READERS.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.json as arrow_json
import pyarrow.parquet as parquet

from verbalize.errors import VerbalizeError

MOST_BYTES = 16 << 20
BATCH = 1_000
_BLOCK_BYTES = 4 << 20
_NAMED = 5
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class SourceError(VerbalizeError):
    """A file of a mixture cannot be read at all."""


@dataclass
class LeftOut:
    """What of a file is not read: how much for each reason, and where the first of it stands."""

    counts: dict[str, int] = field(default_factory=dict)
    first: list[str] = field(default_factory=list)

    def add(self, where: str, why: str) -> None:
        self.counts[why] = self.counts.get(why, 0) + 1
        if len(self.first) < _NAMED:
            self.first.append(f"{where}: {why}")

    def add_all(self, other: "LeftOut") -> None:
        for why, count in other.counts.items():
            self.counts[why] = self.counts.get(why, 0) + count
        self.first = [*self.first, *other.first][:_NAMED]


Reader = Callable[[Path, str, str, LeftOut], Iterator[pa.Array]]


def texts(path: Path, column: str, separator: str, left_out: LeftOut) -> Iterator[pa.Array]:
    """The documents of a file, in its order: arrays of strings without nulls.

    `column` is the field of the text (JSON lines, Parquet), `separator` what stands between two
    documents (plain text).

    Raises:
        SourceError: if the file is of no known kind, is damaged, or lacks the column.
    """
    suffixes = path.suffixes
    if suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
    reader = READERS.get(suffixes[-1] if suffixes else "")
    if reader is None:
        raise SourceError(
            f"{path}: what kind of file is it? Names end with {', '.join(READERS)}, "
            "packed with .gz or .zst where they are text; rename it"
        )
    try:
        yield from reader(path, column, separator, left_out)
    except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
        raise SourceError(
            f"{path}: the file cannot be read to its end ({error}); get it again"
        ) from error


def _json_lines(path: Path, column: str, separator: str, left_out: LeftOut) -> Iterator[pa.Array]:
    found = False
    for line, block in _blocks(path, b"\n", left_out):
        array = _parsed(block, column)
        if array is None:
            array = _parsed_each(block, column, path.name, line, left_out)
        found = found or len(array) > array.null_count
        yield _with_text(array, left_out)
    if not found:
        raise SourceError(
            f"{path}: no line is an object with text in {column!r}; name its field with text: FIELD"
        )


def _parsed(block: bytes, column: str) -> pa.Array | None:
    """The texts of whole lines, null where there is none; None where a line is no such object."""
    try:
        table = arrow_json.read_json(
            pa.BufferReader(block),
            arrow_json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            arrow_json.ParseOptions(
                explicit_schema=pa.schema([(column, pa.large_string())]),
                unexpected_field_behavior="ignore",
            ),
        )
        array = table[column].combine_chunks()
        array.validate(full=True)
    except pa.ArrowException:
        return None
    return array


def _parsed_each(block: bytes, column: str, name: str, line: int, left_out: LeftOut) -> pa.Array:
    """As `_parsed`, of the lines that are objects; the others are named."""
    found = []
    for place, row in enumerate(block.split(b"\n"), start=line):
        if not row.strip():
            continue
        try:
            value = json.loads(row)
        except (ValueError, RecursionError):
            left_out.add(f"{name}, line {place}", "no JSON in UTF-8")
            continue
        text = value.get(column) if isinstance(value, dict) else None
        found.append(text if isinstance(text, str) and _is_utf8(text) else None)
    return pa.array(found, pa.large_string())


def _is_utf8(text: str) -> bool:
    """JSON can name half a surrogate pair, which is no text."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _parquet(path: Path, column: str, separator: str, left_out: LeftOut) -> Iterator[pa.Array]:
    file = parquet.ParquetFile(path)
    names = file.schema_arrow.names
    if column not in names:
        raise SourceError(
            f"{path}: no column {column!r}; there are: {', '.join(names)}; name one with text: "
            "COLUMN"
        )
    form = file.schema_arrow.field(column).type
    if not (pa.types.is_string(form) or pa.types.is_large_string(form)):
        raise SourceError(f"{path}: the column {column!r} is {form}, no text; name another")
    for batch in file.iter_batches(BATCH, columns=[column], use_threads=False):
        yield _with_text(batch.column(0).cast(pa.large_string()), left_out)


def _plain(path: Path, column: str, separator: str, left_out: LeftOut) -> Iterator[pa.Array]:
    mark = separator.encode()
    for place, block in _blocks(path, mark, left_out):
        found = []
        for number, piece in enumerate(block.split(mark), start=place):
            try:
                text = piece.decode().strip()
            except UnicodeDecodeError:
                left_out.add(f"{path.name}, document {number}", "no UTF-8")
                continue
            if text:
                found.append(text)
        yield pa.array(found, pa.large_string())


READERS: dict[str, Reader] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json_lines,
    ".parquet": _parquet,
    ".txt": _plain,
}

_LONG = f"longer than {MOST_BYTES >> 20} MB"


def _with_text(array: pa.Array, left_out: LeftOut) -> pa.Array:
    """Without nulls, blanks, and what is too long."""
    sizes = compute.fill_null(compute.binary_length(array), 0)
    blank, long = compute.equal(sizes, 0), compute.greater(sizes, MOST_BYTES)
    for which, why in ((blank, "no text"), (long, _LONG)):
        count = compute.sum(which).as_py()
        if count:
            left_out.counts[why] = left_out.counts.get(why, 0) + count
    return array.filter(compute.invert(compute.or_(blank, long)))


def _blocks(path: Path, mark: bytes, left_out: LeftOut) -> Iterator[tuple[int, bytes]]:
    """A file, packed or not, as blocks of whole pieces that end with `mark`, each with the number
    of its first piece, from 1; a piece that is longer than is allowed is passed over."""
    with _opened(path) as file:
        rest, number, passing = b"", 1, False
        while read := file.read(_BLOCK_BYTES):
            rest += read
            if passing:
                end = rest.find(mark)
                if end < 0:
                    # The mark itself may lie across two reads.
                    rest = rest[len(rest) - len(mark) + 1 :]
                    continue
                rest, number, passing = rest[end + len(mark) :], number + 1, False
            *whole, last = rest.split(mark)
            if whole:
                yield number, rest[: len(rest) - len(last)]
                number, rest = number + len(whole), last
            if len(rest) > MOST_BYTES:
                left_out.add(f"{path.name}, {number}", _LONG)
                rest, passing = b"", True
        if rest and not passing:
            yield number, rest


def _opened(path: Path) -> BinaryIO:
    """The file, unpacked as it is read."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(_GZIP):
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if head == _ZSTANDARD:
        # Arrow's reader, since it tells a cut frame from a whole one.
        return pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")
    return path.open("rb")
