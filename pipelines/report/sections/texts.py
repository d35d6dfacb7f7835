"""What products lacked and their own texts say: how well it was found, and where it stands."""

from typing import Any

import duckdb

from pipelines.drawing import Bar, bars, legend
from warehouse.connection import first_row

_TONES = {"precision": 0, "recall": 1}
_AROUND = 60


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Precision and recall by attribute, and two values of each in the midst of their texts."""
    measured = connection.execute(
        """
        SELECT predicate, "precision", recall, asked, found, checked, reason
        FROM facts.extraction ORDER BY predicate
        """
    ).fetchall()
    rows = [
        Bar(predicate, ((precision, 0), (recall or 0, 1)), f"{precision:.2f}, {recall or 0:.2f}")
        for predicate, precision, recall, *_ in measured
        if precision is not None
    ]
    return {
        "measured": measured,
        "picture": bars(rows) if rows else None,
        "legend": legend(_TONES),
        "samples": _samples(connection),
        "why": _why(connection),
    }


def _samples(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    table = connection.sql(
        """
        WITH said AS (
            SELECT
                fact.predicate,
                fact.confidence,
                fact.source,
                e.rule,
                coalesce(node.label, fact.object) AS value,
                CASE e.field WHEN 'name' THEN p.name ELSE p.description END AS written,
                e.start,
                e.stop,
                e."text"
            FROM facts.evidence AS e
            JOIN facts.current AS fact USING (fact_id)
            JOIN catalog.product AS p ON p.product_id = e.node
            LEFT JOIN facts.node AS node
                ON fact.object_kind = 'node' AND node.node_id = fact.object
            QUALIFY row_number() OVER (PARTITION BY fact.predicate ORDER BY e.fact_id) <= 2
        )
        SELECT
            predicate, confidence, source, rule, value, "text",
            substr(written, greatest(start - $around, 0) + 1, least(start, $around)) AS before,
            substr(written, stop + 1, $around) AS after
        FROM said ORDER BY predicate, value, before LIMIT 24
        """,
        params={"around": _AROUND},
    ).to_arrow_table()
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def _why(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Why nothing was looked for, where nothing was."""
    row = first_row(
        connection, "SELECT metadata ->> 'skipped' FROM ops.stage WHERE stage = 'extract'"
    )
    return row[0] if row else None
