"""schema.org products: pages and files load as the vocabulary says, and hostile ones do no harm."""

import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from product_facts import stated

from warehouse.connection import memory
from warehouse.errors import LoadError
from warehouse.load import load
from warehouse.sources import schema_org

JANUARY = datetime(2024, 1, 1)
FEEDS = Path(__file__).parent / "feeds"


def product(**properties: Any) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "Product", "sku": "1", **properties}


def write(path: Path, *values: Any) -> Path:
    path.write_text("\n".join(map(json.dumps, values)))
    return path


def of(
    connection: duckdb.DuckDBPyConnection, path: Path, **properties: Any
) -> dict[str, list[str]]:
    """What is stated of a product with these properties, beside its key."""
    load(connection, write(path, product(**properties)), as_of=JANUARY)
    return {name: values for name, values in stated(connection, "1").items() if name != "sku"}


def test_a_page_with_a_group_of_variants_becomes_products_of_one_group(connection):
    products, reviews = load(connection, FEEDS / "schema_org.html", as_of=JANUARY)
    assert (products.format, products.rows_loaded, products.rows_rejected) == ("schema_org", 2, 1)
    assert stated(connection, "44E01-M11000") == {
        "sku": ["44E01-M11000"],
        "gtin": ["98766051104214"],
        "name": ["Small green coat"],
        "description": ["Warm &amp; long"],
        "brand": ["Good Brands"],
        "size": ["small"],
        "color": ["Green"],
        "image": ["https://example.com/coat_small_green.jpg"],
        "url": ["https://www.example.com/coat?size=small"],
        "price": ["59.90 USD"],
        "salePrice": ["39.99 USD"],
        "availability": ["in_stock"],
        "itemCondition": ["new"],
        "isVariantOf": ["44E01"],
        "ratingValue": ["4.4"],
        "ratingCount": ["24"],
        "schema:aggregateRating.bestRating": ["100"],
        "schema:audience.suggestedGender": ["unisex"],
        "schema:material": ["wool"],
        "schema:offers.priceSpecification": [
            '{"priceType":"ListPrice","price":"59.90","priceCurrency":"USD"}'
        ],
        "schema:offers.priceValidUntil": ["2024-11-20"],
        "schema:offers.shippingDetails": ['{"shippingRate":{"value":"3.49","currency":"USD"}}'],
        "schema:other_image": ["https://example.com/coat_back.jpg"],
        "schema:variesBy": ["color", "size"],
    }


def test_a_variant_that_the_group_only_refers_to_has_what_both_say(connection):
    load(connection, FEEDS / "schema_org.html", as_of=JANUARY)
    large = stated(connection, "44E01-K11000")
    assert (large["brand"], large["size"], large["isVariantOf"]) == (
        ["Good Brands"], ["large"], ["44E01"],
    )  # fmt: skip
    assert large["schema:additionalProperty.Lining"] == ["cotton", "silk"]
    assert large["schema:additionalProperty.Weight"] == ["1.2 kg"]


def test_of_several_offers_the_cheapest_in_stock_is_the_price_and_all_are_kept(connection):
    load(connection, FEEDS / "schema_org.html", as_of=JANUARY)
    large = stated(connection, "44E01-K11000")
    assert (large["price"], large["availability"]) == (["44.50 USD"], ["in_stock"])
    assert [json.loads(offer)["price"] for offer in large["schema:offers"]] == [
        "29.99", "44.50", "49.99",
    ]  # fmt: skip


def test_reviews_become_reviews_of_the_product_with_stars_of_five(connection):
    load(connection, FEEDS / "schema_org.html", as_of=JANUARY)
    assert connection.execute(
        'SELECT key, rating, title, body, "time" FROM behaviour.review'
    ).fetchall() == [
        ("#review-1", 4.0, "Warm", "Kept me warm all winter. <b>Really</b>", datetime(2024, 1, 3))
    ]


def test_a_script_that_is_no_json_is_told_and_costs_itself_only(connection):
    load(connection, FEEDS / "schema_org.html", as_of=JANUARY)
    ((number, reason, row),) = connection.execute(
        'SELECT row_number, reason, "row" FROM ops.reject'
    ).fetchall()
    assert (number, "BROKEN" in row) == (4, True)
    assert reason.startswith("no JSON: ")


def test_an_array_of_products_and_offers_loads(connection):
    products, reviews = load(connection, FEEDS / "schema_org.jsonld", as_of=JANUARY)
    assert (products.rows_read, products.rows_loaded, reviews.rows_loaded) == (3, 2, 1)
    assert stated(connection, "TEA-1") == {
        "sku": ["TEA-1"],
        "gtin": ["4006381333931"],
        "name": ["Green tea"],
        "brand": ["Leaf"],
        "manufacturer": ["Leaf Ltd"],
        "category": ["Tea"],
        "price": ["4.50 EUR"],
        "ratingValue": ["4.4"],
        "ratingCount": ["89"],
        "schema:countryOfOrigin": ["JP"],
        "schema:offers.highPrice": ["6"],
        "schema:offers.offerCount": ["3"],
        "schema:other_category": ["Gifts"],
        "schema:weight": ["100 GRM"],
    }
    assert stated(connection, "POT-1")["isVariantOf"] == ["POT"]
    rejects = connection.execute("SELECT row_number, field FROM ops.reject ORDER BY 1").fetchall()
    assert rejects == [(3, "reviewBody"), (5, "key")]


def test_one_object_a_line_loads_and_a_broken_line_is_told(connection, tmp_path):
    path = write(tmp_path / "f", product(name="a"), product(sku="2", name="b"))
    path.write_text(path.read_text() + "\n{broken\n")
    (report,) = load(connection, path, as_of=JANUARY)
    assert (report.format, report.rows_loaded, report.rows_rejected) == ("schema_org", 2, 1)


def test_pages_of_an_archive_are_read_one_by_one(connection, tmp_path):
    page = '<html><script type="application/ld+json">{}</script></html>'
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        for sku in ("1", "2"):
            archive.writestr(f"{sku}.html", page.format(json.dumps(product(sku=sku, name="a"))))
    reports = load(connection, tmp_path / "site.zip", as_of=JANUARY)
    assert [report.rows_loaded for report in reports] == [1, 1]


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"offers": {"price": 5}}, {"price": ["5.00 USD"]}),
        (
            {"offers": {"@type": "AggregateOffer", "offers": [{"price": "7"}, {"price": "6"}]}},
            {"price": ["6.00 USD"], "schema:offers": ['{"price":"6"}', '{"price":"7"}']},
        ),
        (
            {"offers": {"priceSpecification": {"price": 8, "priceCurrency": "CHF"}}},
            {
                "price": ["8.00 CHF"],
                "schema:offers.priceSpecification": ['{"price":"8","priceCurrency":"CHF"}'],
            },
        ),
        (
            {"offers": {"price": 1, "availability": "http://schema.org/PreOrder"}},
            {"price": ["1.00 USD"], "availability": ["pre_order"]},
        ),
        ({"itemCondition": "UsedCondition"}, {"itemCondition": ["used"]}),
        ({"color": ["red", "blue"]}, {"color": ["red"], "schema:other_color": ["blue"]}),
        ({"isbn": "978-3-16-148410-0"}, {"gtin": ["9783161484100"]}),
        ({"inProductGroupWithID": "G"}, {"isVariantOf": ["G"]}),
        ({"name": "\ud83d"}, {"name": ["?"]}),
    ],
)
def test_properties_become_facts(connection, tmp_path, properties, told):
    assert of(connection, tmp_path / "f", **properties) == told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"@type": "Product", "sku": "1", "@context": "https://schema.org"}, {"sk', "element 1"),
        ('{"@context": "https://schema.org", "@graph": [{"@type": "Product"},', "element 1"),
        ('{"@context": "https://schema.org", "@type": "WebPage"}', "no schema.org Product"),
        ('{"@context": "https://schema.org", "a": ' + "[" * 99_999, "damaged"),
        ("<html><script type=application/ld+json>{oops}</script>", r"no schema.org .* \(no JSON"),
        ("<html><body>nothing</body></html>", "not recognised"),
        ('{"@context": "https://schema.org", "@graph": [{"a": "' + "x" * (9 << 20), "damaged"),
    ],
)  # fmt: skip
def test_what_breaks_off_or_has_no_product_gives_one_clear_error(
    connection, tmp_path, text, message
):
    path = tmp_path / "page"
    path.write_text(text)
    with pytest.raises(LoadError, match=message):
        load(connection, path, as_of=JANUARY)


def test_a_large_graph_is_read_element_by_element(connection, tmp_path, monkeypatch):
    monkeypatch.setattr(schema_org, "_PAGE_BYTES", 1)
    graph = [product(sku=f"{n}", name="é" * 300) for n in range(3_000)]
    path = write(tmp_path / "f", {"@context": "https://schema.org", "@graph": graph})
    (report,) = load(connection, path, as_of=JANUARY)
    assert report.rows_loaded == 3_000


NAMES = st.sampled_from(
    [
        "@id", "@type", "@value", "name", "sku", "offers", "price", "priceSpecification", "brand",
        "hasVariant", "isVariantOf", "productGroupID", "review", "reviewRating", "ratingValue",
        "aggregateRating", "bestRating", "additionalProperty", "value", "itemReviewed", "image",
        "itemOffered", "gtin", "availability", "reviewBody", "author", "variesBy", "unitText",
    ]
)  # fmt: skip
LEAVES = st.sampled_from(
    ["Product", "ProductGroup", "Offer", "Review", "#a", "", "1", 0, None, True]
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_whatever_the_properties_are_a_product_loads_or_is_told(tmp_path, node):
    path = write(tmp_path / "f", [product(name="whole"), {"@type": "Product", **node}])
    with memory() as connection:
        reports = load(connection, path, as_of=JANUARY, accept_rejects=True)
        assert reports[0].rows_loaded >= 1


def test_a_page_whose_reviews_went_away_is_known_when_it_comes_again(connection, tmp_path):
    path = tmp_path / "page.json"
    product = {"@context": "https://schema.org", "@type": "Product", "sku": "A", "name": "Mug"}
    for review in ([{"@type": "Review", "reviewBody": "Good"}], []):
        path.write_text(json.dumps({**product, "review": review}))
        load(connection, path, as_of=datetime(2024, 1, 1))
    assert [report.unchanged for report in load(connection, path)] == [True]
