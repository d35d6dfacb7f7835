"""Canonical rows to facts with valid time.

Two verbs keep history. `publish_state` takes what a source says now: facts that it no longer says
are closed, new ones are opened. `publish_history` takes all intervals that rows with times imply:
what they no longer imply is withdrawn. Neither deletes.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.connection import literal, transaction
from warehouse.errors import LoadError
from warehouse.kinds import KINDS, Kind

Progress = Callable[[str, int, int], None]

_STATEMENTS = Path(__file__).parent / "statements"
_HISTORIES = {
    "price_history": ("price",),
    "promotion_history": ("promotionDisplay", "promotionMailer"),
}
_STATES = {
    "co_purchase": ("isRelatedTo",),
    "counts": ("productCount", "makesProducts", "offersCategory", "brandCount", "brandCategory"),
    "segments": ("memberCount", "segmentAge", "segmentComposition", "prefers"),
}

# Tables and views that statements and loads leave on the connection, till `tidy`.
_TEMPORARY = (
    "good", "checked", "unreadable", "stated", "staged_node", "staged", "scope", "tree", "member",
    "segment", "closing", "opening", "ending",
)  # fmt: skip
_FACT_ID = """
    left(md5(concat_ws(
        chr(31), subject, predicate, object, coalesce(unit, ''), coalesce(language, ''), source,
        valid_from::VARCHAR
    )), 16)
"""


def state_rows(
    connection: duckdb.DuckDBPyConnection,
    kind: Kind,
    rows: str,
    *,
    source: str,
    as_of: datetime,
    load_id: str,
) -> None:
    """Publishes what the canonical `rows` of an entity kind state: nodes, facts, and for products
    their category tree.

    What another kind of load tells, such as a price told by sales, is not theirs to close.
    """
    _run(connection, f"{kind.name}_facts", source)
    _publish_nodes(connection)
    predicates = [column.predicate for column in kind.columns if column.predicate]
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE scope AS
        FROM (SELECT {kind.identifier} AS subject, unnest($predicates) AS predicate FROM {rows})
        ANTI JOIN (
            SELECT subject, predicate
            FROM facts.current AS fact
            SEMI JOIN (FROM ops.load WHERE kind <> $kind) USING (load_id)
            WHERE fact.source = $source
        ) USING (subject, predicate)
        """,
        {"predicates": predicates, "source": source, "kind": kind.name},
    )
    publish_state(connection, "staged", "scope", source=source, as_of=as_of, load_id=load_id)
    if kind.name == "product":
        _publish_category_tree(connection, source=source, as_of=as_of, load_id=load_id)
    if kind.name == "category":
        _restate_products(connection, source=source, as_of=as_of)


def publish_state(
    connection: duckdb.DuckDBPyConnection,
    staged: str,
    scope: str,
    *,
    source: str,
    as_of: datetime,
    load_id: str,
) -> None:
    """Makes the facts of `source` at `as_of` those of `staged`, as far as `scope` reaches.

    `staged` is a relation (subject, predicate, object, object_kind, unit, language, provenance,
    confidence); `scope` is a relation (subject, predicate) of what staged facts speak for. An open
    fact of the same source in scope that is not staged is closed at `as_of`; a staged one that is
    not open is opened. Facts of other sources are not touched.

    Raises:
        LoadError: if `as_of` lies before a time for which the source has said more of what would
        be closed or opened.
    """
    same = """
        fact.subject = staged.subject
        AND fact.predicate = staged.predicate
        AND fact.object = staged.object
        AND fact.unit IS NOT DISTINCT FROM staged.unit
        AND fact.language IS NOT DISTINCT FROM staged.language
        AND fact.confidence = staged.confidence
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE closing AS
        SELECT fact_id, subject, predicate
        FROM facts.current AS fact
        SEMI JOIN {scope} USING (subject, predicate)
        WHERE source = ? AND NOT EXISTS (SELECT 1 FROM {staged} AS staged WHERE {same})
        """,
        [source],
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE opening AS
        SELECT {_FACT_ID} AS fact_id, *
        FROM (
            SELECT DISTINCT
                subject, predicate, object, object_kind, unit, language, provenance,
                $source AS source, confidence, $as_of::TIMESTAMP AS valid_from,
                NULL::TIMESTAMP AS valid_to, $load_id AS load_id
            FROM {staged} AS staged
            WHERE NOT EXISTS (
                SELECT 1 FROM facts.current AS fact WHERE fact.source = $source AND {same}
            )
        )
        """,
        {"source": source, "as_of": as_of, "load_id": load_id},
    )
    _refuse_earlier(connection, scope, source, as_of)
    connection.execute(
        """
        UPDATE facts.fact SET valid_to = ?::TIMESTAMP
        WHERE valid_to IS NULL AND fact_id IN (SELECT fact_id FROM closing)
        """,
        [as_of],
    )
    _open(connection)


def publish_history(
    connection: duckdb.DuckDBPyConnection,
    staged: str,
    *,
    predicates: Iterable[str],
    source: str,
    load_id: str,
) -> None:
    """Makes the whole history of `predicates` as `source` tells it that of `staged`.

    `staged` is as for `publish_state`, and has `valid_from` and `valid_to`. A fact that is no
    longer implied gets an interval of length zero: it was never true. What a catalog states
    itself is left alone.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE opening AS
        SELECT {_FACT_ID} AS fact_id, *
        FROM (SELECT *, $source AS source, $load_id AS load_id FROM {staged})
        """,
        {"source": source, "load_id": load_id},
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE ending AS
        SELECT
            fact_id,
            CASE WHEN opening.fact_id IS NULL THEN fact.valid_from ELSE opening.valid_to END
                AS valid_to
        FROM facts.fact AS fact
        LEFT JOIN opening USING (fact_id)
        WHERE fact.source = ? AND list_contains(?, fact.predicate)
            AND fact.load_id NOT IN (SELECT load_id FROM ops.load WHERE kind = 'product')
        """,
        [source, list(predicates)],
    )
    connection.execute(
        """
        UPDATE facts.fact SET valid_to = ending.valid_to
        FROM ending
        WHERE facts.fact.fact_id = ending.fact_id
            AND facts.fact.valid_to IS DISTINCT FROM ending.valid_to
        """
    )
    _open(connection)


def tidy(connection: duckdb.DuckDBPyConnection) -> None:
    """Drops what loads and statements leave on the connection; the warehouse never has it."""
    left = connection.execute(
        """
        SELECT 'VIEW', view_name FROM duckdb_views() WHERE temporary AND NOT internal
        UNION ALL
        SELECT 'TABLE', table_name FROM duckdb_tables() WHERE temporary
        """
    ).fetchall()
    for what, name in left:
        if name in _TEMPORARY or name.startswith("unreadable_"):
            connection.execute(f"DROP {what} temp.{name}")
    connection.execute("RESET VARIABLE wareword_source")


def derive(
    connection: duckdb.DuckDBPyConnection, *, progress: Progress | None = None
) -> dict[str, int]:
    """Brings the facts that follow from behaviour and from the whole catalog up to date; returns
    facts by predicate.

    Price and promotion have a history; co-purchase, counts and segments are stated as of the first
    midnight after the last event, the newest load, or what was derived before: the latest.
    """
    sources = connection.execute("SELECT DISTINCT source FROM ops.load ORDER BY source").fetchall()
    steps = [(source, statement) for (source,) in sources for statement in (*_HISTORIES, *_STATES)]
    with transaction(connection):
        for index, (source, statement) in enumerate(steps):
            if progress:
                progress(f"facts of {source}: {statement.replace('_', ' ')}", index, len(steps))
            _derive(connection, source, statement)
        tidy(connection)
    if progress:
        progress("facts", len(steps), len(steps))
    return dict(
        connection.execute(
            "SELECT predicate, count(*) FROM facts.fact GROUP BY predicate ORDER BY predicate"
        ).fetchall()
    )


def _derive(connection: duckdb.DuckDBPyConnection, source: str, statement: str) -> None:
    row = connection.execute(
        """
        SELECT
            greatest(
                max(as_of),
                (
                    SELECT date_trunc('day', max("time")) + INTERVAL 1 DAY
                    FROM behaviour.event
                    WHERE source = $source
                ),
                (
                    SELECT max(greatest(valid_from, valid_to))
                    FROM facts.fact
                    WHERE source = $source AND list_contains($predicates, predicate)
                )
            ),
            coalesce(
                arg_max(load_id, sequence) FILTER (kind <> 'product'), arg_max(load_id, sequence)
            )
        FROM ops.load
        WHERE source = $source
        """,
        {"source": source, "predicates": list(_STATES.get(statement, ()))},
    ).fetchone()
    assert row is not None
    as_of, load_id = row
    _run(connection, statement, source)
    if statement in _HISTORIES:
        publish_history(
            connection, "staged", predicates=_HISTORIES[statement], source=source, load_id=load_id
        )
        return
    if statement == "segments":
        _publish_nodes(connection)
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE scope AS
        SELECT DISTINCT subject, predicate
        FROM facts.fact
        WHERE source = ? AND list_contains(?, predicate)
        """,
        [source, list(_STATES[statement])],
    )
    publish_state(connection, "staged", "scope", source=source, as_of=as_of, load_id=load_id)


def _run(connection: duckdb.DuckDBPyConnection, statement: str, source: str) -> None:
    """Runs a file of `statements`; it makes the temporary tables `staged` and, where it makes
    nodes, `staged_node`."""
    connection.execute("SET VARIABLE wareword_source = ?", [source])
    connection.execute((_STATEMENTS / f"{statement}.sql").read_text())


def _publish_category_tree(
    connection: duckdb.DuckDBPyConnection, *, source: str, as_of: datetime, load_id: str
) -> None:
    """Departments, categories and types that products of the source name, each under the parent of
    most of its products."""
    _run(connection, "category_tree", source)
    _publish_nodes(connection)
    # Also the categories that no product of the source names any more.
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE scope AS
        SELECT category_id AS subject, unnest(['broader', 'level']) AS predicate
        FROM (
            SELECT node_id AS category_id FROM tree
            UNION
            SELECT category_id FROM catalog.category
            SEMI JOIN (FROM ops.load WHERE kind = 'product') USING (load_id)
            WHERE source = ?
        )
        """,
        [source],
    )
    connection.execute(
        "DELETE FROM catalog.category WHERE category_id IN (SELECT subject FROM scope)"
    )
    connection.execute(
        """
        INSERT INTO catalog.category
        SELECT node_id, source, key, label, level, parent_id, ? FROM tree ORDER BY node_id
        """,
        [load_id],
    )
    publish_state(connection, "staged", "scope", source=source, as_of=as_of, load_id=load_id)


def _restate_products(
    connection: duckdb.DuckDBPyConnection, *, source: str, as_of: datetime
) -> None:
    """Products that were loaded before a category feed get the categories that it declares."""
    row = connection.execute(
        """
        SELECT greatest(max(as_of), ?), arg_max(load_id, sequence)
        FROM ops.load
        WHERE source = ? AND kind = 'product'
        """,
        [as_of, source],
    ).fetchone()
    if row and row[1]:
        products = f"SELECT * FROM catalog.product WHERE source = {literal(source)}"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW good AS {products}")
        product = KINDS["product"]
        state_rows(connection, product, "good", source=source, as_of=row[0], load_id=row[1])


def _publish_nodes(connection: duckdb.DuckDBPyConnection) -> None:
    """Adds the nodes of the relation `staged_node`; one that is known gets its newest label."""
    connection.execute(
        """
        DELETE FROM facts.node USING staged_node
        WHERE facts.node.node_id = staged_node.node_id
            AND facts.node.label IS DISTINCT FROM staged_node.label
        """
    )
    connection.execute(
        """
        INSERT INTO facts.node
        SELECT DISTINCT node_id, kind, source, key, label FROM staged_node
        WHERE node_id NOT IN (SELECT node_id FROM facts.node)
        ORDER BY kind, node_id
        """
    )


def _refuse_earlier(
    connection: duckdb.DuckDBPyConnection, scope: str, source: str, as_of: datetime
) -> None:
    """Raises where `closing` or `opening` speaks of what the source has told later values of."""
    latest = connection.execute(
        f"""
        SELECT max(greatest(valid_from, valid_to))
        FROM facts.fact
        SEMI JOIN {scope} USING (subject, predicate)
        WHERE source = ? AND valid_to IS DISTINCT FROM valid_from
            AND (subject, predicate) IN (
                SELECT (subject, predicate) FROM closing
                UNION ALL
                SELECT (subject, predicate) FROM opening
            )
        """,
        [source],
    ).fetchone()
    if latest and latest[0] and latest[0] > as_of:
        raise LoadError(
            f"as of {as_of:%Y-%m-%d %H:%M} is before {latest[0]:%Y-%m-%d %H:%M}, "
            f"from when {source} states other values; give a later --as-of"
        )


def _open(connection: duckdb.DuckDBPyConnection) -> None:
    """Adds the facts of `opening`; one that was withdrawn and is said again is opened again, as it
    is said now."""
    connection.execute(
        """
        UPDATE facts.fact SET
            provenance = opening.provenance,
            confidence = opening.confidence,
            valid_to = opening.valid_to,
            load_id = opening.load_id
        FROM opening
        WHERE facts.fact.fact_id = opening.fact_id AND facts.fact.valid_to = facts.fact.valid_from
        """
    )
    connection.execute(
        """
        INSERT INTO facts.fact BY NAME
        FROM opening
        WHERE fact_id NOT IN (SELECT fact_id FROM facts.fact)
        ORDER BY predicate, subject, valid_from, object
        """
    )
