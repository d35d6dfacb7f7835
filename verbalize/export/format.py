"""What a format is: names of the files of a shard, and a function that writes them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from verbalize.curation.tokens import Encoder

Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Shard:
    """A finished shard: its documents by source, the facts that they say by provenance, and its
    files, each with `bytes` and `sha256`; `tokens` without those that end documents, where the
    format holds tokens."""

    number: int
    tokens: int | None
    sources: dict[str, int]
    facts: dict[str, int]
    files: dict[str, dict[str, Any]]

    @property
    def documents(self) -> int:
        """How many documents it has."""
        return sum(self.sources.values())


@dataclass(frozen=True)
class Format:
    """How a trainer reads a corpus.

    `files` are the paths of the files of one shard, with {shard} and {shards} for its number and
    how many there are; `write` takes the batches of a shard, the files to write, and the tokenizer
    where `tokenized`, and then returns how many tokens the documents have; with `typed`, files tell
    their columns, so that a corpus without documents is one file without rows; `index` makes files
    that name all shards, by path. `holds` tells what a row is, documents or conversations, and
    `card`, where Hugging Face `datasets` reads it, which files hold the rows.
    """

    description: str
    media_type: str
    files: tuple[str, ...]
    write: Callable[[Batches, Sequence[Path], Encoder | None], int | None]
    index: Callable[[Sequence[Shard]], dict[str, str]] = field(default=lambda shards: {})
    tokenized: bool = False
    typed: bool = False
    holds: str = "documents"
    card: str | None = None

    def names(self, shard: int, shards: int) -> list[str]:
        """The paths of the files of a shard."""
        return [name.format(shard=shard, shards=shards) for name in self.files]
