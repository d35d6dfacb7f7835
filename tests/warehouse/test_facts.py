"""History: whatever sources say over time, the facts of a time are what was said last before it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.connection import memory
from warehouse.facts import derive, publish_history, publish_state
from warehouse.load import load

BEGIN = datetime(2024, 1, 1)
STAGED = (
    "subject VARCHAR, predicate VARCHAR, object VARCHAR, object_kind VARCHAR, unit VARCHAR, "
    "language VARCHAR, provenance VARCHAR, confidence DOUBLE"
)

states = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]), st.sampled_from(["red", "blue", "green"]), max_size=3
    ),
    min_size=1,
    max_size=6,
)


def say(connection, state: dict[str, str], as_of: datetime, source: str = "shop") -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE staged ({STAGED})")
    for subject, color in state.items():
        connection.execute(
            "INSERT INTO staged VALUES (?, 'color', ?, 'literal', NULL, NULL, 'stated', 1.0)",
            [subject, color],
        )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE scope AS
        SELECT unnest(['a', 'b', 'c']) AS subject, 'color' AS predicate
        """
    )
    publish_state(connection, "staged", "scope", source=source, as_of=as_of, load_id="load:1")


def known(connection, time: datetime) -> dict[str, str]:
    return dict(connection.execute("SELECT subject, object FROM facts.as_of(?)", [time]).fetchall())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(states)
def test_facts_as_of_a_time_are_those_of_the_last_state_before_it(said):
    with memory() as connection:
        for day, state in enumerate(said):
            say(connection, state, BEGIN + timedelta(days=day))
        for day, state in enumerate(said):
            assert known(connection, BEGIN + timedelta(days=day)) == state
            assert known(connection, BEGIN + timedelta(days=day, hours=23)) == state
        assert known(connection, BEGIN - timedelta(seconds=1)) == {}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(states, st.data())
def test_changes_between_two_times_lead_from_one_state_to_the_other(said, data):
    with memory() as connection:
        for day, state in enumerate(said):
            say(connection, state, BEGIN + timedelta(days=day))
        first, last = sorted(
            data.draw(st.lists(st.integers(0, len(said) - 1), min_size=2, max_size=2))
        )
        changes = connection.execute(
            "SELECT change, subject, object FROM facts.changes(?, ?)",
            [BEGIN + timedelta(days=first), BEGIN + timedelta(days=last)],
        ).fetchall()
        facts = set(said[first].items())
        facts -= {(subject, color) for change, subject, color in changes if change == "removed"}
        facts |= {(subject, color) for change, subject, color in changes if change == "added"}
        assert facts == set(said[last].items())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(states)
def test_identifiers_of_facts_are_unique_and_saying_the_same_again_changes_nothing(said):
    with memory() as connection:
        for day, state in enumerate(said):
            # Two states a day: what is said and withdrawn at one time leaves no trace in time.
            say(connection, said[day - 1], BEGIN + timedelta(days=day))
            say(connection, state, BEGIN + timedelta(days=day))
        before = connection.execute("FROM facts.fact ORDER BY ALL").fetchall()
        say(connection, said[-1], BEGIN + timedelta(days=len(said)))
        assert connection.execute("FROM facts.fact ORDER BY ALL").fetchall() == before
        assert connection.execute(
            "SELECT count(*) = count(DISTINCT fact_id) FROM facts.fact"
        ).fetchone() == (True,)
        for day, state in enumerate(said):
            assert known(connection, BEGIN + timedelta(days=day)) == state


def test_a_source_does_not_close_what_another_says(connection):
    say(connection, {"a": "red"}, BEGIN, source="one")
    say(connection, {"a": "blue"}, BEGIN, source="two")
    say(connection, {}, BEGIN + timedelta(days=1), source="one")
    assert connection.execute("SELECT source, object FROM facts.current").fetchall() == [
        ("two", "blue")
    ]


def test_a_history_that_is_told_differently_withdraws_what_was_never_true(connection):
    def tell(rows):
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE staged (
                {STAGED}, valid_from TIMESTAMP, valid_to TIMESTAMP
            )
            """
        )
        for price, begin, end in rows:
            connection.execute(
                """
                INSERT INTO staged
                VALUES ('a', 'price', ?, 'literal', 'USD', NULL, 'stated', 1.0, ?, ?)
                """,
                [price, begin, end],
            )
        publish_history(connection, "staged", predicates=["price"], source="shop", load_id="load:1")

    second, third = BEGIN + timedelta(days=1), BEGIN + timedelta(days=2)
    tell([("1.00", BEGIN, second), ("2.00", second, None)])
    tell([("1.00", BEGIN, third), ("3.00", third, None)])
    assert known(connection, second) == {"a": "1.00"}
    assert known(connection, third) == {"a": "3.00"}
    withdrawn = connection.execute(
        "SELECT object FROM facts.fact WHERE valid_from = valid_to"
    ).fetchall()
    assert withdrawn == [("2.00",)]


def households(connection, folder, count: int) -> None:
    """Loads households: `count` of one age and composition, and as many others, one of a kind."""
    lines = ["id,age,composition"]
    lines += [f"h{n},25-34,2 Adults Kids" for n in range(count)]
    lines += [f"o{n},{n}-{n + 9},1 Adult No Kids" for n in range(count)]
    (folder / "customers.csv").write_text("\n".join(lines) + "\n")
    load(connection, folder / "customers.csv", kind="customer", as_of=BEGIN)
    (folder / "products.csv").write_text("id,category\n1,Diapers\n2,Tea\n")
    load(connection, folder / "products.csv", kind="product", as_of=BEGIN)
    lines = ["event_type,customer,product,time"]
    lines += [f"purchase,h{n},1,2024-01-02" for n in range(count)]
    lines += [f"purchase,{who}{n},2,2024-01-03" for n in range(count) for who in "ho"]
    (folder / "events.csv").write_text("\n".join(lines) + "\n")
    load(connection, folder / "events.csv", kind="event", as_of=BEGIN)
    derive(connection)


def test_twenty_households_alike_are_a_segment_with_what_they_prefer(connection, tmp_path):
    households(connection, tmp_path, 20)
    found = connection.execute(
        """
        SELECT subject, predicate, object, confidence FROM facts.labelled
        WHERE subject_kind = 'segment' ORDER BY predicate
        """
    ).fetchall()
    name = "age 25-34, 2 Adults Kids"
    assert found == [
        (name, "memberCount", "20", 1.0),
        (name, "prefers", "Diapers", 1.0),
        (name, "segmentAge", "25-34", 1.0),
        (name, "segmentComposition", "2 Adults Kids", 1.0),
    ]


def test_a_group_is_compared_with_all_households_that_bought(connection, tmp_path):
    households(connection, tmp_path, 20)
    lines = ["event_type,customer,product,time"]
    lines += [f"purchase,unknown{n},1,2024-01-04" for n in range(400)]
    (tmp_path / "later.csv").write_text("\n".join(lines) + "\n")
    load(connection, tmp_path / "later.csv", kind="event", as_of=BEGIN)
    derive(connection)
    found = connection.execute(
        """
        SELECT object FROM facts.labelled
        WHERE predicate = 'prefers' AND valid_to IS NULL ORDER BY object
        """
    ).fetchall()
    assert found == [("Diapers",), ("Tea",)]


def test_nineteen_households_alike_are_no_segment(connection, tmp_path):
    households(connection, tmp_path, 19)
    assert not connection.execute("FROM facts.node WHERE kind = 'segment'").fetchall()


def bought_together(connection, folder, pairs: int, alone: int, customers: int | None) -> int:
    """Facts isRelatedTo of two products that are in `pairs` baskets together, in `alone` each
    without the other, and not in a thousand others, where baskets go round `customers`; None for
    visitors that nobody knows."""
    baskets = [
        *(["tea", "milk"] for _ in range(pairs)),
        *(["tea"] for _ in range(alone)),
        *(["milk"] for _ in range(alone)),
        *(["bread"] for _ in range(1000)),
    ]
    rows = [
        f"purchase,{'' if customers is None else place % customers},{product},2024-01-02,{place}"
        for place, basket in enumerate(baskets)
        for product in basket
    ]
    (folder / "catalog.csv").write_text("sku\ntea\nmilk\nbread\n")
    (folder / "events.csv").write_text(
        "\n".join(["event_type,customer,product,time,basket", *rows])
    )
    load(connection, folder / "catalog.csv", kind="product", source="shop", as_of=BEGIN)
    load(connection, folder / "events.csv", kind="event", source="shop", as_of=BEGIN)
    return derive(connection).get("isRelatedTo", 0)


@pytest.mark.parametrize(
    ("pairs", "alone", "customers", "facts"),
    [
        pytest.param(20, 0, 20, 2, id="twenty households"),
        pytest.param(40, 0, 19, 0, id="nineteen households in forty baskets"),
        pytest.param(19, 30, 200, 0, id="nineteen households together, more with one of the two"),
        pytest.param(20, 0, None, 2, id="twenty baskets of the unknown"),
        pytest.param(19, 0, None, 0, id="nineteen baskets of the unknown"),
    ],
)
def test_products_are_related_only_by_twenty_households(
    connection, tmp_path, pairs, alone, customers, facts
):
    assert bought_together(connection, tmp_path, pairs, alone, customers) == facts
