"""In which order files arrive, against the times that they tell of.

A file may come after another that tells of a later time. So that it finds its place, the warehouse
keeps which entities each load of a file held: the next statement about an entity ends what a late
file says of it. Against the load of the same file before, only the differences are kept.
"""

from datetime import datetime

import duckdb

from warehouse.connection import first_row, literal, only_row
from warehouse.kinds import Kind

# Every time for which a content was said, with the place of its load in the history of its file.
_SAID = """
    SELECT load_id, source, kind, file, sequence, as_of FROM ops.load
    UNION ALL
    SELECT load_id, source, kind, file, sequence, restated.as_of
    FROM ops.restated AS restated JOIN ops.load USING (load_id)
"""


def is_late(
    connection: duckdb.DuckDBPyConnection, kinds: list[str], source: str, as_of: datetime
) -> bool:
    """Whether the source has told of a later time."""
    later = f"SELECT 1 FROM ({_SAID}) WHERE source = ? AND list_contains(?, kind) AND as_of > ?"
    return first_row(connection, f"{later} LIMIT 1", [source, kinds, as_of]) is not None


def later_times(
    connection: duckdb.DuckDBPyConnection, kinds: list[str], source: str, as_of: datetime
) -> list[datetime]:
    """The times after `as_of` of which the source has told."""
    statement = f"""
        SELECT DISTINCT as_of FROM ({_SAID})
        WHERE source = ? AND list_contains(?, kind) AND as_of > ?
        ORDER BY as_of
    """
    return [time for (time,) in connection.execute(statement, [source, kinds, as_of]).fetchall()]


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the temporary tables `gone` and `newer` without a row."""
    connection.execute("CREATE OR REPLACE TEMP TABLE gone (node_id VARCHAR)")
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE newer (
            node_id VARCHAR, as_of TIMESTAMP, load_id VARCHAR, stated BOOLEAN
        )
        """
    )


def find_newer(
    connection: duckdb.DuckDBPyConnection, kind: Kind, source: str, as_of: datetime
) -> None:
    """Fills `newer`: for what `good` and `gone` hold, and the source has spoken of for a later
    time, the first such time and its load.

    A snapshot speaks of what it does not hold too; `stated` tells whether some later file holds it.
    """
    own = kind.identifier
    if not own or not is_late(connection, [kind.name], source, as_of):
        return
    given = {"source": source, "kind": kind.name, "as_of": as_of}
    if not kind.node:
        connection.execute(
            f"""
            INSERT INTO newer
            SELECT {own}, load.as_of, load_id, true
            FROM {kind.table} AS known
            JOIN ops.load AS load USING (load_id)
            SEMI JOIN good USING ({own})
            WHERE known.source = $source AND load.kind = $kind AND load.as_of > $as_of
            """,
            given,
        )
        return
    connection.execute(
        f"""
        INSERT INTO newer
        WITH
        spoken AS (SELECT {own} AS node_id FROM good UNION ALL FROM gone),
        later AS (
            FROM ({_SAID}) WHERE source = $source AND kind = $kind AND as_of > $as_of
        ),
        held AS (
            SELECT
                node_id, file, present, sequence,
                lead(sequence) OVER (PARTITION BY node_id, file ORDER BY sequence) AS until
            FROM ops.presence
            JOIN ops.load USING (load_id)
            SEMI JOIN spoken USING (node_id)
            WHERE source = $source AND kind = $kind
        ),
        said AS (
            SELECT held.node_id, later.as_of, later.load_id, later.sequence, true AS stated
            FROM held
            JOIN later
                ON later.file = held.file
                AND later.sequence >= held.sequence
                AND (held.until IS NULL OR later.sequence < held.until)
            WHERE held.present
            UNION ALL
            SELECT spoken.node_id, later.as_of, later.load_id, later.sequence, false
            FROM spoken
            CROSS JOIN later
            SEMI JOIN (FROM ops.contract WHERE delivery = 'snapshot') AS snapshot
                ON snapshot.load_id = later.load_id
            ANTI JOIN ops.untold AS untold
                ON untold.load_id = later.load_id
                AND coalesce(untold.node_id, spoken.node_id) = spoken.node_id
        )
        SELECT node_id, min(as_of), arg_min(load_id, (as_of, -sequence)), bool_or(stated)
        FROM said
        GROUP BY node_id
        """,
        given,
    )


def find_gone(
    connection: duckdb.DuckDBPyConnection, kind: Kind, source: str, as_of: datetime, keys: str
) -> int:
    """Fills `gone` with the entities that hold at `as_of` and that a snapshot, whose rows have the
    `keys` (SQL), lacks; returns how many hold.

    A row that is turned away is there all the same.
    """
    loads = "SEMI JOIN (FROM ops.load WHERE kind = $kind) USING (load_id)"
    given = {"source": source, "kind": kind.name}
    known = f"SELECT {kind.identifier} AS node_id FROM {kind.table} {loads} WHERE source = $source"
    if is_late(connection, [kind.name], source, as_of):
        known = f"""
            SELECT DISTINCT subject AS node_id
            FROM facts.as_of({literal(str(as_of))}) {loads}
            SEMI JOIN (FROM facts.node WHERE kind = $kind) AS node ON node.node_id = subject
            WHERE source = $source
        """
    connection.execute(
        f"""
        INSERT INTO gone
        FROM ({known})
        WHERE node_id NOT IN (
            SELECT node_id($kind, $source, key) FROM ({keys}) WHERE key IS NOT NULL
        )
        ORDER BY node_id
        """,
        given,
    )
    row = only_row(connection, f"SELECT count(*) FROM ({known})", given)
    return int(row[0])


def record_presence(
    connection: duckdb.DuckDBPyConnection,
    kind: Kind,
    source: str,
    file: str,
    load_id: str,
    compared: bool = False,
) -> None:
    """Keeps which entities of `good` entered the file with this load, and which left it. Where the
    file was `compared` with what it held before, only those of `good` and `left_out` can have."""
    own = kind.identifier
    spoken = f"SELECT {own} AS node_id FROM good UNION ALL FROM left_out"
    connection.execute(
        f"""
        INSERT INTO ops.presence
        WITH
        before AS (
            SELECT node_id
            FROM ops.presence
            JOIN ops.load USING (load_id)
            {f"SEMI JOIN ({spoken}) AS spoken USING (node_id)" if compared else ""}
            WHERE source = $source AND kind = $kind AND file = $file AND load_id <> $load_id
            GROUP BY node_id
            HAVING arg_max(present, sequence)
        ),
        now AS (SELECT {own} AS node_id FROM good)
        SELECT $load_id, node_id, true FROM now ANTI JOIN before USING (node_id)
        UNION ALL
        SELECT $load_id, node_id, false FROM before ANTI JOIN now USING (node_id)
        ORDER BY ALL
        """,
        {"source": source, "kind": kind.name, "file": file, "load_id": load_id},
    )


def record_untold(
    connection: duckdb.DuckDBPyConnection,
    kind: Kind,
    source: str,
    load_id: str,
    unreadable: str | None,
) -> None:
    """Keeps of which entities a snapshot says nothing, since their rows in `checked` were turned
    away; of any, if the key of one cannot be read, or a row of the table `unreadable`."""
    lost = f"UNION ALL SELECT NULL FROM {unreadable}" if unreadable else ""
    connection.execute(
        f"""
        INSERT INTO ops.untold
        SELECT DISTINCT
            $load_id, CASE WHEN key IS NOT NULL THEN node_id($kind, $source, key) END AS node_id
        FROM (SELECT key FROM checked WHERE len(problems) > 0 {lost})
        WHERE key IS NULL OR key NOT IN (SELECT key FROM good)
        ORDER BY ALL
        """,
        {"load_id": load_id, "kind": kind.name, "source": source},
    )


def restate(connection: duckdb.DuckDBPyConnection, load_ids: list[str], as_of: datetime) -> bool:
    """Whether the content that `load_ids` brought says nothing new for `as_of`.

    It was said for that time before; or its kind was not told of since, and then it is noted that
    all of it still holds.
    """
    found = connection.execute(
        f"""
        WITH
        said AS ({_SAID}),
        own AS (SELECT * FROM ops.load WHERE list_contains($load_ids, load_id))
        SELECT
            own.load_id,
            coalesce(bool_or(
                said.as_of = $as_of AND said.file = own.file AND said.load_id IN (
                    SELECT load_id FROM ops.load WHERE content_hash = own.content_hash
                )
            ), false) AS known,
            bool_and(own.as_of < $as_of) AND NOT coalesce(bool_or(
                said.load_id <> own.load_id
                AND (said.as_of >= own.as_of OR said.sequence > own.sequence)
            ), false) AS holds
        FROM own
        JOIN said ON said.source = own.source AND said.kind = own.kind
        GROUP BY own.load_id
        """,
        {"load_ids": load_ids, "as_of": as_of},
    ).fetchall()
    if not all(known or holds for _, known, holds in found):
        return False
    for load_id, known, _ in found:
        if not known:
            connection.execute("INSERT INTO ops.restated VALUES (?, ?)", [load_id, as_of])
    return True
