"""What of a file is new against what was landed of it last.

A row that a file said before, and that passed its checks, needs no check, row or fact again: a load
goes on with the others only, so that its cost follows the change. All rows count as new where the
comparison would not be safe: for another file, other columns, checks or contract, an earlier time,
or rows that refer to others.
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
    have none), `single` that of other values which one row alone may bear, `checks` is all that
    decides what becomes of a row beside these (None where that is more than the row), `types` are
    those of the columns.
    """

    kind: Kind
    source: str
    file: str
    as_of: datetime
    rows: str
    raw: str
    columns: tuple[str, ...]
    key: str | None
    single: tuple[str, ...]
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

    Then `fresh` has the landed rows that must be loaded, and `left_out` the nodes (node_id) of
    which no earlier row is there as it was.
    """
    if not _follows(connection, landing):
        return False
    _compare(connection, landing)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE fresh AS
        FROM {landing.rows}
        SEMI JOIN (
            SELECT row_number FROM new_row
            UNION ALL
            {_sharing(landing, "row_number", landing.rows)}
        ) USING (row_number)
        ORDER BY row_number
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE outdated AS
        SELECT landed.rowid AS stored, {landing.key} AS key
        FROM {landing.raw} AS landed
        SEMI JOIN (
            SELECT stored FROM difference WHERE row_number IS NULL
            UNION ALL
            SELECT rowid FROM {landing.raw} SEMI JOIN turned_away USING (row_number)
            UNION ALL
            {_sharing(landing, "landed.rowid", landing.raw)}
        ) AS going ON going.stored = landed.rowid
        """
    )
    connection.execute(f"DELETE FROM {landing.raw} WHERE rowid IN (SELECT stored FROM outdated)")
    # A row that was turned away may have said the key of one that stays.
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE left_out AS
        SELECT DISTINCT
            node_id({literal(landing.kind.name)}, {literal(landing.source)}, key) AS node_id
        FROM outdated
        WHERE key IS NOT NULL AND key NOT IN (
            SELECT {landing.key} FROM {landing.raw} AS landed
            SEMI JOIN outdated ON outdated.key = {landing.key}
        )
        """
    )
    connection.execute(
        f"""
        UPDATE {landing.raw} AS earlier SET row_number = moved.row_number
        FROM (FROM difference WHERE row_number IS NOT NULL AND stored IS NOT NULL) AS moved
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


def _compare(connection: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    """Makes `difference`: landed rows (row_number) and good rows of the raw table (stored) that are
    not each other's at the same place; one of the two is null where a row has no like.

    Also `turned_away` (places of bad rows of the raw table) and `new_row`: landed rows that have no
    like, or are said twice, with what they alone may bear. Rows are alike if their 64-bit hashes
    are: of a million changed rows one is taken for another once in ten million loads.
    """
    values = ", ".join(f"landed.{quoted(column)}" for column in landing.columns)
    given = [landing.source, landing.kind.name]
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE turned_away AS
        SELECT DISTINCT reject.row_number
        FROM ops.reject AS reject
        JOIN ops.landed AS last USING (load_id)
        WHERE last.source = ? AND last.kind = ?
        """,
        given,
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE hashed AS
        SELECT row_number, hash({values}) AS same FROM {landing.rows} AS landed
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE difference AS
        SELECT hashed.row_number, earlier.stored
        FROM hashed
        FULL JOIN (
            SELECT row_number AS row_before, rowid AS stored, hash({values}) AS same
            FROM {landing.raw} AS landed
            ANTI JOIN turned_away USING (row_number)
        ) AS earlier USING (same)
        WHERE hashed.row_number IS DISTINCT FROM row_before
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE new_row AS
        SELECT row_number, [{", ".join(_single(landing))}] AS single
        FROM {landing.rows} AS landed
        WHERE row_number IN (SELECT row_number FROM difference WHERE stored IS NULL)
            OR row_number IN (
                SELECT row_number FROM hashed
                SEMI JOIN (SELECT same FROM hashed GROUP BY same HAVING count(*) > 1) USING (same)
            )
        """
    )


def _single(landing: Landing) -> list[str]:
    """The values of a row `landed` that no other row may bear, as SQL."""
    return [*dict.fromkeys((landing.key or "NULL", *landing.single))]


def _sharing(landing: Landing, chosen: str, rows: str) -> str:
    """What is `chosen` of the rows that share such a value with a row of `new_row`, as SQL. Of
    those the first is good, whichever was before, so that they are looked at together; rows that
    were good share none among themselves, so that none draws others along."""
    return " UNION ALL ".join(
        f"SELECT {chosen} FROM {rows} AS landed "
        f"SEMI JOIN new_row ON new_row.single[{place}] = {value}"
        for place, value in enumerate(_single(landing), start=1)
    )
