"""Odd and hostile files: each ends in loaded rows, rejected rows with a place and a reason, or one
clear error."""

import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from warehouse.errors import LoadError
from warehouse.load import load
from warehouse.sources.feed import Options

JANUARY = datetime(2024, 1, 1)
PRODUCTS = "id,title,price\n1,a,1\n2,b,2\n"
EVENTS = "user_id,item_id,event,timestamp,quantity,value\n"


def put(path: Path, content: str | bytes | pa.Table) -> Path:
    if isinstance(content, pa.Table):
        parquet.write_table(content, path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rejected(connection) -> list[tuple[int, str | None]]:
    """Row number and field of what was turned away."""
    return connection.execute(
        "SELECT row_number, field FROM ops.reject ORDER BY row_number, field"
    ).fetchall()


def names(connection) -> list[str]:
    rows = connection.execute("SELECT name FROM catalog.product ORDER BY key").fetchall()
    return [name for (name,) in rows]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
def test_rows_are_numbered_whatever_stands_between_them(connection, tmp_path, newline, last):
    lines = ["", "id,title,price", "1,a,1", "", "", "2,b", '3,"c', 'd",3', "4,e,dear", "5,f,5,5"]
    content = newline.join(lines) + (newline if last else "")
    load(connection, put(tmp_path / "f.csv", content), as_of=JANUARY, accept_rejects=True)
    assert rejected(connection) == [(2, None), (4, "price"), (5, None)]
    assert names(connection) == ["a", f"c{newline}d"]


def test_lines_may_end_in_different_ways(connection, tmp_path):
    load(connection, put(tmp_path / "f.csv", "id,title\r\n1,a\n2,b\r\n3,c"), as_of=JANUARY)
    lines = b'{"id":"4","title":"d"}\r\n{"id":"5","title":"e"}\n'
    load(connection, put(tmp_path / "f.jsonl", lines), as_of=JANUARY)
    assert names(connection) == ["a", "b", "c", "d", "e"]


def test_a_quote_that_never_closes_costs_its_own_line_only(connection, tmp_path):
    rows = "".join(f'{n},"x, {n}",1\n' for n in range(2, 9))
    content = f'id,title,price\n1,"never closed,1\n{rows}'
    load(connection, put(tmp_path / "f.csv", content), as_of=JANUARY)
    assert rejected(connection) == [(1, None)]
    assert len(names(connection)) == 7


def test_every_malformed_row_is_counted(connection, tmp_path):
    bad = ["x", "1,2", "1,2,3,4", ",,,,,", '1,"a"b,2', '"', "a;b;c", "''", '"",""', "é", "{}"]
    rows = "".join(f"g{n},ok,1\n{bad[n % len(bad)]}\n" for n in range(1_100))
    path = put(tmp_path / "f.csv", "id,title,price\n" + rows)
    (report,) = load(connection, path, as_of=JANUARY, options=Options(quote='"'))
    assert (report.rows_loaded, report.rows_rejected) == (1_100, 1_100)
    assert rejected(connection) == [(n, None) for n in range(2, 2_201, 2)]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_byte_that_is_no_utf_8_costs_its_own_row_only(connection, tmp_path, suffix):
    row, bad = {
        "csv": (lambda n: b"%d,x\n" % n, b"bad,caf\xe9\n"),
        "jsonl": (lambda n: b'{"id":%d,"title":"x"}\n' % n, b'{"id":"bad","title":"caf\xe9"}\n'),
    }[suffix]
    head = b"id,title\n" if suffix == "csv" else b""
    content = head + b"".join(map(row, range(40_000))) + bad + row(40_000)
    load(connection, put(tmp_path / f"f.{suffix}", content), as_of=JANUARY)
    assert rejected(connection) == [(40_001, None)]


def test_one_bad_byte_does_not_change_how_the_other_rows_are_read(connection, tmp_path):
    content = "id,title\n1,Café\n2,Crème brûlée\n".encode() + b"3,caf\xe9\n"
    load(connection, put(tmp_path / "f.csv", content), as_of=JANUARY)
    assert names(connection) == ["Café", "Crème brûlée"]
    assert rejected(connection) == [(3, None)]


def test_quotes_and_signs_of_windows_are_those_characters(connection, tmp_path):
    content = "id,title,price\n1,“Smart” mug – new,4 €\n".encode("cp1252")
    load(connection, put(tmp_path / "f.csv", content), as_of=JANUARY)
    assert names(connection) == ["“Smart” mug – new"]


def test_a_picture_with_the_name_of_a_table_is_told_to_be_none(connection, tmp_path):
    picture = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)
    message = "product.csv: is binary and no table.*save the table as CSV"
    with pytest.raises(LoadError, match=message):
        load(connection, put(tmp_path / "product.csv", picture), as_of=JANUARY)


def test_a_stray_nul_is_text_and_a_binary_file_is_not(connection, tmp_path):
    text = "id,title\n" + "".join(f"{n},mug number {n}\n" for n in range(20)) + "99,a\0b\n"
    load(connection, put(tmp_path / "f.csv", text), as_of=JANUARY)
    assert names(connection)[-1] == "a\0b"
    with pytest.raises(LoadError, match="is binary and no table"):
        load(connection, put(tmp_path / "f.bin", bytes(range(60)) * 9), as_of=JANUARY)


def test_a_price_is_in_the_currency_that_is_written_beside_it(connection, tmp_path):
    rows = "1;4,50 €;\n2;$4.50;\n3;4.50 CHF;\n4;4.50 €;SEK\n5;4.50;\n"
    load(connection, put(tmp_path / "f.csv", "id;price;currency\n" + rows), as_of=JANUARY)
    stated = connection.execute("SELECT currency FROM catalog.product ORDER BY key").fetchall()
    assert [unit for (unit,) in stated] == ["EUR", "USD", "CHF", "SEK", None]


def test_a_log_of_searches_may_be_one_column(connection, tmp_path):
    path = put(tmp_path / "f.txt", 'query\nblue mug, large\n\n"red mug"\n')
    (report,) = load(connection, path, as_of=JANUARY)
    searches = connection.execute("SELECT text FROM behaviour.query ORDER BY text").fetchall()
    assert (report.kind, searches) == ("query", [("blue mug, large",), ("red mug",)])


def test_utf_16_of_either_byte_order_loads(connection, tmp_path):
    content = b"\xfe\xff" + "id,title\n1,é\n".encode("utf-16-be")
    load(connection, put(tmp_path / "f.csv", content), as_of=JANUARY)
    assert names(connection) == ["é"]


@pytest.mark.parametrize(
    "column",
    ["ROW_NUMBER", "rowid", "landed", "c0", "__filename"],
)
def test_a_column_may_have_any_name(connection, tmp_path, column):
    put(tmp_path / "f.csv", f"id,title,{column}\n1,a,x\n,b,y\n")
    put(tmp_path / "f.jsonl", json.dumps({"id": "2", "title": "c", column: "x"}) + "\n")
    put(tmp_path / "f.parquet", pa.table({"id": ["3"], "title": ["d"], column: ["x"]}))
    for path in sorted(tmp_path.iterdir()):
        load(connection, path, as_of=JANUARY)
    assert names(connection) == ["a", "c", "d"]
    (row,) = connection.execute('SELECT "row" FROM ops.reject').fetchone()
    assert list(json.loads(row).values()) == ["", "b", "y"]


def test_keys_of_json_may_be_anything(connection, tmp_path):
    odd = ['k"q', "k'p", "k.d", "k/s", "k~t", "$", "[0]", "", " ", "k\0", "\u2028"]
    row = {"id": "1", "Title": "a", **{key: {"nested": [key]} for key in odd}}
    lines = json.dumps(row) + "\n" + json.dumps({"ID": "2", "title": "b"}) + "\n"
    load(connection, put(tmp_path / "f.jsonl", lines), as_of=JANUARY, kind="product")
    assert names(connection) == ["a", "b"]
    landed = connection.execute("FROM raw.shop_product WHERE row_number = 1").fetchone()
    assert sum(str(value).startswith('{"nested"') for value in landed) == len(odd)


@pytest.mark.parametrize("name", ["a[1]", "a*", "a'b\"c", "x.gz"])
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_file_name_is_a_name_and_no_pattern(connection, tmp_path, name, suffix):
    folder = tmp_path / "day=1"
    folder.mkdir()
    for stem, title in (("ab", "other"), ("a1", "other"), (name, "mine")):
        content = {
            "csv": f"id,title\n1,{title}\n",
            "jsonl": json.dumps({"id": "1", "title": title}) + "\n",
            "parquet": pa.table({"id": ["1"], "title": [title]}),
        }[suffix]
        path = put(folder / f"{stem}.{suffix}", content)
    (report,) = load(connection, path, as_of=JANUARY)
    assert names(connection) == ["mine"]
    assert report.unmapped == ()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("header.csv", "id,title,price\n", "no rows"),
        ("twice.csv", "key,title,KEY\n1,a,2\n", "more than once"),
        ("book.xlsx", b"PK\x03\x04\x14\x00", "ZIP"),
        ("array.json", '[{"id":"1","title":"a"},{"id":"2"}]\n', "one whole object on each line"),
        ("pretty.json", '{\n "id": "1"\n}\n', "one whole object on each line"),
        ("keys.jsonl", "".join(f'{{"{n}":1}}\n' for n in range(2_001)), "different keys"),
        (
            "none.parquet",
            pa.table({"sku": pa.array([], pa.string()), "name": pa.array([], pa.string())}),
            "no rows",
        ),
    ],
)
def test_a_file_without_rows_to_read_says_why(connection, tmp_path, name, content, message):
    with pytest.raises(LoadError, match=message):
        load(connection, put(tmp_path / name, content), as_of=JANUARY)


def test_a_folder_and_an_address_of_the_web_are_no_files(connection, tmp_path):
    with pytest.raises(LoadError, match="a folder"):
        load(connection, tmp_path, as_of=JANUARY)
    for path in ("http://localhost:1/f.csv", "s3://bucket/f.parquet"):
        with pytest.raises(LoadError, match="no such file"):
            load(connection, path, as_of=JANUARY)


@pytest.mark.parametrize("options", [Options(delimiter="||"), Options(quote="ab")])
def test_a_separator_of_two_characters_is_refused(connection, tmp_path, options):
    with pytest.raises(LoadError, match="one character"):
        load(connection, put(tmp_path / "f.csv", PRODUCTS), as_of=JANUARY, options=options)


def test_blanks_around_values_do_not_make_a_blank_the_separator(connection, tmp_path):
    load(connection, put(tmp_path / "f.csv", "id ,  Title \n 1 ,\ta \n"), as_of=JANUARY)
    assert names(connection) == ["a"]


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (
            "timestamp",
            ["2024-01-02T12:00:00+02:00", "2024-01-02 10:00", "1704189600", "1704189600000"],
            [
                "02/01/2024",
                "1e400",
                "infinity",
                "epoch",
                "290000-01-01",
                "2024-01-02 (BC)",
                "10:00",
            ],
        ),
        ("quantity", ["2", "2.0", " 2 ", "+2"], ["-2", "NaN", "inf", "1e400", "1_0", "0x2", "2,0"]),
        (
            "value",
            ["$1,234.50", "1234.5 USD", "1.2345e3", "1.234,50", "1234,5 €"],
            ["1,23,45", "1.234,567", "12.34,50", "1e400", "NaN", "-5"],
        ),
    ],
)
def test_values_are_what_they_say_or_are_rejected(connection, tmp_path, field, good, bad):
    load(connection, put(tmp_path / "products.csv", PRODUCTS), as_of=JANUARY)
    plain = {"user_id": "u", "item_id": "1", "event": "return", "timestamp": "2024-01-02"}
    rows = [json.dumps({**plain, field: value}) for value in (*good, *bad)]
    path = put(tmp_path / "f.jsonl", "\n".join(rows))
    load(connection, path, as_of=JANUARY, accept_rejects=True)
    column = {"timestamp": "time"}.get(field, field)
    values = connection.execute(f'SELECT DISTINCT "{column}" FROM behaviour.event').fetchall()
    assert len(values) == 1
    assert {row for row, _ in rejected(connection)} == {
        len(good) + place for place, _ in enumerate(bad, start=1)
    }


def test_parquet_values_of_another_type_are_no_numbers(connection, tmp_path):
    load(connection, put(tmp_path / "products.csv", PRODUCTS), as_of=JANUARY)
    reviews = pa.table({"asin": ["1", "2"], "text": ["x", "y"], "helpful": [1.5, 2.0]})
    load(connection, put(tmp_path / "reviews.parquet", reviews), as_of=JANUARY)
    assert rejected(connection) == [(1, "helpful")]
    flags = pa.table({"id": ["1"], "title": ["a"], "price": [True]})
    with pytest.raises(LoadError, match="got true"):
        load(connection, put(tmp_path / "flags.parquet", flags), as_of=JANUARY)


def test_a_key_that_a_tool_made_a_float_is_the_same_key(connection, tmp_path):
    load(connection, put(tmp_path / "f.csv", "id,title\n1,a\n"), as_of=JANUARY)
    table = pa.table({"id": [1.0, None], "title": ["b", "none"]})
    load(connection, put(tmp_path / "f.parquet", table), as_of=JANUARY)
    assert names(connection) == ["b"]


def test_a_gtin_with_letters_is_rejected(connection, tmp_path):
    content = "id,gtin\n1,4006381333931\n2,abc\n3,٤٠٠٦٣٨١٣٣٣٩٣١\n"
    load(connection, put(tmp_path / "f.csv", content), as_of=JANUARY, accept_rejects=True)
    assert rejected(connection) == [(2, "gtin"), (3, "gtin")]


def test_a_path_of_categories_is_tidied_and_one_without_parts_rejected(connection, tmp_path):
    paths = ["A > B", "A>B", "> A > B", "A > > B >", ">"]
    rows = "".join(f"{n},{path}\n" for n, path in enumerate(paths))
    load(connection, put(tmp_path / "f.csv", "id,category\n" + rows), as_of=JANUARY)
    assert rejected(connection) == [(5, "category")]
    keys = connection.execute("SELECT key FROM catalog.category ORDER BY key").fetchall()
    assert keys == [("category/A",), ("category/A > B",)]


def test_nothing_temporary_is_left_on_the_connection(connection, tmp_path):
    load(connection, put(tmp_path / "f.csv", PRODUCTS), as_of=JANUARY)
    assert connection.execute("FROM duckdb_tables() WHERE temporary").fetchall() == []
