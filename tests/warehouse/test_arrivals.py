"""Files arrive in any order: what the facts of a time are depends on what was said of it, not on
when it came."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from warehouse.connection import memory
from warehouse.contracts import Contract, Field
from warehouse.load import load

BEGIN = datetime(2024, 1, 1)
HEADER = "id,title,brand,department,category,price,shelf\n"


def day(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


def deliver(connection, folder, name: str, text: str, as_of: datetime):
    path = folder / name
    path.write_text(text)
    (report,) = load(connection, path, as_of=as_of)
    return report


def history(connection) -> list[tuple]:
    """All statements with their times, and the catalog: whatever of it the user sees."""
    return [
        *connection.execute(
            """
            SELECT fact_id, subject, predicate, object, unit, valid_from, valid_to FROM facts.fact
            WHERE valid_to IS DISTINCT FROM valid_from ORDER BY ALL
            """
        ).fetchall(),
        *connection.execute(
            "SELECT * EXCLUDE (load_id) FROM catalog.product ORDER BY ALL"
        ).fetchall(),
        *connection.execute(
            "SELECT * EXCLUDE (load_id) FROM catalog.category ORDER BY ALL"
        ).fetchall(),
        *connection.execute("FROM facts.node ORDER BY ALL").fetchall(),
    ]


def colors(connection, key: str = "1") -> list[tuple]:
    return connection.execute(
        """
        SELECT object, day(valid_from) - 1, day(valid_to) - 1 FROM facts.labelled
        WHERE predicate = 'color' AND subject_key = ? AND valid_to IS DISTINCT FROM valid_from
        ORDER BY valid_from
        """,
        [key],
    ).fetchall()


ROWS = some.tuples(
    some.sampled_from(["mug", "cup"]),
    some.sampled_from(["A", "B"]),
    some.sampled_from(["Home", "Garden"]),
    some.sampled_from(["Mugs", "Home > Cups", ""]),
    some.sampled_from(["1.00", "2.00", ""]),
    some.sampled_from(["top", "low", ""]),
)
DELIVERIES = some.lists(
    some.tuples(
        some.sampled_from(["a.csv", "b.csv"]),
        some.dictionaries(some.sampled_from("123"), ROWS, min_size=1),
    ),
    min_size=2,
    max_size=4,
)


@pytest.mark.slow
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DELIVERIES, some.data())
def test_the_order_of_arrival_leaves_no_trace(tmp_path_factory, said, data):
    folder = tmp_path_factory.mktemp("files")
    texts = [
        HEADER + "".join(",".join((key, *row)) + "\n" for key, row in sorted(rows.items()))
        for _, rows in said
    ]
    histories = []
    for order in (range(len(said)), data.draw(some.permutations(range(len(said))))):
        with memory() as connection:
            for place in order:
                deliver(connection, folder, said[place][0], texts[place], day(place))
            histories.append(history(connection))
            # The facts of a time are the row that was said last before it.
            for place in range(len(said)):
                for key in "123":
                    rows = [rows[key] for _, rows in said[: place + 1] if key in rows]
                    told = dict(
                        connection.execute(
                            """
                            SELECT predicate, coalesce(label, object)
                            FROM facts.as_of(?) LEFT JOIN facts.node ON node_id = object
                            WHERE subject = node_id('product', 'shop', ?)
                            """,
                            [day(place) + timedelta(hours=1), key],
                        ).fetchall()
                    )
                    if not rows:
                        assert told == {}
                        continue
                    name, brand, department, category, price, shelf = rows[-1]
                    expected = {
                        "sku": key, "name": name, "brand": brand, "department": department,
                        "category": category.split(" > ")[-1], "price": price,
                        "shop:shelf": shelf,
                    }  # fmt: skip
                    assert told == {name: value for name, value in expected.items() if value}
    assert histories[0] == histories[1]


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    some.lists(
        some.tuples(
            some.booleans(),
            some.dictionaries(some.sampled_from("123"), some.sampled_from("AB"), min_size=1),
        ),
        min_size=2,
        max_size=4,
    ),
    some.data(),
)
def test_snapshots_in_any_order_take_away_what_they_lack(tmp_path_factory, said, data):
    folder = tmp_path_factory.mktemp("files")
    fields = (Field("id"), Field("name"))
    part = Contract("shop", "product", {"key": "id", "name": "name"}, fields=fields)
    whole = replace(part, delivery="snapshot", most_deleted=1.0)
    order = data.draw(some.permutations(range(len(said))))
    with memory() as connection:
        for place in order:
            is_whole, rows = said[place]
            path = folder / ("whole.csv" if is_whole else "part.csv")
            path.write_text("id,name\n" + "".join(f"{key},{rows[key]}\n" for key in sorted(rows)))
            load(connection, path, as_of=day(place), contract=whole if is_whole else part)
        held: dict[str, str] = {}
        for place, (is_whole, rows) in enumerate(said):
            held = dict(rows) if is_whole else held | rows
            told = connection.execute(
                """
                SELECT sku.object, name.object
                FROM facts.as_of($time) AS name
                JOIN facts.as_of($time) AS sku USING (subject)
                WHERE name.predicate = 'name' AND sku.predicate = 'sku'
                """,
                {"time": day(place)},
            ).fetchall()
            assert dict(told) == held
        catalog = connection.execute("SELECT key, name FROM catalog.product").fetchall()
        assert dict(catalog) == held


@pytest.mark.parametrize("bad", ["1,Mug,dear", "1,Mug,1,2,3", ",Mug,1"])
def test_a_snapshot_that_says_nothing_of_a_product_ends_no_late_statement(
    connection, tmp_path, bad
):
    fields = tuple(map(Field, ("sku", "name", "price")))
    columns = {"key": "sku", "name": "name", "price": "price"}
    contract = Contract("shop", "product", columns, fields=fields, delivery="snapshot")
    path = tmp_path / "products.csv"
    for rows, at in (((bad, "2,Pot,1", "3,Jug,1"), 6), (("1,Mug,1", "2,Pot,1"), 4)):
        path.write_text("\n".join(["sku,name,price", *rows, ""]))
        load(connection, path, as_of=day(at), contract=contract)
    found = connection.execute("SELECT key FROM catalog.product ORDER BY key").fetchall()
    assert found == [("1",), ("2",), ("3",)]
    names = "FROM facts.current WHERE predicate = 'name'"
    assert connection.execute(f"SELECT count(*) {names}").fetchone() == (3,)


def test_a_late_value_holds_until_the_next_statement(connection, tmp_path):
    deliver(connection, tmp_path, "a.csv", "id,color\n1,red\n", day(0))
    deliver(connection, tmp_path, "a.csv", "id,color\n1,red\n2,red\n", day(20))
    deliver(connection, tmp_path, "b.csv", "id,color\n1,blue\n", day(10))
    assert colors(connection) == [("red", 0, 10), ("blue", 10, 20), ("red", 20, None)]


def test_what_a_later_file_does_not_hold_it_does_not_end(connection, tmp_path):
    deliver(connection, tmp_path, "a.csv", "id,color\n2,red\n", day(20))
    deliver(connection, tmp_path, "b.csv", "id,color\n1,blue\n", day(10))
    assert colors(connection) == [("blue", 10, None)]


def test_what_left_a_file_is_not_said_by_its_later_contents(connection, tmp_path):
    deliver(connection, tmp_path, "a.csv", "id,color\n1,red\n2,red\n", day(0))
    deliver(connection, tmp_path, "a.csv", "id,color\n2,red\n", day(20))
    deliver(connection, tmp_path, "b.csv", "id,color\n1,blue\n2,blue\n", day(10))
    assert colors(connection, "1") == [("red", 0, 10), ("blue", 10, None)]
    assert colors(connection, "2") == [("red", 0, 10), ("blue", 10, 20), ("red", 20, None)]


def test_a_late_correction_of_the_same_time_takes_the_place_of_what_was_said(connection, tmp_path):
    for color, time in (("red", 0), ("blue", 10), ("green", 20), ("brown", 10), ("red", 10)):
        deliver(connection, tmp_path, "a.csv", f"id,color\n1,{color}\n", day(time))
    assert colors(connection) == [("red", 0, 20), ("green", 20, None)]


def test_the_same_content_for_a_later_time_still_holds_then(connection, tmp_path):
    deliver(connection, tmp_path, "a.csv", "id,color\n1,red\n", day(0))
    report = deliver(connection, tmp_path, "a.csv", "id,color\n1,red\n", day(20))
    assert report.unchanged
    deliver(connection, tmp_path, "b.csv", "id,color\n1,blue\n", day(10))
    assert colors(connection) == [("red", 0, 10), ("blue", 10, 20), ("red", 20, None)]


def test_the_same_content_after_another_file_is_said_again(connection, tmp_path):
    deliver(connection, tmp_path, "a.csv", "id,color\n1,red\n", day(0))
    deliver(connection, tmp_path, "b.csv", "id,color\n1,blue\n", day(10))
    report = deliver(connection, tmp_path, "a.csv", "id,color\n1,red\n", day(20))
    assert not report.unchanged
    assert colors(connection)[-1] == ("red", 20, None)


@pytest.mark.parametrize("again", [0, 20])
def test_a_file_that_came_late_may_come_again(connection, tmp_path, again):
    for time in (20, 0):
        deliver(connection, tmp_path, "a.csv", "id,color\n1,red\n", day(time))
    assert colors(connection) == [("red", 0, None)]
    assert deliver(connection, tmp_path, "a.csv", "id,color\n1,red\n", day(again)).unchanged


def test_a_late_review_does_not_take_the_place_of_a_newer_one(connection, tmp_path):
    deliver(connection, tmp_path, "p.csv", "id,title\n1,Mug\n", day(0))
    header = "review_id,asin,rating,review\n"
    deliver(connection, tmp_path, "new.csv", header + "r,1,5,Fine\n", day(20))
    deliver(connection, tmp_path, "old.csv", header + "r,1,1,Broke\ns,1,4,Good\n", day(10))
    assert connection.execute("SELECT key, body FROM behaviour.review ORDER BY key").fetchall() == [
        ("r", "Fine"), ("s", "Good"),
    ]  # fmt: skip
