"""What counts as a conflict, an addition, a withdrawal."""

from datetime import datetime

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editing import EditError, changes, write_changes, write_requests

T0 = datetime(2024, 2, 1)
T1 = datetime(2024, 3, 1)


def _changes(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str, str | None, str | None]]:
    return set(
        connection.execute(
            """
            SELECT
                change.change,
                change.predicate,
                coalesce(old.label, object_old),
                coalesce(new.label, object_new)
            FROM edit.change AS change
            LEFT JOIN facts.node AS old ON old.node_id = object_old
            LEFT JOIN facts.node AS new ON new.node_id = object_new
            """
        ).fetchall()
    )


def test_a_replaced_value_of_a_functional_predicate_is_a_conflict(shop):
    write_changes(shop, T0, T1)
    assert {
        ("conflict", "price", "4.00", "2.00"),
        ("conflict", "category", "TEA", "COFFEE"),
    } <= _changes(shop)


def test_a_value_without_an_old_one_is_an_addition_and_one_without_a_new_one_a_withdrawal(shop):
    assert write_changes(shop, T0, T1) == {"addition": 1, "conflict": 3, "withdrawal": 1}
    assert {
        ("addition", "promotionDisplay", None, "front end cap"),
        ("withdrawal", "promotionMailer", "front page feature", None),
    } <= _changes(shop)


def test_values_of_a_predicate_that_takes_many_never_conflict(connection, node, state):
    tea, milk, sugar = (node("product", name) for name in ("tea", "milk", "sugar"))
    state(tea, "isRelatedTo", milk, datetime(2024, 1, 1), datetime(2024, 2, 15))
    state(tea, "isRelatedTo", sugar, datetime(2024, 2, 15))
    assert write_changes(connection, T0, T1) == {"addition": 1, "withdrawal": 1}


def test_what_a_model_predicts_is_a_change_only_if_asked_for(shop):
    write_changes(shop, T0, T1, predicted=True)
    assert ("addition", "brand", None, "Ceylon") in _changes(shop)
    provenances = shop.execute(
        "SELECT provenance FROM edit.change WHERE predicate = 'brand'"
    ).fetchall()
    assert provenances == [("predicted",)]
    write_changes(shop, T0, T1)
    assert "brand" not in {predicate for _, predicate, _, _ in _changes(shop)}


def test_changed_facts_come_as_a_table_with_their_provenance(shop):
    table = changes(shop, T0, T1)
    assert table.num_rows == 8
    assert {"change", "fact_id", "provenance", "confidence", "valid_from"} <= set(
        table.column_names
    )


def test_times_in_the_wrong_order_are_told(shop):
    with pytest.raises(EditError, match="give the earlier time first"):
        write_changes(shop, T1, T0)


DAYS = st.lists(st.integers(1, 10), min_size=2, max_size=2, unique=True).map(sorted)
INTERVALS = st.lists(
    st.tuples(
        st.sampled_from(["product:a", "product:b"]),
        st.sampled_from(["price", "size", "isRelatedTo"]),
        st.sampled_from(["1", "2", "3"]),
        st.integers(1, 9),
        st.integers(1, 11),
    ),
    max_size=25,
)
histories = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _tell(connection: duckdb.DuckDBPyConnection, intervals: list, t0: datetime, t1: datetime):
    """States what the intervals say, compares; returns what held at each time, and the changes.

    An interval of length zero was never true, and one that ends on day 11 is open.
    """
    connection.execute("DELETE FROM facts.fact")
    for number, (subject, predicate, value, begin, end) in enumerate(intervals):
        span = [
            datetime(2024, 1, begin),
            None if end == 11 else datetime(2024, 1, max(begin, end)),
        ]
        connection.execute(
            """
            INSERT INTO facts.fact
            VALUES (?, ?, ?, ?, 'literal', NULL, NULL, 'stated', 's', 1, ?, ?, 'load')
            """,
            [f"{number:03}", subject, predicate, value, *span],
        )
    write_changes(connection, t0, t1)
    held = [
        set(
            connection.execute(
                "SELECT subject, predicate, object FROM facts.as_of(?)", [moment]
            ).fetchall()
        )
        for moment in (t0, t1)
    ]
    found = connection.execute(
        "SELECT change, subject, predicate, object_old, object_new FROM edit.change"
    ).fetchall()
    return *held, found


@histories
@given(intervals=INTERVALS, days=DAYS)
def test_the_changes_applied_to_the_earlier_facts_give_the_later_ones(connection, intervals, days):
    t0, t1 = (datetime(2024, 1, day) for day in days)
    earlier, later, found = _tell(connection, intervals, t0, t1)
    removed = {(subject, predicate, old) for _, subject, predicate, old, _ in found if old}
    added = {(subject, predicate, new) for _, subject, predicate, _, new in found if new}
    assert (earlier - removed) | added == later
    assert removed == earlier - later
    assert added == later - earlier


@histories
@given(intervals=INTERVALS, days=DAYS)
def test_a_functional_predicate_with_another_single_value_gives_exactly_one_conflict(
    connection, intervals, days
):
    t0, t1 = (datetime(2024, 1, day) for day in days)
    earlier, later, found = _tell(connection, intervals, t0, t1)
    for subject in ("product:a", "product:b"):
        for predicate in ("price", "size"):
            old, new = (
                [value for *pair, value in facts if pair == [subject, predicate]]
                for facts in (earlier, later)
            )
            if len(old) == len(new) == 1:
                told = [row for row in found if row[1:3] == (subject, predicate)]
                expected = ("conflict", subject, predicate, old[0], new[0])
                assert told == ([expected] if old != new else [])


def test_the_same_number_in_another_currency_is_a_conflict(connection, node, state):
    tea = node("product", "tea", "Tea")
    state(tea, "name", "Tea")
    state(tea, "price", "4.00", valid_to=datetime(2024, 2, 15), unit="USD")
    state(tea, "price", "4.00", datetime(2024, 2, 15), unit="EUR")
    write_requests(connection, T0, T1)
    assert connection.execute("SELECT target_old, target_new FROM edit.request").fetchall() == [
        ("$4.00", "4.00 EUR")
    ]
