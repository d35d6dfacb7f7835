"""Mosaic Data Shards (MDS), version 2: read by `streaming.StreamingDataset` of mosaicml-streaming.

A shard is the number of its samples, the place of each sample in the file and of its end (32-bit,
little-endian), the settings of the writer as JSON, then the samples. A sample is the sizes of its
columns, in the order of their names, then their values. `index.json` names the shards.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from verbalize.curation.tokens import Encoder
from verbalize.errors import VerbalizeError
from verbalize.export.encoding import content, encode, ends, little_endian
from verbalize.export.format import Batches, Format, Shard

COLUMNS = {"id": "str", "metadata": "json", "source": "str", "text": "str"}
_SETTINGS: dict[str, Any] = {
    "column_encodings": list(COLUMNS.values()),
    "column_names": list(COLUMNS),
    "column_sizes": [None] * len(COLUMNS),
    "compression": None,
    "format": "mds",
    "hashes": [],
    "size_limit": None,
    "version": 2,
}


LIMIT = 1 << 32


def write(batches: Batches, files: Sequence[Path], encoder: Encoder | None) -> None:
    """Writes a shard: first the samples into a file of their own, which tell where they are.

    Raises:
        VerbalizeError: if the shard would have 4 GB or more, which 32-bit places cannot say.
    """
    samples = files[0].with_suffix(".samples")
    places = [np.zeros(1, np.int64)]
    with samples.open("wb") as file:
        for (encoded,) in encode(batches, _sample()):
            file.write(content(encoded))
            places.append(places[-1][-1] + ends(encoded))
    settings = json.dumps(_SETTINGS, sort_keys=True).encode()
    found = np.concatenate(places)
    found += 4 + 4 * len(found) + len(settings)
    if found[-1] >= LIMIT:
        raise VerbalizeError(
            f"a shard of {len(found) - 1:,} documents has {found[-1]:,} bytes, and MDS can hold "
            f"{LIMIT:,}; set fewer documents a shard (WAREWORD_SHARD_DOCUMENTS)"
        )
    with files[0].open("wb") as file, samples.open("rb") as written:
        file.write(np.array([len(found) - 1], "<u4").tobytes())
        file.write(found.astype("<u4").tobytes())
        file.write(settings)
        shutil.copyfileobj(written, file)
    samples.unlink()


def _index(shards: Sequence[Shard]) -> dict[str, str]:
    rows = [
        {
            **_SETTINGS,
            "raw_data": {"basename": name, "bytes": file["bytes"], "hashes": {}},
            "samples": shard.documents,
            "zip_data": None,
        }
        for shard in shards
        for name, file in shard.files.items()
    ]
    return {"index.json": json.dumps({"shards": rows, "version": 2}, sort_keys=True)}


def _sample() -> str:
    """SQL of a sample: sizes, then values."""
    values = [
        f"encode({name})" if kind == "str" else f"encode(to_json({name})::VARCHAR)"
        for name, kind in COLUMNS.items()
    ]
    sizes = [little_endian(f"octet_length({value})") for value in values]
    return " || ".join([*sizes, *values])


FORMAT = Format(
    description="Mosaic data shards, for mosaicml-streaming (LLM Foundry, Composer)",
    media_type="application/octet-stream",
    files=("shard.{shard:05}.mds",),
    write=write,
    index=_index,
)
