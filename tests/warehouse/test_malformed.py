"""Ten thousand malformed rows of more than twenty kinds: each is in quarantine with its file, row,
field and reason, every good row loads, and the counts add up."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from warehouse.connection import memory
from warehouse.load import load

EACH = 400
JANUARY = datetime(2024, 1, 1)
LONG = "x" * 1_001
NUMBER = "expected an amount"

# File -> header, a good row, and of each kind of bad rows: its name, a row, the field, and how the
# reason begins. # is the number of the row.
FILES: dict[str, tuple[str, str, list[tuple[str, str, str | None, str]]]] = {
    "products.csv": (
        "id,title,price,currency,gtin,link,category,availability\n",
        "g#,Crème brûlée,1.50,EUR,4006381333931,https://shop.example/#,A > B,\n",
        [
            ("wrong type", "a#,Mug,dear,EUR,,,,\n", "price", NUMBER),
            ("missing required", ",Mug #,1,EUR,,,,\n", "id", "a value is required"),
            ("negative price", "c#,Mug,-1,EUR,,,,\n", "price", "expected at least 0"),
            ("NaN", "d#,Mug,NaN,EUR,,,,\n", "price", NUMBER),
            ("infinity", "e#,Mug,Infinity,EUR,,,,\n", "price", NUMBER),
            ("overflow", "f#,Mug,1e400,EUR,,,,\n", "price", NUMBER),
            ("check digit", "h#,Mug,1,EUR,4006381333932,,,\n", "gtin", "expected a GTIN"),
            ("no GTIN", "i#,Mug,1,EUR,40063813E,,,\n", "gtin", "expected a GTIN"),
            ("currency", "j#,Mug,1,euro,,,,\n", "currency", "expected the form"),
            ("too long", f"k#,{LONG},1,EUR,,,,\n", "title", "longer than 1000"),
            ("address", "l#,Mug,1,EUR,,javascript:x(#),,\n", "link", "expected the form"),
            ("empty path", "m#,Mug,1,EUR,,,>,\n", "category", "expected a category"),
            ("key again", "g0,Mug #,1,EUR,,,,\n", "id", "the key stands in row 1"),
            ("too few fields", "n#,Mug\n", None, "expected 8 fields, got 2"),
            ("too many fields", "o#,Mug,1,EUR,,,,,,\n", None, "expected 8 fields, got 10"),
            ("broken quote", 'p#,"Mug"s,1,EUR,,,,\n', None, "not a row"),
            ("bad bytes", "q#,M\udcfcg,1,EUR,,,,\n", None, "a byte that is no character"),
        ],
    ),
    "products.jsonl": (
        "",
        '{"id": "j#", "title": "Mug", "price": 1.5}\n',
        [
            ("JSON broken", '{"id": "r#", "title": \n', None, "the line is not a JSON object"),
            ("JSON array", '["s#", "Mug"]\n', None, "the line is not a JSON object"),
            ("nested", '{"id": "t#", "price": {"amount": 1}}\n', "price", NUMBER),
        ],
    ),
    "events.csv": (
        "user_id,item_id,event,timestamp,quantity\n",
        "u#,g#,purchase,2024-01-01T10:00:00Z,1\n",
        [
            ("bad date", "u#,g1,view,2024-13-41,\n", "timestamp", "expected a time"),
            ("future", "u#,g1,view,2999-01-01,\n", "timestamp", "expected a time"),
            ("unknown product", "u#,none,view,2024-01-01,\n", "item_id", "no such product"),
            ("no choice", "u#,g1,stare,2024-01-01,\n", "event", "expected one of view"),
            ("out of range", "u#,g1,cart,2024-01-01,-2\n", "quantity", "expected at least 0"),
        ],
    ),
}
KINDS = sum(len(bad) for _, _, bad in FILES.values())


def written(folder: Path, name: str) -> tuple[Path, int]:
    """The file, good and bad rows in turns, and how many good rows it has."""
    header, good, bad = FILES[name]
    rows = "".join([good, *(row for _, row, _, _ in bad)])
    text = header + "".join(rows.replace("#", str(number)) for number in range(EACH))
    path = folder / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path, EACH


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("malformed")
    with memory() as connection:
        reports = {}
        for name in FILES:
            path, good = written(folder, name)
            (report,) = load(connection, path, as_of=JANUARY, accept_rejects=True)
            assert report.rows_loaded == good
            reports[name] = report
        yield connection, reports


def test_there_are_ten_thousand_of_more_than_twenty_kinds(loaded):
    _, reports = loaded
    assert KINDS >= 20
    assert sum(report.rows_rejected for report in reports.values()) == KINDS * EACH >= 10_000


@pytest.mark.parametrize("name", FILES)
def test_each_is_turned_away_with_its_row_field_and_reason_and_the_counts_add_up(loaded, name):
    connection, reports = loaded
    report, (_, _, bad) = reports[name], FILES[name]
    assert report.rows_read == report.rows_loaded + report.rows_rejected == EACH * (1 + len(bad))
    found = connection.execute(
        'SELECT row_number, field, reason, "row" FROM ops.reject WHERE file = ? ORDER BY ALL',
        [name],
    ).fetchall()
    assert len(found) == EACH * len(bad)
    turned = Counter()
    for row_number, field, reason, row in found:
        kind, _, expected, begin = bad[(row_number - 1) % (1 + len(bad)) - 1]
        assert (field, reason[: len(begin)]) == (expected, begin), (kind, reason)
        assert row
        turned[kind] += 1
    assert set(turned.values()) == {EACH}


def test_what_only_looks_dangerous_loads_as_text(connection, tmp_path):
    names = [
        "=cmd|' /C calc'!A0",
        "+1+1",
        "@SUM(A1)",
        "-2+3",
        "a\x07\x1b[31mb",
        "a\x7fb",
        "\u202eb",
    ]
    rows = "".join(f"{n};{name}\n" for n, name in enumerate(names))
    path = tmp_path / "p.csv"
    path.write_text("id;title\n" + rows, encoding="utf-8")
    (report,) = load(connection, path, as_of=JANUARY)
    assert report.rows_rejected == 0
    found = connection.execute("SELECT name FROM catalog.product ORDER BY key").fetchall()
    assert [name for (name,) in found] == names
