"""Loading a file: what becomes rows and facts, what goes to quarantine, and what leaves the
warehouse as it was."""

import json
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from warehouse.errors import LoadError
from warehouse.load import load

JANUARY = datetime(2024, 1, 1)
FEBRUARY = datetime(2024, 2, 1)

PRODUCTS = (
    "id,title,brand,category,price\n"
    "1,Blue mug,Acme,Kitchen > Mugs,4.50\n"
    "2,Red mug,Acme,Kitchen > Mugs,$5.00\n"
)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def facts_of(connection: duckdb.DuckDBPyConnection, key: str) -> dict[str, str]:
    rows = connection.execute(
        """
        SELECT predicate, object FROM facts.labelled
        WHERE subject_key = ? AND subject_kind = 'product' AND valid_to IS NULL
        """,
        [key],
    ).fetchall()
    return dict(rows)


def test_a_header_in_the_words_of_a_shop_becomes_canonical_columns_and_facts(connection, tmp_path):
    (report,) = load(connection, write(tmp_path / "products.csv", PRODUCTS), as_of=JANUARY)
    assert (report.kind, report.rows_loaded, report.rows_rejected) == ("product", 2, 0)
    assert facts_of(connection, "2") == {
        "sku": "2", "name": "Red mug", "brand": "Acme", "category": "Mugs", "price": "5.00",
    }  # fmt: skip


def test_a_path_of_categories_becomes_a_tree(connection, tmp_path):
    load(connection, write(tmp_path / "products.csv", PRODUCTS), as_of=JANUARY)
    tree = connection.execute(
        "SELECT subject, object FROM facts.labelled WHERE predicate = 'broader'"
    ).fetchall()
    assert tree == [("Mugs", "Kitchen")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "^"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_any_separator_and_quote_is_found_by_content(connection, tmp_path, delimiter, quote):
    rows = [
        ["sku", "title", "price"],
        ["1", f"{quote}big{delimiter} blue{quote}", "2"],
        ["2", "plain", "3"],
    ]
    load(
        connection,
        write(tmp_path / "feed.txt", "\n".join(map(delimiter.join, rows)) + "\n"),
        as_of=JANUARY,
    )
    names = connection.execute("SELECT name FROM catalog.product ORDER BY key").fetchall()
    assert names == [(f"big{delimiter} blue",), ("plain",)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_text_in_common_encodings_loads(connection, tmp_path, encoding):
    path = tmp_path / "feed.csv"
    path.write_bytes("id,title\n1,Crème brûlée\n2,Café\n".encode(encoding))
    load(connection, path, as_of=JANUARY)
    assert connection.execute("SELECT name FROM catalog.product ORDER BY key").fetchall()[0] == (
        "Crème brûlée",
    )


def test_json_lines_and_parquet_load_as_delimited_text_does(connection, tmp_path):
    rows = [
        {"id": "1", "title": "Blue mug", "price": 4.5},
        {"id": "2", "title": "Red mug", "price": 5.0},
    ]
    lines = write(tmp_path / "products.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "products.parquet")
    load(connection, lines, as_of=JANUARY, source="lines")
    load(connection, tmp_path / "products.parquet", as_of=JANUARY, source="columns")
    products = "SELECT key, name, price FROM catalog.product WHERE source = ? ORDER BY key"
    assert (
        connection.execute(products, ["lines"]).fetchall()
        == connection.execute(products, ["columns"]).fetchall()
    )


def test_bad_rows_go_to_quarantine_with_row_field_and_reason_and_good_rows_load(
    connection, tmp_path
):
    text = (
        "id,title,price,gtin,url\n"
        "1,good,1.00,4006381333931,https://shop.example/1\n"
        "2,bad price,cheap,,\n"
        "3,too few fields\n"
        "4,negative,-1,,\n"
        ",no key,1,,\n"
        "1,key again,1,,\n"
        "7,bad digit,1,4006381333932,\n"
        "8,bad address,1,,javascript:alert(1)\n"
    )  # fmt: skip
    (report,) = load(
        connection, write(tmp_path / "products.csv", text), as_of=JANUARY, accept_rejects=True
    )
    rejects = connection.execute(
        "SELECT row_number, field, reason FROM ops.reject ORDER BY row_number"
    ).fetchall()
    assert [(row, field) for row, field, _ in rejects] == [
        (2, "price"), (3, None), (4, "price"), (5, "id"), (6, "id"), (7, "gtin"), (8, "url"),
    ]  # fmt: skip
    assert "expected an amount of money" in rejects[0][2] and "cheap" in rejects[0][2]
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (8, 1, 7)


def test_a_rejected_row_is_kept_whole(connection, tmp_path):
    load(
        connection,
        write(tmp_path / "products.csv", "id,title,price\n1,ok,1\n2,mug,dear\n"),
        as_of=JANUARY,
    )
    (row,) = connection.execute('SELECT "row" FROM ops.reject').fetchone()
    assert json.loads(row) == {"id": "2", "title": "mug", "price": "dear"}


def test_customers_whom_only_events_name_are_nodes_once(connection, tmp_path):
    load(connection, write(tmp_path / "products.csv", PRODUCTS), as_of=JANUARY)
    for name in ("one.csv", "two.csv"):
        text = "event_type,customer,product,time\nview,eve,1,2024-01-02\nview,,1,2024-01-02\n"
        load(connection, write(tmp_path / name, text), as_of=JANUARY)
    found = connection.execute("SELECT key, label FROM facts.node WHERE kind = 'customer'")
    assert found.fetchall() == [("eve", "eve")]


def test_an_event_of_an_unknown_product_is_rejected(connection, tmp_path):
    load(connection, write(tmp_path / "products.csv", PRODUCTS), as_of=JANUARY)
    events = (
        "user_id,item_id,event,timestamp\n"
        "u1,1,view,2024-01-02T10:00:00Z\n"
        "u1,9,view,2024-01-02\n"
        "u2,2,cart,1704189600000\n"
    )
    (report,) = load(connection, write(tmp_path / "events.csv", events), as_of=JANUARY)
    assert (report.kind, report.rows_loaded) == ("event", 2)
    assert connection.execute("SELECT field, row_number FROM ops.reject").fetchall() == [
        ("item_id", 2)
    ]
    times = connection.execute('SELECT "time" FROM behaviour.event ORDER BY 1').fetchall()
    assert times == [(datetime(2024, 1, 2, 10),), (datetime(2024, 1, 2, 10),)]


@pytest.mark.parametrize(
    ("kind", "text", "table"),
    [
        ("category", "id,name,parent_id\nk,Kitchen,\nm,Mugs,k\n", "catalog.category"),
        ("customer", "customer_id,age\nc1,35-44\nc2,\n", "behaviour.customer"),
        ("review", "asin,user_id,stars,text\n1,u1,5,Fine mug\n2,u2,1,Broke\n", "behaviour.review"),
        ("query", "query,item_id,esci_label\nblue mug,1,E\nred mug,2,E\n", "behaviour.query"),
    ],
)
def test_every_kind_is_known_by_its_header(connection, tmp_path, kind, text, table):
    load(connection, write(tmp_path / "products.csv", PRODUCTS), as_of=JANUARY)
    before = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    (report,) = load(connection, write(tmp_path / f"{kind}.csv", text), as_of=JANUARY)
    assert report.kind == kind
    assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == before + 2


def test_the_same_file_twice_changes_nothing(connection, tmp_path):
    path = write(tmp_path / "products.csv", PRODUCTS)
    load(connection, path, as_of=JANUARY)
    before = connection.execute("FROM facts.fact").fetchall()
    (report,) = load(connection, path, as_of=FEBRUARY)
    assert report.unchanged
    assert connection.execute("FROM facts.fact").fetchall() == before
    assert connection.execute("SELECT count(*) FROM ops.load").fetchone() == (1,)


def test_a_changed_file_closes_old_facts_and_opens_new_ones(connection, tmp_path):
    path = write(tmp_path / "products.csv", PRODUCTS)
    load(connection, path, as_of=JANUARY)
    load(connection, write(path, PRODUCTS.replace("4.50", "4.00")), as_of=FEBRUARY)
    history = connection.execute(
        """
        SELECT object, valid_from, valid_to FROM facts.labelled
        WHERE predicate = 'price' AND subject_key = '1'
        ORDER BY valid_from
        """
    ).fetchall()
    assert history == [("4.50", JANUARY, FEBRUARY), ("4.00", FEBRUARY, None)]
    changed = connection.execute(
        "SELECT change, predicate, object FROM facts.changes(?, ?) ORDER BY 1", [JANUARY, FEBRUARY]
    )
    assert changed.fetchall() == [("added", "price", "4.00"), ("removed", "price", "4.50")]


def test_a_changed_event_file_replaces_its_own_events_only(connection, tmp_path):
    load(connection, write(tmp_path / "products.csv", PRODUCTS), as_of=JANUARY)
    header = "user_id,item_id,event,timestamp\n"
    load(
        connection, write(tmp_path / "monday.csv", header + "u1,1,view,2024-01-01\n"), as_of=JANUARY
    )
    tuesday = write(tmp_path / "tuesday.csv", header + "u1,2,view,2024-01-02\n")
    load(connection, tuesday, as_of=JANUARY)
    load(
        connection,
        write(tuesday, header + "u1,2,cart,2024-01-02\nu2,2,view,2024-01-02\n"),
        as_of=JANUARY,
    )
    assert connection.execute("SELECT event_type FROM behaviour.event ORDER BY 1").fetchall() == [
        ("cart",),
        ("view",),
        ("view",),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "empty"),
        ("one.csv", b"nothing\nhere\n", r"one\.csv: no column found"),
        ("page.pdf", b"%PDF-1.4\nhere\n", "header"),
        ("cut.parquet", b"PAR1 and then nothing", "not a whole Parquet file"),
        ("image.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00", "is binary and no table"),
        ("other.csv", b"alpha,beta\n1,2\n", "--map.*wareword match FILE"),
    ],
)
def test_a_file_that_cannot_be_read_gives_one_clear_error_and_changes_nothing(
    connection, tmp_path, name, content, message
):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(LoadError, match=message):
        load(connection, path, as_of=JANUARY)
    assert connection.execute("SELECT count(*) FROM ops.load").fetchone() == (0,)
    assert connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'raw'"
    ).fetchone() == (0,)


def test_a_file_of_an_earlier_time_becomes_history_only(connection, tmp_path):
    path = write(tmp_path / "products.csv", PRODUCTS)
    load(connection, path, as_of=FEBRUARY)
    late = write(path, PRODUCTS.replace("4.50", "4.00"))
    (report,) = load(connection, late, as_of=JANUARY)
    assert (report.rows_loaded, report.rows_late) == (2, 2)
    assert facts_of(connection, "1")["price"] == "4.50"
    price = connection.execute("SELECT price FROM catalog.product WHERE key = '1'").fetchone()
    assert str(price[0]) == "4.50"


def test_columns_can_be_named_and_fixed_by_the_user(connection, tmp_path):
    load(connection, write(tmp_path / "products.csv", PRODUCTS), as_of=JANUARY)
    path = write(tmp_path / "clicks.csv", "who,what,when\nu1,1,2024-01-02\n")
    mapping = {"customer": "who", "product": "what", "time": "when"}
    (report,) = load(
        connection, path, as_of=JANUARY, mapping=mapping, constants={"event_type": "click"}
    )
    assert (report.kind, report.rows_loaded, report.unmapped) == ("event", 1, ())


@pytest.mark.parametrize("given", [{"currency": "EURO"}, {"event_type": "bought"}])
def test_a_value_for_all_rows_that_cannot_be_is_refused_by_its_name(connection, tmp_path, given):
    path = write(tmp_path / "rows.csv", "id,title,price,product,time\n1,Mug,4,1,2024-01-01\n")
    with pytest.raises(LoadError, match=r"rows\.csv: --set (currency=EURO|event_type=bought): exp"):
        load(connection, path, constants=given, as_of=JANUARY)


def test_prices_in_a_currency_that_nobody_states_are_noted(connection, tmp_path):
    def notes(text, **given):
        path = write(tmp_path / f"{len(text)}.csv", text)
        (report,) = load(connection, path, kind="product", as_of=JANUARY, **given)
        return report.notes

    bare = "id,title,price\n1,Mug,4\n2,Cup,5\n"
    (note,) = notes(bare)
    assert note == (
        "no currency stated: prices are taken as USD; say otherwise with --set currency=EUR"
    )
    (note,) = notes(bare.replace("4", "$4"))
    assert note.startswith("no currency stated: 1 of 2 prices are taken as USD")
    assert notes(bare, constants={"currency": "EUR"}) == ()
    assert notes("id,title,price,currency\n1,Mug,4,EUR\n2,Cup,,\n") == ()


def test_columns_without_a_place_stay_in_the_raw_table_and_are_named(connection, tmp_path):
    path = write(tmp_path / "products.csv", "id,title,shelf_life\n1,Milk,7 days\n")
    (report,) = load(connection, path, as_of=JANUARY)
    assert report.unmapped == ("shelf_life",)
    assert connection.execute("SELECT shelf_life FROM raw.shop_product").fetchall() == [("7 days",)]


@pytest.mark.parametrize(
    "text",
    ["<script>x</script>", "{{ 7 * 7 }}", "=cmd()", "'; DROP TABLE x; --", "\u202eevil", "x" * 900],
)
def test_hostile_text_is_data(connection, tmp_path, text):
    write(
        tmp_path / "products.jsonl",
        json.dumps({"id": text, "title": text, "brand": text, text: "1"}) + "\n",
    )
    load(connection, tmp_path / "products.jsonl", as_of=JANUARY)
    assert connection.execute("SELECT key, name, brand FROM catalog.product").fetchall() == [
        (text, text, text)
    ]


@pytest.mark.parametrize(
    ("header", "candidate"),
    [
        ("orderId,customer,sku,orderedAt,qty,total,currency", "event"),
        ("Artikelnummer,Text,Preis", "query"),
        ("sku,currency", "product"),
        ("sku,name,a,b,c", "product"),
        ("customer_id,email", "customer"),
    ],
)
def test_a_header_that_does_not_tell_the_kind_is_refused_with_the_kinds(
    connection, tmp_path, header, candidate
):
    text = f"{header}\n{','.join('x' for _ in header.split(','))}\n"
    told = rf"(?s)may be .*{candidate} \(.*--kind, one of product.*wareword match FILE"
    with pytest.raises(LoadError, match=told):
        load(connection, write(tmp_path / "rows.csv", text), as_of=JANUARY)


def test_a_kind_that_is_given_needs_no_more_than_its_required_columns(connection, tmp_path):
    path = write(tmp_path / "rows.csv", "sku,currency,a,b,c\n1,USD,x,y,z\n")
    (report,) = load(connection, path, as_of=JANUARY, kind="product")
    assert (report.kind, report.rows_loaded) == ("product", 1)


def test_a_header_without_a_key_is_told_of_kinds_too(connection, tmp_path):
    path = write(tmp_path / "customers.csv", "mail,age,income\na@b.c,30,9\n")
    with pytest.raises(LoadError, match=r"--map key=COLUMN.*--kind, one of product, category"):
        load(connection, path, as_of=JANUARY)


def test_a_file_that_is_bad_for_the_greater_part_is_refused_unless_that_is_accepted(
    connection, tmp_path
):
    load(connection, write(tmp_path / "products.csv", PRODUCTS), as_of=JANUARY)
    path = write(tmp_path / "again.csv", "sku,name\n1,x\n1,y\n1,z\n")
    with pytest.raises(LoadError, match=r"(?s)2 of 3 rows.*row 2, sku: .*--accept-rejects"):
        load(connection, path, as_of=FEBRUARY)
    assert facts_of(connection, "1")["name"] == "Blue mug"
    (report,) = load(connection, path, as_of=FEBRUARY, accept_rejects=True)
    assert report.rows_rejected == 2
