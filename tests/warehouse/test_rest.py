"""What files say of events, reviews, queries and judgments beside the canonical columns is kept."""

import json
from datetime import datetime

import pytest

from warehouse.errors import LoadError
from warehouse.load import load

JANUARY = datetime(2024, 1, 1)


@pytest.fixture
def mug(connection, tmp_path):
    path = tmp_path / "products.csv"
    path.write_text("id,title\n1,Mug\n")
    load(connection, path, as_of=JANUARY)
    return connection


def test_columns_without_a_place_are_one_json_object_a_row(mug, tmp_path):
    path = tmp_path / "reviews.jsonl"
    rows = [
        {"product_id": "1", "text": "Good", "stars": 5, "verified": True, "pictures": ["a", "b"]},
        {"product_id": "1", "text": "Bad", "stars": 1, "device": "{not json"},
        {"product_id": "1", "text": "So so", "stars": 3},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    load(mug, path, as_of=JANUARY, kind="review")
    found = mug.execute("SELECT body, rest FROM behaviour.review ORDER BY body").fetchall()
    assert [(body, rest and json.loads(rest)) for body, rest in found] == [
        ("Bad", {"device": "{not json"}),
        ("Good", {"verified": "true", "pictures": ["a", "b"]}),
        ("So so", None),
    ]


def test_a_file_whose_columns_all_have_a_place_leaves_it_empty(mug, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("product_id,event,time\n1,like,2024-01-02\n1,checkout,2024-01-03\n")
    load(mug, path, as_of=JANUARY)
    assert mug.execute("SELECT event_type, rest FROM behaviour.event ORDER BY 1").fetchall() == [
        ("checkout", None),
        ("like", None),
    ]


def test_judgments_grade_products_for_queries_that_are_loaded(mug, tmp_path):
    queries, judgments = tmp_path / "queries.csv", tmp_path / "judgments.csv"
    queries.write_text("query_id,query\nq1,red mug\n")
    judgments.write_text("query_id,product_id,label,grade,judge\nq1,1,exact,1,Ann\nq2,1,exact,1,\n")
    load(mug, queries, as_of=JANUARY, kind="query")
    (report,) = load(mug, judgments, as_of=JANUARY)
    assert (report.kind, report.rows_loaded, report.rows_rejected) == ("judgment", 1, 1)
    assert mug.execute(
        """
        SELECT text, name, label, grade, judgment.rest ->> 'judge'
        FROM behaviour.judgment AS judgment
        JOIN behaviour.query USING (query_id)
        JOIN catalog.product AS product ON product.product_id = judgment.product_id
        """
    ).fetchall() == [("red mug", "Mug", "exact", 1.0, "Ann")]
    judgments.write_text("query_id,product_id,grade\nq1,1,7\n")
    with pytest.raises(LoadError, match="expected at most 1, got 7"):
        load(mug, judgments, as_of=JANUARY)
