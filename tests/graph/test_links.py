"""Link prediction sees nothing of the future, learns habits, and ranks every product."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import torch

from graph.build import Graph, Sets, both_ways, build, sorted_edges
from graph.calibration import ECE
from graph.evaluation import RANKING
from graph.history import PURCHASE, WINDOW, history, targets
from graph.links import BLIND, MODEL, TASKS, load_links, train_links
from graph.mixing import train_mixture, train_towers
from tests.graph.conftest import LINKS
from tests.graph.shop import HOUSEHOLDS, fill
from warehouse.connection import memory


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
        own = values["all", "own repeat purchases", "MRR"]
        assert own > values["all", "popularity", "MRR"]


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


def plant(connection, begin, end) -> None:
    """Every household buys product 119 together with product 0, on each day of a time."""
    connection.execute(
        """
        INSERT INTO behaviour.event
        SELECT
            'purchase', customer.node_id, product.node_id, day, 1, NULL, NULL, NULL,
            concat('planted ', customer.key, day), NULL, NULL, 'shop', 'load:planted'
        FROM facts.node AS customer, facts.node AS product,
            generate_series(?::TIMESTAMP, ?::TIMESTAMP, INTERVAL 1 DAY) AS days(day)
        WHERE customer.kind = 'customer' AND product.kind = 'product'
            AND product.key IN ('0', '119')
        """,
        [begin, end],
    )


@pytest.mark.parametrize("split", ["validation", "test"])
def test_training_sees_nothing_of_validation_and_calibration_nothing_of_test(
    copied, models, tmp_path, split
):
    test, validation, *_ = TASKS["next_purchase"](build(copied)).windows
    cut = {"validation": validation, "test": test}[split]
    begin = datetime.fromtimestamp(cut, UTC).replace(tzinfo=None)
    plant(copied, begin, begin + timedelta(days=20))
    train_links(copied, tmp_path, LINKS)
    before, after = (torch.load(folder / "links.pt") for folder in (models, tmp_path))
    for name in TASKS:
        one, other = before["tasks"][name], after["tasks"][name]
        for part in (("towers",), ("mixture", "known"), ("mixture", "fresh")):
            for key, value in inside(one, part).items():
                torch.testing.assert_close(inside(other, part)[key], value, rtol=0, atol=0)
        same = all(torch.equal(a, b) for a, b in zip(one["knots"], other["knots"], strict=True))
        assert same == (split == "test")
        # Scores of test follow from what came before it, validation included.
        scores = [content["checks"]["test"][0] for content in (one, other)]
        assert torch.equal(*scores) == (split == "test")


def inside(content, path):
    for name in path:
        content = content[name]
    return content


def test_a_catalog_that_is_loaded_after_its_sales_is_learned_from_as_well(shop, tmp_path):
    with memory() as connection:
        fill(connection, tmp_path, as_of=datetime(2024, 12, 1))
        train_links(connection, tmp_path, LINKS)
        late, early = (
            opened.execute(
                """
                SELECT task, model, metric, value FROM graph.metric
                WHERE split = 'test' AND list_contains(?, metric) ORDER BY ALL
                """,
                [list(RANKING)],
            ).fetchall()
            for opened in (connection, shop)
        )
    early = [row for row in early if row[0] in TASKS]
    assert late == [(*row[:3], pytest.approx(row[3])) for row in early]


@pytest.mark.parametrize("name", TASKS)
def test_rankings_of_the_popular_are_those_of_a_slow_ranking(shop, name):
    graph = build(shop)
    task = TASKS[name](graph)
    cut = task.windows[0]
    wanted, popular, earlier = task.targets(cut).toarray(), {}, set()
    for one, other, time in links_of(graph, name):
        if time < cut:
            earlier.add((one, other))
    members = links_of(graph, "next_purchase") if name == "next_purchase" else held_by(graph)
    for _, product, time in members:
        popular[product] = popular.get(product, 0) + (time < cut)
    order = sorted(range(len(graph.nodes["product"])), key=lambda p: (-popular.get(p, 0), p))
    for scope in ("all", "new"):
        ranks = []
        for one in task.askable(cut):
            own = [p for p in order if name == "next_purchase" or p != one]
            allowed = [p for p in own if scope == "all" or (one, p) not in earlier]
            places = [place for place, p in enumerate(allowed, start=1) if wanted[one, p]]
            ranks += places[:1]
        found = shop.execute(
            """
            SELECT value, cases FROM graph.metric
            WHERE task = ? AND scope = ? AND model = 'popularity' AND metric = 'MRR'
                AND split = 'test'
            """,
            [name, scope],
        ).fetchone()
        mean = sum(1 / rank for rank in ranks) / max(len(ranks), 1)
        assert found == ((pytest.approx(mean), len(ranks)) if ranks else None)


def held_by(graph):
    """(basket, product, time) of every product in every basket."""
    baskets = graph.sets["basket"]
    for place, time in enumerate(baskets.time):
        for product in baskets.members[baskets.pointers[place] : baskets.pointers[place + 1]]:
            yield place, product, time
