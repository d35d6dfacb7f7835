import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.resolution.comparing import at_most
from warehouse.resolution.training import (
    MATCH,
    OTHER,
    TEMPER,
    UNKNOWN,
    Pairs,
    calibrated,
    exclusive,
    sensible,
)


def marginals(odds, pairs):
    """The probability of each pair by counting every set of pairs that is one to one."""
    total, of_pair = 0.0, np.zeros(len(odds))
    for size in range(len(odds) + 1):
        for chosen in map(list, itertools.combinations(range(len(odds)), size)):
            if len(set(pairs.left[chosen])) == len(set(pairs.right[chosen])) == size:
                weight = np.prod(odds[chosen])
                total += weight
                of_pair[chosen] += weight
    return of_pair / total


def pairs_of(places):
    left, right = np.array(places, np.int64).reshape(-1, 2).T
    return Pairs(left, right, 4, 4)


def test_rivals_share_what_one_alone_would_have():
    pairs = pairs_of([(0, 0), (0, 1)])
    odds = np.array([4.0, 4.0])

    assert exclusive(odds, pairs) == pytest.approx(marginals(odds, pairs), abs=1e-3)
    assert exclusive(odds, pairs) == pytest.approx([4 / 9, 4 / 9], abs=1e-3)


def test_a_rival_that_is_taken_elsewhere_counts_less():
    pairs = pairs_of([(0, 0), (0, 1), (1, 1)])
    odds = np.array([2.0, 2.0, 1000.0])

    assert exclusive(odds, pairs) == pytest.approx(marginals(odds, pairs), abs=1e-2)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=8, unique=True),
    st.randoms(use_true_random=False),
)
def test_probabilities_of_a_product_never_sum_up_to_more_than_one(places, random):
    pairs = pairs_of(places)
    probability = exclusive(np.array([2 ** random.uniform(-20, 30) for _ in places]), pairs)

    for side in (pairs.left, pairs.right):
        assert np.bincount(side, probability).max() <= 1.01


def test_labels_move_the_others_towards_what_they_say():
    rng = np.random.default_rng(0)
    pairs = Pairs(np.arange(400), np.arange(400), 400, 400)
    bits = rng.uniform(-4, 8, 400)
    labels = np.full(400, UNKNOWN, np.int8)
    # Said to be sixteen times too likely.
    truth = rng.random(400) < 1 / (1 + 2.0 ** -(bits - 4))
    labels[:200] = np.where(truth[:200], MATCH, OTHER)

    moved = calibrated(bits, pairs, labels)

    assert -5 <= np.mean(moved[200:] - bits[200:]) <= -1
    assert (moved[:200][truth[:200]] > 30).all()


def test_without_labels_nothing_moves():
    bits = np.array([-3.0, 0.0, 5.0])
    pairs = Pairs(np.arange(3), np.arange(3), 3, 3)

    assert calibrated(bits, pairs, np.full(3, UNKNOWN, np.int8)) is bits


shares = st.lists(st.floats(0.01, 1), min_size=4, max_size=4).map(np.array)


@given(shares, shares)
def test_what_agrees_less_never_weighs_more_and_what_contradicts_never_speaks_for(m, u):
    found = at_most("size", "size", (("same", 0), ("near", 1), ("far", 2)))
    comparison = replace(found, most_bits=-3.0)

    bits = np.log2(sensible(m, u, comparison) / u)

    assert (np.diff(bits) <= 1e-9).all()
    assert bits[-1] * TEMPER <= -3.0 + 1e-9


def test_levels_in_the_right_order_stay_as_they_were_learned():
    m, u = np.array([0.9, 0.09, 0.01]), np.array([0.1, 0.3, 0.6])

    moved = sensible(m, u, at_most("price", "price", (("same", 0), ("near", 1))))

    assert moved == pytest.approx(m)
