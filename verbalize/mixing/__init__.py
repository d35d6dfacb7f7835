"""A corpus mixed of the warehouse's documents and of general text: planned, shown, then written.

A mix file says which sources, how much of each, in which phases. Tokens are counted exactly, once,
and kept; the plan is arithmetic on them; documents are drawn by a seeded hash; and the mixture is a
corpus like any other, so that every format writes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from verbalize.curation.tokens import Encoder
from verbalize.export import FORMATS, write_corpus
from verbalize.mixing.corpus import MixedCorpus
from verbalize.mixing.mixfile import Mix, MixError, every_document, read_mix
from verbalize.mixing.packed import loss, packed
from verbalize.mixing.planning import Available, Plan, plan_mixture
from verbalize.mixing.sampling import Drawn, draw
from verbalize.mixing.sources import Source, files_state, sources_of
from warehouse.connection import transaction

__all__ = [
    "Mix",
    "MixError",
    "Mixture",
    "every_document",
    "export_mixture",
    "mix_state",
    "mixture",
    "read_mix",
]

Progress = Callable[[str, int, int], None]

_OFF = 0.1
"""By which part of the plan a source may be off before it is told."""


@dataclass(frozen=True)
class Mixture:
    """A planned mixture and the documents that were drawn for it."""

    connection: duckdb.DuckDBPyConnection
    plan: Plan
    sources: dict[str, Source]
    drawn: Drawn
    encoder: Encoder
    seed: int
    by_own_tokenizer: bool = False

    @property
    def tokens(self) -> int:
        """Tokens of all drawn documents."""
        return int(self.drawn.tokens.sum())

    def corpus(self, shard_documents: int, pack: int | None = None) -> MixedCorpus:
        """The mixture as a corpus to write; with `pack`, the length of packed sequences, its
        datasheet tells what packing loses."""
        figures: dict[str, Any] = {
            "tokens": self.tokens,
            "tokenizer": self.encoder.name,
            "mixture": self.rows(),
        }
        if pack:
            figures["packing"] = [self.packing(shard_documents, pack)]
        return MixedCorpus(
            self.connection, self.sources, self.drawn, self.seed, shard_documents, figures
        )

    def packing(self, shard_documents: int, length: int) -> dict[str, Any]:
        """What packing into sequences of `length` loses."""
        ends = 0 if self.encoder.end is None else 1
        return loss(self.drawn.tokens + ends, self.drawn.phase, length, shard_documents)

    def rows(self) -> list[dict[str, Any]]:
        """What was planned and what was drawn, by phase and source."""
        return [
            self._row(phase, number)
            for phase in range(self.plan.phases)
            for number in range(len(self.sources))
        ]

    def notes(self) -> list[str]:
        """What is not as it was asked for, and what of the sources is left out."""
        found = []
        limits = [source.name for source in self.plan.sources if source.is_limit]
        if limits:
            asked = (
                "" if self.plan.asked is None else f"{self.plan.asked:,} tokens were asked for; "
            )
            found.append(
                f"{asked}with {' and '.join(limits)} at the end of its epochs, the shares hold "
                f"for {self.plan.tokens:,}; for more, raise sources.{limits[0]}.epochs or lower "
                "its part"
            )
        for row in self.rows():
            if abs(row["tokens"] - row["tokens_planned"]) > _OFF * row["tokens_planned"]:
                found.append(
                    f"{row['source']}: {row['tokens']:,} tokens are drawn, not "
                    f"{row['tokens_planned']:,}, since documents are whole and these have "
                    f"{row['tokens_available'] // row['documents_available']:,} tokens on the "
                    "mean; where each line of a text file is a document, give the source "
                    'separator: "\\n"'
                )
        general = [name for name, source in self.sources.items() if not source.is_own]
        if self.by_own_tokenizer and general:
            found.append(
                f"{', '.join(general)}: tokens of general text are counted by the tokenizer that "
                "was trained on the warehouse's own documents, which makes more of them than that "
                "of your model; to count by that one, give --tokenizer FILE"
            )
        return found + [note for source in self.sources.values() for note in source.notes()]

    def record(self, corpus: str) -> None:
        """Publishes the rows in `text.mixture`, in the place of what that corpus had there."""
        rows = pa.Table.from_pylist(self.rows())
        self.connection.register("mixed", rows)
        with transaction(self.connection):
            self.connection.execute("DELETE FROM text.mixture WHERE corpus = ?", [corpus])
            self.connection.execute(
                """
                INSERT INTO text.mixture BY NAME
                SELECT ? AS corpus, *, ? AS tokenizer, ? AS seed FROM mixed
                """,
                [corpus, self.encoder.name, self.seed],
            )
        self.connection.unregister("mixed")

    def _row(self, phase: int, number: int) -> dict[str, Any]:
        source = self.plan.sources[number]
        planned = sum(one.by_phase[phase] for one in self.plan.sources)
        here = (self.drawn.source == number) & (self.drawn.phase == phase)
        earlier = (self.drawn.source == number) & (self.drawn.phase < phase)
        seen = len(np.unique(self.drawn.place[earlier]))
        every = len(np.unique(self.drawn.place[earlier | here]))
        tokens = int(self.drawn.tokens[here].sum())
        return {
            "phase": phase + 1,
            "source": source.name,
            "documents_available": source.available.documents,
            "tokens_available": source.available.tokens,
            "share": round(source.by_phase[phase] / planned, 6) if planned else 0.0,
            "tokens_planned": source.by_phase[phase],
            "tokens": tokens,
            "documents": int(here.sum()),
            "repeats": int(here.sum()) - (every - seen),
            "epochs": round(tokens / source.available.tokens, 4),
        }


def mix_state(path: Path) -> list[Any]:
    """What changes with a mix file or the files that it names."""
    mix = read_mix(path)
    return [mix.model_dump(mode="json"), files_state(mix)]


def export_mixture(
    mixture: Mixture,
    folder: Path | str,
    *,
    format: str,
    name: str,
    shard_documents: int = 50_000,
    pack: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes a mixture as `verbalize.export.write_corpus` does, and records it in `text.mixture`;
    returns the datasheet. With `pack`, what is written are packed sequences of so many tokens.

    Raises:
        MixError: if the format cannot be packed, or holds no documents.
    """
    if format in FORMATS and FORMATS[format].holds != "documents":
        raise MixError(
            f"{format} holds {FORMATS[format].holds}, and a mixture is of documents; leave out "
            "--mix and --tokens, or give another --format"
        )
    if pack and format != "hf":
        raise MixError(
            f"--pack is for the format hf, not for {format}: Megatron packs when it trains, and "
            "the others hold texts; give --format hf, or leave out --pack"
        )
    sheet = write_corpus(
        mixture.corpus(shard_documents, pack),
        folder,
        format=format,
        name=name,
        form=packed(pack) if pack else None,
        tokenizer=mixture.encoder,
        progress=progress,
    )
    mixture.record(name)
    return sheet


def mixture(
    connection: duckdb.DuckDBPyConnection,
    mix: Mix,
    encoder: Encoder,
    *,
    folder: Path,
    tokens: int | None = None,
    seed: int = 0,
    by_own_tokenizer: bool = False,
    progress: Progress | None = None,
) -> Mixture:
    """Counts what the sources have, plans, and draws; nothing is written but the counts: those of
    the warehouse's documents in `text.token_count`, those of files in `folder`.

    `tokens` goes before those of the mix file. `by_own_tokenizer` says that the encoder was trained
    on the warehouse's own documents; then the notes tell what that means for general text.

    Raises:
        MixError: if the mix cannot be planned, naming the field of the mix file, or so few tokens
            are asked for that no document fits.
        SourceError: if a file cannot be read.
    """
    tell = progress or (lambda what, done, total: None)
    sources = sources_of(connection, mix, folder)
    lengths = {name: source.lengths(encoder, tell) for name, source in sources.items()}
    available = {
        name: Available(int((one.tokens > 0).sum()), int(one.tokens.sum(dtype=np.int64)))
        for name, one in lengths.items()
    }
    plan = plan_mixture(mix, available, tokens)
    tell("drawing documents", 0, 1)
    drawn = draw(lengths, {source.name: source.by_phase for source in plan.sources}, seed)
    if not len(drawn):
        raise MixError(
            f"no document is so short that {plan.tokens:,} tokens hold it; raise --tokens"
        )
    return Mixture(connection, plan, sources, drawn, encoder, seed, by_own_tokenizer)
