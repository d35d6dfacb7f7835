"""Packing: every token once, in order, never over the length, and close to no padding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verbalize.mixing.packing import Packing, best_fit, concatenated, joined

LENGTHS = st.lists(st.integers(0, 90), max_size=80)


def pieces(packing: Packing) -> dict[int, list[tuple[int, int]]]:
    """Start and tokens of the pieces of each document, in the order of the packing."""
    found: dict[int, list[tuple[int, int]]] = {}
    for document, start, tokens in zip(
        packing.document.tolist(), packing.start.tolist(), packing.tokens.tolist(), strict=True
    ):
        found.setdefault(document, []).append((start, tokens))
    return found


def filled(packing: Packing) -> list[int]:
    bounds = zip(packing.offsets.tolist(), packing.offsets[1:].tolist(), strict=False)
    return [int(packing.tokens[begin:end].sum()) for begin, end in bounds]


def first_fit(lengths: list[int], length: int) -> int:
    """Sequences that first-fit opens, of pieces in the order of the documents."""
    rooms: list[int] = []
    for document in lengths:
        for piece in [length] * (document // length) + [document % length] * (
            document % length > 0
        ):
            at = next((place for place, room in enumerate(rooms) if room >= piece), None)
            if at is None:
                rooms.append(length - piece)
            else:
                rooms[at] -= piece
    return len(rooms)


def best_fit_decreasing(lengths: list[int], length: int) -> list[int]:
    """What the sequences hold by the definition of the algorithm, one piece at a time."""
    cut = [piece for one in lengths for piece in [length] * (one // length) + [one % length]]
    rooms: list[int] = []
    for piece in sorted(filter(None, cut), reverse=True):
        fitting = [room for room in rooms if room >= piece]
        if fitting:
            rooms[rooms.index(min(fitting))] -= piece
        else:
            rooms.append(length - piece)
    return sorted(length - room for room in rooms)


@given(LENGTHS, st.integers(1, 40))
@pytest.mark.parametrize("pack", [best_fit, concatenated])
def test_every_token_is_packed_once_and_no_sequence_is_too_long(pack, lengths, length):
    packing = pack(np.array(lengths, dtype=np.int64), length)
    assert all(0 < tokens <= length for tokens in filled(packing))
    found = pieces(packing)
    assert set(found) == {place for place, tokens in enumerate(lengths) if tokens}
    for document, those in found.items():
        ends = [start + tokens for start, tokens in sorted(those)]
        assert [start for start, _ in sorted(those)] == [0, *ends[:-1]]
        assert ends[-1] == lengths[document]


@given(LENGTHS, st.integers(1, 40))
def test_only_documents_that_are_longer_than_a_sequence_are_cut(lengths, length):
    packing = best_fit(np.array(lengths, dtype=np.int64), length)
    cut = {document for document, those in pieces(packing).items() if len(those) > 1}
    assert cut == {place for place, tokens in enumerate(lengths) if tokens > length}
    assert packing.documents_cut == len(cut)


@given(LENGTHS, st.integers(1, 40))
def test_many_at_a_time_is_the_same_as_best_fit_decreasing_one_by_one(lengths, length):
    packing = best_fit(np.array(lengths, dtype=np.int64), length)
    assert sorted(filled(packing)) == best_fit_decreasing(lengths, length)


@given(LENGTHS, st.integers(1, 40))
def test_sequences_are_within_the_bound_of_best_fit_decreasing(lengths, length):
    """11/9 of the least possible and 4 (Johnson et al. 1974), which first-fit cannot be below."""
    packing = best_fit(np.array(lengths, dtype=np.int64), length)
    assert packing.sequences <= 11 / 9 * first_fit(lengths, length) + 4


@pytest.mark.parametrize("seed", range(5))
def test_padding_of_random_lengths_is_no_worse_than_that_of_first_fit(seed):
    lengths = np.random.default_rng(seed).lognormal(3, 1, 1_000).astype(np.int64)
    packing = best_fit(lengths, 128)
    assert packing.sequences <= first_fit(lengths.tolist(), 128)
    assert packing.padding < 0.01


@given(LENGTHS, st.integers(1, 40))
def test_documents_keep_their_order_within_a_sequence(lengths, length):
    packing = best_fit(np.array(lengths, dtype=np.int64), length)
    for begin, end in zip(packing.offsets.tolist(), packing.offsets[1:].tolist(), strict=False):
        inside = packing.document[begin:end].tolist()
        assert inside == sorted(inside)


def test_packings_are_joined_one_after_another():
    one, other = best_fit(np.array([3, 2]), 4), best_fit(np.array([4, 1]), 4)
    both = joined([one, other])
    assert filled(both) == filled(one) + filled(other)
    assert both.document.tolist() == [*one.document, *other.document]
