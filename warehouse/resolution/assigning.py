"""Scored pairs to matches in which a product has one partner at most: the likeliest pairs first,
each of which leaves no room for its rivals."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

THRESHOLD = 0.5

Labels = NDArray[np.int64]


def assign(pairs: pa.Table, threshold: float = THRESHOLD) -> pa.Table:
    """The pairs of two sources that are taken for matches: no product has two.

    `pairs` has left_id, right_id, probability, and so has the result, in the order of left_id.
    """
    chosen = _likely(pairs, threshold)
    left, right, ids = _numbered(chosen)
    sides = np.zeros(len(ids), np.int64)
    sides[left], sides[right] = 1, 2
    return chosen.take(_joined(left, right, sides)).sort_by("left_id")


def _likely(pairs: pa.Table, threshold: float) -> pa.Table:
    """The pairs above the threshold, the likeliest first."""
    return pairs.filter(pc.greater_equal(pairs["probability"], threshold)).sort_by(
        [("probability", "descending"), ("left_id", "ascending"), ("right_id", "ascending")]
    )


def _numbered(pairs: pa.Table) -> tuple[Labels, Labels, NDArray[np.object_]]:
    """Both products of each pair as places in the sorted list of all of them."""
    named = [pairs[side].to_numpy() for side in ("left_id", "right_id")]
    ids, places = np.unique(np.concatenate(named).astype(object), return_inverse=True)
    places = places.astype(np.int64)
    return places[: len(pairs)], places[len(pairs) :], ids


def _joined(left: Labels, right: Labels, sources: Labels) -> Labels:
    """Joins the two clusters of each pair, in order, where they share no source.

    Returns the places of the pairs that joined two clusters. In each round all pairs join that are
    the first of both their clusters, so that a few rounds do what one pair after another would.
    """
    labels, held = np.arange(len(sources)), sources.copy()
    open_pairs = np.arange(len(left))
    kept = []
    while True:
        one, other = labels[left[open_pairs]], labels[right[open_pairs]]
        free = (one != other) & (held[one] & held[other] == 0)
        open_pairs, one, other = open_pairs[free], one[free], other[free]
        if not len(open_pairs):
            break
        first = np.full(len(labels), len(left))
        np.minimum.at(first, one, open_pairs)
        np.minimum.at(first, other, open_pairs)
        joins = (first[one] == open_pairs) & (first[other] == open_pairs)
        kept.append(open_pairs[joins])
        low, high = np.minimum(one[joins], other[joins]), np.maximum(one[joins], other[joins])
        held[low] |= held[high]
        moved = np.arange(len(labels))
        moved[high] = low
        labels = moved[labels]
    return np.sort(np.concatenate(kept or [np.zeros(0, np.int64)]))
