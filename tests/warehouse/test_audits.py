"""A load keeps its contract or is not published: rows that break it go to quarantine, figures and
columns that break it stop the load."""

import zipfile
from dataclasses import replace
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from warehouse.audits import column_types
from warehouse.contracts import Contract, Field, Rule
from warehouse.errors import ContractError
from warehouse.facts import derive
from warehouse.load import load

BEGIN = datetime(2024, 1, 1)
CONTRACT = Contract(
    source="shop",
    kind="product",
    columns={"key": "nr", "name": "titel", "price": "preis"},
    constants={"currency": "EUR"},
    fields=(
        Field("nr", required=True, unique=True),
        Field("titel", required=True),
        Field("preis", "number"),
        Field("lager", "integer"),
        Field("ean", unique=True),
    ),
)
GOOD = "nr,titel,preis,lager,ean\n1,Mug,4.50,3,a\n2,Cup,5,0,b\n3,Pot,20,,\n"


def day(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


def deliver(connection, folder, text: str, contract=CONTRACT, as_of=BEGIN, name="p.csv", **given):
    path = folder / name
    path.write_text(text)
    (report,) = load(connection, path, as_of=as_of, contract=contract, **given)
    return report


def rows(connection: duckdb.DuckDBPyConnection, statement: str) -> list[tuple]:
    return connection.execute(statement).fetchall()


def test_a_load_follows_its_contract_and_keeps_it(connection, tmp_path):
    report = deliver(connection, tmp_path, GOOD)
    assert (report.contract, report.rows_loaded, report.drift) == ("1.0.0", 3, ())
    assert rows(connection, "SELECT key, name, price::VARCHAR, currency FROM catalog.product") == [
        ("1", "Mug", "4.50", "EUR"), ("2", "Cup", "5.00", "EUR"), ("3", "Pot", "20.00", "EUR"),
    ]  # fmt: skip
    ((version, text),) = rows(connection, "SELECT version, contract FROM ops.contract")
    assert version == "1.0.0" and "apiVersion: v3.1.0" in text


def test_a_contract_fills_what_it_says_and_nothing_else(connection, tmp_path):
    report = deliver(connection, tmp_path, "nr,titel,preis,lager,ean,brand\n1,Mug,1,3,a,Acme\n")
    assert rows(connection, "SELECT brand FROM catalog.product") == [(None,)]
    assert report.unmapped == ("lager", "ean", "brand")


def test_a_row_that_breaks_the_contract_goes_to_quarantine(connection, tmp_path):
    text = GOOD + "4,,1,1,c\n5,Pan,dear,2,d\n6,Lid,1,many,e\n7,Jug,1,1,a\n"
    report = deliver(connection, tmp_path, text, accept_rejects=True)
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (7, 3, 4)
    found = rows(connection, "SELECT row_number, field, reason FROM ops.reject ORDER BY row_number")
    assert found == [
        (4, "titel", "the contract requires a value"),
        (5, "preis", "expected an amount of money such as 12.50, got dear"),
        (6, "lager", "the contract expects integer, got many"),
        (7, "ean", "the contract wants each value once; this one stands in row 1"),
    ]


@pytest.mark.parametrize(
    ("field", "good", "bad", "reason"),
    [
        (
            Field("x", "number", options={"minimum": 1, "exclusiveMaximum": 9}),
            "$1.00",
            "9",
            "9, got 9",
        ),
        (Field("x", "integer", options={"exclusiveMinimum": 0}), "1", "0", "exclusiveMinimum 0"),
        (Field("x", options={"maxLength": 3}), "abc", "abcd", "maxLength 3, got abcd"),
        (Field("x", options={"pattern": "^[A-Z]+$"}), "AB", "Ab", "pattern"),
        (
            Field("x", "date", options={"maximum": "2024-01-31"}),
            "2024-01-31",
            "2024-02-01",
            "maximum",
        ),
    ],
    ids=["number", "integer", "length", "pattern", "date"],
)
def test_a_value_outside_the_options_of_its_type_is_turned_away(
    connection, tmp_path, field, good, bad, reason
):
    contract = Contract("shop", "product", {"key": "nr"}, fields=(Field("nr"), field))
    text = f"nr,x\n1,{good}\n2,{bad}\n3,\n"
    report = deliver(connection, tmp_path, text, contract)
    assert (report.rows_loaded, report.rows_rejected) == (2, 1)
    ((row_number, told),) = rows(connection, "SELECT row_number, reason FROM ops.reject")
    assert row_number == 2 and reason in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nr,titel,lager,ean\n1,Mug,3,a\n", "'preis' .number. is missing"),
        ("nr,titel,preis,lager,ean\n1,Mug,dear,3,a\n2,Cup,cheap,1,b\n", "was number and is string"),
        ("nr,titel,preis,lager,ean\n1,Mug,1,2024-01-31,a\n", "was integer and is timestamp"),
    ],
)
def test_drift_stops_the_load_before_anything_is_published(connection, tmp_path, text, message):
    deliver(connection, tmp_path, GOOD)
    before = rows(connection, "FROM facts.fact")
    with pytest.raises(ContractError, match=message) as told:
        deliver(connection, tmp_path, text, as_of=day(1))
    assert "--accept-drift" in str(told.value)
    assert rows(connection, "FROM facts.fact") == before
    assert rows(connection, "SELECT count(*) FROM ops.load") == [(1,)]


def test_a_snapshot_in_two_parts_is_refused(connection, tmp_path):
    contract = Contract("shop", "product", {"key": "nr"}, delivery="snapshot")
    path = tmp_path / "parts.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "nr,name\n1,Mug\n")
        archive.writestr("b.csv", "nr,name\n2,Mug\n")
    with pytest.raises(ContractError, match=r"parts.zip/a.csv, parts.zip/b.csv.*one file"):
        load(connection, path, as_of=BEGIN, contract=contract, accept_deletes=True)


def test_a_column_may_have_any_name_beside_one_whose_values_are_unique(connection, tmp_path):
    fields = (Field("nr", unique=True), Field("first of nr"))
    contract = Contract("shop", "product", {"key": "nr"}, fields=fields)
    deliver(connection, tmp_path, "nr,first of nr\n1,9\n1,8\n2,8\n", contract)
    assert rows(connection, "SELECT key FROM catalog.product ORDER BY key") == [("1",), ("2",)]


def test_drift_that_is_accepted_is_kept_with_the_load(connection, tmp_path):
    report = deliver(connection, tmp_path, "nr,titel,lager,ean\n1,Mug,3,a\n", accept_drift=True)
    assert report.drift == ("column 'preis' (number) is missing",)
    assert rows(connection, "SELECT drift FROM ops.contract") == [(list(report.drift),)]
    drifted = "SELECT value, passed FROM ops.audit WHERE \"check\" = 'columns that drifted'"
    assert rows(connection, drifted) == [(1.0, False)]


def test_a_new_column_is_told_and_does_no_harm(connection, tmp_path):
    report = deliver(connection, tmp_path, "nr,titel,preis,lager,ean,farbe\n1,Mug,1,3,a,red\n")
    assert report.drift == ("column 'farbe' (string) is new",)
    assert report.rows_loaded == 1


@pytest.mark.parametrize("begun", [0, 20])
def test_drift_that_is_accepted_tells_how_many_facts_it_ends(connection, tmp_path, begun):
    deliver(connection, tmp_path, GOOD)
    deliver(connection, tmp_path, GOOD.replace("Pot", "Jar"), as_of=day(begun))
    report = deliver(
        connection, tmp_path, "nr,titel,lager,ean\n1,Mug,3,a\n2,Cup,0,b\n", as_of=day(10),
        accept_drift=True,
    )  # fmt: skip
    assert report.drift == (
        "column 'preis' (number) is missing, so price has no column now: 2 values end",
    )
    ended = "SELECT count(*) FROM facts.fact WHERE predicate = 'price' AND valid_to = ?"
    assert connection.execute(ended, [day(10)]).fetchone() == (2,)


def test_prices_without_a_currency_are_told_how_to_say_it_in_the_contract(connection, tmp_path):
    assert deliver(connection, tmp_path, GOOD).notes == ()
    report = deliver(connection, tmp_path, GOOD, replace(CONTRACT, constants={}), name="q.csv")
    (note,) = report.notes
    assert note.endswith("say otherwise with currency: EUR in the constants of the contract")


RULES = [
    (Rule("nullValues", "mustBeLessThan", (20.0,), ("preis",), "percent"), 25.0),
    (Rule("rowCount", "mustBeBetween", (5.0, 9.0)), 4.0),
    (Rule("duplicateValues", "mustBe", (0.0,), ("titel", "preis")), 1.0),
    (Rule("invalidValues", "mustBe", (0.0,), ("titel",), values=("Mug", "Cup")), 1.0),
    (Rule("invalidValues", "mustBe", (0.0,), ("titel",), pattern="[A-Z]ug"), 2.0),
    (Rule("missingValues", "mustBeLessOrEqualTo", (1.0,), ("lager",), values=("0",)), 2.0),
]
MEASURED = "nr,titel,preis,lager,ean\n1,Mug,4.50,3,\n2,Mug,4.50,2,\n3,Cup,1,0,\n4,Pot,,,\n"


@pytest.mark.parametrize(("rule", "value"), RULES, ids=lambda given: getattr(given, "name", ""))
def test_a_figure_of_all_rows_that_breaks_its_limit_stops_the_load(
    connection, tmp_path, rule, value
):
    strict, warning = replace(CONTRACT, rules=(rule,)), replace(rule, strict=False)
    with pytest.raises(ContractError, match=f"is {value:g}, {rule.operator}"):
        deliver(connection, tmp_path, MEASURED, strict)
    assert rows(connection, "SELECT count(*) FROM ops.load") == [(0,)]
    deliver(connection, tmp_path, MEASURED, replace(CONTRACT, rules=(warning,)))
    measured = f"SELECT value, threshold, passed FROM ops.audit WHERE \"check\" = '{rule.name}'"
    assert rows(connection, measured) == [(value, rule.limit, False)]


def test_rules_that_hold_are_kept_as_passed_and_others_as_not_measured(connection, tmp_path):
    rule = Rule("rowCount", "mustBeGreaterThan", (2.0,))
    deliver(connection, tmp_path, GOOD, replace(CONTRACT, rules=(rule,), unchecked=("Tax is in.",)))
    assert rows(connection, 'SELECT "check", value, threshold, passed FROM ops.audit') == [
        ("rows rejected (percent)", 0.0, "mustBeLessOrEqualTo 50", True),
        ("columns that drifted", 0.0, "mustBe 0", True),
        ("rowCount", 3.0, "mustBeGreaterThan 2", True),
        ("Tax is in.", None, "not measured", None),
    ]


def test_a_file_of_typed_columns_is_checked_by_its_types(connection, tmp_path):
    path = tmp_path / "p.parquet"
    table = {"nr": ["1"], "titel": ["Mug"], "preis": [4.5], "lager": [3], "ean": ["a"]}
    parquet.write_table(pa.table(table), path)
    (report,) = load(connection, path, as_of=BEGIN, contract=CONTRACT)
    assert report.rows_loaded == 1
    parquet.write_table(pa.table({**table, "lager": [BEGIN]}), path)
    with pytest.raises(ContractError, match="was integer and is timestamp"):
        load(connection, path, as_of=BEGIN, contract=CONTRACT)


def test_a_contract_that_was_edited_is_followed_at_once(connection, tmp_path):
    deliver(connection, tmp_path, GOOD)
    assert deliver(connection, tmp_path, GOOD).unchanged
    edited = replace(CONTRACT, version="1.1.0", constants={"currency": "USD"})
    assert deliver(connection, tmp_path, GOOD, edited).contract == "1.1.0"
    assert rows(connection, "SELECT DISTINCT currency FROM catalog.product") == [("USD",)]


def test_of_the_contracts_of_a_source_the_one_that_fits_is_followed(connection, tmp_path):
    events = Contract("shop", "event", {"product": "nr", "time": "wann"}, {"event_type": "view"},
                      fields=(Field("nr"), Field("wann", "timestamp")))  # fmt: skip
    path = tmp_path / "any.csv"
    for text, kind in ((GOOD, "product"), ("nr,wann\n1,2024-01-01\n", "event")):
        path.write_text(text)
        (report,) = load(connection, path, as_of=BEGIN, contracts=[CONTRACT, events])
        assert (report.kind, report.contract) == (kind, "1.0.0")
    path.write_text("id,title\n9,Mug\n")
    (report,) = load(connection, path, as_of=BEGIN, contracts=[CONTRACT, events])
    assert report.contract is None


@pytest.mark.parametrize(
    ("given", "message"),
    [({"source": "other"}, "source 'shop'"), ({"mapping": {"key": "nr"}}, "edit the contract")],
)
def test_a_contract_is_not_contradicted(connection, tmp_path, given, message):
    with pytest.raises(ContractError, match=message):
        deliver(connection, tmp_path, GOOD, **given)


def test_a_contract_is_for_its_source_and_kind_only(connection, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("id,title\n1,Mug\n")
    (report,) = load(connection, path, as_of=BEGIN, source="other", contracts=[CONTRACT])
    assert report.contract is None
    with pytest.raises(ContractError, match="the file has category; give another --contract"):
        load(connection, path, as_of=BEGIN, kind="category", contract=CONTRACT)


def test_the_types_of_columns_are_read_off_their_values(connection):
    connection.execute(
        """
        CREATE TABLE raw.landed AS
        SELECT * FROM (
            VALUES (1, '12', 'true', '2024-01-31', 'x', '', 1.5),
                (2, '$1,000.50', 'FALSE', '2024-02-01 10:00', '7', NULL, 2.5)
        ) AS landed(row_number, amount, flag, seen, word, nothing, share)
        """
    )
    columns = ["amount", "flag", "seen", "word", "nothing", "share"]
    assert column_types(connection, "raw.landed", columns) == {
        "amount": "number", "flag": "boolean", "seen": "timestamp", "word": "string",
        "nothing": "", "share": "number",
    }  # fmt: skip


SNAPSHOT = replace(CONTRACT, delivery="snapshot", most_deleted=0.5)
HEADER = "nr,titel,preis,lager,ean\n"


def held(connection) -> list[str]:
    return [key for (key,) in rows(connection, "SELECT key FROM catalog.product ORDER BY key")]


def names_as_of(connection, time: datetime) -> list[str]:
    found = connection.execute(
        "SELECT object FROM facts.as_of(?) WHERE predicate = 'name' ORDER BY ALL", [time]
    ).fetchall()
    return [name for (name,) in found]


def test_what_a_snapshot_lacks_is_gone_and_stays_in_history(connection, tmp_path):
    deliver(connection, tmp_path, GOOD, SNAPSHOT)
    deliver(connection, tmp_path, HEADER + "1,Mug,4.50,3,a\n2,Cup,5,0,b\n", SNAPSHOT, day(10))
    assert held(connection) == ["1", "2"]
    assert names_as_of(connection, day(9)) == ["Cup", "Mug", "Pot"]
    assert names_as_of(connection, day(10)) == ["Cup", "Mug"]
    assert rows(connection, "SELECT count(*) FROM facts.current WHERE object = '20.00'") == [(0,)]
    deleted = "SELECT value FROM ops.audit WHERE \"check\" LIKE 'deleted%' ORDER BY value"
    assert rows(connection, deleted) == [(0.0,), (pytest.approx(100 / 3),)]


def test_without_a_snapshot_absence_says_nothing(connection, tmp_path):
    deliver(connection, tmp_path, GOOD)
    deliver(connection, tmp_path, HEADER + "1,Mug,4.50,3,a\n", as_of=day(10))
    assert held(connection) == ["1", "2", "3"]
    assert names_as_of(connection, day(11)) == ["Cup", "Mug", "Pot"]


def test_a_snapshot_that_takes_much_away_is_refused_unless_accepted(connection, tmp_path):
    deliver(connection, tmp_path, GOOD, SNAPSHOT)
    less = HEADER + "1,Mug,4.50,3,a\n"
    with pytest.raises(ContractError, match=r"66\.7 %.*more than 50 %.*--accept-deletes"):
        deliver(connection, tmp_path, less, SNAPSHOT, day(10))
    assert held(connection) == ["1", "2", "3"]
    deliver(connection, tmp_path, less, SNAPSHOT, day(10), accept_deletes=True)
    assert held(connection) == ["1"]


def test_a_row_that_is_turned_away_is_not_absent(connection, tmp_path):
    deliver(connection, tmp_path, GOOD, SNAPSHOT)
    broken = GOOD.replace("3,Pot,20", "3,Pot,dear")
    deliver(connection, tmp_path, broken, SNAPSHOT, day(10))
    assert held(connection) == ["1", "2", "3"]
    # A row that cannot be read may be any product.
    deliver(connection, tmp_path, HEADER + "1,Mug,4.50,3,a\n2,Cup,5,0,b\n3\n", SNAPSHOT, day(20))
    assert held(connection) == ["1", "2", "3"]


def test_a_late_snapshot_takes_away_only_until_the_next_statement(connection, tmp_path):
    deliver(connection, tmp_path, GOOD, SNAPSHOT)
    deliver(connection, tmp_path, GOOD.replace("Pot", "Jar"), SNAPSHOT, day(20))
    deliver(connection, tmp_path, HEADER + "1,Mug,4.50,3,a\n2,Cup,5,0,b\n", SNAPSHOT, day(10))
    assert held(connection) == ["1", "2", "3"]
    assert names_as_of(connection, day(5)) == ["Cup", "Mug", "Pot"]
    assert names_as_of(connection, day(15)) == ["Cup", "Mug"]
    assert names_as_of(connection, day(25)) == ["Cup", "Jar", "Mug"]


def test_a_late_snapshot_lacks_only_entities_of_its_own_kind(connection, tmp_path):
    columns = {"key": "nr", "brand": "marke", "category": "gruppe", "price": "preis"}
    whole = replace(
        SNAPSHOT, columns=columns, fields=tuple(map(Field, columns.values())), most_deleted=0.2
    )
    text = "nr,marke,gruppe,preis\n" + "".join(f"{key},Acme {key},Mugs {key},4\n" for key in "1234")
    deliver(connection, tmp_path, text, whole, day(20))
    deliver(connection, tmp_path, text, whole, day(0), "late.csv")
    report = deliver(connection, tmp_path, text[:-2] + "5\n", whole, day(10), "late.csv")
    assert report.rows_loaded == 4
    deleted = "SELECT max(value) FROM ops.audit WHERE \"check\" LIKE 'deleted%'"
    assert rows(connection, deleted) == [(0.0,)]


def test_what_a_later_snapshot_lacked_a_late_file_says_until_then(connection, tmp_path):
    deliver(connection, tmp_path, HEADER + "1,Mug,4.50,3,a\n", SNAPSHOT, day(20))
    report = deliver(connection, tmp_path, GOOD, as_of=day(10), name="late.csv")
    assert report.rows_late == 3
    assert held(connection) == ["1"]
    assert names_as_of(connection, day(15)) == ["Cup", "Mug", "Pot"]
    assert names_as_of(connection, day(25)) == ["Mug"]


EVENTS = Contract(
    "shop", "event", {"product": "nr", "time": "wann", "event_type": "was"},
    partition="wann", fields=(Field("nr"), Field("wann", "timestamp"), Field("was")),
)  # fmt: skip


def events(connection) -> list[tuple]:
    return rows(
        connection,
        """
        SELECT day("time"), event_type FROM behaviour.event ORDER BY ALL
        """,
    )


def deliver_events(connection, folder, text, as_of, name):
    return deliver(connection, folder, "nr,wann,was\n" + text, EVENTS, as_of, name)


def test_a_file_replaces_only_the_partitions_that_it_holds(connection, tmp_path):
    deliver(connection, tmp_path, GOOD)
    first = "1,2024-01-01 08:00,view\n1,2024-01-02 09:00,view\n2,2024-01-02,cart\n"
    deliver_events(connection, tmp_path, first, day(3), "one.csv")
    again = "1,2024-01-02 10:00,purchase\n1,2024-01-03,view\n"
    deliver_events(connection, tmp_path, again, day(4), "two.csv")
    assert events(connection) == [(1, "view"), (2, "purchase"), (3, "view")]
    # A late file fills what is not known yet, and replaces nothing newer.
    late = "2,2024-01-02,view\n2,2024-01-05,view\n"
    report = deliver_events(connection, tmp_path, late, day(2), "late.csv")
    assert (report.rows_loaded, report.rows_late) == (2, 1)
    assert events(connection) == [(1, "view"), (2, "purchase"), (3, "view"), (5, "view")]


def test_a_snapshot_of_events_is_all_events_of_its_source(connection, tmp_path):
    deliver(connection, tmp_path, GOOD)
    whole = replace(EVENTS, partition=None, delivery="snapshot", most_deleted=1.0)
    for number, text in enumerate(
        ["1,2024-01-01,view\n2,2024-01-01,cart\n", "1,2024-01-02,view\n"]
    ):
        deliver(connection, tmp_path, "nr,wann,was\n" + text, whole, day(number), f"{number}.csv")
    assert events(connection) == [(2, "view")]


def test_an_event_of_a_product_that_is_gone_happened_all_the_same(connection, tmp_path):
    deliver(connection, tmp_path, GOOD, SNAPSHOT)
    deliver(connection, tmp_path, HEADER + "1,Mug,4.50,3,a\n2,Cup,5,0,b\n", SNAPSHOT, day(10))
    report = deliver_events(connection, tmp_path, "3,2024-01-05,view\n", day(11), "e.csv")
    assert (report.rows_loaded, report.rows_rejected) == (1, 0)


def test_what_sales_told_of_a_product_that_is_gone_stays_true(connection, tmp_path):
    priceless = replace(SNAPSHOT, columns={"key": "nr"}, fields=(Field("nr"),))
    deliver(connection, tmp_path, "nr\n1\n2\n", priceless)
    sales = replace(EVENTS, columns={**EVENTS.columns, "quantity": "n", "value": "w"})
    text = "nr,wann,was,n,w\n2,2024-01-03,purchase,2,8\n"
    deliver(connection, tmp_path, text, sales, day(4), "sales.csv")
    derive(connection)
    told = "SELECT object, unit FROM facts.as_of('2024-01-09') WHERE predicate = 'price'"
    assert rows(connection, told) == [("4.00", "EUR")]
    deliver(connection, tmp_path, "nr\n1\n", priceless, day(10))
    derive(connection)
    assert rows(connection, told) == [("4.00", "EUR")]
