"""Link prediction sees nothing of the future, learns habits, and ranks every product."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from graph.build import Graph, Sets, both_ways, build, sorted_edges
from graph.calibration import ECE
from graph.evaluation import RANKING
from graph.history import PURCHASE, WINDOW, history, targets
from graph.links import BLIND, MODEL, TASKS, load_links
from graph.mixing import train_mixture, train_towers
from tests.graph.conftest import LINKS
from tests.graph.shop import HOUSEHOLDS


def planted(graph: Graph, cut: int) -> Graph:
    """The graph with every household buying its last product, alone with the first one, at `cut`
    and just before the end."""
    old, baskets = graph.edges[PURCHASE], graph.sets["basket"]
    end = int(old.time.max())
    household = np.repeat(np.arange(len(graph.nodes["customer"])), 2)
    time = np.tile([cut, end], len(household) // 2)
    last = len(graph.nodes["product"]) - 1
    edges = sorted_edges(
        np.concatenate([old.source, household]),
        np.concatenate([old.target, np.full(len(household), last)]),
        np.concatenate([old.time, time]),
    )
    more = np.arange(1, len(household) + 1)
    sets = Sets(
        keys=np.concatenate([baskets.keys, [f"planted {n}" for n in more]]).astype(object),
        pointers=np.concatenate([baskets.pointers, baskets.pointers[-1] + 2 * more]),
        members=np.concatenate([baskets.members, np.tile([0, last], len(household))]),
        time=np.concatenate([baskets.time, time]),
        owner=np.concatenate([baskets.owner, household]),
    )
    return replace(
        graph,
        edges={**graph.edges, **both_ways({PURCHASE: edges})},
        sets={**graph.sets, "basket": sets},
    )


@pytest.mark.parametrize("name", TASKS)
def test_a_planted_future_changes_nothing_that_is_known_or_scored_before(shop, models, name):
    graph = build(shop)
    (model,) = [model for model in load_links(models, graph) if model.task.name == name]
    cut = model.task.windows[1]
    tasks = model.task, TASKS[name](planted(graph, cut))
    assert tasks[1].targets(cut).nnz > tasks[0].targets(cut).nnz
    rows = np.arange(20)
    (one, other) = (task.knowledge(cut, model.towers, rows) for task in tasks)
    for field in ("queries", "products", "popular"):
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))
    for vectors in ("query", "product"):
        np.testing.assert_array_equal(one.vectors[vectors][rows], other.vectors[vectors][rows])
    scores = [model.mixture.score(told, told.block(rows)) for told in (one, other)]
    np.testing.assert_array_equal(*scores)


@pytest.mark.parametrize("name", TASKS)
def test_a_planted_future_is_known_once_it_is_past(shop, models, name):
    """The test above can fail: a day later the planted purchases are seen."""
    graph = build(shop)
    (model,) = [model for model in load_links(models, graph) if model.task.name == name]
    cut = model.task.windows[1]
    rows = np.arange(20)
    one, other = (
        task.knowledge(cut + 86_400, model.towers, rows)
        for task in (model.task, TASKS[name](planted(graph, cut)))
    )
    assert (one.popular != other.popular).any()


@pytest.mark.parametrize("name", TASKS)
def test_a_planted_future_changes_nothing_that_is_trained(shop, name):
    graph = build(shop)
    settings = replace(LINKS, epochs=1, known_epochs=1, fresh_epochs=1)
    trained = []
    for made in (graph, planted(graph, TASKS[name](graph).windows[1])):
        task = TASKS[name](made)
        _, _, mixing, *earlier = task.windows
        silent = [lambda *arguments: None] * 2
        towers = train_towers(task, earlier[:1], settings, *silent)
        mixture, _ = train_mixture(task, towers, mixing, settings, *silent)
        trained.append((towers.state_dict(), mixture.known.state_dict()))
    for one, other in zip(*trained, strict=True):
        for key in one:
            # Baskets are all alike to the towers, so more of them change no size.
            torch.testing.assert_close(one[key], other[key], rtol=0, atol=0)


def test_windows_do_not_overlap_and_targets_lie_in_theirs(shop):
    graph = build(shop)
    windows = TASKS["next_purchase"](graph).windows
    assert all(
        later - earlier == WINDOW for later, earlier in zip(windows, windows[1:], strict=False)
    )
    edges = graph.edges[PURCHASE]
    for cut in windows[:3]:
        inside = (edges.time >= cut) & (edges.time < cut + WINDOW)
        pairs = set(zip(edges.source[inside], edges.target[inside], strict=True))
        assert set(zip(*targets(graph, cut).nonzero(), strict=True)) == pairs
        known = history(graph, cut)
        assert known.count.sum() == (edges.time < cut).sum()


@pytest.mark.parametrize("name", TASKS)
def test_habits_are_learned_and_every_ranking_stands_beside_baselines(shop, name):
    rows = shop.execute(
        """
        SELECT scope, model, metric, value, cases FROM graph.metric
        WHERE split = 'test' AND task = ? AND list_contains(?, metric)
        """,
        [name, list(RANKING)],
    ).fetchall()
    values = {row[:3]: row[3] for row in rows}
    found = {model for _, model, _ in values}
    assert {MODEL, BLIND, "popularity", "item-to-item co-occurrence"} < found
    for metric in RANKING:
        assert values["all", MODEL, metric] > values["all", "popularity", metric]
    assert values["all", MODEL, "Hits@10"] > 0.9
    if name == "next_purchase":
        assert {row[4] for row in rows} == {HOUSEHOLDS}
        assert {scope for scope, _, _ in values} == {"all", "new"}
        assert "own repeat purchases" in found


@pytest.mark.parametrize("name", TASKS)
def test_the_reliability_of_both_states_is_reported(shop, name):
    states = shop.execute(
        "SELECT DISTINCT state FROM graph.calibration WHERE task = ? ORDER BY state", [name]
    ).fetchall()
    assert states == [("after",), ("before",)]
    errors = shop.execute(
        "SELECT count(*) FROM graph.metric WHERE task = ? AND starts_with(metric, ?)", [name, ECE]
    ).fetchone()
    assert errors == (2,)


@pytest.mark.parametrize("name", TASKS)
def test_features_of_earlier_links_are_counts_of_what_came_before(shop, models, name):
    graph = build(shop)
    (model,) = [model for model in load_links(models, graph) if model.task.name == name]
    cut, rows = model.task.windows[0], np.arange(15)
    row, product, features = model.task.knowledge(cut, model.towers, rows).links(rows)
    found = dict(zip(zip(row, product, strict=True), np.expm1(features[0]), strict=True))
    fading = dict(zip(zip(row, product, strict=True), np.expm1(features[1]), strict=True))
    counts, faded, weeks = {}, {}, {"next_purchase": 2, "co_purchase": 8}[name]
    for one, other, time in links_of(graph, name):
        if one < 15 and time < cut:
            counts[one, other] = counts.get((one, other), 0) + 1
            weight = np.exp((time - cut) / (weeks * 7 * 86_400))
            faded[one, other] = faded.get((one, other), 0) + weight
    assert found == pytest.approx(counts, rel=1e-4)
    assert fading == pytest.approx(faded, rel=1e-3, abs=1e-5)


def links_of(graph, name):
    """(asking, product, time) of all links, one at a time."""
    if name == "next_purchase":
        edges = graph.edges[PURCHASE]
        yield from zip(edges.source, edges.target, edges.time, strict=True)
        return
    baskets = graph.sets["basket"]
    for place, time in enumerate(baskets.time):
        members = baskets.members[baskets.pointers[place] : baskets.pointers[place + 1]]
        yield from ((a, b, time) for a in members for b in members if a != b)
