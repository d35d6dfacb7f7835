"""Google Merchant feeds: the samples load as their specification says, and hostile ones do not."""

import gzip
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from product_facts import stated

from warehouse.errors import LoadError
from warehouse.load import LoadReport, load

JANUARY = datetime(2024, 1, 1)
FEEDS = Path(__file__).parent / "feeds"
RSS = '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>{}</channel></rss>'
ITEM = "<item><g:id>{}</g:id><g:title>{}</g:title></item>"


def read(connection: duckdb.DuckDBPyConnection, path: Path) -> LoadReport:
    (report,) = load(connection, path, as_of=JANUARY)
    return report


def rejected(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str | None, str]]:
    return connection.execute(
        "SELECT row_number, field, reason FROM ops.reject ORDER BY row_number"
    ).fetchall()


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_an_rss_feed_becomes_products_facts_and_variants(connection):
    report = load(connection, FEEDS / "google.xml", as_of=JANUARY)[0]
    assert (report.format, report.rows_read, report.rows_loaded) == ("google_merchant", 4, 2)
    assert stated(connection, "MUG-BLUE") == {
        "sku": ["MUG-BLUE"],
        "name": ["Blue mug, 0.3 l"],
        "description": ["A <b>blue</b> mug &amp; saucer"],
        "url": ["https://shop.example/mug?c=blue"],
        "image": ["https://shop.example/blue.jpg"],
        "price": ["15.00 EUR"],
        "salePrice": ["12.50 EUR"],
        "availability": ["in_stock"],
        "itemCondition": ["new"],
        "brand": ["Acme"],
        "gtin": ["4006381333931"],
        "mpn": ["A-100-B"],
        "isVariantOf": ["MUG"],
        "color": ["Blue"],
        "category": ["Mugs"],
        "productType": ["Mugs"],
        "google:other_product_type": ["Gifts"],
        "google:additional_image_link": [
            "https://shop.example/blue-2.jpg", "https://shop.example/blue-3.jpg",
        ],
        "google:sale_price_effective_date": ["2024-01-01T00:00+0100/2024-02-01T00:00+0100"],
        "google:product_highlight": ["Dishwasher safe", "Fired twice, by hand"],
        "google:product_detail.General/Material": ["Stoneware, glazed"],
        "google:product_detail.Volume": ["0.3 l"],
        "google:shipping": ['{"country":"DE","service":"Standard","price":"4.90 EUR"}'],
        "google:shipping_weight": ["0.4 kg"],
        "google:custom_label_0": ["spring"],
        "google:custom_label_4": ["clearance"],
    }  # fmt: skip
    assert stated(connection, "MUG-RED")["google:identifier_exists"] == ["no"]


def test_variants_share_the_node_of_their_group(connection):
    load(connection, FEEDS / "google.xml", as_of=JANUARY)
    assert connection.execute(
        """
        SELECT kind, key, count(*) FROM facts.fact JOIN facts.node ON node_id = object
        WHERE predicate = 'isVariantOf' GROUP BY ALL
        """
    ).fetchall() == [("product_group", "MUG", 2)]


def test_malformed_items_are_told_by_number_and_reason(connection):
    load(connection, FEEDS / "google.xml", as_of=JANUARY)
    assert rejected(connection) == [
        (3, "id", "a value is required"),
        (4, "price", "expected an amount of money such as 12.50, got a lot"),
    ]


def test_an_atom_feed_loads_and_a_category_that_is_a_number_gives_way_to_the_path(connection):
    read(connection, FEEDS / "google_atom.xml")
    assert stated(connection, "MUG-BLUE") == {
        "sku": ["MUG-BLUE"],
        "name": ["Blue mug, 0.3 l"],
        "description": ["A blue mug"],
        "url": ["https://shop.example/mug?c=blue"],
        "image": ["https://shop.example/blue.jpg"],
        "price": ["15.00 EUR"],
        "category": ["Mugs"],
        "google:google_product_category": ["2169"],
        "google:shipping_weight": ["0.4 kg"],
        "google:updated": ["2024-01-01T12:00:00Z"],
    }
    assert connection.execute("SELECT category FROM catalog.product").fetchall() == [
        ("Kitchen > Mugs",)
    ]


def test_a_text_feed_says_what_the_same_xml_says(connection):
    report = read(connection, FEEDS / "google.tsv")
    assert (report.format, report.rows_loaded, report.rows_rejected) == ("google_merchant", 2, 1)
    text = stated(connection, "MUG-BLUE")
    load(connection, FEEDS / "google.xml", as_of=JANUARY, source="xml")
    in_xml = stated_by(connection, "xml")
    same = text.keys() & in_xml.keys() - {"google:shipping", "description"}
    assert {name: text[name] for name in same} == {name: in_xml[name] for name in same}
    assert len(same) >= 20
    assert text["google:shipping"] == ["AT::Standard:6.90 EUR", "DE::Standard:4.90 EUR"]
    assert stated(connection, "MUG-RED")["google:product_detail"] == ["not a detail"]
    assert rejected(connection)[0] == (3, None, "expected 22 fields, got 3")


def stated_by(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, list[str]]:
    rows = connection.execute(
        """
        SELECT predicate, list(concat_ws(' ', object, unit) ORDER BY object) FROM facts.labelled
        WHERE subject_key = 'MUG-BLUE' AND subject_kind = 'product' AND source = ? GROUP BY 1
        """,
        [source],
    ).fetchall()
    return dict(rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_xml_is_read_in_the_encoding_that_it_names(connection, tmp_path, encoding):
    named = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{named}"?>' + RSS.format(ITEM.format(1, "Crème"))
    read(connection, write(tmp_path / "f", text, encoding))
    assert connection.execute("SELECT name FROM catalog.product").fetchall() == [("Crème",)]


def test_a_header_in_utf_16_or_behind_a_byte_order_mark_is_known(connection, tmp_path):
    text = "id\ttitle\tlink\timage_link\n1\tCrème\thttps://a.example\thttps://a.example/i\n"
    for encoding in ("utf-8-sig", "utf-16"):
        report = read(connection, write(tmp_path / encoding, text, encoding))
        assert report.format == "google_merchant"


def test_text_of_any_script_and_markup_is_data(connection, tmp_path):
    title = "\u202e<script>alert(1)</script> {{ 7 * 7 }} \u05d0 '); DROP TABLE x; --"
    escaped = title.replace("<", "&lt;")
    read(connection, write(tmp_path / "f.xml", RSS.format(ITEM.format(1, escaped))))
    assert connection.execute("SELECT name FROM catalog.product").fetchall() == [(title,)]


def test_a_packed_feed_is_read_as_it_is(connection, tmp_path):
    path = tmp_path / "feed.xml.gz"
    path.write_bytes(gzip.compress((FEEDS / "google_atom.xml").read_bytes()))
    assert read(connection, path).format == "google_merchant"


LAUGHS = (
    "<!DOCTYPE rss [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    + "]>"
)
REFUSED = {
    "billion laughs": (LAUGHS + RSS.format(ITEM.format(1, "&a11;")), "declares entities"),
    "external entity": (
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + RSS.format(ITEM.format(1, "&x;")),
        "declares entities",
    ),
    "external parameter entity": (
        '<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>' + RSS.format(""),
        "declares entities",
    ),
    "external document type": (
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd">' + RSS.format(ITEM.format(1, "&x;")),
        "declares entities|not well-formed",
    ),
    "cut in an item": (RSS.format(ITEM.format(1, "a") * 5)[:-60], "breaks off .* after item 4"),
    "ampersand": (RSS.format(ITEM.format(1, "a") + ITEM.format(2, "b & c")), "after item 1"),
    "wrong encoding": (
        '<?xml version="1.0" encoding="utf-16"?>' + RSS.format(ITEM.format(1, "a")),
        "encoding",
    ),
    "unknown encoding": (
        '<?xml version="1.0" encoding="klingon"?>' + RSS.format(ITEM.format(1, "a")),
        "encoding",
    ),
    "no item": (RSS.format("<title>Shop</title>"), "no item"),
    "endless item": (RSS.format(ITEM.format(1, "a" * (5 << 20))), "more than 4 MB"),
    "endless attributes": (
        RSS.format("<item>" + "".join(f"<g:a{n}>x</g:a{n}>" for n in range(3_000)) + "</item>"),
        "different keys",
    ),
    "deep nesting": (RSS.format("<item>" + "<g:a>" * 50_000), "breaks off|nested"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_trap_or_a_broken_feed_gives_one_clear_error_and_changes_nothing(
    connection, tmp_path, what
):
    text, message = REFUSED[what]
    with pytest.raises(LoadError, match=message) as refused:
        read(connection, write(tmp_path / "feed.xml", text))
    assert "feed.xml" in str(refused.value)
    assert connection.execute("SELECT count(*) FROM ops.load").fetchone() == (0,)


def test_wrongly_declared_utf_8_is_refused_with_the_item(connection, tmp_path):
    text = '<?xml version="1.0" encoding="utf-8"?>' + RSS.format(
        ITEM.format(1, "a") + ITEM.format(2, "Crème")
    )
    with pytest.raises(LoadError, match="after item 1 .*encoding"):
        read(connection, write(tmp_path / "feed.xml", text, "latin-1"))


def test_what_stands_between_items_takes_no_memory(connection, tmp_path):
    between = "<title>" + "x" * 1_000 + "</title>"
    text = RSS.format("".join(between + ITEM.format(n, "a") for n in range(3_000)))
    assert read(connection, write(tmp_path / "feed.xml", text)).rows_loaded == 3_000


def test_text_with_endless_colons_is_no_list_of_details(connection, tmp_path):
    header = "id\ttitle\tlink\timage_link\tproduct_detail\n"
    endless = ":".join("x" * 60_001)
    row = f"1\ta\thttps://a.example\thttps://a.example/i\t{endless}\n"
    path = write(tmp_path / "f.tsv", header + row)
    read(connection, path)
    ((detail,),) = (stated(connection, "1")["google:product_detail"],)
    assert detail.startswith("x:x:x")
