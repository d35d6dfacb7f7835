"""Neighbourhoods hold what came before the seed, and nothing else."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.build import ALWAYS, Edges
from graph.sampling import draw, index, sample

BOUGHT = ("product", "rev_purchase", "customer")
BUYS = ("customer", "purchase", "product")
IN = ("product", "category", "category")
HAS = ("category", "rev_category", "product")


def edges(rows):
    source, target, time = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    order = np.lexsort((source, time, target))
    return Edges(source[order], target[order], time[order])


def both(key, reverse, rows):
    turned = [(target, source, time) for source, target, time in rows]
    return {key: index(edges(rows)), reverse: index(edges(turned))}


rows_of_edges = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.one_of(st.just(ALWAYS), st.integers(1, 9))),
    min_size=1,
    max_size=40,
)


@settings(max_examples=100, deadline=None)
@given(rows_of_edges, st.integers(1, 10), st.integers(1, 5))
def test_draws_are_the_newest_edges_before_the_time(rows, before, count):
    known = edges(rows)
    nodes = np.arange(5)
    row, place = draw(index(known), nodes, np.full(5, before), count)
    assert (known.target[place] == nodes[row]).all()
    assert (known.time[place] < before).all()
    for node in nodes:
        earlier = sorted(time for _, target, time in rows if target == node and time < before)
        assert sorted(known.time[place[row == node]].tolist()) == earlier[-count:]


def test_each_seed_has_its_own_time_even_for_the_same_node():
    indexes = both(BUYS, BOUGHT, [(0, 7, 10), (0, 8, 20)])
    found = sample(indexes, "customer", np.array([0, 0]), np.array([15, 25]), [{BOUGHT: 5}])
    bought = {
        seed: sorted(found.nodes["product"][found.seed["product"] == seed].tolist())
        for seed in (0, 1)
    }
    assert bought == {0: [7], 1: [7, 8]}


def test_the_time_of_the_seed_holds_for_every_hop():
    # Customer 0 buys product 7 early; customer 1 buys it before and after the seed's time.
    indexes = both(BUYS, BOUGHT, [(0, 7, 10), (1, 7, 12), (2, 7, 30)])
    hops = [{BOUGHT: 5}, {BUYS: 5}]
    found = sample(indexes, "customer", np.array([0]), np.array([20]), hops)
    assert sorted(found.nodes["customer"].tolist()) == [0, 1]
    assert max(times.max() for times in found.times.values()) < 20


def test_an_edge_from_the_future_changes_nothing():
    rows = [
        (customer, product, customer + product) for customer in range(9) for product in range(9)
    ]
    hops = [{BOUGHT: 3}, {BUYS: 2}]
    seeds, before = np.arange(9), np.full(9, 12)

    def neighbourhoods(rows):
        return sample(both(BUYS, BOUGHT, rows), "customer", seeds, before, hops)

    plain, planted = neighbourhoods(rows), neighbourhoods([*rows, (3, 4, 12), (0, 1, 99)])
    for key, pairs in plain.edges.items():
        np.testing.assert_array_equal(pairs, planted.edges[key])
        np.testing.assert_array_equal(plain.times[key], planted.times[key])
    for kind, nodes in plain.nodes.items():
        np.testing.assert_array_equal(nodes, planted.nodes[kind])


def test_seeds_come_first_and_edges_join_what_they_join_in_the_graph():
    rows = [(0, 3, 1), (0, 4, 2), (1, 4, 3)]
    found = sample(
        both(BUYS, BOUGHT, rows), "customer", np.array([1, 0]), np.array([9, 9]), [{BOUGHT: 9}]
    )
    assert found.nodes["customer"].tolist() == [1, 0]
    source, target = found.edges[BOUGHT]
    pairs = zip(
        found.nodes["customer"][target].tolist(),
        found.nodes["product"][source].tolist(),
        found.times[BOUGHT].tolist(),
        strict=True,
    )
    assert sorted(pairs) == rows
    assert found.seed["product"][source].tolist() == target.tolist()


def test_memory_follows_the_batch():
    generator = np.random.default_rng(0)
    rows = zip(
        generator.integers(0, 50, 5000), generator.integers(0, 99, 5000), range(5000), strict=True
    )
    indexes = both(BUYS, BOUGHT, [tuple(map(int, row)) for row in rows])
    found = sample(
        indexes,
        "customer",
        np.arange(4),
        np.full(4, 9999),
        [{BOUGHT: 5}, {BUYS: 3}],
    )
    assert len(found.nodes["product"]) <= 4 * 5
    assert len(found.edges[BUYS][0]) <= 4 * 5 * 3
