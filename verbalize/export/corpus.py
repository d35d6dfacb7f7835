"""What a format needs of a corpus: documents in a fixed order, cut into shards, as a stream of
Arrow batches, and what is to be told of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from verbalize.states import records
from warehouse.licences import spdx

DOCUMENTS = records()
"""SQL of all documents that a warehouse keeps, with their evidence."""

UNKNOWN_LICENCE = "as the source states; not known here"


@dataclass(frozen=True)
class Source:
    """Who states what documents say, under which licence; `spdx` is its short name (SPDX), if it
    has one."""

    source: str
    licence: str
    spdx: str | None = None

    @classmethod
    def under(cls, source: str, licence: str) -> "Source":
        """A source and its licence, of which SPDX may have a name."""
        return cls(source, licence, spdx(licence))


@dataclass(frozen=True)
class Description:
    """What the datasheet tells of a corpus: `about` is a paragraph, `languages` are BCP 47 tags,
    and `figures` are numbers and words by name, or lists of rows, which become tables."""

    about: str
    languages: list[str]
    sources: list[Source]
    figures: dict[str, Any] = field(default_factory=dict)


def cut(
    batches: Iterable[pa.RecordBatch], place: int, shard_documents: int
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Batches of documents from the place `place` on, each with the number of its shard; none spans
    two shards."""
    for batch in batches:
        while len(batch):
            room = shard_documents - place % shard_documents
            yield place // shard_documents, batch.slice(0, room)
            place += min(room, len(batch))
            batch = batch.slice(room)


class Corpus(Protocol):
    """Documents in a fixed order, cut into shards. Every format writes any corpus."""

    @property
    def documents(self) -> int:
        """How many documents there are."""

    @property
    def shards(self) -> int:
        """Into how many shards they are cut."""

    @property
    def fingerprint(self) -> str:
        """Differs if documents, their order or their shards do: an export that was stopped goes on
        only with the same."""

    def batches(self, first: int = 0) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Batches, each with the number of its shard, from the shard `first` on. No batch spans two
        shards, and numbers never go down.

        Columns: id, text, source, added, created (strings; times as 2024-01-31T00:00:00.000Z),
        metadata, a struct, or a string of JSON where documents differ in what is known of them,
        and, if there are any, attributes: a struct of numbers that were measured of the document.

        Where there are no documents, there may be one batch without rows, for the columns.
        """

    def description(self) -> Description:
        """What is to be told of the documents; asked when all batches are read."""
