"""Dolma: JSON lines with `id, text, source, added, created, metadata`, compressed by Zstandard, as the Dolma toolkit reads them."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import zstandard

PREFIX = "documents/"
SUFFIX = ".jsonl.zst"
LEVEL = 3

_OWN = ("id", "text", "source", "added", "created")


def write_shard(path: Path, documents: pa.Table) -> int:
    """Writes a shard and returns how many documents it has."""
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    metadata = [column for column in documents.column_names if column not in _OWN]
    with path.open("wb") as file, compressor.stream_writer(file) as stream:
        for batch in documents.to_batches(max_chunksize=5_000):
            lines = []
            for row in batch.to_pylist():
                record = {column: row[column] for column in _OWN}
                record["metadata"] = {column: row[column] for column in metadata}
                lines.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")))
            if lines:
                stream.write(("\n".join(lines) + "\n").encode())
    return documents.num_rows


def describe(folder: Path, sheet: dict[str, Any]) -> None:
    """Dolma needs nothing beside its documents."""
