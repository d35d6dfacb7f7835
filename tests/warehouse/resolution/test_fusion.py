"""What counts as the same value, which value wins, and what is believed at a time."""

from datetime import datetime

import pytest

from warehouse.facts import derive
from warehouse.load import load
from warehouse.resolution.publishing import PublishSettings, publish

SAME = [
    ("size", "16 OZ", "1 lb"),
    ("size", "16oz", "454 G"),
    ("size", "1 L", "1000 ml"),
    ("size", "about 3", "About  3"),
    ("gtin", "012345678905", "00012345678905"),
    ("mpn", "KX-TG6700B", "kxtg6700b"),
    ("brand", "Café-Noir", "CAFE NOIR"),
    ("price", "3.5", "3.50"),
]
DIFFERENT = [
    ("size", "16 OZ", "16 fl oz"),
    ("size", "12 CT", "12 OZ"),
    ("mpn", "VMCC1", "VMCC1B"),
    ("brand", "Acme", "Acme Inc"),
    ("brand", "?", "!"),
]


@pytest.mark.parametrize(("predicate", "one", "other"), SAME)
def test_values_that_are_written_in_two_ways_are_one(connection, predicate, one, other):
    query = "SELECT facts.comparable($1, $2, NULL) = facts.comparable($1, $3, NULL)"
    assert connection.execute(query, [predicate, one, other]).fetchone() == (True,)


@pytest.mark.parametrize(("predicate", "one", "other"), DIFFERENT)
def test_values_that_mean_two_things_are_two(connection, predicate, one, other):
    query = "SELECT facts.comparable($1, $2, NULL) = facts.comparable($1, $3, NULL)"
    assert connection.execute(query, [predicate, one, other]).fetchone() == (False,)


def test_more_sources_win_over_a_newer_one_but_not_for_a_price(shops, tell):
    tell("south", "s,Blue mug,Beta,4.75,16 OZ\n", datetime(2024, 1, 3))
    for source, key in (("east", "1"), ("west", "x")):
        shops.execute(
            """
            INSERT INTO catalog.candidate_pair
            SELECT node_id('product', $1, $2), node_id('product', 'south', 's'), $1, 'south', 0.95,
                NULL
            """,
            [source, key],
        )
    publish(shops)
    found = shops.execute(
        "SELECT sources, brand, price FROM catalog.entity_wide WHERE products = 3"
    ).fetchall()
    assert [(sources, brand, float(price)) for sources, brand, price in found] == [
        (["east", "south", "west"], "Acme", 4.75)
    ]


def test_prices_of_several_currencies_are_no_range(connection, tmp_path):
    prices = {"east": "4.00,USD", "west": "900,JPY", "south": "5.00,USD"}
    for day, (source, price) in enumerate(prices.items(), start=1):
        path = tmp_path / f"{source}.csv"
        path.write_text(f"id,title,price,currency\n1,Blue mug,{price}\n")
        load(connection, path, source=source, as_of=datetime(2024, 1, day))
    derive(connection)
    connection.execute(
        """
        INSERT INTO catalog.candidate_pair
        SELECT node_id('product', l, '1'), node_id('product', r, '1'), l, r, 0.95, NULL
        FROM (VALUES ('east', 'west'), ('east', 'south'), ('west', 'south')) AS pair (l, r)
        """
    )
    publish(connection)
    found = connection.execute(
        "SELECT products, price, currency, lowest_price, highest_price FROM catalog.entity_wide"
    ).fetchall()
    assert [(one[0], float(one[1]), one[2], *map(float, one[3:])) for one in found] == [
        (3, 5.0, "USD", 4.0, 5.0)
    ]


def test_what_is_fused_is_believed_in_the_place_of_what_each_source_states(shops):
    publish(shops, PublishSettings(threshold=0.7))
    query = """
        SELECT key, object, provenance FROM facts.believed('2024-01-03')
        JOIN catalog.product ON product_id = subject
        WHERE predicate = 'price' ORDER BY key
    """
    assert shops.execute(query).fetchall() == [
        ("1", "4.50", "resolved"),
        ("2", "3.50", "resolved"),
        ("3", "20.00", "stated"),
        ("z", "19.00", "stated"),
    ]
    before = query.replace("01-03", "01-01")
    assert shops.execute(before).fetchall() == [
        ("1", "4.00", "stated"),
        ("2", "3.50", "stated"),
        ("3", "20.00", "stated"),
    ]
