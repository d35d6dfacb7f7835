"""Facts of columns without a place change no document: only what a template names is said."""

from datetime import datetime
from pathlib import Path

import duckdb

from verbalize.render import render
from warehouse.facts import derive
from warehouse.load import load

FEEDS = Path(__file__).parents[1] / "warehouse" / "feeds"


def told(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    render(connection)
    return connection.execute('SELECT kind, "text" FROM text.document ORDER BY ALL').fetchall()


def test_namespaced_facts_are_not_told_and_disturb_nothing_that_is(connection):
    for file in ("google.xml", "schema_org.html", "shopify.csv"):
        load(connection, FEEDS / file, as_of=datetime(2024, 1, 31))
    derive(connection)
    with_extras = told(connection)
    connection.execute("DELETE FROM facts.fact WHERE contains(predicate, ':')")
    connection.execute("DELETE FROM facts.predicate WHERE contains(predicate, ':')")
    assert with_extras == told(connection)
    assert len([kind for kind, _ in with_extras if kind == "product"]) == 8
