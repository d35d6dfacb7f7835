"""What changed between two times, and how it is asked of a language model."""

from typing import Any

import duckdb

from pipelines.drawing import Bar, bars, legend
from warehouse.connection import only_row

_TONES = {"conflict": 1, "addition": 0, "withdrawal": 5}


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Changes and requests by predicate, and two requests of each kind and predicate."""
    changes = connection.execute(
        "SELECT predicate, change, count(*) FROM edit.change GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    rows = []
    for predicate in dict.fromkeys(row[0] for row in changes):
        own = [row for row in changes if row[0] == predicate]
        text = ", ".join(f"{row[2]:,} {row[1]}{'' if row[2] == 1 else 's'}" for row in own)
        rows.append(Bar(predicate, tuple((row[2], _TONES.get(row[1], 5)) for row in own), text))
    table = connection.sql(
        """
        SELECT
            change, predicate, subject_text, prompt, target_old, target_new, provenance,
            rephrasings, locality, portability
        FROM edit.request
        QUALIFY row_number() OVER (
            PARTITION BY change, predicate ORDER BY len(portability) = 0, request_id
        ) = 1
        ORDER BY change DESC, predicate LIMIT 8
        """
    ).to_arrow_table()
    times = only_row(connection, "SELECT min(changed_from), max(changed_to) FROM edit.change")
    count = only_row(connection, "SELECT count(*) FROM edit.request")
    return {
        "picture": bars(rows),
        "legend": legend(_TONES),
        "times": [time and f"{time:%Y-%m-%d}" for time in times],
        "count": count[0],
        "requests": [row | {"asked": _asked(row)} for row in table.to_pylist()],
    }


def _asked(request: dict[str, Any]) -> str:
    """How much is asked about a request; what there is none of is not mentioned."""
    parts = []
    for name, one, many in (
        ("rephrasings", "rephrasing", "rephrasings"),
        ("locality", "thing that must stay", "things that must stay"),
        ("portability", "that follows", "that follow"),
    ):
        if count := len(request[name]):
            parts.append(f"{count} {one if count == 1 else many}")
    return ", ".join(parts)
