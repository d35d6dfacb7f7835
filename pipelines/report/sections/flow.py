"""What went in and what came out: counts along the flow, loads, and what was turned away."""

from typing import Any

import duckdb

from pipelines.drawing import Bar, bars
from warehouse.kinds import KINDS

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
    (
        "documents kept",
        "SELECT count(*) FROM text.document WHERE duplicate_of IS NULL AND tokens IS NOT NULL",
        2,
    ),
    ("changed facts", "SELECT count(*) FROM edit.change", 1),
    ("edit requests", "SELECT count(*) FROM edit.request", 1),
)
# A report is passed on: it shows no row of one person.
_OF_PERSONS = [
    kind.name
    for kind in KINDS.values()
    if kind.name == "customer" or "customer" in kind.columns_by_name
]
_HEADLINES = ("products", "events", "facts, with history", "documents kept", "edit requests")


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Counts of each step, loads by file and kind, rejects by reason."""
    counts = [(name, _count(connection, query), tone) for name, query, tone in _STEPS]
    return {
        "headlines": [(name, count) for name, count, _ in counts if name in _HEADLINES],
        "tokens": _count(
            connection,
            "SELECT coalesce(sum(tokens), 0) FROM text.document WHERE duplicate_of IS NULL",
        ),
        "picture": bars(
            [Bar(name, ((count, tone),), f"{count:,}") for name, count, tone in counts],
            logarithmic=True,
        ),
        "loads": connection.execute(
            """
            SELECT source, kind, file, rows_read, rows_loaded, rows_rejected
            FROM ops.load ORDER BY sequence
            """
        ).fetchall(),
        "counted_promotions": bool(
            _count(
                connection,
                "SELECT count(*) FROM ops.load WHERE file = 'sample' AND kind = 'promotion'",
            )
        ),
        "rejects": connection.execute(
            """
            WITH reject AS (
                SELECT
                    kind, field, regexp_replace(reason, ', got .*', '') AS reason,
                    "row", row_number
                FROM ops.reject JOIN ops.load USING (load_id)
            )
            SELECT
                kind, field, reason, count(*) AS rows,
                min_by("row", row_number) FILTER (NOT list_contains(?, kind)) AS example
            FROM reject GROUP BY ALL ORDER BY rows DESC, kind, field, reason LIMIT 12
            """,
            [_OF_PERSONS],
        ).fetchall(),
    }


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
