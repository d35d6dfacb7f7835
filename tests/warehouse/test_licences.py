"""The licence of a source is stated when it is loaded, and kept."""

from datetime import datetime

import pytest

from warehouse.errors import LoadError
from warehouse.licences import stated
from warehouse.load import load

PRODUCTS = "sku,name,price,currency\n1,Blue mug,4.50,EUR\n2,Red mug,5.00,EUR\n"
JANUARY = datetime(2024, 1, 1)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "products.csv"
    path.write_text(PRODUCTS)
    return path


def test_a_licence_holds_for_its_source_until_another_one_is_stated(connection, path):
    load(connection, path, as_of=JANUARY, source="east", licence="cc-by-4.0")
    load(connection, path, as_of=JANUARY, source="west", licence="terms of west.example")
    load(connection, path, as_of=JANUARY, source="north")
    path.write_text(PRODUCTS + "3,Pot,20.00,EUR\n")
    load(connection, path, as_of=datetime(2024, 1, 2), source="east")
    assert stated(connection) == {
        "completejourney": "MIT",
        "east": "CC-BY-4.0",
        "west": "terms of west.example",
    }
    load(connection, path, as_of=datetime(2024, 1, 2), source="west", licence="CC0-1.0")
    assert stated(connection)["west"] == "CC0-1.0"


def test_it_can_be_stated_of_what_was_loaded_before(connection, path):
    load(connection, path, as_of=JANUARY)
    (report,) = load(connection, path, as_of=JANUARY, licence="CC-BY-4.0")
    assert report.unchanged and stated(connection)["shop"] == "CC-BY-4.0"


def test_a_warehouse_of_before_has_none(connection):
    connection.execute("DROP TABLE ops.licence")
    assert stated(connection) == {"completejourney": "MIT"}


@pytest.mark.parametrize("licence", ["", " ", "two\nlines", "x" * 201])
def test_what_is_no_name_is_refused_and_nothing_is_loaded(connection, path, licence):
    with pytest.raises(LoadError, match="such as CC-BY-4.0"):
        load(connection, path, as_of=JANUARY, licence=licence)
    assert connection.execute("SELECT count(*) FROM ops.load").fetchone() == (0,)
