"""Hugging Face: Parquet shards in `data/` and a dataset card, so that
`datasets.load_dataset(folder)` reads it as it is."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet

from verbalize.curation.tokens import Encoder
from verbalize.export.format import Batches, Format

ROWS = 10_000
"""Rows of a row group, however many come at a time."""


def write(batches: Batches, files: Sequence[Path], encoder: Encoder | None) -> None:
    """Writes a shard; no row group without rows, which `datasets` cannot read."""
    first = next(batches)
    with parquet.ParquetWriter(files[0], first.schema, compression="zstd") as file:
        for group in _groups(chain([first], batches)):
            file.write_table(group)


def _groups(batches: Batches) -> Iterator[pa.Table]:
    """The rows, ROWS at a time, in one piece each, so that pages do not depend on batches."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        while sum(map(len, held)) >= ROWS:
            table = pa.Table.from_batches(held)
            yield table[:ROWS].combine_chunks()
            held = table[ROWS:].to_batches()
    if any(map(len, held)):
        yield pa.Table.from_batches(held).combine_chunks()


FORMAT = Format(
    description="Parquet with a dataset card, for Hugging Face datasets",
    media_type="application/x-parquet",
    files=("data/train-{shard:05}-of-{shards:05}.parquet",),
    write=write,
    typed=True,
    card="data/train-*.parquet",
)
