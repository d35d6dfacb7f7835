"""What counts as a conflict, an addition, a withdrawal."""

from datetime import datetime

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editing import EditError, changes, write_changes
from warehouse.connection import memory

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


INTERVALS = st.lists(
    st.tuples(
        st.sampled_from(["product:a", "product:b"]),
        st.sampled_from(["price", "size", "isRelatedTo"]),
        st.sampled_from(["1", "2", "3"]),
        st.integers(1, 9),
        st.one_of(st.none(), st.integers(1, 10)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(intervals=INTERVALS, days=st.lists(st.integers(1, 10), min_size=2, max_size=2, unique=True))
def test_conflicts_are_exact_and_the_changes_lead_from_the_earlier_facts_to_the_later(
    intervals, days
):
    t0, t1 = (datetime(2024, 1, day) for day in sorted(days))
    with memory() as connection:
        rows = [
            (
                f"{index:03}",
                subject,
                predicate,
                value,
                datetime(2024, 1, begin),
                end and datetime(2024, 1, end),
            )
            for index, (subject, predicate, value, begin, end) in enumerate(intervals)
            if end is None or begin <= end
        ]
        if rows:
            connection.executemany(
                """
                INSERT INTO facts.fact
                VALUES (?, ?, ?, ?, 'literal', NULL, NULL, 'stated', 's', 1, ?, ?, 'load')
                """,
                rows,
            )
        write_changes(connection, t0, t1)

        def held(moment):
            rows = connection.execute(
                "SELECT DISTINCT subject, predicate, object FROM facts.as_of(?)", [moment]
            ).fetchall()
            return set(rows)

        found = connection.execute(
            "SELECT subject, predicate, object_old, object_new, change FROM edit.change"
        ).fetchall()
        removed = {(s, p, old) for s, p, old, _, _ in found if old is not None}
        added = {(s, p, new) for s, p, _, new, _ in found if new is not None}
        earlier, later = held(t0), held(t1)
        assert (earlier - removed) | added == later
        assert removed <= earlier
        assert not added & earlier
        for subject in ("product:a", "product:b"):
            for predicate in ("price", "size"):
                old = [o for s, p, o in earlier if (s, p) == (subject, predicate)]
                new = [o for s, p, o in later if (s, p) == (subject, predicate)]
                if len(old) == len(new) == 1:
                    conflicts = [
                        (o, n)
                        for s, p, o, n, change in found
                        if (s, p, change) == (subject, predicate, "conflict")
                    ]
                    assert conflicts == ([(old[0], new[0])] if old != new else [])
