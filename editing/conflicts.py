"""Changed facts to conflicts, additions and withdrawals, as `facts.predicate` decides.

A functional predicate with another value is a conflict: what a model knows is wrong now. A new
value beside or without an old one is an addition. A value that went without a new one is a
withdrawal: there is nothing to teach instead, so it is counted, not asked.
"""

from datetime import datetime
from pathlib import Path

import duckdb

from editing.changes import CHANGES, between
from warehouse.connection import transaction

_CLASSIFY = (Path(__file__).parent / "conflicts.sql").read_text()


def write_changes(
    connection: duckdb.DuckDBPyConnection, t0: datetime, t1: datetime, *, predicted: bool = False
) -> dict[str, int]:
    """Fills `edit.change` with what differs between the two times; returns the number of each kind
    of change.

    If a functional predicate had or got several values at once, the most confident old and new ones
    are paired, ties by fact.

    Raises:
        EditError: if `t0` is not before `t1`.
    """
    parameters = between(t0, t1, predicted)
    with transaction(connection):
        connection.execute("DELETE FROM edit.change")
        connection.execute(
            f"INSERT INTO edit.change WITH changed AS ({CHANGES}) {_CLASSIFY}", parameters
        )
    return dict(
        connection.execute(
            "SELECT change, count(*) FROM edit.change GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    )
