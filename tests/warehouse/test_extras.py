"""Columns of a product file that have no canonical place become facts, and none is lost."""

import json
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from warehouse import extras
from warehouse.load import load

JANUARY, FEBRUARY, MARCH = (datetime(2024, month, 1) for month in (1, 2, 3))


def stated(connection: duckdb.DuckDBPyConnection, key: str = "1") -> list[tuple[str, str]]:
    """Namespaced facts that hold of a product, in order."""
    return connection.execute(
        """
        SELECT predicate, object FROM facts.labelled
        WHERE subject_key = ? AND contains(predicate, ':') AND valid_to IS NULL
        ORDER BY ALL
        """,
        [key],
    ).fetchall()


def lines(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_column_without_a_place_is_a_fact_under_the_name_of_the_source(connection, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id,title,Shelf life,Origin\n1,Milk,7 days,\n2,Salt,,FR\n")
    load(connection, path, as_of=JANUARY, source="dairy")
    assert stated(connection) == [("dairy:Shelf_life", "7 days")]
    assert stated(connection, "2") == [("dairy:Origin", "FR")]
    assert connection.execute(
        """
        SELECT domain, range, cardinality, iri FROM facts.predicate
        WHERE predicate = 'dairy:Shelf_life'
        """
    ).fetchall() == [("product", "literal", "one", "https://wareword.org/ns/dairy#Shelf_life")]


def test_its_facts_have_a_history_as_all_facts(connection, tmp_path):
    path = tmp_path / "f.csv"
    for as_of, text in (
        (JANUARY, "id,title,life,origin\n1,Milk,7 days,FR\n2,Salt,9 years,FR\n"),
        (FEBRUARY, "id,title,life,origin\n1,Milk,8 days,FR\n"),
        (MARCH, "id,title,life\n1,Milk,8 days\n"),
    ):
        path.write_text(text)
        load(connection, path, as_of=as_of)
    history = connection.execute(
        """
        SELECT subject_key, predicate, object, valid_from, valid_to FROM facts.labelled
        WHERE contains(predicate, ':') ORDER BY ALL
        """
    ).fetchall()
    assert history == [
        ("1", "shop:life", "7 days", JANUARY, FEBRUARY),
        ("1", "shop:life", "8 days", FEBRUARY, None),
        ("1", "shop:origin", "FR", JANUARY, MARCH),
        ("2", "shop:life", "9 years", JANUARY, None),
        ("2", "shop:origin", "FR", JANUARY, None),
    ]


def test_lists_are_several_facts_and_members_of_objects_have_names(connection, tmp_path):
    row = {
        "id": "1",
        "title": "Mug",
        "tags": ["red", "gift", "red", ""],
        "specs": {
            "Is Safe": True,
            "Uses": ["tea", "milk"],
            "none": None,
            "deep": {"a": {"b": 1}},
        },
        "pictures": [{"large": "x.jpg"}, {"large": "y.jpg"}],
        "empty": [],
    }
    load(connection, lines(tmp_path / "f.jsonl", row), as_of=JANUARY, kind="product")
    assert stated(connection) == [
        ("shop:pictures", '{"large":"x.jpg"}'),
        ("shop:pictures", '{"large":"y.jpg"}'),
        ("shop:specs.Is_Safe", "true"),
        ("shop:specs.Uses", "milk"),
        ("shop:specs.Uses", "tea"),
        ("shop:specs.deep", '{"a":{"b":1}}'),
        ("shop:tags", "gift"),
        ("shop:tags", "red"),
    ]
    many = connection.execute("SELECT predicate FROM facts.predicate WHERE cardinality = 'many'")
    assert {"shop:tags", "shop:pictures", "shop:specs.Uses"} <= {
        name for (name,) in many.fetchall()
    }


def test_a_predicate_of_one_value_becomes_one_of_many_when_a_product_has_two(connection, tmp_path):
    load(connection, lines(tmp_path / "a", {"id": "1", "title": "a", "tag": "x"}), as_of=JANUARY)
    rows = ({"id": "2", "title": "b", "tag": ["x", "y"]}, {"id": "3", "title": "c", "tag": "x"})
    load(connection, lines(tmp_path / "b", *rows), as_of=JANUARY)
    found = "SELECT cardinality FROM facts.predicate WHERE predicate = 'shop:tag'"
    assert connection.execute(found).fetchall() == [("many",)]


@pytest.mark.parametrize(
    ("column", "predicate"),
    [
        ("a:b", "shop:a_b"),
        ("'); DROP TABLE facts.fact; --", "shop:DROP_TABLE_facts.fact_--"),
        ("\u202egnol\u200b", "shop:gnol"),
        ("größe/Maß", "shop:größe/Maß"),
        ("***", "shop:unnamed"),
        ("x" * 500, "shop:" + "x" * extras.NAME_LIMIT),
        ("{{ 7 * 7 }}", "shop:7_7"),
    ],
)
def test_unsafe_names_become_safe_ones(connection, tmp_path, column, predicate):
    rows = {"id": "1", "title": "a", column: "value"}
    load(connection, lines(tmp_path / "f.jsonl", rows), as_of=JANUARY, kind="product")
    assert stated(connection) == [(predicate, "value")]


def test_long_text_is_cut_and_stays_whole_in_the_raw_table(connection, tmp_path):
    row = {"id": "1", "title": "a", "story": "é" * 9_000}
    load(connection, lines(tmp_path / "f.jsonl", row), as_of=JANUARY)
    ((_, text),) = stated(connection)
    assert len(text) == extras.TEXT_LIMIT and text.endswith("é…")
    assert connection.execute("SELECT length(story) FROM raw.shop_product").fetchone() == (9_000,)


def test_text_that_only_looks_like_json_is_text(connection, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id;title;note\n1;a;[new] with lid\n2;b;{broken\n3;c;[1, 2]\n")
    load(connection, path, as_of=JANUARY)
    assert stated(connection) == [("shop:note", "[new] with lid")]
    assert stated(connection, "2") == [("shop:note", "{broken")]
    assert stated(connection, "3") == [("shop:note", "1"), ("shop:note", "2")]


def test_an_object_with_endless_members_makes_no_endless_predicates(connection, tmp_path):
    rows = ({"id": f"{n}", "title": "a", "seen": {f"user {n}": n}} for n in range(1_001))
    load(connection, lines(tmp_path / "f.jsonl", *rows), as_of=JANUARY, kind="product")
    assert stated(connection, "7") == [("shop:seen", "user 7: 7")]
    assert connection.execute(
        "SELECT count(*) FROM facts.predicate WHERE contains(predicate, ':')"
    ).fetchone() == (1,)


def test_rejected_rows_say_nothing_and_other_kinds_neither(connection, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id,title,price,life\n1,a,1,7\n2,b,dear,8\n3,c,1,9\n")
    load(connection, path, as_of=JANUARY)
    assert (stated(connection, "1"), stated(connection, "2")) == ([("shop:life", "7")], [])
    path = tmp_path / "r.csv"
    path.write_text("asin,stars,text,helpful,verified\n1,5,Fine,1,yes\n")
    load(connection, path, as_of=JANUARY)
    assert connection.execute(
        "SELECT count(*) FROM facts.fact WHERE object = 'yes'"
    ).fetchone() == (0,)


def test_a_category_feed_that_restates_products_leaves_them_what_they_said(connection, tmp_path):
    (tmp_path / "p.csv").write_text("id,title,category,life\n1,a,k,7\n")
    (tmp_path / "c.csv").write_text("id,name,parent_id\nk,Kitchen,\n")
    load(connection, tmp_path / "p.csv", as_of=JANUARY)
    load(connection, tmp_path / "c.csv", as_of=FEBRUARY)
    assert stated(connection) == [("shop:life", "7")]


def test_a_column_may_be_called_as_the_identifiers_of_the_warehouse(connection, tmp_path):
    path = lines(tmp_path / "f.jsonl", {"sku": "1", "title": "Mug", "product_id": "p1"})
    load(connection, path, as_of=JANUARY, kind="product", mapping={"key": "sku"})
    assert stated(connection) == [("shop:product_id", "p1")]
