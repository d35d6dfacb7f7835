"""Neighbourhoods hold what came before the seed, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.build import ALWAYS, Edges
from graph.sampling import draw, hetero_data, index, sample

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
@given(rows_of_edges, st.integers(1, 10), st.integers(1, 5), st.booleans())
def test_draws_are_edges_before_the_time(rows, before, count, uniform):
    known = edges(rows)
    generator = np.random.default_rng(0) if uniform else None
    nodes = np.arange(5)
    row, place = draw(index(known), nodes, np.full(5, before), count, generator)
    assert (known.target[place] == nodes[row]).all()
    assert (known.time[place] < before).all()
    for node in nodes:
        earlier = sorted(time for _, target, time in rows if target == node and time < before)
        taken = known.time[place[row == node]].tolist()
        assert len(taken) <= min(count, len(earlier))
        if uniform and len(earlier) > count:
            assert len(set(place[row == node])) == len(taken) > 0
        else:
            assert sorted(taken) == earlier[-count:]


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
        generator = np.random.default_rng(1)
        return sample(both(BUYS, BOUGHT, rows), "customer", seeds, before, hops, generator)

    plain, planted = neighbourhoods(rows), neighbourhoods([*rows, (3, 4, 12), (0, 1, 99)])
    for key, pairs in plain.edges.items():
        np.testing.assert_array_equal(pairs, planted.edges[key])
        np.testing.assert_array_equal(plain.times[key], planted.times[key])
    for kind, nodes in plain.nodes.items():
        np.testing.assert_array_equal(nodes, planted.nodes[kind])


def test_hidden_relations_show_neither_way_at_the_seed():
    # Products 0 and 1 share a category, so the label of 0 could come back through 1.
    indexes = both(IN, HAS, [(0, 5, ALWAYS), (1, 5, ALWAYS)]) | both(
        ("product", "like", "product"), ("product", "rev_like", "product"), [(1, 0, ALWAYS)]
    )
    like = ("product", "like", "product")
    hops = [{like: 5, HAS: 5}, {HAS: 5}, {IN: 5}]
    found = sample(indexes, "product", np.array([0]), np.array([1]), hops, hidden={"category"})
    assert found.nodes["category"].tolist() == [5]
    assert found.nodes["product"][found.edges[IN][0]].tolist() == [1]
    assert found.nodes["product"][found.edges[HAS][1]].tolist() == [1]


def test_seeds_come_first_and_edges_join_what_they_join_in_the_graph():
    rows = [(0, 3, 1), (0, 4, 2), (1, 4, 3)]
    found = sample(
        both(BUYS, BOUGHT, rows), "customer", np.array([1, 0]), np.array([9, 9]), [{BOUGHT: 9}]
    )
    data = hetero_data(found)
    assert data["customer"].n_id.tolist() == [1, 0]
    source, target = data[BOUGHT].edge_index
    pairs = zip(
        data["customer"].n_id[target].tolist(),
        data["product"].n_id[source].tolist(),
        data[BOUGHT].time.tolist(),
        strict=True,
    )
    assert sorted(pairs) == rows
    assert data["product"].batch[source].tolist() == target.tolist()


@pytest.mark.parametrize("uniform", [False, True])
def test_memory_follows_the_batch(uniform):
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
        generator if uniform else None,
    )
    assert len(found.nodes["product"]) <= 4 * 5
    assert len(found.edges[BUYS][0]) <= 4 * 5 * 3
