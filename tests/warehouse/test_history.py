"""Histories over several loads: what sources said, in whatever order the files come."""

from datetime import datetime
from itertools import permutations

import pytest

from warehouse.facts import derive, publish_state
from warehouse.load import load

JANUARY, FEBRUARY, MARCH = (datetime(2024, month, 1) for month in (1, 2, 3))
HEADER = "user_id,item_id,event,timestamp,quantity,value\n"


def say(connection, folder, name: str, text: str, as_of: datetime, **given) -> None:
    path = folder / name
    path.write_text(text)
    load(connection, path, as_of=as_of, **given)


def history(connection, predicate: str) -> list[tuple]:
    return connection.execute(
        """
        SELECT object, valid_from, valid_to FROM facts.labelled
        WHERE predicate = ? AND valid_to IS DISTINCT FROM valid_from
        ORDER BY valid_from
        """,
        [predicate],
    ).fetchall()


def test_a_value_may_come_back(connection, tmp_path):
    for color, month in (("red", JANUARY), ("blue", FEBRUARY), ("red", MARCH)):
        say(connection, tmp_path, "p.csv", f"id,color\n1,{color}\n", month)
    assert history(connection, "color") == [
        ("red", JANUARY, FEBRUARY), ("blue", FEBRUARY, MARCH), ("red", MARCH, None),
    ]  # fmt: skip


def test_what_is_corrected_as_of_the_same_time_was_never_true(connection, tmp_path):
    for price, currency in (("1", "USD"), ("2", "USD"), ("1", "EUR")):
        text = f"id,price,currency\n1,{price},{currency}\n"
        say(connection, tmp_path, "p.csv", text, JANUARY)
    assert history(connection, "price") == [("1.00", JANUARY, None)]
    assert connection.execute(
        "SELECT unit FROM facts.current WHERE predicate = 'price'"
    ).fetchall() == [("EUR",)]


def test_a_value_withdrawn_later_was_said_before(connection, tmp_path):
    say(connection, tmp_path, "p.csv", "id,color\n1,red\n", JANUARY)
    say(connection, tmp_path, "p.csv", "id,color\n1,\n", MARCH)
    say(connection, tmp_path, "p.csv", "id,color\n1,blue\n", FEBRUARY)
    assert history(connection, "color") == [("red", JANUARY, FEBRUARY), ("blue", FEBRUARY, MARCH)]


def test_a_prediction_made_again_gets_its_new_confidence(connection):
    for confidence in (0.5, 0.9):
        connection.execute(
            """
            CREATE OR REPLACE TEMP TABLE staged AS
            SELECT 'a' AS subject, 'color' AS predicate, 'red' AS object, 'literal' AS object_kind,
                NULL::VARCHAR AS unit, NULL::VARCHAR AS language, 'predicted' AS provenance,
                ?::DOUBLE AS confidence
            """,
            [confidence],
        )
        publish_state(connection, "staged", "staged", source="model", as_of=JANUARY, load_id="run")
    assert connection.execute("SELECT confidence FROM facts.current").fetchall() == [(0.9,)]


def test_sales_tell_the_price_until_the_catalog_does(connection, tmp_path):
    say(connection, tmp_path, "p.csv", "id,title\n1,a\n", JANUARY)
    sales = HEADER + "u,1,purchase,2024-01-10,2,8\nu,1,purchase,2024-02-20,1,9\n"
    say(connection, tmp_path, "sales.csv", sales, JANUARY)
    derive(connection)
    monday, later = datetime(2024, 1, 8), datetime(2024, 2, 19)
    assert history(connection, "price") == [("4.00", monday, later), ("9.00", later, None)]
    say(connection, tmp_path, "p.csv", "id,title,price\n1,b,5\n", FEBRUARY)
    derive(connection)
    assert history(connection, "price") == [("4.00", monday, FEBRUARY), ("5.00", FEBRUARY, None)]


def test_sales_are_in_the_currency_of_the_catalog_whenever_it_is_told(connection, tmp_path):
    say(connection, tmp_path, "p.csv", "id,title\n1,a\n", JANUARY)
    say(connection, tmp_path, "s.csv", HEADER + "u,1,purchase,2024-01-10,2,8\n", JANUARY)
    derive(connection)
    say(connection, tmp_path, "p.csv", "id,title,currency\n1,a,EUR\n", FEBRUARY)
    derive(connection)
    told = connection.execute("SELECT object, unit FROM facts.as_of('2024-01-20') WHERE unit <> ''")
    assert told.fetchall() == [("4.00", "EUR")]


def test_facts_can_be_derived_again_when_the_last_events_are_gone(connection, tmp_path):
    say(connection, tmp_path, "p.csv", "id,brand\n1,A\n2,A\n", JANUARY)
    rows = [f"u,1,purchase,2024-0{month}-01,1,1\n" for month in (2, 3)]
    say(connection, tmp_path, "sales.csv", HEADER + "".join(rows), JANUARY)
    derive(connection)
    say(connection, tmp_path, "sales.csv", HEADER + rows[0], JANUARY)
    say(connection, tmp_path, "p.csv", "id,brand\n1,A\n2,B\n", FEBRUARY)
    derive(connection)
    assert dict(
        connection.execute(
            "SELECT subject, object FROM facts.labelled "
            "WHERE predicate = 'brandCount' AND valid_to IS NULL"
        ).fetchall()
    ) == {"A": "1", "B": "1"}


@pytest.mark.parametrize("files", [*permutations(["products.csv", "categories.csv"])])
def test_a_category_that_a_feed_declares_is_one_node_in_either_order(connection, tmp_path, files):
    texts = {
        "products.csv": "id,category\n1,Kitchen > Mugs\n2,Kitchen > Pots\n",
        "categories.csv": "key,name,parent_id\nKitchen,For cooks,\nKitchen>Mugs,Cups,Kitchen\n",
    }
    for name in files:
        say(connection, tmp_path, name, texts[name], JANUARY)
    current = connection.execute(
        """
        SELECT predicate, subject, object FROM facts.labelled
        WHERE predicate IN ('category', 'broader') AND valid_to IS NULL
        ORDER BY ALL
        """
    ).fetchall()
    assert current == [
        ("broader", "Cups", "For cooks"), ("broader", "Pots", "For cooks"),
        ("category", "1", "Cups"), ("category", "2", "Pots"),
    ]  # fmt: skip
    tree = connection.execute("SELECT name FROM catalog.category ORDER BY name").fetchall()
    assert tree == [("Cups",), ("For cooks",), ("Pots",)]


def test_a_parent_that_no_feed_declares_is_a_node_of_its_key(connection, tmp_path):
    say(connection, tmp_path, "c.csv", "key,name,parent_id\nm,Mugs,k\n", JANUARY)
    assert history(connection, "broader") == [("k", JANUARY, None)]


def test_a_category_that_no_product_names_any_more_leaves_the_tree(connection, tmp_path):
    say(connection, tmp_path, "p.csv", "id,department,category\n1,Home,Mugs\n", JANUARY)
    say(connection, tmp_path, "p.csv", "id,department,category\n1,Home,Cups\n", FEBRUARY)
    assert history(connection, "broader") == [
        ("Home", JANUARY, FEBRUARY), ("Home", FEBRUARY, None),
    ]  # fmt: skip
    tree = connection.execute("SELECT name FROM catalog.category ORDER BY name").fetchall()
    assert tree == [("Cups",), ("Home",)]


def test_reviews_without_keys_are_replaced_with_their_file(connection, tmp_path):
    say(connection, tmp_path, "p.csv", "id,title\n1,a\n", JANUARY)
    say(connection, tmp_path, "r.csv", "asin,review\n1,Fien mug\n", JANUARY)
    say(connection, tmp_path, "r.csv", "asin,review\n1,Fine mug\n", FEBRUARY)
    assert connection.execute("SELECT body FROM behaviour.review").fetchall() == [("Fine mug",)]
