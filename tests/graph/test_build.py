"""The graph has what facts and events say, when they say it, and no more."""

from datetime import datetime

import numpy as np
import pytest

from graph.build import NODE_TYPES, VALUE_RELATIONS, build, stated, summarise
from warehouse.connection import transaction
from warehouse.facts import publish_state


@pytest.fixture(scope="module")
def graph(sample_warehouse):
    return build(sample_warehouse)


@pytest.fixture
def undone(sample):
    """The sample, to write on; all is undone after the test."""
    sample.execute("BEGIN")
    yield sample
    sample.execute("ROLLBACK")


def labels(graph, key):
    """(source, target, time) of the edges of a type, by identifiers."""
    edges = graph.edges[key]
    return sorted(
        zip(
            graph.nodes[key[0]][edges.source],
            graph.nodes[key[2]][edges.target],
            edges.time.tolist(),
            strict=True,
        )
    )


def test_every_node_of_the_facts_is_a_node_once(sample, graph):
    kinds = sample.execute("SELECT kind, list(node_id) FROM facts.node GROUP BY kind").fetchall()
    stored = dict(kinds)
    for kind in set(NODE_TYPES) - {"value"}:
        assert graph.nodes[kind].tolist() == sorted(stored[kind])


def test_edges_are_the_facts_that_hold_with_their_times(sample, graph):
    facts = sample.execute(
        """
        SELECT subject, object, epoch(valid_from)::BIGINT FROM facts.current
        WHERE predicate = 'category'
        """
    ).fetchall()
    assert labels(graph, ("product", "category", "category")) == sorted(facts)


def test_a_literal_that_many_share_is_one_node(sample, graph):
    facts = sample.execute(
        """
        SELECT subject, concat('value:size:', object), epoch(valid_from)::BIGINT
        FROM facts.current WHERE predicate = 'size'
        """
    ).fetchall()
    assert labels(graph, ("product", "size", "value")) == sorted(facts)
    assert len(graph.nodes["value"]) < len(facts)
    assert {name.split(":")[1] for name in graph.nodes["value"]} <= set(VALUE_RELATIONS)


def test_each_event_is_an_edge_with_its_time(sample, graph):
    events = sample.execute(
        """
        SELECT customer_id, product_id, epoch("time")::BIGINT FROM behaviour.event
        WHERE event_type = 'purchase'
        """
    ).fetchall()
    assert labels(graph, ("customer", "purchase", "product")) == sorted(events)


def test_each_relation_has_its_reverse_in_sampling_order(graph):
    for (source, relation, target), edges in stated(graph).items():
        back = graph.edges[target, f"rev_{relation}", source]
        forth = sorted(zip(edges.source, edges.target, edges.time, strict=True))
        assert forth == sorted(zip(back.target, back.source, back.time, strict=True))
    for edges in graph.edges.values():
        order = np.lexsort((edges.source, edges.time, edges.target))
        assert (order == np.arange(len(order))).all()


def test_prices_and_promotions_are_no_edges(graph):
    relations = {relation for _, relation, _ in graph.edges}
    assert relations.isdisjoint({"price", "promotionDisplay", "promotionMailer"})


def test_baskets_are_sets_of_products_with_owner_and_time(sample, graph):
    baskets = graph.sets["basket"]
    place = len(baskets.keys) // 2
    source, _, basket = baskets.keys[place].partition("/")
    rows = sample.execute(
        """
        SELECT DISTINCT product_id, customer_id, min(epoch("time")::BIGINT) OVER ()
        FROM behaviour.event WHERE source = ? AND basket = ?
        """,
        [source, basket],
    ).fetchall()
    members = baskets.members[baskets.pointers[place] : baskets.pointers[place + 1]]
    assert graph.nodes["product"][members].tolist() == sorted(row[0] for row in rows)
    assert {graph.nodes["customer"][baskets.owner[place]]} == {row[1] for row in rows}
    assert baskets.time[place] == rows[0][2]


def test_coupons_are_sets_that_nobody_owns(sample, graph):
    (pairs,) = sample.execute(
        "SELECT count(*) FROM (SELECT DISTINCT coupon_id, campaign_id FROM behaviour.coupon)"
    ).fetchone()
    coupons = graph.sets["coupon"]
    assert len(coupons.keys) == pairs == len(coupons.pointers) - 1
    assert (coupons.owner == -1).all()


def test_a_graph_as_of_a_time_knows_nothing_later(sample, graph):
    then = datetime(2017, 6, 1)
    seconds = 1_496_275_200
    early = build(sample, as_of=then)
    for edges in early.edges.values():
        assert edges.time.max() <= seconds
    purchase = ("customer", "purchase", "product")
    assert len(early.edges[purchase].time) == (graph.edges[purchase].time < seconds).sum()
    assert early.sets["basket"].time.max() < seconds


def test_predicted_facts_are_not_in_the_graph(undone, graph):
    undone.execute(
        """
        CREATE TEMP TABLE guess AS
        SELECT node_id AS subject, 'size' AS predicate, '1 GUESS' AS object,
            'literal' AS object_kind, NULL::VARCHAR AS unit, NULL::VARCHAR AS language,
            'predicted' AS provenance, 0.9::DOUBLE AS confidence
        FROM facts.node WHERE kind = 'product' ORDER BY node_id LIMIT 5
        """
    )
    publish_state(
        undone, "guess", "guess", source="model", as_of=datetime(2018, 1, 1), load_id="model"
    )
    again = build(undone)
    assert "value:size:1 GUESS" not in again.nodes["value"]
    assert len(again.edges["product", "size", "value"].time) == len(
        graph.edges["product", "size", "value"].time
    )


def test_counts_are_stored_by_type(connection, sample, graph):
    told = summarise(connection, graph)
    summarise(connection, graph)
    nodes = dict(connection.execute("FROM graph.node_type").fetchall())
    assert nodes == {kind: len(found) for kind, found in graph.nodes.items()}
    first, last = connection.execute(
        "SELECT first, last FROM graph.edge_type WHERE relation = 'purchase'"
    ).fetchone()
    expected = """
        SELECT date_trunc('second', min("time")), date_trunc('second', max("time"))
        FROM behaviour.event WHERE customer_id IS NOT NULL
    """
    assert (first, last) == sample.execute(expected).fetchone()
    (edges,) = connection.execute("SELECT sum(edges) FROM graph.edge_type").fetchone()
    assert told["edges"] == edges


def test_an_empty_warehouse_is_an_empty_graph(connection):
    graph = build(connection)
    assert summarise(connection, graph) == {"nodes": 0, "edges": 0, "baskets": 0, "coupons": 0}


def test_a_graph_can_be_built_within_a_transaction(connection):
    with transaction(connection):
        assert build(connection).edges == {}
