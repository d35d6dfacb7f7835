"""What of a file is new against what was landed of it last.

A row that a file said before, and that passed its checks, needs no check, row or fact again: a load
goes on with the others only, so that its cost follows the change. All rows count as new where the
comparison would not be safe: for another file, other columns, checks or contract, an earlier time,
rows that refer to others, or a snapshot.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.arrivals import is_late
from warehouse.connection import literal, quoted
from warehouse.kinds import Kind


@dataclass(frozen=True)
class Landing:
    """A file that has landed in the relation `rows` and is kept in the table `raw`.

    `columns` are those of the file, `key` is the SQL of the key of a row `landed` (None where rows
    have none), `checks` is all that decides what becomes of a row (None where that is more than the
    row), `types` are those of the columns.
    """

    kind: Kind
    source: str
    file: str
    as_of: datetime
    rows: str
    raw: str
    columns: tuple[str, ...]
    key: str | None
    checks: str | None
    types: Mapping[str, str]

    @property
    def fingerprint(self) -> str | None:
        if self.checks is None or self.key is None or not self.kind.node:
            return None
        if any(column.reference for column in self.kind.columns):
            return None
        said = "\x1f".join([self.file, *self.columns, *self.types.values(), self.key, self.checks])
        return hashlib.md5(said.encode()).hexdigest()


def find_fresh(connection: duckdb.DuckDBPyConnection, landing: Landing) -> bool:
    """Brings the raw table up to date; returns whether it held an earlier state of the file to
    compare with.

    Then `fresh` has the landed rows that must be loaded, and `left_out` the nodes (node_id) of the
    earlier rows that are not there as they were.
    """
    if not _follows(connection, landing):
        return False
    _match(connection, landing)
    own = f"node_id({literal(landing.kind.name)}, {literal(landing.source)}, {landing.key})"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE fresh AS
        FROM {landing.rows}
        WHERE row_number NOT IN (SELECT row_number FROM matched)
        ORDER BY row_number
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE left_out AS
        SELECT DISTINCT {own} AS node_id
        FROM {landing.raw} AS landed
        WHERE rowid NOT IN (SELECT stored FROM matched) AND {landing.key} IS NOT NULL
        """
    )
    connection.execute(f"DELETE FROM {landing.raw} WHERE rowid NOT IN (SELECT stored FROM matched)")
    connection.execute(
        f"""
        UPDATE {landing.raw} AS earlier SET row_number = moved.row_number
        FROM (FROM matched WHERE row_number <> row_before) AS moved
        WHERE earlier.rowid = moved.stored
        """
    )
    connection.execute(f"INSERT INTO {landing.raw} FROM fresh")
    return True


def record(connection: duckdb.DuckDBPyConnection, landing: Landing, load_id: str) -> None:
    """Notes what the next load of the file can be compared with."""
    given = [landing.source, landing.kind.name]
    connection.execute("DELETE FROM ops.landed WHERE source = ? AND kind = ?", given)
    if landing.fingerprint:
        connection.execute(
            "INSERT INTO ops.landed VALUES (?, ?, ?, ?, ?)",
            [*given, load_id, landing.as_of, landing.fingerprint],
        )


def _follows(connection: duckdb.DuckDBPyConnection, landing: Landing) -> bool:
    """Whether what was landed last is the newest that the source has said, and was checked as the
    landing will be."""
    row = connection.execute(
        "SELECT as_of FROM ops.landed WHERE source = ? AND kind = ? AND fingerprint = ?",
        [landing.source, landing.kind.name, landing.fingerprint],
    ).fetchone()
    if row is None or row[0] > landing.as_of:
        return False
    return not is_late(connection, [landing.kind.name, "category"], landing.source, row[0])


def _match(connection: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    """Makes `matched`: the landed rows (row_number) that say the same as a good row of the raw
    table (row_before, stored) and whose key no other row bears."""
    values = ", ".join(f"landed.{quoted(column)}" for column in landing.columns)
    same = f"hash({values}) AS same, {landing.key} AS key"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE matched AS
        WITH
        now AS (SELECT row_number, {same} FROM {landing.rows} AS landed),
        earlier AS (
            SELECT row_number AS row_before, rowid AS stored, {same}
            FROM {landing.raw} AS landed
            WHERE row_number NOT IN (
                SELECT reject.row_number
                FROM ops.reject AS reject
                JOIN ops.landed AS last USING (load_id)
                WHERE last.source = {literal(landing.source)}
                    AND last.kind = {literal(landing.kind.name)}
            )
        )
        SELECT now.row_number, row_before, stored FROM now JOIN earlier USING (same, key)
        """
    )
    # Of rows with one key the first is good, whichever was before: they are looked at together.
    connection.execute(
        f"""
        DELETE FROM matched WHERE row_number IN (
            SELECT row_number
            FROM {landing.rows} AS landed
            WHERE {landing.key} IN (
                SELECT {landing.key}
                FROM {landing.rows} AS landed
                WHERE row_number NOT IN (SELECT row_number FROM matched)
                    AND {landing.key} IS NOT NULL
            )
        )
        """
    )
    connection.execute(
        """
        DELETE FROM matched WHERE stored IN (
            SELECT stored FROM matched GROUP BY stored HAVING count(*) > 1
        )
        """
    )
