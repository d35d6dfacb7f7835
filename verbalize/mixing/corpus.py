"""A mixture as a corpus that every format writes: drawn documents in their order, streamed.

Documents of files are read again from the first to the last that was drawn, and sorted into their
order by DuckDB, which spills what does not fit in memory.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from verbalize.errors import VerbalizeError
from verbalize.export.corpus import UNKNOWN_LICENCE, Description, cut
from verbalize.export.corpus import Source as Stating
from verbalize.export.warehouse import WarehouseCorpus
from verbalize.mixing.sampling import Drawn
from verbalize.mixing.sources import Source
from verbalize.states import KEPT, records

BATCH = 2_048

_ABOUT = (
    "A mixture, in whose metadata `mix` tells the source, phase and epoch of each document. "
    "Texts of files stand as they are there. "
)
_ABOUT_PACKED = (
    "Packed sequences of a mixture. `input_ids` are the tokens; `labels` the same, but -100 where "
    "nothing is to be learnt (padding, and the first token of each part); `position_ids` begin at "
    "0 in each part; `seq_lengths` and `document_ids` are the length and document of each part. "
    "`tokenizer.json`, if it is there, has the tokens. Documents are not told otherwise: "
    "for their metadata, write the mixture without packing. "
)


@dataclass(frozen=True)
class MixedCorpus:
    """Drawn documents, `shard_documents` to a shard; `figures` go into the datasheet."""

    connection: duckdb.DuckDBPyConnection
    sources: dict[str, Source]
    drawn: Drawn
    seed: int
    shard_documents: int
    figures: dict[str, Any]

    @property
    def documents(self) -> int:
        """How many documents were drawn; one that is repeated counts each time."""
        return len(self.drawn)

    @property
    def shards(self) -> int:
        """How many shards that makes."""
        return -(-self.documents // self.shard_documents)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of what was drawn, and of the sources."""
        digest = hashlib.sha256(self._warehouse.fingerprint.encode())
        for source in self.sources.values():
            digest.update(source.fingerprint.encode())
        drawn = self.drawn
        for column in (drawn.source, drawn.place, drawn.epoch, drawn.phase, drawn.tokens):
            digest.update(column.tobytes())
        return digest.hexdigest()

    def batches(self, first: int = 0) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The documents; see `verbalize.export.corpus.Corpus`. In their metadata, `mix` tells the
        source, phase and epoch (from 1); their attribute is `tokens`, by the tokenizer of the
        mixture.

        Raises:
            VerbalizeError: if a source gives other documents than it counted.
        """
        begin = first * self.shard_documents
        reader = self.connection.sql(self._query(begin)).to_arrow_reader(BATCH)
        place = begin
        for shard, batch in cut(reader, begin, self.shard_documents):
            yield shard, batch
            place += len(batch)
        if place != max(begin, self.documents):
            raise VerbalizeError(
                f"of {self.documents:,} documents that were drawn, {place:,} were found: a file or "
                "the warehouse changed meanwhile; start again"
            )

    def description(self) -> Description:
        """What the datasheet tells of the mixture, and of the warehouse where that is a source."""
        own = [source for source in self.sources.values() if source.is_own]
        told = self._warehouse.description()
        times = {"as_of": told.figures["as_of"]} if own and "as_of" in told.figures else {}
        stating = [
            Stating.under(source.name, source.licence or UNKNOWN_LICENCE)
            for source in self.sources.values()
            if not source.is_own
        ]
        return Description(
            about=_ABOUT_PACKED
            if "packing" in self.figures
            else _ABOUT + (told.about if own else ""),
            languages=told.languages if own else [],
            sources=[*(told.sources if own else ()), *stating],
            figures={"seed": self.seed, **times, **self.figures},
        )

    @property
    def _warehouse(self) -> WarehouseCorpus:
        return WarehouseCorpus(self.connection, self.seed, self.shard_documents)

    def _query(self, begin: int) -> str:
        # The first part has no rows; it gives the metadata their type where all sources are files.
        none = records(f"SELECT * FROM ({KEPT}) WHERE false")
        parts = [
            f"""
            SELECT
                0 AS position, 0 AS epoch, 0 AS phase, 0 AS tokens, '' AS mix_source,
                told.* EXCLUDE (attributes)
            FROM ({none}) AS told
            """
        ]
        for number, source in enumerate(self.sources.values()):
            parts.append(source.documents(self._of(number, source.name, begin)))
        mix = "{'source': mix_source, 'phase': phase, 'epoch': epoch}"
        return f"""
            SELECT
                id, text, source, added, created,
                struct_insert(metadata, mix := {mix}) AS metadata,
                {{'tokens': tokens}} AS attributes
            FROM ({" UNION ALL BY NAME ".join(parts)})
            ORDER BY position
        """

    def _of(self, number: int, name: str, begin: int) -> pa.Table:
        """What was drawn of a source from the position `begin` on, in the order of its places."""
        drawn = self.drawn
        positions = np.flatnonzero(drawn.source[begin:] == number) + begin
        positions = positions[np.argsort(drawn.place[positions], kind="stable")]
        return pa.table(
            {
                "place": drawn.place[positions],
                "position": positions,
                "epoch": drawn.epoch[positions] + 1,
                "phase": drawn.phase[positions] + 1,
                "tokens": drawn.tokens[positions].astype(np.int32),
                "mix_source": pa.repeat(name, len(positions)),
            }
        )
