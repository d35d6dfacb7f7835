"""What went in and what came out: counts along the flow."""

from typing import Any

import duckdb

from pipelines.drawing import Bar, bars
from warehouse.connection import only_row

_STEPS = (
    ("rows read", "SELECT coalesce(sum(rows_read), 0) FROM ops.load", 5),
    ("rows loaded", "SELECT coalesce(sum(rows_loaded), 0) FROM ops.load", 0),
    ("products", "SELECT count(*) FROM catalog.product", 0),
    ("events", "SELECT count(*) FROM behaviour.event", 0),
    ("facts, with history", "SELECT count(*) FROM facts.fact", 0),
    ("facts that hold now", "SELECT count(*) FROM facts.current", 0),
    ("edges of the graph", "SELECT coalesce(sum(edges), 0) FROM graph.edge_type", 3),
    ("predictions", "SELECT count(*) FROM graph.prediction", 3),
    ("predicted facts", "SELECT count(*) FROM facts.current WHERE provenance = 'predicted'", 3),
    ("sentences with evidence", "SELECT count(*) FROM text.statement", 2),
    ("documents", "SELECT count(*) FROM text.document", 2),
    ("documents kept", "SELECT count(*) FROM text.kept WHERE tokens IS NOT NULL", 2),
    ("changed facts", "SELECT count(*) FROM edit.change", 1),
    ("edit requests", "SELECT count(*) FROM edit.request", 1),
)
_HEADLINES = ("products", "events", "facts, with history", "documents kept", "edit requests")


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Counts of each step."""
    counts = [(name, _count(connection, query), tone) for name, query, tone in _STEPS]
    return {
        "headlines": [(name, count) for name, count, _ in counts if name in _HEADLINES],
        "tokens": _count(connection, "SELECT coalesce(sum(tokens), 0) FROM text.kept"),
        "picture": bars(
            [Bar(name, ((count, tone),), f"{count:,}") for name, count, tone in counts],
            logarithmic=True,
        ),
    }


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = only_row(connection, query)
    return int(row[0])
