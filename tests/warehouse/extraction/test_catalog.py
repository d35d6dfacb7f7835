"""A catalog teaches itself: what its products state and their titles say is found in the titles of
products that do not state it, with the characters that say it."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from tests.copies import copy_of
from warehouse.connection import FILE_NAME, writer
from warehouse.extraction.catalog import MODEL, extract, threshold_for
from warehouse.facts import derive
from warehouse.load import load

COLORS = ("Red", "Blue", "Green", "Black", "White")
BRANDS = ("Acme", "Zenit", "Orbis", "Kolor", "Miralux", "Sonnet")


def write(tmp_path, rows, name="products.csv"):
    path = tmp_path / name
    lines = ["id,name,description,brand,color,category", *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def shop(count=300, silent=7):
    """Every `silent`-th product states neither brand nor color; every third color is said in the
    description only, and in capitals."""
    rows = []
    for number in range(count):
        brand, color = BRANDS[number % 6], COLORS[number // 6 % 5]
        told = number % silent > 0
        title = f"{brand} {color if number % 3 else 'Desk'} Lamp {number}W"
        about = f"Made for desks \U0001f4a1 in {color.upper()} steel"
        rows.append(
            (str(number), title, about, brand if told else "", color if told else "", "Lamp")
        )
    return rows


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """The shop, loaded."""
    made = tmp_path_factory.mktemp("filled")
    with writer(made) as opened:
        load(opened, write(made, shop()), source="shop", as_of=datetime(2024, 1, 1))
        derive(opened)
    return made


@pytest.fixture
def filled(home):
    """A copy of the shop, in which nothing was looked for."""
    with copy_of(home / FILE_NAME) as opened:
        yield opened


@pytest.fixture(scope="module")
def found_home(home, tmp_path_factory) -> Path:
    """The shop, in which what is missing was looked for."""
    made = tmp_path_factory.mktemp("extracted")
    shutil.copyfile(home / FILE_NAME, made / FILE_NAME)
    with writer(made) as opened:
        assert extract(opened)["facts"] > 60
    return made


@pytest.fixture
def extracted(found_home):
    """A copy of it."""
    with copy_of(found_home / FILE_NAME) as opened:
        yield opened


def test_missing_values_become_predicted_facts_that_say_what_the_titles_say(extracted):
    rows = extracted.execute(
        """
        SELECT p.key, fact.predicate, coalesce(node.label, fact.object), fact.provenance
        FROM facts.current AS fact
        JOIN catalog.product AS p ON p.product_id = fact.subject
        LEFT JOIN facts.node AS node ON node.node_id = fact.object
        WHERE fact.source = ?
        """,
        [MODEL],
    ).fetchall()
    truth = {
        predicate: [options[number // width % len(options)] for number in range(300)]
        for predicate, options, width in (("brand", BRANDS, 1), ("color", COLORS, 6))
    }
    assert {row[3] for row in rows} == {"predicted"}
    right = [truth[predicate][int(key)] == value for key, predicate, value, _ in rows]
    assert sum(right) >= 0.95 * len(right)


def test_every_piece_of_evidence_is_what_stands_in_the_text(extracted):
    rows = extracted.execute(
        """
        SELECT
            CASE e.field WHEN 'name' THEN p.name ELSE p.description END, e.start, e.stop, e."text",
            e.rule, coalesce(node.label, fact.object)
        FROM facts.evidence AS e
        JOIN facts.current AS fact USING (fact_id)
        JOIN catalog.product AS p ON p.product_id = e.node
        LEFT JOIN facts.node AS node ON node.node_id = fact.object
        """
    ).fetchall()
    count = extracted.execute("SELECT count(*) FROM facts.current WHERE source = ?", [MODEL])
    assert count.fetchone() == (len(rows),)
    for field, start, stop, text, rule, value in rows:
        assert field[start:stop] == text
        assert text == value if rule == "exact" else text.lower() == value.lower()
    assert {row[4] for row in rows} == {"exact", "spelling"}


def test_nothing_that_is_stated_is_asked_for_or_changed(filled, extracted):
    stated = "SELECT * FROM facts.fact WHERE provenance = 'stated' ORDER BY fact_id"
    before = filled.execute(stated).fetchall()
    assert before
    assert extracted.execute(stated).fetchall() == before
    beside = extracted.execute(
        """
        SELECT count(*) FROM facts.current AS found
        JOIN facts.current AS said USING (subject, predicate)
        WHERE found.source = ? AND said.provenance = 'stated'
        """,
        [MODEL],
    )
    assert beside.fetchone() == (0,)


def test_the_same_catalog_gives_the_same_facts(filled, extracted):
    everything = "SELECT * FROM facts.fact ORDER BY fact_id"
    extract(filled)
    assert filled.execute(everything).fetchall() == extracted.execute(everything).fetchall()


def test_a_second_run_adds_no_facts(extracted):
    everything = "SELECT * FROM facts.fact ORDER BY fact_id"
    first = extracted.execute(everything).fetchall()
    extract(extracted)
    assert extracted.execute(everything).fetchall() == first


def test_a_value_that_a_later_load_states_closes_the_predicted_fact(extracted, tmp_path):
    rows = shop(silent=301)
    later = write(tmp_path, rows, "later.csv")
    load(extracted, later, source="shop", as_of=datetime(2024, 2, 1))
    derive(extracted)
    extract(extracted)
    open_facts = extracted.execute(
        """
        SELECT count(*) FROM facts.current AS found
        JOIN catalog.product AS p ON p.product_id = found.subject
        WHERE found.source = ? AND p.key <> '0'
        """,
        [MODEL],
    )
    assert open_facts.fetchone() == (0,)


def test_how_well_values_are_found_is_measured_on_products_that_did_not_teach(extracted):
    for row in extracted.sql("FROM facts.extraction").to_arrow_table().to_pylist():
        assert row["precision"] >= 0.9
        assert 0 < row["recall"] <= 1
        assert row["learned"] + row["checked"] == row["stated"]
        assert row["found"] + row["refused"] <= row["asked"]


def test_a_catalog_without_texts_is_left_alone_with_the_reason(connection, tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("id,brand\n" + "".join(f"{number},Acme\n" for number in range(99)))
    load(connection, path, kind="product", source="shop", as_of=datetime(2024, 1, 1))
    assert extract(connection) == {
        "facts": 0,
        "attributes": [],
        "skipped": "no product has a title or a description",
    }


def test_a_catalog_that_states_too_little_is_left_alone_with_the_reason(connection, tmp_path):
    load(connection, write(tmp_path, shop(30)), source="shop", as_of=datetime(2024, 1, 1))
    assert "titles or descriptions of 50 products" in extract(connection)["skipped"]


def test_hostile_titles_are_text_like_any_other(connection, tmp_path):
    odd = ("'; DROP TABLE facts.fact; --", "\u202eder\u202c Lamp", "\u0130\u0130 Red", "a" * 5_000)
    rows = shop() + [(f"x{n}", f"{title}", "", "", "", "Lamp") for n, title in enumerate(odd)]
    load(connection, write(tmp_path, rows), source="shop", as_of=datetime(2024, 1, 1))
    assert extract(connection)["facts"] > 60


def test_the_threshold_is_the_least_probability_that_was_right_often_enough():
    import numpy as np

    probability = np.linspace(1, 0.01, 100)
    right = np.arange(100) < 50
    assert threshold_for(1.0, probability, right) == pytest.approx(probability[49])
    assert threshold_for(0.5, probability, right) == pytest.approx(probability[99])
    assert threshold_for(0.9, np.linspace(1, 0.95, 50), np.ones(50, bool)) == 0.9
    assert threshold_for(0.9, probability, ~right) is None
    assert threshold_for(0.9, probability[:5], right[:5]) is None
