"""What was loaded, by which contract, what was measured before it was published, and what was
turned away."""

from typing import Any

import duckdb

from pipelines.drawing import Bar, bars
from warehouse.connection import first_row
from warehouse.kinds import KINDS
from warehouse.licences import stated

# A report is passed on: it shows no row of one person.
_OF_PERSONS = [
    kind.name
    for kind in KINDS.values()
    if kind.name == "customer" or "customer" in kind.columns_by_name
]

_OPERATORS = {
    "mustBe": "exactly",
    "mustNotBe": "anything but",
    "mustBeGreaterThan": "more than",
    "mustBeGreaterOrEqualTo": "at least",
    "mustBeLessThan": "less than",
    "mustBeLessOrEqualTo": "at most",
    "mustBeBetween": "between",
    "mustNotBeBetween": "not between",
}


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Loads by file and kind, licences, rejects by reason, and audits that a contract asks for."""
    rejects = _rejects(connection)
    return {
        "loads": connection.execute(
            """
            SELECT
                load.source, load.kind, load.file, load.as_of, contract.version,
                load.rows_read, load.rows_loaded, load.rows_rejected,
                array_to_string(contract.drift, '; ') AS drift
            FROM ops.load AS load LEFT JOIN ops.contract AS contract USING (load_id)
            ORDER BY load.sequence
            """
        ).fetchall(),
        "licences": stated(connection),
        "counted_promotions": first_row(
            connection, "SELECT 1 FROM ops.load WHERE file = 'sample' AND kind = 'promotion'"
        )
        is not None,
        "rejects": rejects,
        "picture": bars(
            [
                Bar(f"{field or 'the row'}: {reason}", ((rows, 1),), f"{rows:,}")
                for _, field, reason, rows, _ in rejects
            ]
        )
        if rejects
        else "",
        "audits": _audits(connection),
    }


def _audits(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """What was measured of each load under a contract, and what it had to be."""
    rows = connection.execute(
        """
        SELECT load.file, audit."check", audit.value, audit.threshold, audit.passed
        FROM ops.audit AS audit
        JOIN ops.load AS load USING (load_id)
        SEMI JOIN ops.contract USING (load_id)
        ORDER BY load.sequence, audit.rowid
        """
    ).fetchall()
    return [(*row[:3], _limit(row[3]), row[4]) for row in rows]


def _limit(threshold: str) -> str:
    """What a figure must be, in words."""
    operator, _, figures = threshold.partition(" ")
    return f"{_OPERATORS.get(operator, operator)} {figures}"


def _rejects(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(
        """
        WITH reject AS (
            SELECT
                kind, field, "row", row_number,
                regexp_replace(reason, '(, got .*| row \\d+( already)?$)', '') AS reason
            FROM ops.reject JOIN ops.load USING (load_id)
        )
        SELECT
            kind, field, reason, count(*) AS rows,
            min_by("row", row_number) FILTER (NOT list_contains(?, kind)) AS example
        FROM reject GROUP BY ALL ORDER BY rows DESC, kind, field, reason LIMIT 12
        """,
        [_OF_PERSONS],
    ).fetchall()
