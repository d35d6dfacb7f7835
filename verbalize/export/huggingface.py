"""Hugging Face: Parquet shards in `data/` and a dataset card, so that
`datasets.load_dataset(folder)` reads it as it is."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as parquet

from verbalize.curation.tokens import Encoder
from verbalize.export.format import Batches, Format


def write(batches: Batches, files: Sequence[Path], encoder: Encoder | None) -> None:
    """Writes a shard, a row group a batch; none without rows, which `datasets` cannot read."""
    first = next(batches)
    with parquet.ParquetWriter(files[0], first.schema, compression="zstd") as file:
        if len(first):
            file.write_batch(first)
        for batch in batches:
            file.write_batch(batch)


FORMAT = Format(
    description="Parquet with a dataset card, for Hugging Face datasets",
    media_type="application/x-parquet",
    files=("data/train-{shard:05}-of-{shards:05}.parquet",),
    write=write,
    typed=True,
    card="data/train-*.parquet",
)
