"""Hugging Face: Parquet shards in `data/` and a dataset card, so that
`datasets.load_dataset(folder)` reads it as it is."""

from collections.abc import Callable
from itertools import chain, groupby
from pathlib import Path

import pyarrow.parquet as parquet

from verbalize.export.corpus import Corpus


def write(corpus: Corpus, folder: Path, progress: Callable[[str, int, int], None]) -> list[Path]:
    """Writes `data/train-00000-of-00004.parquet` and so on; returns the shards."""
    (folder / "data").mkdir()
    shards = []
    for shard, group in groupby(corpus.batches(), key=lambda numbered: numbered[0]):
        progress("writing Parquet shards", shard, corpus.shards)
        shards.append(folder / "data" / f"train-{shard:05}-of-{corpus.shards:05}.parquet")
        batches = (batch for _, batch in group)
        first = next(batches)
        with parquet.ParquetWriter(shards[-1], first.schema, compression="zstd") as file:
            for batch in chain([first], batches):
                file.write_batch(batch)
    return shards
