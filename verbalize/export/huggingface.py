"""Hugging Face: Parquet shards under `data/` and a README.md with a dataset card, so that `datasets.load_dataset(folder)` reads it."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

PREFIX = "data/train-"
SUFFIX = ".parquet"

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"))


def write_shard(path: Path, documents: pa.Table) -> int:
    """Writes a shard and returns how many documents it has."""
    pq.write_table(documents, path, compression="zstd", row_group_size=10_000)
    return documents.num_rows


def describe(folder: Path, sheet: dict[str, Any]) -> None:
    """Writes the dataset card, with what the datasheet says."""
    size = next((name for limit, name in _SIZES if sheet["documents"] < limit), "n>10M")
    header = "\n".join(
        [
            "---",
            f"pretty_name: {sheet['name']}",
            *_listed("language", sheet["languages"]),
            *_listed("license", ["mit" if sheet["licence"].startswith("MIT") else "other"]),
            *_listed("task_categories", ["text-generation"]),
            *_listed("size_categories", [size]),
            "configs:",
            "- config_name: default",
            "  data_files:",
            "  - split: train",
            "    path: data/train-*.parquet",
            "---",
        ]
    )
    body = (folder / "datasheet.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(f"{header}\n\n{body}", encoding="utf-8")


def _listed(key: str, values: list[str]) -> list[str]:
    return [f"{key}:", *(f"- {value}" for value in values)]
