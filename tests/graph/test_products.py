"""What a product that is asked about sees of others: no label of its own, and no hidden one."""

from dataclasses import replace

import numpy as np
import pytest

from graph.build import build
from graph.products import GROUPS, TASKS, TRAIN, Groups, read_products


@pytest.fixture(scope="module")
def graph(shop):
    return build(shop)


@pytest.fixture(scope="module")
def products(shop, graph):
    return read_products(shop, graph, seed=3)


@pytest.fixture(scope="module")
def groups(graph, products):
    return Groups(graph, products)


def slow_shares(products, relation, task, product):
    """Shares of labels one product at a time."""
    names = GROUPS[relation]
    counts = np.zeros(len(products.classes[task]))
    if set(names) & set(TASKS[task][1]) or not all(products.codes[n][product] for n in names):
        return counts
    for other in range(len(products.split)):
        alike = all(products.shown(n)[other] == products.codes[n][product] for n in names)
        label = products.shown(task)[other]
        if other != product and alike and label:
            counts[label - 1] += 1
    return counts / max(counts.sum(), 1)


@pytest.mark.parametrize("task", TASKS)
def test_shares_count_the_shown_labels_of_the_others_in_a_group(products, groups, task):
    seeds = np.arange(0, len(products.split), 7)
    found = groups.shares(task, seeds)
    for place, relation in enumerate(GROUPS):
        expected = [slow_shares(products, relation, task, seed) for seed in seeds]
        np.testing.assert_allclose(found[place], expected, atol=1e-6)


@pytest.mark.parametrize("task", TASKS)
def test_the_share_of_one_label_and_the_statistics_are_those_of_all_shares(products, groups, task):
    seeds = products.cases(task, TRAIN)
    codes = products.codes[task][seeds]
    every = groups.shares(task, seeds)
    np.testing.assert_allclose(
        groups.shares_of(task, seeds, codes).T, every[:, np.arange(len(seeds)), codes - 1]
    )
    statistics = groups.statistics(task, seeds)
    np.testing.assert_allclose(statistics[:, :, 1].T, every.max(axis=2), atol=1e-6)
    assert ((statistics[:, :, 0].T > 0) == (every.sum(axis=2) > 0)).all()


def test_labels_of_validation_and_test_change_nothing_that_others_see(graph, products, groups):
    codes = {name: column.copy() for name, column in products.codes.items()}
    for task in TASKS:
        codes[task][products.split != TRAIN] = 1
    other = replace(products, codes=codes)
    changed = Groups(graph, other)
    seeds = products.cases("size", TRAIN)
    for task in TASKS:
        np.testing.assert_array_equal(changed.shares(task, seeds), groups.shares(task, seeds))


@pytest.mark.parametrize("masked", [("category", "productType"), ("size",), ("brand",)])
def test_draws_share_the_group_and_are_not_the_product_itself(products, groups, masked):
    seeds = np.arange(len(products.split))
    found = groups.draw(seeds, masked, 4, np.random.default_rng(0))
    for relation, (row, product) in found.items():
        names = GROUPS.get(relation, ())
        assert not set(names) & set(masked)
        assert (product != seeds[row]).all()
        assert np.bincount(row).max(initial=0) <= 4
        for name in names:
            assert (products.shown(name)[product] == products.codes[name][seeds[row]]).all()
    assert len(found["sameMaker"][0]) > len(seeds)
