"""Dolma: JSON lines of `id, text, source, added, created, metadata`, zstd, in `documents/`
(Soldaini et al. 2024; toolkit's data format)."""

from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from zstandard import ZstdCompressor

from verbalize.export.corpus import Corpus
from verbalize.export.lines import json_lines

LEVEL = 3
FIELDS = ("id", "text", "source", "added", "created", "metadata")


def write(corpus: Corpus, folder: Path, progress: Callable[[str, int, int], None]) -> list[Path]:
    """Writes `documents/part-00000.jsonl.zst` and so on; returns the shards."""
    (folder / "documents").mkdir()
    fields = f"{{{', '.join(f'{field!r}: {field}' for field in FIELDS)}}}"
    shards = []
    for shard, group in groupby(corpus.batches(), key=lambda numbered: numbered[0]):
        progress("writing Dolma shards", shard, corpus.shards)
        shards.append(folder / "documents" / f"part-{shard:05}.jsonl.zst")
        # One thread, so that the same documents give the same bytes on any machine.
        with shards[-1].open("wb") as file, ZstdCompressor(LEVEL).stream_writer(file) as compressed:
            for lines in json_lines((batch for _, batch in group), fields):
                compressed.write(lines)
    return shards
