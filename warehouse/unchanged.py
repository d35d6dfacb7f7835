"""What of a file is new against what was landed of it last.

A row that a file said before, and that passed its checks, needs no check, row or fact again: a load
goes on with the others only, so that its cost follows the change. All rows count as new where the
comparison would not be safe: for another file, other columns, checks or contract, an earlier time,
or rows that refer to others.

Rows are alike if their 64-bit hashes are: of a million changed rows one is taken for another once
in ten million loads. The hash is that of the record in the file, where records can be found without
being read (`sources/records.py`), else that of the values.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.arrivals import is_late
from warehouse.connection import first_row, literal, quoted
from warehouse.kinds import Kind
from warehouse.sources import records
from warehouse.sources.records import Layout


@dataclass(frozen=True)
class Landing:
    """A file that has landed in the relation `rows` and is kept in the table `raw`.

    `columns` are those of the file, `key` is the SQL of the key of a row `landed` (None where rows
    have none), `single` that of other values which one row alone may bear, `checks` is all that
    decides what becomes of a row beside these (None where that is more than the row), `types` are
    those of the columns. `layout` tells how records stand in the file, if it is there to be looked
    at; a `partial` landing lacks rows that were known, but has all of them in the table `record`.
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
    layout: Layout | None = None
    partial: bool = False

    @property
    def fingerprint(self) -> str | None:
        if self.checks is None or self.key is None or not self.kind.node:
            return None
        if any(column.reference for column in self.kind.columns):
            return None
        said = "\x1f".join([self.file, *self.columns, *self.types.values(), self.key, self.checks])
        return hashlib.md5(said.encode()).hexdigest()


def find_earlier(connection: duckdb.DuckDBPyConnection, source: str, file: str) -> str | None:
    """The good rows of a file that were landed last, as a relation (row_before, same): they need
    not land again. None if there is nothing to compare with."""
    kinds = connection.execute(
        """
        SELECT landed.kind
        FROM ops.landed AS landed
        JOIN ops.load AS load USING (load_id)
        WHERE landed.source = ? AND load.file = ?
        """,
        [source, file],
    ).fetchall()
    return _recall(connection, source, *kinds[0]) if len(kinds) == 1 else None


def follows(connection: duckdb.DuckDBPyConnection, landing: Landing) -> bool:
    """Whether what was landed last is the newest that the source has said, and was checked as the
    landing will be."""
    row = first_row(
        connection,
        "SELECT as_of FROM ops.landed WHERE source = ? AND kind = ? AND fingerprint = ?",
        [landing.source, landing.kind.name, landing.fingerprint],
    )
    if row is None or row[0] > landing.as_of:
        return False
    return not is_late(connection, [landing.kind.name, "category"], landing.source, row[0])


def find_fresh(connection: duckdb.DuckDBPyConnection, landing: Landing) -> bool:
    """Brings the raw table up to date; returns whether it held an earlier state of the file to
    compare with.

    Then `fresh` has the rows that must be loaded, and `left_out` the nodes (node_id) of which no
    earlier row is there as it was.
    """
    if not landing.fingerprint:
        return False
    if not landing.partial:
        _hash(connection, landing)
    if not follows(connection, landing):
        return False
    if not landing.partial:
        records.compare(connection, _recall(connection, landing.source, landing.kind.name))
    _choose(connection, landing)
    connection.execute(f"DELETE FROM {landing.raw} WHERE row_number IN (FROM outdated)")
    connection.execute(
        f"""
        UPDATE {landing.raw} AS landed SET row_number = moved.row_number
        FROM moved
        WHERE landed.row_number = moved.row_before
        """
    )
    connection.execute(f"INSERT INTO {landing.raw} FROM fresh")
    return True


def record(
    connection: duckdb.DuckDBPyConnection, landing: Landing, load_id: str, compared: bool
) -> None:
    """Notes what the next load of the file can be compared with; of one that was `compared`, only
    what is not at its place as before."""
    given = [landing.source, landing.kind.name]
    places = ""
    if compared:
        places = "AND row_number IN (SELECT place FROM displaced UNION ALL FROM turned_away)"
    connection.execute("DELETE FROM ops.landed WHERE source = ? AND kind = ?", given)
    connection.execute(f"DELETE FROM ops.landed_row WHERE source = ? AND kind = ? {places}", given)
    if landing.fingerprint:
        connection.execute(
            "INSERT INTO ops.landed VALUES (?, ?, ?, ?, ?)",
            [*given, load_id, landing.as_of, landing.fingerprint],
        )
        connection.execute(
            f"""
            INSERT INTO ops.landed_row
            SELECT ?, ?, row_number, same FROM record WHERE row_number > 0 {places}
            """,
            given,
        )


def _hash(connection: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    """Makes `record`: the numbers of all rows of the file (row_number) and their hashes (same)."""
    if landing.layout and records.find(connection, landing.layout):
        return
    values = ", ".join(f"landed.{quoted(column)}" for column in landing.columns)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE record AS
        SELECT row_number, hash({values}) AS same FROM {landing.rows} AS landed
        """
    )


def _recall(connection: duckdb.DuckDBPyConnection, source: str, kind: str) -> str:
    """Makes `turned_away`, the places (row_before) of the bad rows that were landed last, and
    returns a relation of those of the others with their hashes (same). No two of these are the
    same, since no two good rows have the same key."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE turned_away AS
        SELECT DISTINCT reject.row_number AS row_before
        FROM ops.reject AS reject
        JOIN ops.landed AS last USING (load_id)
        WHERE last.source = ? AND last.kind = ?
        """,
        [source, kind],
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW earlier AS
        FROM (
            SELECT row_number AS row_before, same
            FROM ops.landed_row
            WHERE source = {literal(source)} AND kind = {literal(kind)}
        )
        ANTI JOIN turned_away USING (row_before)
        """
    )
    return "earlier"


def _choose(connection: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    """Makes `fresh`, `left_out`, `outdated` (row_before, of rows that leave the raw table) and
    `moved` (row_number and row_before, of rows that have another place now)."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP VIEW moved AS
        FROM difference
        WHERE row_number IS NOT NULL AND row_before IS NOT NULL AND NOT again
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE outdated AS
        SELECT row_before FROM difference WHERE row_number IS NULL OR again
        UNION
        FROM turned_away
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE fresh AS
        FROM {landing.rows}
        SEMI JOIN (FROM difference WHERE row_before IS NULL) USING (row_number)
        UNION ALL
        SELECT landed.* REPLACE (repeated.row_number AS row_number)
        FROM {landing.raw} AS landed
        JOIN (FROM difference WHERE again) AS repeated ON row_before = landed.row_number
        """
    )
    # Of rows that share what one alone may bear the first is good, whichever was before, so that
    # they are looked at together. Rows that were good share none among themselves: none of those
    # that are drawn in draws others along.
    sharing = " UNION ALL ".join(
        f"""
        SELECT row_number AS row_before
        FROM {landing.raw} AS landed
        SEMI JOIN (SELECT {value} AS single FROM fresh AS landed) AS new ON single = {value}
        """
        for value in dict.fromkeys((landing.key or "NULL", *landing.single))
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE drawn AS
        SELECT DISTINCT row_before FROM ({sharing}) ANTI JOIN outdated USING (row_before)
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE fresh AS
        FROM fresh
        UNION ALL
        SELECT landed.* REPLACE (coalesce(moved.row_number, landed.row_number) AS row_number)
        FROM {landing.raw} AS landed
        SEMI JOIN drawn ON drawn.row_before = landed.row_number
        LEFT JOIN moved ON moved.row_before = landed.row_number
        ORDER BY row_number
        """
    )
    connection.execute("INSERT INTO outdated FROM drawn")
    # A row that was turned away may have said the key of one that stays.
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE left_out AS
        SELECT DISTINCT
            node_id({literal(landing.kind.name)}, {literal(landing.source)}, {landing.key})
                AS node_id
        FROM {landing.raw} AS landed
        SEMI JOIN (FROM outdated ANTI JOIN turned_away USING (row_before)) AS good
            ON good.row_before = landed.row_number
        """
    )
