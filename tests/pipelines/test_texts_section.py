"""The report marks found values in their texts, and the check finds evidence that is not there."""

from datetime import datetime

import pytest

from pipelines.checks import CHECKS
from pipelines.report import write_report
from warehouse.extraction.catalog import extract
from warehouse.load import load

COLORS = ("Red", "Blue", "Green", "Black")


@pytest.fixture
def extracted(connection, tmp_path):
    rows = [
        f"{number},<b>Acme</b> {COLORS[number // 7 % 4]} Lamp,"
        f"{COLORS[number // 7 % 4] if number % 7 else ''},Lamp"
        for number in range(280)
    ]
    path = tmp_path / "products.csv"
    path.write_text("\n".join(["id,title,color,category", *rows]))
    load(connection, path, source="shop", as_of=datetime(2024, 1, 1))
    assert extract(connection)["facts"] > 20
    return connection


def test_found_values_are_marked_in_their_texts(extracted, tmp_path):
    page = write_report(extracted, tmp_path / "report.html").read_text()
    assert "<mark>Red</mark>" in page or "<mark>Black</mark>" in page
    assert "&lt;b&gt;Acme&lt;/b&gt;" in page and "<b>Acme" not in page


def test_without_texts_the_report_says_that_nothing_was_looked_for(connection, tmp_path):
    page = write_report(connection, tmp_path / "report.html").read_text()
    assert "Nothing was looked for in texts" in page
    assert "columns of attributes" in page


def test_evidence_that_is_not_in_the_text_is_counted_by_the_check(extracted):
    (check,) = (check for check in CHECKS if check.name == "text_says_it")
    assert extracted.execute(check.query).fetchone() == (0,)
    extracted.execute(
        """
        UPDATE facts.evidence SET start = start + 1, stop = stop + 1
        WHERE fact_id IN (SELECT min(fact_id) FROM facts.evidence)
        """
    )
    assert extracted.execute(check.query).fetchone() == (1,)
