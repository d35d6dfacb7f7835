"""Facts of columns without a place are no edges and no nodes of the graph."""

from datetime import datetime
from pathlib import Path

import duckdb

from graph.build import build, summarise
from warehouse.load import load

FEEDS = Path(__file__).parents[1] / "warehouse" / "feeds"


def counted(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    summarise(connection, build(connection))
    return connection.execute(
        """
        SELECT "type", nodes FROM graph.node_type
        UNION ALL
        SELECT concat_ws(' ', source, relation, target), edges FROM graph.edge_type
        ORDER BY ALL
        """
    ).fetchall()


def test_namespaced_facts_leave_the_graph_as_it_is(connection):
    for file in ("google.xml", "schema_org.html", "shopify.csv"):
        load(connection, FEEDS / file, as_of=datetime(2024, 1, 31))
    with_extras = counted(connection)
    connection.execute("DELETE FROM facts.fact WHERE contains(predicate, ':')")
    assert with_extras == counted(connection)
    assert ("product", 8) in with_extras
