"""Documents into sequences of one length: best-fit decreasing (Ding et al. 2024, "Fewer Truncations
Improve Language Modeling", section 3).

A document that is longer than a sequence is cut into whole sequences and a rest; then pieces go,
longest first, each into the sequence with the least room that still holds it. Only lengths are
looked at. Sequences with the same room are alike, so equal pieces fill them many at a time: what is
done one by one follows the number of different lengths and rooms, not the number of documents.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Packing:
    """Which piece lies in which sequence; pieces are in the order of the sequences, and within one
    in the order of the documents.

    `document`, `start` and `tokens` tell each piece; those of sequence i are `offsets[i]` to
    `offsets[i + 1]`.
    """

    length: int
    document: np.ndarray
    start: np.ndarray
    tokens: np.ndarray
    offsets: np.ndarray

    @property
    def sequences(self) -> int:
        return len(self.offsets) - 1

    @property
    def padding(self) -> float:
        """Share of all places that hold no token."""
        places = self.sequences * self.length
        return 1 - int(self.tokens.sum()) / places if places else 0.0

    @property
    def documents_cut(self) -> int:
        """How many documents are cut into pieces."""
        return int((np.bincount(self.document) > 1).sum())


def best_fit(lengths: np.ndarray, length: int) -> Packing:
    """Packs documents of `lengths` tokens into sequences of `length`; documents of none are left
    out.

    Time: O(n) for n documents, and at most O(min(n, length²)) steps for the different lengths and
    rooms.
    """
    pieces = _pieces(np.asarray(lengths, dtype=np.int64), length)
    bins = _best_fit_decreasing(pieces.tokens, length)
    return _packing(length, pieces, bins)


def concatenated(lengths: np.ndarray, length: int) -> Packing:
    """All documents one after another, cut every `length` tokens, as most trainers do; the last
    sequence is padded. It is what `best_fit` is measured against."""
    lengths = np.asarray(lengths, dtype=np.int64)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    count = np.where(lengths > 0, (ends - 1) // length - starts // length + 1, 0)
    document = np.repeat(np.arange(len(lengths)), count)
    bins = runs(starts // length, count)
    begin = np.maximum(starts[document], bins * length)
    end = np.minimum(ends[document], (bins + 1) * length)
    return _packing(length, _Pieces(document, begin - starts[document], end - begin), bins)


def joined(packings: list[Packing]) -> Packing:
    """Packings of one length, one after another."""
    begins = np.cumsum([0, *(len(packing.document) for packing in packings)])
    offsets = [
        packing.offsets[1:] + begin for packing, begin in zip(packings, begins, strict=False)
    ]
    return Packing(
        packings[0].length,
        np.concatenate([packing.document for packing in packings]),
        np.concatenate([packing.start for packing in packings]),
        np.concatenate([packing.tokens for packing in packings]),
        np.concatenate([[0], *offsets]),
    )


def runs(begins: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """begin, begin + 1, … of `count` elements, for each of the two arrays, one after another."""
    before = np.cumsum(counts) - counts
    return np.arange(int(counts.sum())) + np.repeat(begins - before, counts)


@dataclass(frozen=True)
class _Pieces:
    document: np.ndarray
    start: np.ndarray
    tokens: np.ndarray


def _pieces(lengths: np.ndarray, length: int) -> _Pieces:
    """Documents as pieces of at most `length` tokens."""
    count = -(-lengths // length)
    document = np.repeat(np.arange(len(lengths)), count)
    start = runs(np.zeros_like(count), count) * length
    return _Pieces(document, start, np.minimum(lengths[document] - start, length))


def _best_fit_decreasing(tokens: np.ndarray, length: int) -> np.ndarray:
    """The sequence of each piece, numbered as they are opened."""
    order = np.argsort(-tokens, kind="stable")
    sizes, counts = np.unique(tokens, return_counts=True)
    bins = np.empty(len(tokens), dtype=np.int64)
    # Open sequences by their room, and the rooms that there are, in order.
    alike: dict[int, np.ndarray] = {}
    rooms: list[int] = []
    opened = place = 0

    def leave(room: int, those: np.ndarray) -> None:
        if not room or not len(those):
            return
        if room in alike:
            alike[room] = np.concatenate([alike[room], those])
        else:
            alike[room] = those
            insort(rooms, room)

    for size, count in zip(sizes[::-1].tolist(), counts[::-1].tolist(), strict=True):
        left = count
        while left:
            at = bisect_left(rooms, size)
            if at < len(rooms):
                room = rooms.pop(at)
                those = alike.pop(room)
            else:
                room = length
                those = np.arange(opened, opened + -(-left // (length // size)))
                opened += len(those)
            # The fullest sequence that has room is filled till it has none, then the next one.
            each = room // size
            full, rest = divmod(min(left, len(those) * each), each)
            bins[order[place : place + full * each]] = np.repeat(those[:full], each)
            leave(room - each * size, those[:full])
            place, left = place + full * each, left - full * each
            if rest:
                bins[order[place : place + rest]] = those[full]
                leave(room - rest * size, those[full : full + 1])
                place, left = place + rest, left - rest
            leave(room, those[full + bool(rest) :])
    return bins


def _packing(length: int, pieces: _Pieces, bins: np.ndarray) -> Packing:
    order = np.argsort(bins, kind="stable")
    counts = np.bincount(bins) if len(bins) else np.zeros(0, dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return Packing(
        length, pieces.document[order], pieces.start[order], pieces.tokens[order], offsets
    )
