"""Which documents make the mixture, and in which order.

Of each source, documents are drawn without replacement in the order of a seeded hash, epoch by
epoch; a document is whole or not there at all, and the one that would cross the plan is not. So a
source's part ends within one document below its plan, and a new document changes nothing of the
order of the others. Sources are then interleaved evenly: after any part of a phase, each source has
given its share of that part. Only identities and lengths are looked at.
"""

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Drawn:
    """The documents of a mixture in order: for each the number of its source, its place there, its
    epoch (from 0), its phase (from 0) and its tokens."""

    source: np.ndarray
    place: np.ndarray
    epoch: np.ndarray
    phase: np.ndarray
    tokens: np.ndarray

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True)
class Lengths:
    """The documents of a source, by place: a hash of what identifies each, and its tokens."""

    hashes: np.ndarray
    tokens: np.ndarray


def draw(sources: dict[str, Lengths], planned: dict[str, tuple[int, ...]], seed: int) -> Drawn:
    """Draws `planned` tokens of each source and phase."""
    parts, along = [], []
    for number, (name, lengths) in enumerate(sources.items()):
        drawn, where = _drawn(number, lengths, planned[name], _salt(seed, name))
        parts.append(drawn)
        along.append(where)
    order = np.lexsort(
        (
            np.concatenate([part.source for part in parts]),
            np.concatenate(along),
            np.concatenate([part.phase for part in parts]),
        )
    )
    columns = (
        np.concatenate([getattr(part, column) for part in parts])[order]
        for column in ("source", "place", "epoch", "phase", "tokens")
    )
    return Drawn(*columns)


def shuffled(count: int, seed: int, what: str) -> np.ndarray:
    """0 to `count` - 1 in an order drawn by the seed for `what`."""
    places = np.arange(count, dtype=np.uint64)
    return np.argsort(_mixed(places ^ np.uint64(_salt(seed, what))), kind="stable")


def _drawn(
    number: int, lengths: Lengths, planned: tuple[int, ...], salt: int
) -> tuple[Drawn, np.ndarray]:
    """The documents of one source, and how far along its part of the phase the middle of each
    lies."""
    available, needed = int(lengths.tokens.sum(dtype=np.int64)), sum(planned)
    epochs = -(-needed // available) if available else 0
    orders = [
        np.argsort(_mixed(lengths.hashes ^ np.uint64(_salt(salt, str(epoch)))), kind="stable")
        for epoch in range(epochs)
    ]
    place = np.concatenate([np.zeros(0, np.int64), *orders])
    epoch = np.repeat(np.arange(epochs, dtype=np.int32), len(lengths.tokens))
    some = lengths.tokens[place] > 0
    place, epoch = place[some], epoch[some]
    tokens = lengths.tokens[place].astype(np.int64)
    ends = np.cumsum(tokens)
    wanted = np.cumsum(planned)
    # What was planned up to the end of a phase is a cap on what is drawn up to there.
    cuts = np.searchsorted(ends, wanted, side="right")
    begins = np.concatenate([[0], cuts[:-1]])
    phase = np.repeat(np.arange(len(planned), dtype=np.int32), cuts - begins)
    taken = slice(0, int(cuts[-1]))
    before = np.concatenate([[0], wanted[:-1]])
    size = np.maximum(np.asarray(planned), 1)
    along = ((ends - tokens / 2)[taken] - before[phase]) / size[phase]
    drawn = Drawn(
        np.full(int(cuts[-1]), number, dtype=np.int32),
        place[taken],
        epoch[taken],
        phase,
        tokens[taken],
    )
    return drawn, along


def _salt(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "little")


def _mixed(values: np.ndarray) -> np.ndarray:
    """64 bits to 64 bits, one to one, such that near values are far apart (the finalizer of
    SplitMix64, Steele et al. 2014)."""
    values = values ^ (values >> np.uint64(30))
    values = values * np.uint64(0xBF58476D1CE4E5B9)
    values = values ^ (values >> np.uint64(27))
    values = values * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
