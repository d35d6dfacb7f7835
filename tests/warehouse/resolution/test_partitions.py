"""Possible partitions: their probabilities against all of them counted one by one, and what answers
do to them."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.resolution.partitions import (
    Pairs,
    Partitions,
    answer_weight,
    entropy,
    log_odds,
    marginals,
    most_probable,
    possible_partitions,
    weigh,
)

few = settings(max_examples=40, deadline=None)


@st.composite
def pairs(draw, sources=2, products=6):
    """A few products of a few sources, and pairs of different sources with probabilities."""
    source = np.array([draw(st.integers(0, sources - 1)) for _ in range(products)])
    candidates = [
        (one, other)
        for one, other in combinations(range(products), 2)
        if source[one] != source[other] and draw(st.booleans())
    ]
    chances = [draw(st.floats(0.05, 0.95)) for _ in candidates]
    left, right = np.array(candidates, dtype=int).reshape(-1, 2).T
    return Pairs(left, right, log_odds(np.array(chances)), source)


def every_partition(nodes):
    if not nodes:
        yield []
        return
    first, *rest = nodes
    for partition in every_partition(rest):
        yield [[first], *partition]
        for place in range(len(partition)):
            yield [*partition[:place], [first, *partition[place]], *partition[place + 1 :]]


def counted(pairs: Pairs) -> tuple[np.ndarray, float]:
    """Probability of each pair, and bits of uncertainty, by counting all partitions in which an
    entity has one product a source and all its pairs were compared."""
    odds = dict(zip(zip(pairs.left, pairs.right, strict=True), pairs.log_odds, strict=True))
    weights, together = [], []
    for partition in every_partition(range(len(pairs.source))):
        inside = [pair for entity in partition for pair in combinations(sorted(entity), 2)]
        if all(pair in odds for pair in inside):
            weights.append(np.exp(sum(odds[pair] for pair in inside)))
            together.append([pair in inside for pair in odds])
    share = np.array(weights) / sum(weights)
    return share @ np.array(together).reshape(len(share), -1), -(share * np.log2(share)).sum()


def in_order(partitions: Partitions, values: np.ndarray) -> np.ndarray:
    return values[np.argsort(partitions.pair)]


@few
@given(pairs())
def test_pairs_and_entropy_are_those_of_all_partitions_counted_one_by_one(given_pairs):
    partitions = possible_partitions(given_pairs)
    chances, bits = counted(given_pairs)
    assert partitions.exact.all()
    assert np.allclose(in_order(partitions, marginals(partitions)), chances)
    assert np.isclose(entropy(partitions).sum(), bits)


@few
@given(pairs(sources=3), st.integers(1, 64))
def test_probabilities_sum_to_one_in_each_component_however_few_partitions_are_kept(found, limit):
    partitions = possible_partitions(found, limit=limit)
    sums = np.bincount(partitions.state_component, partitions.probability)
    assert np.allclose(sums, 1)
    assert (np.bincount(partitions.state_component) <= limit).all()
    assert (entropy(partitions) >= -1e-9).all()


@few
@given(pairs(sources=3, products=7), st.floats(0.01, 0.9))
def test_no_entity_has_two_products_of_one_source(found, threshold):
    partitions = possible_partitions(found)
    chosen = partitions.pair[most_probable(partitions, threshold)]
    entity = np.arange(len(found.source))
    for one, other in zip(found.left[chosen], found.right[chosen], strict=True):
        entity[entity == entity[other]] = entity[one]
    for name in set(entity):
        sources = found.source[entity == name]
        assert len(sources) == len(set(sources))


@few
@given(pairs(), st.data())
def test_weighing_an_answer_gives_what_partitions_made_with_it_are(found, data):
    if not len(found.left):
        return
    pair = data.draw(st.integers(0, len(found.left) - 1))
    yes, error = data.draw(st.booleans()), data.draw(st.floats(0.01, 0.5))
    weight = answer_weight(np.array(yes), np.array(error))
    before = possible_partitions(found)
    after = weigh(before, weight * (before.pair == pair))
    odds = found.log_odds + weight * (np.arange(len(found.left)) == pair)
    told = Pairs(found.left, found.right, odds, found.source)
    again = possible_partitions(told, asked=np.arange(len(odds)))
    assert np.allclose(
        in_order(after, marginals(after)), in_order(again, marginals(again)), atol=1e-6
    )


def test_two_products_that_were_never_compared_can_be_one_through_a_third():
    chances = log_odds(np.array([0.99, 0.99]))
    found = Pairs(np.array([0, 1]), np.array([1, 2]), chances, np.array([0, 1, 2]))
    partitions = possible_partitions(found)
    assert most_probable(partitions, 0.5).all()
    apart = Pairs(
        np.array([0, 1, 0]),
        np.array([1, 2, 2]),
        np.append(chances, -np.inf),
        np.array([0, 1, 2]),
    )
    partitions = possible_partitions(apart, asked=np.array([2]))
    assert most_probable(partitions, 0.5).sum() <= 1


def test_a_crowd_is_cut_at_its_least_likely_pairs_and_what_was_asked_about_stays():
    left, right = (side.ravel() for side in np.meshgrid(np.arange(20), np.arange(20, 40)))
    chances = np.where(left == right - 20, 0.9, 0.1)
    found = Pairs(left, right, log_odds(chances), np.repeat([0, 1], 20))
    partitions = possible_partitions(found, largest=24)
    assert (found.log_odds[partitions.pair] > 0).all() and len(partitions.pair) == 20
    asked = np.flatnonzero((left == 0) & (right == 21))
    assert asked[0] in possible_partitions(found, largest=24, asked=asked).pair
