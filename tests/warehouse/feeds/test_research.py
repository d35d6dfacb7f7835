"""The data sets that research on shopping uses load as they are published: products, behaviour and
judgments in their places, and all else kept."""

import gzip
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import LoadError
from warehouse.load import load
from warehouse.sources import detect

HERE = Path(__file__).parent
JANUARY = datetime(2024, 1, 1)


def products(connection: duckdb.DuckDBPyConnection, *columns: str) -> dict[str, tuple]:
    rows = connection.execute(f"SELECT key, {', '.join(columns)} FROM catalog.product").fetchall()
    return {key: tuple(values) for key, *values in rows}


def beside(connection: duckdb.DuckDBPyConnection, key: str) -> dict[str, list[str]]:
    """The namespaced facts of a product."""
    rows = connection.execute(
        """
        SELECT predicate, list(object ORDER BY object) FROM facts.labelled
        WHERE subject_key = ? AND contains(predicate, ':') GROUP BY ALL
        """,
        [key],
    ).fetchall()
    return dict(rows)


def as_parquet(name: str, folder: Path) -> Path:
    """A sample of lines or commas as the Parquet file that is published."""
    path = folder / f"{Path(name).stem}.parquet"
    duckdb.execute(f"COPY (FROM '{HERE / name}') TO '{path}'")
    return path


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("amazon_items.jsonl", "amazon_reviews"),
        ("amazon_reviews.jsonl", "amazon_reviews"),
        ("otto.jsonl", "otto"),
        ("webshop.json", "webshop"),
        ("esci_examples.csv", "esci"),
        ("esci_products.csv", "esci"),
    ],
)
def test_a_format_is_known_by_its_content(name, format, tmp_path):
    renamed = tmp_path / "file.txt"
    renamed.write_bytes((HERE / name).read_bytes())
    assert detect(renamed).name == format


def test_tables_of_other_kinds_are_not_taken_for_these(tmp_path):
    for text, format in (
        ('{"session": 1, "events": [], "user": 2}\n', "jsonlines"),
        ('{"parent_asin": "B1", "title": "Mug"}\n', "jsonlines"),
        ('[{"asin": "B1", "name": "Mug"}]', "jsonlines"),
        ("product_id,product_title\n1,Mug\n", "delimited"),
        ("\n", "delimited"),
    ):
        path = tmp_path / "file"
        path.write_text(text)
        assert detect(path).name == format


def test_amazon_items_are_products_packed_or_not(connection, tmp_path):
    packed = tmp_path / "meta_Home_and_Kitchen.jsonl.gz"
    packed.write_bytes(gzip.compress((HERE / "amazon_items.jsonl").read_bytes()))
    (report,) = load(connection, packed, as_of=JANUARY, source="amazon")
    assert (report.format, report.kind, report.rows_loaded) == ("amazon_reviews", "product", 3)
    found = products(
        connection, "name", "brand", "manufacturer", "department", "category", "color", "size",
        "mpn", "price", "currency", "average_rating", "rating_count",
    )  # fmt: skip
    assert found["B00MUG0001"] == (
        "Blue Ceramic Mug, 12 oz", "Potter", None, "Home & Kitchen",
        "Home & Kitchen > Kitchen & Dining > Mugs", "Blue", None, "PC-12", Decimal("14.99"), "USD",
        4.6, 1204,
    )  # fmt: skip
    assert found["B00CREAM02"][8:10] == (Decimal("5.99"), "USD")
    assert found["B00THING03"][8:10] == (None, None)
    assert products(connection, "description")["B00MUG0001"] == (
        "A mug for every day.\nMade of stoneware.",
    )
    assert products(connection, "image")["B00CREAM02"] == (
        "https://m.media-amazon.com/images/I/2.jpg",
    )


def test_what_amazon_says_beside_is_facts(connection):
    load(connection, HERE / "amazon_items.jsonl", as_of=JANUARY)
    mug = beside(connection, "B00MUG0001")
    assert mug["amazon:features"] == ["Dishwasher safe", "Holds 12 ounces"]
    assert mug["amazon:store"] == ["Potter & Co"]
    assert mug["amazon:details.Material"] == ["Stoneware"]
    assert json.loads(mug["amazon:details.Best_Sellers_Rank"][0])["Mugs"] == 12
    assert "amazon:details.Brand" not in mug and "amazon:price" not in mug
    assert json.loads(mug["amazon:images"][0])["variant"] == "MAIN"
    assert beside(connection, "B00CREAM02")["amazon:price"] == ["from 5.99"]
    assert "amazon:videos" in beside(connection, "B00THING03")


def test_amazon_reviews_know_their_time_and_meet_their_items(connection):
    load(connection, HERE / "amazon_items.jsonl", as_of=JANUARY)
    (report,) = load(connection, HERE / "amazon_reviews.jsonl")
    assert (report.kind, report.rows_loaded, report.rows_rejected) == ("review", 2, 1)
    rows = connection.execute(
        """
        SELECT rating, title, body, review."time", helpful_votes, rest ->> 'asin',
            rest ->> 'verified_purchase', p.key
        FROM behaviour.review AS review JOIN catalog.product AS p USING (product_id) ORDER BY rating
        """
    ).fetchall()
    assert rows == [
        (1.0, "Broke at once", "Broke at once", datetime(2020, 5, 16, 21, 41, 6, 52000), 0,
         "B00MUG0001", "false", "B00MUG0001"),
        (5.0, "Lovely", "Keeps tea warm.<br />Bought two.",
         datetime(2020, 5, 5, 14, 8, 48, 923000), 3, "B00MUG0009", "true", "B00MUG0001"),
    ]  # fmt: skip
    (reason,) = connection.execute("SELECT reason FROM ops.reject").fetchone()
    assert reason == "no such product is loaded, got B00OTHER99"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_esci_grades_products_of_each_locale_for_queries(connection, tmp_path, form):
    for name in ("esci_products.csv", "esci_examples.csv"):
        path = HERE / name if form == "csv" else as_parquet(name, tmp_path)
        reports = load(connection, path, as_of=JANUARY, source="esci")
    assert [(report.kind, report.rows_loaded, report.rows_rejected) for report in reports] == [
        ("query", 2, 0),
        ("judgment", 4, 1),
    ]
    rows = connection.execute(
        """
        SELECT
            query.text, query.rest ->> 'product_locale', product.key, product.name, label, grade,
            judgment.rest ->> 'split'
        FROM behaviour.judgment AS judgment
        JOIN behaviour.query AS query USING (query_id)
        JOIN catalog.product AS product ON product.product_id = judgment.product_id
        ORDER BY query.key, grade DESC
        """
    ).fetchall()
    assert rows == [
        ("red mug without handle", "us", "us:B00MUG0001", "Red Mug, no handle", "exact", 1.0,
         "train"),
        ("red mug without handle", "us", "us:B00MUG0002", "Red Mug", "substitute", 0.1, "train"),
        ("red mug without handle", "us", "us:B00SPOON03", "Tea Spoon", "complement", 0.01, "train"),
        ("taza roja", "es", "es:B00MUG0001", "Taza roja sin asa", "irrelevant", 0.0, "test"),
    ]  # fmt: skip
    assert products(connection, "brand", "color")["es:B00MUG0001"] == ("Potter", "Rojo")
    assert beside(connection, "us:B00MUG0001") == {
        "esci:product_id": ["B00MUG0001"],
        "esci:product_locale": ["us"],
        "esci:product_bullet_point": ["Dishwasher safe\nNo handle"],
    }


def test_esci_examples_that_hold_their_products_bring_them_along(connection, tmp_path):
    path = tmp_path / "joined.parquet"
    duckdb.execute(
        f"""
        COPY (
            SELECT * FROM '{HERE / "esci_examples.csv"}'
            JOIN '{HERE / "esci_products.csv"}' USING (product_id, product_locale)
            ORDER BY example_id
        ) TO '{path}'
        """
    )
    reports = load(connection, path, as_of=JANUARY)
    assert [(report.kind, report.rows_loaded) for report in reports] == [
        ("product", 4),
        ("query", 2),
        ("judgment", 4),
    ]


def test_a_label_that_esci_does_not_have_is_turned_away(connection, tmp_path):
    load(connection, HERE / "esci_products.csv", as_of=JANUARY)
    path = tmp_path / "examples.csv"
    path.write_text((HERE / "esci_examples.csv").read_text().replace("us,S,", "us,X,"))
    load(connection, path, as_of=JANUARY)
    assert connection.execute("SELECT field, reason FROM ops.reject ORDER BY 1").fetchall() == [
        ("grade", "a value is required"),
        ("product_key", "no such product is loaded, got es:B00GONE004"),
    ]


def test_the_sources_of_esci_say_how_to_load_them(connection, tmp_path):
    path = tmp_path / "sources.csv"
    path.write_text("query_id,source\n10,other\n")
    with pytest.raises(LoadError, match="join it to the examples by query_id"):
        load(connection, path, as_of=JANUARY)


def test_webshop_items_are_products_with_their_options(connection):
    (report,) = load(connection, HERE / "webshop.json", as_of=JANUARY, source="webshop")
    assert (report.rows_loaded, report.rows_rejected) == (2, 1)
    found = products(
        connection, "name", "brand", "department", "category", "price", "currency", "mpn",
        "availability", "image", "average_rating", "rating_count",
    )  # fmt: skip
    assert found["B07LIPS001"] == (
        "Matte Lipstick, Long Lasting", "Rouge", "beauty",
        "Beauty & Personal Care > Makeup > Lips > Lipstick", Decimal("7.99"), "USD", None,
        "In Stock.", "https://m.media-amazon.com/images/I/11.jpg", 4.2, 1204,
    )  # fmt: skip
    assert found["B07SHOE002"][1] == "Stride" and found["B07SHOE002"][4:7] == (None, None, "ST-7")
    lipstick = beside(connection, "B07LIPS001")
    assert lipstick["webshop:options.Color"] == ["01 red", "02 rose"]
    assert lipstick["webshop:small_description"] == ["Cruelty free", "Long lasting"]
    assert lipstick["webshop:pricing"] == ["$7.99$12.50"]
    assert lipstick["webshop:query"] == ["long lasting lipstick"]
    assert lipstick["webshop:product_information.Item_Weight"] == ["0.8 ounces"]
    assert "webshop:customization_options.Color" in lipstick


def test_a_webshop_array_that_breaks_off_loads_nothing(connection, tmp_path):
    path = tmp_path / "items.json"
    text = (HERE / "webshop.json").read_text()
    for broken in (text[:-40], text.replace('"brand": "Brand: Stride"', '"brand": Stride')):
        path.write_text(broken)
        with pytest.raises(LoadError, match="breaks off, is not well-formed.*nothing was loaded"):
            load(connection, path, as_of=JANUARY)
    assert products(connection, "name") == {}


def test_what_is_no_item_of_a_webshop_array_is_set_apart(connection, tmp_path):
    path = tmp_path / "items.json"
    items = json.loads((HERE / "webshop.json").read_text())
    path.write_text(json.dumps([*items[:2], "B07NONE003", None]))
    (report,) = load(connection, path, as_of=JANUARY)
    assert (report.rows_loaded, report.rows_rejected) == (2, 2)
    assert connection.execute('SELECT row_number, reason, "row" FROM ops.reject').fetchall() == [
        (3, "the item is not a JSON object", '"B07NONE003"'),
        (4, "the item is not a JSON object", "null"),
    ]


def test_otto_sessions_become_events_with_their_articles(connection):
    reports = load(connection, HERE / "otto.jsonl", source="otto")
    assert [(report.kind, report.rows_loaded) for report in reports] == [
        ("product", 3),
        ("event", 5),
    ]
    rows = connection.execute(
        """
        SELECT session, key, event_type, event."time", customer_id, rest
        FROM behaviour.event AS event JOIN catalog.product USING (product_id) ORDER BY event."time"
        """
    ).fetchall()
    assert [row[:3] for row in rows] == [
        ("42", "0", "click"),
        ("42", "1", "click"),
        ("42", "1", "cart"),
        ("42", "1", "purchase"),
        ("43", "7", "click"),
    ]
    assert rows[-1][3:] == (datetime(2022, 8, 22, 20, 28, 10, 123000), None, None)
    (begin,) = connection.execute("SELECT DISTINCT valid_from FROM facts.current").fetchone()
    assert begin == datetime(2022, 8, 22, 20, 26, 50)


def test_otto_articles_do_not_take_the_place_of_a_catalog(connection, tmp_path):
    catalog = tmp_path / "catalog.csv"
    catalog.write_text("id,title\n1,Mug\n")
    load(connection, catalog, as_of=datetime(2022, 1, 1))
    load(connection, HERE / "otto.jsonl")
    assert products(connection, "name") == {"0": (None,), "1": ("Mug",), "7": (None,)}


def test_otto_lines_that_are_no_sessions_are_set_apart(connection, tmp_path):
    path = tmp_path / "otto.jsonl"
    path.write_text(
        (HERE / "otto.jsonl").read_text()
        + '{"session": 44, "events": "none"}\n{"session": 45, "events": null}\n{"session": 46\n'
        + '{"session": 47, "events": [{"aid": 9, "ts": 1661200099000, "type": "wishes"}]}\n'
    )
    load(connection, path)
    reasons = connection.execute("SELECT field, reason FROM ops.reject ORDER BY ALL").fetchall()
    assert reasons[0][0] == "event_type" and "got wishes" in reasons[0][1]
    assert [reason for _, reason in reasons[1:]] == [
        "the line is not a JSON object",
        "the session has no list of events",
        "the session has no list of events",
    ]
    assert connection.execute("SELECT count(*) FROM behaviour.event").fetchone() == (5,)


def test_merrec_actions_become_events_and_their_items_products(connection, tmp_path):
    path = as_parquet("merrec.jsonl", tmp_path)
    assert detect(path).name == "merrec"
    reports = load(connection, path, source="mercari")
    assert [(report.kind, report.rows_loaded, report.rows_rejected) for report in reports] == [
        ("product", 2, 0),
        ("event", 6, 0),
    ]
    assert products(
        connection, "name", "price", "category", "brand", "condition", "size", "color",
        "variant_group",
    ) == {
        "100": ("Denim jacket, price dropped", Decimal("25.00"),
                "Women > Coats & jackets > Jean Jacket", "Levi's", "Like new", "M", "Blue", "9001"),
        "101": ("Toy car", Decimal("4.00"), "Toys", None, "Good", None, None, None),
    }  # fmt: skip
    assert connection.execute(
        'SELECT event_type, value, session FROM behaviour.event ORDER BY "time"'
    ).fetchall() == [
        ("view", None, "3"),
        ("like", None, "3"),
        ("offer", None, "3"),
        ("checkout", None, "4"),
        ("purchase", Decimal("25.00"), "4"),
        ("cart", None, "5"),
    ]
    (rest,) = connection.execute("SELECT rest FROM behaviour.event LIMIT 1").fetchone()
    assert json.loads(rest) == {"sequence_id": "1", "sequence_length": "5"}
    assert beside(connection, "100")["merrec:shipper_name"] == ["Buyer"]
    assert connection.execute(
        "SELECT DISTINCT valid_from FROM facts.current WHERE predicate = 'brand'"
    ).fetchall() == [(datetime(2023, 5, 3, 8),)]


@pytest.mark.parametrize("name", ["otto.jsonl", "amazon_items.jsonl", "webshop.json"])
def test_the_same_file_loads_once(connection, name):
    first = load(connection, HERE / name, as_of=JANUARY)
    again = load(connection, HERE / name, as_of=JANUARY)
    assert [report.unchanged for report in again] == [True] * len(first)


@pytest.mark.parametrize(
    ("change", "events"),
    [
        ("1 AS event_id", 0),
        ("epoch_ms(stime::TIMESTAMP) AS stime", 6),
        ("stime::TIMESTAMPTZ AS stime", 6),
        ("7 AS c0_name", 6),
        ("{'name': name} AS name", 6),
        ("'$12.00' AS price", 6),
    ],
)
def test_parquet_of_actions_may_have_other_types(connection, tmp_path, change, events):
    path = tmp_path / "other.parquet"
    rows = f"SELECT * REPLACE ({change}), 'Sale' AS category, 1 AS value FROM"
    duckdb.execute(f"COPY ({rows} '{HERE / 'merrec.jsonl'}') TO '{path}'")
    if events:
        assert load(connection, path)[1].rows_loaded == events
        assert beside(connection, "100")["merrec:category"] == ["Sale"]
    else:
        with pytest.raises(LoadError, match="event_type: expected one of view, click, .* got 1"):
            load(connection, path)


def test_a_file_of_a_known_format_without_rows_is_refused(connection, tmp_path):
    path = tmp_path / "empty.parquet"
    duckdb.execute(f"COPY (FROM '{HERE / 'merrec.jsonl'}' WHERE false) TO '{path}'")
    with pytest.raises(LoadError, match="empty.parquet: there are no rows"):
        load(connection, path, as_of=JANUARY)
