"""A file that comes again costs what changed in it, and leaves what a load of all rows leaves."""

import gzip
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.connection import memory
from warehouse.contracts import Contract, Field, Rule
from warehouse.errors import ContractError, LoadError
from warehouse.load import Difference, load
from warehouse.sources import records

BEGIN = datetime(2024, 1, 1)
HEADER = "sku,name,brand,category,price,shelf\n"
LEFT = {
    "product": "SELECT * EXCLUDE (load_id) FROM catalog.product",
    "category": "SELECT * EXCLUDE (load_id) FROM catalog.category",
    "node": "FROM facts.node",
    "fact": "FROM facts.fact",
    "reject": "FROM ops.reject",
    "presence": "FROM ops.presence",
    "raw": "FROM raw.shop_product",
    "load": "FROM ops.load",
}

values = {
    "sku": st.sampled_from(["a", "b", " b", "c", "d", ""]),
    "name": st.sampled_from(["", "Mug", "Cup", '"Mug, large"', '"Mug\nof two lines"']),
    "brand": st.sampled_from(["", "Acme"]),
    "category": st.sampled_from(["", "Kitchen > Mugs", "Cups"]),
    "price": st.sampled_from(["", "1", "2.50", "dear"]),
    "shelf": st.sampled_from(["", "9"]),
}
rows = st.tuples(*values.values()).map(",".join) | st.sampled_from(["", "too,few", 'x,5" wide,,,,'])
files = st.lists(rows, max_size=6).map(
    lambda rows: HEADER + "x,Always good,Acme,Cups,3,1\n" + "".join(f"{row}\n" for row in rows)
)


def left(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    return {
        name: connection.execute(f"{statement} ORDER BY ALL").fetchall()
        for name, statement in LEFT.items()
    }


@pytest.fixture(scope="module")
def say(tmp_path_factory) -> Callable[[duckdb.DuckDBPyConnection, str, datetime], int]:
    path = tmp_path_factory.mktemp("files") / "products.csv"

    def said(connection: duckdb.DuckDBPyConnection, text: str, as_of: datetime) -> int:
        path.write_text(text)
        load(connection, path, kind="product", as_of=as_of, accept_rejects=True)
        return checked(connection)

    return said


def checked(connection: duckdb.DuckDBPyConnection) -> int:
    """How many products bear the newest load."""
    row = connection.execute(
        """
        SELECT count(*) FROM catalog.product
        WHERE load_id = (SELECT arg_max(load_id, sequence) FROM ops.load)
        """
    ).fetchone()
    return row[0]


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(files, st.integers(0, 3)), min_size=2, max_size=3))
def test_comparing_with_the_last_landing_leaves_what_a_load_of_all_rows_leaves(say, told):
    with memory() as compared, memory() as whole:
        for text, day in told:
            as_of = BEGIN + timedelta(days=day)
            say(compared, text, as_of)
            whole.execute("DELETE FROM ops.landed")
            say(whole, text, as_of)
            assert left(compared) == left(whole)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(files, st.integers(0, 3)), min_size=2, max_size=3),
    st.sampled_from(["snapshot", "incremental"]),
)
def test_comparing_does_so_by_a_contract_too(tmp_path_factory, told, delivery):
    fields = (
        Field("sku", unique=True), Field("name"), Field("brand"), Field("category"),
        Field("price", "number", options={"minimum": 2}), Field("shelf", unique=True),
    )  # fmt: skip
    rules = (Rule("missingValues", "mustBeLessThan", (4,), ("brand",), values=("none",)),)
    columns = {"key": "sku", "name": "name", "brand": "brand", "price": "price"}
    contract = Contract("shop", "product", columns, delivery=delivery, fields=fields, rules=rules)
    path = tmp_path_factory.mktemp("files") / "products.csv"

    def say(connection, as_of):
        try:
            load(
                connection, path, as_of=as_of, contract=contract, accept_rejects=True,
                accept_deletes=True,
            )  # fmt: skip
        except LoadError as error:
            return str(error)
        return left(connection) | {
            "audit": connection.execute("FROM ops.audit ORDER BY ALL").fetchall()
        }

    with memory() as compared, memory() as whole:
        for text, day in told:
            path.write_text(text)
            as_of = BEGIN + timedelta(days=day)
            whole.execute("DELETE FROM ops.landed")
            assert say(compared, as_of) == say(whole, as_of)


def test_a_product_stays_where_a_row_goes_that_said_it_again(connection, say):
    say(connection, HEADER + "a,Mug,,,1,\na,Cup,,,2,\n", BEGIN)
    say(connection, HEADER + "a,Mug,,,1,\nb,Pot,,,1,\n", BEGIN + timedelta(days=2))
    say(connection, HEADER + "a,Mug,,,5,\n", BEGIN + timedelta(days=1))
    prices = connection.execute(
        """
        SELECT object, valid_from::DATE::VARCHAR FROM facts.labelled
        WHERE predicate = 'price' AND subject_key = 'a' ORDER BY valid_from
        """
    ).fetchall()
    assert prices == [("1.00", "2024-01-01"), ("5.00", "2024-01-02"), ("1.00", "2024-01-03")]


def test_only_rows_that_changed_are_loaded_again(connection, say):
    rows = [f"{n},Mug {n},Acme,Cups,1,\n" for n in range(20)]
    assert say(connection, HEADER + "".join(rows), BEGIN) == 20
    rows[7] = "7,Mug 7,Acme,Cups,2,\n"
    assert say(connection, HEADER + "".join(rows), BEGIN + timedelta(days=1)) == 1
    moved = [*rows[10:], "20,New,Acme,Cups,1,\n", *rows[:10]]
    assert say(connection, HEADER + "".join(moved), BEGIN + timedelta(days=2)) == 1
    numbers = connection.execute("SELECT sku FROM raw.shop_product ORDER BY row_number").fetchall()
    assert [sku for (sku,) in numbers] == [row.split(",")[0] for row in moved]


@pytest.mark.parametrize("name", ["products.csv", "products.jsonl", "products.csv.gz"])
def test_only_records_that_are_new_are_read(connection, tmp_path, monkeypatch, name):
    read = []

    def seen(batches, numbers):
        for batch in numbered(batches, numbers):
            read.append(batch.num_rows)
            yield batch

    numbered = records.numbered
    monkeypatch.setattr(records, "numbered", seen)
    lines = [f'{{"sku": "{n}", "name": "Mug"}}' for n in range(20)]
    if "csv" in name:
        lines = ["sku,name", *(f'{n},"Mug, blue"' for n in range(20))]
    open_file = gzip.open if name.endswith("gz") else open
    for day, name_of_last in enumerate(("Mug", "Cup")):
        lines[-1] = lines[-1].replace("Mug", name_of_last)
        with open_file(tmp_path / name, "wt", encoding="utf-8") as file:
            file.write("\n".join(lines))
        read.clear()
        load(connection, tmp_path / name, as_of=BEGIN + timedelta(days=day))
    # The first row, and the one that changed.
    assert (sum(read), checked(connection)) == (2, 1)
    numbers = connection.execute("SELECT row_number FROM raw.shop_product ORDER BY ALL").fetchall()
    assert [number for (number,) in numbers] == list(range(1, 21))


def test_members_of_an_archive_are_read_whole_and_compared_by_value(connection, tmp_path):
    lines = ["sku,name", *(f"{n},Mug" for n in range(20))]
    for day, name in enumerate(("Mug", "Cup")):
        lines[-1] = f"19,{name}"
        with zipfile.ZipFile(tmp_path / "products.zip", "w") as archive:
            archive.writestr("products.csv", "\n".join(lines))
        load(connection, tmp_path / "products.zip", as_of=BEGIN + timedelta(days=day))
    assert checked(connection) == 1


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(("other.csv", HEADER + "1,Cup,Acme,Cups,9,\n", 1), id="another file"),
        pytest.param(("products.csv", HEADER + "1,Cup,Acme,Cups,9,\n", -1), id="a late file"),
    ],
)
def test_after_what_cannot_be_compared_all_rows_are_loaded(connection, tmp_path, between):
    text = HEADER + "1,Mug,Acme,Cups,1,\n2,Pot,Acme,Cups,1,\n"
    for name, said, day in (("products.csv", text, 0), between, ("products.csv", text + "\n", 2)):
        (tmp_path / name).write_text(said)
        load(connection, tmp_path / name, kind="product", as_of=BEGIN + timedelta(days=day))
    assert checked(connection) == 2
    prices = connection.execute("SELECT price FROM catalog.product ORDER BY key").fetchall()
    assert prices == [(1,), (1,)]


def test_a_contract_holds_for_rows_that_come_again_too(tmp_path):
    fields = (Field("sku", unique=True), Field("shelf", type="integer"), Field("name"))
    columns = {"key": "sku", "name": "name"}
    rule = Rule("rowCount", "mustBeLessThan", (4,))
    contract = Contract("shop", "product", columns, fields=fields, rules=(rule,))
    path = tmp_path / "products.csv"
    with memory() as compared, memory() as whole:
        for day, rows in enumerate(("1,Mug,1\n2,Pot,1\n3,Jug,no\n", "1,Mug,1\n2,Pot,2\n2,Cup,1\n")):
            path.write_text("sku,name,shelf\n" + rows)
            whole.execute("DELETE FROM ops.landed")
            for connection in (compared, whole):
                load(connection, path, as_of=BEGIN + timedelta(days=day), contract=contract)
        assert left(compared) == left(whole)
        assert (checked(compared), checked(whole)) == (1, 2)
        path.write_text("sku,name,shelf\n" + "".join(f"{n},Mug,1\n" for n in range(5)))
        with pytest.raises(ContractError, match="rowCount"):
            load(compared, path, as_of=BEGIN + timedelta(days=2), contract=contract)


def test_a_column_that_the_user_maps_otherwise_is_checked_again(connection, tmp_path):
    path = tmp_path / "products.csv"
    path.write_text("sku,name,shelf\n1,Mug,Cup\n")
    load(connection, path, as_of=BEGIN)
    load(connection, path, as_of=BEGIN + timedelta(days=1), mapping={"name": "shelf"})
    assert connection.execute("SELECT name FROM catalog.product").fetchall() == [("Cup",)]


def test_a_load_tells_how_a_file_differs_from_the_last_one(connection, tmp_path):
    path = tmp_path / "products.csv"
    for day, said in enumerate(("1,Mug\n2,Cup\n3,Pan\n", "1,Mug\n2,Blue cup\n4,Jar\n5,Jug\n")):
        path.write_text(f"sku,name\n{said}")
        (report,) = load(connection, path, kind="product", as_of=BEGIN + timedelta(days=day))
        told = report.difference
        assert (
            (told is None)
            if day == 0
            else (told == Difference(3, entered=2, left=1, left_are_gone=False))
        )


def test_a_snapshot_tells_what_it_takes_out(connection, tmp_path):
    path = tmp_path / "products.csv"
    for day, said in enumerate(("1,Mug\n2,Cup\n3,Pan\n", "1,Mug\n")):
        path.write_text(f"sku,name\n{said}")
        load(connection, path, kind="product", as_of=BEGIN + timedelta(days=day))
    contract = Contract(
        "shop", "product", {"key": "sku", "name": "name"}, delivery="snapshot", most_deleted=1.0
    )
    (report,) = load(connection, path, as_of=BEGIN + timedelta(days=2), contract=contract)
    assert report.difference == Difference(None, entered=0, left=2, left_are_gone=True)
    assert connection.execute("SELECT count(*) FROM catalog.product").fetchone() == (1,)
