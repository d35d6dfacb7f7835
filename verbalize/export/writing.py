"""Any corpus in any format: shard by shard, counted, signed, and gone on with where it was stopped.

Shards are cut by the number of documents, so neither threads nor interruptions change a byte.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as compute

from verbalize.curation.tokens import Encoder
from verbalize.export.corpus import Corpus
from verbalize.export.encoding import content, encode, line
from verbalize.export.format import Batches, Format, Shard
from verbalize.export.place import Place

Progress = Callable[[str, int, int], None]


@dataclass
class Tally:
    """What goes through is counted: documents by source, and facts by provenance."""

    sources: Counter[str] = field(default_factory=Counter)
    facts: Counter[str] = field(default_factory=Counter)

    def counted(self, batches: Batches) -> Batches:
        """The batches, unchanged."""
        for batch in batches:
            for found in compute.value_counts(batch["source"]).to_pylist():
                self.sources[found["values"]] += found["counts"]
            self._count_facts(batch["metadata"])
            yield batch

    def _count_facts(self, metadata: pa.Array) -> None:
        if not pa.types.is_struct(metadata.type):
            return
        for told in metadata.type:
            if told.name.endswith("_facts"):
                count = compute.sum(metadata.field(told.name)).as_py()
                self.facts[told.name.removesuffix("_facts")] += count or 0


def write_shards(
    corpus: Corpus, place: Place, form: Format, encoder: Encoder | None, tell: Progress
) -> list[Shard]:
    """Writes the shards that are not there yet, and returns all."""
    fingerprint = _fingerprint(corpus, form, encoder)
    state = place.known()
    if state.get("fingerprint") != fingerprint:
        place.begin()
        state = {}
    shards = [Shard(**shard) for shard in state.get("shards", ())]
    total = corpus.shards or int(form.typed)
    for number, group in groupby(corpus.batches(len(shards)), key=lambda numbered: numbered[0]):
        if number >= total:
            break
        tell(f"writing shards: {form.description}", number, total)
        tally = Tally()
        names = form.names(number, total)
        files = [place.scratch / f"file-{count}" for count in range(len(names))]
        tokens = form.write(tally.counted(batch for _, batch in group), files, encoder)
        signed = {name: signature(file) for name, file in zip(names, files, strict=True)}
        place.remember({**_done(fingerprint, shards), "begun": names})
        for name, file in zip(names, files, strict=True):
            place.keep(file, name)
        sources = dict(sorted(tally.sources.items()))
        shards.append(Shard(number, tokens, sources, dict(tally.facts), signed))
        place.remember(_done(fingerprint, shards))
    return shards


def write_tombstones(batches: Batches, path: Path) -> int:
    """Writes a line for each document that is gone, and returns how many they are."""
    fields = {name: name for name in ("id", "withdrawn", "reason")}
    count = 0
    with path.open("wb") as file:
        for (lines,) in encode(batches, line(fields)):
            count += len(lines)
            file.write(content(lines))
    return count


def signature(path: Path) -> dict[str, Any]:
    """Bytes and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _done(fingerprint: str, shards: list[Shard]) -> dict[str, Any]:
    return {"fingerprint": fingerprint, "shards": [asdict(shard) for shard in shards]}


def _fingerprint(corpus: Corpus, form: Format, encoder: Encoder | None) -> str:
    """Of all that decides on the bytes of shards."""
    parts = [version("wareword"), corpus.fingerprint, form.description, *form.files]
    if encoder:
        parts.append(encoder.fingerprint)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
