"""WebDataset: a tar file a shard, with two members a document, `0000000.txt` and `0000000.json`,
which is what the library takes for one sample (Aizman et al. 2019; POSIX ustar).

DuckDB writes the members with their headers, so that none becomes a Python object.
"""

import tarfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from verbalize.curation.tokens import Encoder
from verbalize.export.encoding import content, encode
from verbalize.export.format import Batches, Format
from warehouse.connection import literal

_BLOCK = 512
_RECORD = 20 * _BLOCK
_FIELDS = ("id", "source", "added", "created", "metadata")


def write(batches: Batches, files: Sequence[Path], encoder: Encoder | None) -> None:
    """Writes a shard."""
    told = f"to_json({{{', '.join(f'{name!r}: {name}' for name in _FIELDS)}}})::VARCHAR"
    members = f"{_member('txt', 'text')} || {_member('json', told)}"
    with files[0].open("wb") as file:
        for (encoded,) in encode(_numbered(batches), members):
            file.write(content(encoded))
        # Two empty blocks end an archive, which is filled up to a whole record.
        file.write(bytes(2 * _BLOCK))
        file.write(bytes(-file.tell() % _RECORD))


def _numbered(batches: Batches) -> Batches:
    """The batches with a column `number`, from 0 on."""
    first = 0
    for batch in batches:
        numbers = pa.array(range(first, first + len(batch)), pa.int64())
        yield batch.append_column("number", numbers)
        first += len(batch)


def _member(suffix: str, value: str) -> str:
    """SQL of a member: its header, its bytes, and zeros up to a whole block."""
    size = f"octet_length(encode({value}))"
    name, octal = f"format('{{:07}}.{suffix}', number)", f"format('{{:011o}}', {size})"
    # An empty header of a file, by the library; the name, the size and the checksum go into it.
    blank = tarfile.TarInfo().tobuf(tarfile.USTAR_FORMAT)
    name_end, size_begin, size_end, sum_begin, sum_end = 100, 124, 135, 148, 156
    constant = sum(blank[name_end:size_begin]) + sum(blank[size_end:sum_begin])
    constant += sum(blank[sum_end:]) + (sum_end - sum_begin) * ord(" ")
    digits = f"list_sum([ascii(letter) FOR letter IN string_split({name} || {octal}, '')])"
    header = " || ".join(
        [
            name,
            f"repeat(chr(0), {name_end} - length({name}))",
            _text(blank[name_end:size_begin]),
            octal,
            _text(blank[size_end:sum_begin]),
            f"format('{{:06o}}', {constant} + {digits}::BIGINT) || chr(0) || ' '",
            _text(blank[sum_end:]),
        ]
    )
    padding = f"repeat(chr(0), ({_BLOCK} - {size} % {_BLOCK}) % {_BLOCK})"
    return f"encode({header} || {value} || {padding})"


def _text(content: bytes) -> str:
    """SQL of ASCII bytes, of which zeros are many."""
    return f"replace({literal(content.decode('ascii').replace(chr(0), '~'))}, '~', chr(0))"


FORMAT = Format(
    description="tar files of .txt and .json, for WebDataset",
    media_type="application/x-tar",
    files=("shard-{shard:06}.tar",),
    write=write,
)
