"""JSON lines with the same fields as Dolma's, zstd, in one folder: read by datatrove's JsonlReader,
by `datasets`, and by all that reads JSON lines."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from zstandard import ZstdCompressor

from verbalize.curation.tokens import Encoder
from verbalize.export.encoding import content, encode, line
from verbalize.export.format import Batches, Format

LEVEL = 3
FIELDS = {name: name for name in ("id", "text", "source", "added", "created", "metadata")}


@contextmanager
def compressed(path: Path) -> Iterator[BinaryIO]:
    """A zstd file to write. One thread compresses, so that the same documents give the same bytes
    on any machine."""
    with path.open("wb") as file, ZstdCompressor(LEVEL).stream_writer(file) as stream:
        yield stream


def write(batches: Batches, files: Sequence[Path], encoder: Encoder | None) -> None:
    """Writes a shard."""
    with compressed(files[0]) as file:
        for (lines,) in encode(batches, line(FIELDS)):
            file.write(content(lines))


FORMAT = Format(
    description="JSON lines, for datatrove and all that reads JSON lines",
    media_type="application/jsonlines+zstd",
    files=("data/{shard:05}.jsonl.zst",),
    write=write,
)
