"""Entities in the other houses: said once, edited once, and no lesson for the graph."""

from datetime import datetime

import pytest

from editing import write_requests
from graph.build import build
from pipelines.report.sections import facts
from verbalize.render import render
from warehouse.facts import derive
from warehouse.load import load
from warehouse.resolution.publishing import publish, withdraw_all


@pytest.fixture
def shops(connection, tmp_path):
    """A teapot of two shops, the cheaper one newer, and what was resolved of it."""
    for source, row, day in (
        ("east", "1,Red teapot,Bolt,20.00,1 L", datetime(2024, 1, 1)),
        ("west", "x,Teapot (red),Bolt Ltd,19.00,1000 ml", datetime(2024, 1, 9)),
    ):
        path = tmp_path / f"{source}.csv"
        path.write_text(f"id,title,brand,price,size\n{row}\n")
        load(connection, path, source=source, as_of=day)
    derive(connection)
    connection.execute(
        """
        INSERT INTO catalog.candidate_pair VALUES (
            node_id('product', 'east', '1'), node_id('product', 'west', 'x'), 'east', 'west', 0.9,
            NULL
        )
        """
    )
    return connection


def test_an_entity_is_told_once_with_its_own_values(shops):
    publish(shops)
    render(shops)
    told = dict(
        shops.execute(
            "SELECT kind, text FROM text.document WHERE kind IN ('product', 'history')"
        ).fetchall()
    )
    count = "SELECT count(*) FROM text.document WHERE kind = 'product'"
    assert shops.execute(count).fetchone() == (1,)
    # Where prices differ, that of its own source is told.
    assert "Red teapot" in told["product"] and "$20.00" in told["product"]
    # One price, which the text of the product has, is no history.
    assert "history" not in told
    assert not any("$19.00" in text for text in told.values())


def test_a_price_of_another_source_is_no_price_of_a_product(shops):
    shops.execute("DELETE FROM facts.fact WHERE predicate = 'price' AND source = 'east'")
    publish(shops)
    fused = "SELECT object FROM facts.current WHERE predicate = 'price' AND provenance = 'resolved'"
    assert shops.execute(fused).fetchall() == [("19.00",)]
    render(shops)
    told = " ".join(text for (text,) in shops.execute("SELECT text FROM text.document").fetchall())
    assert "19.00" not in told


def test_the_graph_learns_nothing_from_what_was_resolved(shops):
    before = build(shops)
    publish(shops)
    after = build(shops)
    assert before.edges.keys() == after.edges.keys()
    assert all((before.edges[key].time == after.edges[key].time).all() for key in before.edges)
    assert [len(nodes) for nodes in before.nodes.values()] == [
        len(nodes) for nodes in after.nodes.values()
    ]


def test_a_conflict_of_sources_is_an_edit_to_the_value_of_the_entity_and_back(shops):
    publish(shops)
    write_requests(shops, datetime(2024, 1, 2), datetime(2024, 1, 10))
    query = """
        SELECT predicate, object_old, object_new, provenance FROM edit.change
        WHERE predicate IN ('price', 'size', 'name')
    """
    assert shops.execute(query).fetchall() == [("price", "20.00", "19.00", "resolved")]
    withdraw_all(shops)
    write_requests(shops, datetime(2024, 1, 2), datetime(2024, 1, 10))
    changed = shops.execute(query + " ORDER BY ALL").fetchall()
    assert {(predicate, change) for predicate, old, new, change in changed} == {
        ("name", "stated"),
        ("price", "stated"),
        ("size", "stated"),
    }
    assert all(old is None for _, old, *_ in changed)


def test_what_was_resolved_is_no_second_price_in_the_history_of_the_report(shops):
    publish(shops)
    assert facts.section(shops)["history"] is None
