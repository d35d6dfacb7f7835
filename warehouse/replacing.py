"""Which rows of a canonical table give way to those of a load, and which of those are older than
what the table has.

An entity is replaced by its newest row, by the time that its file tells of. Rows that are no
entities are replaced with their file; with their partition where a contract names one; or, by a
snapshot, with all that their source said before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.connection import first_row, literal, quoted
from warehouse.kinds import Kind


@dataclass(frozen=True)
class Delivery:
    """What a load delivers. `keyed` tells whether the file gives the keys of its rows; `partition`
    is a canonical column."""

    kind: Kind
    source: str
    file: str
    as_of: datetime
    keyed: bool
    snapshot: bool = False
    partition: str | None = None

    @property
    def bound(self) -> Mapping[str, object]:
        return {"source": self.source, "kind": self.kind.name, "as_of": self.as_of}

    @property
    def part(self) -> str:
        """The partition of a row, as SQL: the day of a time, else the value."""
        column = self.kind.columns_by_name[self.partition or ""]
        value = quoted(self.partition or "")
        day = f"strftime({value}, '%Y-%m-%d')" if column.type == "time" else f"{value}::VARCHAR"
        return f"coalesce({day}, '')"


def choose_published(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Makes the temporary view `published`: the rows of `good` that are not older than what the
    table has."""
    own = delivery.kind.identifier
    older = []
    if own and first_row(connection, "FROM newer LIMIT 1"):
        older.append(f"{own} IN (SELECT node_id FROM newer)")
    if not delivery.kind.node and _is_superseded(connection, delivery):
        older.append("true")
    if delivery.partition:
        known = f"""
            SELECT {delivery.part} FROM {delivery.kind.table} JOIN ops.load AS load USING (load_id)
            WHERE load.source = {literal(delivery.source)}
                AND load.as_of > {literal(str(delivery.as_of))}::TIMESTAMP
        """
        older.append(f"{delivery.part} IN ({known})")
    rows = f"good WHERE NOT ({' OR '.join(older)}) ORDER BY row_number" if older else "good"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW published AS FROM {rows}")


def remove_replaced(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Deletes the rows of the canonical table that `published` replaces."""
    kind, table, own = delivery.kind, delivery.kind.table, delivery.kind.identifier
    loads = "SELECT load_id FROM ops.load WHERE source = $source AND kind = $kind"
    if own:
        connection.execute(f"DELETE FROM {table} WHERE {own} IN (SELECT {own} FROM published)")
    if kind.node:
        connection.execute(
            f"""
            DELETE FROM {table}
            WHERE {own} IN (FROM gone) AND {own} NOT IN (SELECT node_id FROM newer)
            """
        )
    elif delivery.snapshot:
        connection.execute(
            f"DELETE FROM {table} WHERE load_id IN ({loads} AND as_of <= $as_of)", delivery.bound
        )
    elif delivery.partition:
        connection.execute(
            f"""
            DELETE FROM {table}
            WHERE load_id IN ({loads} AND as_of <= $as_of)
                AND {delivery.part} IN (SELECT {delivery.part} FROM published)
            """,
            delivery.bound,
        )
    elif not delivery.keyed:
        connection.execute(
            f"DELETE FROM {table} WHERE load_id IN ({loads} AND as_of <= $as_of AND file = $file)",
            {**delivery.bound, "file": delivery.file},
        )


def share_deleted(connection: duckdb.DuckDBPyConnection, delivery: Delivery, held: int) -> float:
    """The percentage of what a source holds that a snapshot takes away, of `held` entities; of rows
    that are no entities, by how much they would be fewer."""
    if delivery.kind.node:
        row = first_row(connection, "SELECT count(*) FROM gone")
        gone = row[0] if row else 0
    else:
        row = first_row(
            connection,
            f"""
            SELECT count(*), greatest(0, count(*) - (SELECT count(*) FROM checked))
            FROM {delivery.kind.table}
            WHERE load_id IN (
                SELECT load_id FROM ops.load
                WHERE source = $source AND kind = $kind AND as_of <= $as_of
            )
            """,
            delivery.bound,
        )
        held, gone = row or (0, 0)
    return 100.0 * gone / held if held else 0.0


def _is_superseded(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> bool:
    """Whether a later snapshot, or for rows that go with their file a later content of it, is
    known."""
    by_file = not delivery.keyed and not delivery.partition
    row = first_row(
        connection,
        """
        SELECT 1 FROM ops.load AS load LEFT JOIN ops.contract AS contract USING (load_id)
        WHERE source = $source AND kind = $kind AND as_of > $as_of
            AND (contract.delivery IS NOT DISTINCT FROM 'snapshot' OR ($by_file AND file = $file))
        LIMIT 1
        """,
        {**delivery.bound, "by_file": by_file, "file": delivery.file},
    )
    return row is not None
