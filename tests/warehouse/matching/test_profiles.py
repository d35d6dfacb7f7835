"""What a sample of values tells of a column."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.connection import memory
from warehouse.matching.profiles import FORMS, SAMPLED_ROWS, profile


def profiled(connection, **columns):
    names = ", ".join(f'"{name}" VARCHAR' for name in columns)
    connection.execute(f"CREATE OR REPLACE TABLE raw.t (row_number INT, {names})")
    for number, row in enumerate(zip(*columns.values(), strict=True), start=1):
        marks = ", ".join("?" * (len(row) + 1))
        connection.execute(f"INSERT INTO raw.t VALUES ({marks})", [number, *row])
    return profile(connection, "raw.t", tuple(columns))


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("picture", "https://img.example/a.jpg"),
        ("address", "https://shop.example/p/7?x=1"),
        ("time", "2024-01-31 12:00:00"),
        ("clock", "11:53:26"),
        ("flag", "TRUE"),
        ("whole number", "4711"),
        ("number", "4,95"),
        ("money", "9.99 USD"),
        ("currency", "EUR"),
        ("quantity", "1.5 kg"),
        ("markup", "<p>Warm and soft</p>"),
        ("path", "Home > Kitchen > Mugs"),
        ("code", "SKU-10042"),
        ("word", "Sony"),
        ("phrase", "Blue ceramic mug"),
    ],
)
def test_a_value_has_the_form_that_a_person_would_say(connection, form, value):
    shares = profiled(connection, it=[value]).forms[0]
    assert list(FORMS)[int(np.argmax(shares))] == form


def test_shares_count_values_and_leave_out_what_is_empty(connection):
    found = profiled(connection, brand=["Acme", " ", "Acme", None], price=["1", "2", "x", "4"])
    assert found.filled.tolist() == [0.5, 1.0]
    assert found.repeated.tolist() == [0.5, 0.0]
    assert found.values[0] == ("acme",)
    assert np.isnan(found.sizes[0]).all() and not np.isnan(found.sizes[1]).any()


def test_a_large_table_is_sampled_at_equal_distances_and_always_the_same(connection):
    connection.execute(
        f"CREATE TABLE raw.large AS "
        f"SELECT i + 1 AS row_number, i AS key FROM range({50 * SAMPLED_ROWS}) AS t(i)"
    )
    first, again = (profile(connection, "raw.large", ("key",)) for _ in range(2))
    assert first.values == again.values
    assert len(first.values[0]) == SAMPLED_ROWS
    assert int(first.values[0][-1]) > 49 * SAMPLED_ROWS


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=8), st.text(min_size=1, max_size=12))
def test_any_values_under_any_name_can_be_profiled(values, name):
    values = [value.replace("\0", "") for value in values]
    name = name.replace("\0", "x") + "_"
    if name.lower() == "row_number":
        return
    with memory() as connection:
        marks = '"' + name.replace('"', '""') + '"'
        connection.execute(f"CREATE TABLE raw.t (row_number INT, {marks} VARCHAR)")
        connection.executemany(
            "INSERT INTO raw.t VALUES (?, ?)", [[n, v] for n, v in enumerate(values, start=1)]
        )
        found = profile(connection, "raw.t", (name,))
    assert 0 <= found.filled[0] <= 1
    assert found.forms[0].sum() == pytest.approx(1 if found.filled[0] else 0)
