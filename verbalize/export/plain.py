"""Plain text: a document a line, for trainers of tokenizers, of n-gram models, and whatever reads
lines. Line breaks within a document become spaces."""

from collections.abc import Sequence
from pathlib import Path

from verbalize.curation.tokens import Encoder
from verbalize.export.encoding import content, encode
from verbalize.export.format import Batches, Format

# All at which Python's str.splitlines breaks.
_BREAKS = r"[\r\n\x0b\x0c\x1c-\x1e\x{85}\x{2028}\x{2029}]+"
_LINE = f"concat(regexp_replace(text, '{_BREAKS}', ' ', 'g'), chr(10))"


def write(batches: Batches, files: Sequence[Path], encoder: Encoder | None) -> None:
    """Writes a shard."""
    with files[0].open("wb") as file:
        for (lines,) in encode(batches, _LINE):
            file.write(content(lines))


FORMAT = Format(
    description="plain text, a document a line",
    media_type="text/plain",
    files=("part-{shard:05}.txt",),
    write=write,
)
