"""Canonical rows to facts with valid time.

Two verbs keep history. `publish_state` takes what a source says now: facts that it no longer says
are closed, new ones are opened. `publish_history` takes all intervals that rows with times imply:
what they no longer imply is withdrawn. Neither deletes.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.arrivals import clear, is_late, later_times
from warehouse.connection import first_row, literal, only_row, transaction
from warehouse.errors import LoadError
from warehouse.kinds import KINDS, Kind

Progress = Callable[[str, int, int], None]

REVIEW_ASPECTS = (
    "quality", "price", "size", "comfort", "appearance", "durability", "usability", "smell",
    "taste", "packaging", "delivery", "sound", "battery",
)  # fmt: skip
"""Of what reviews speak; their words are in facts.review_aspect."""

_STATEMENTS = Path(__file__).parent / "statements"
_HISTORIES = {
    "price_history": ("price",),
    "promotion_history": ("promotionDisplay", "promotionMailer"),
}
_STATES = {
    "co_purchase": ("isRelatedTo",),
    "counts": ("productCount", "makesProducts", "offersCategory", "brandCount", "brandCategory"),
    "segments": ("memberCount", "segmentAge", "segmentComposition", "prefers"),
    "offers": (
        "lowPrice",
        "highPrice",
        "offersBrand",
        "offersMaker",
        "offersSize",
        "mostBought",
        "variantCount",
    ),
    "purchase_times": ("peaksIn", "peaksOn", "peaksAt", "goesWith"),
    "queries": ("answeredBy", "substitutedBy", "complementedBy"),
    "review_digest": (
        "reviewCount",
        *(f"{aspect}{what}" for aspect in REVIEW_ASPECTS for what in ("Reviews", "Quote")),
    ),
}
_WITH_NODES = ("segments", "queries")

# Tables and views that statements and loads leave on the connection, till `tidy`.
_TEMPORARY = (
    "good", "checked", "fresh", "left_out", "turned_away", "record", "earlier", "displaced",
    "difference", "moved", "drawn", "outdated", "unreadable", "declared", "stated",
    "staged_node", "staged", "scope", "tree",
    "member", "segment", "asked", "known", "closing", "opening", "opened", "later", "ending",
    "newer", "gone", "placed_product", "spoken", "retold", "told", "published",
)  # fmt: skip
_SAID = "subject, predicate, object, object_kind, unit, language, provenance, confidence"
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
    their category tree. Entities of the temporary table `gone` state nothing any more.

    What another kind of load tells, such as a price told by sales, is not theirs to close. Where
    the source has told of a later time, what is stated holds until the time in the temporary table
    `newer`.
    """
    late = is_late(connection, [kind.name, "category"], source, as_of)
    _run(connection, f"{kind.name}_facts", source)
    if late:
        _keep_newer_labels(connection)
    _publish_nodes(connection)
    know(connection, kind, rows, source)
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE scope AS
        FROM (
            SELECT DISTINCT subject, predicate
            FROM known
            WHERE list_contains($predicates, predicate)
        )
        ANTI JOIN (
            SELECT subject, predicate
            FROM known
            SEMI JOIN (FROM ops.load WHERE kind <> $kind) USING (load_id)
            WHERE valid_to IS NULL
        ) USING (subject, predicate)
        """,
        {
            "predicates": [column.predicate for column in kind.columns if column.predicate],
            "kind": kind.name,
        },
    )
    publish_rows(connection, kind, source=source, as_of=as_of, load_id=load_id)
    if kind.name == "product":
        _publish_category_tree(connection, source=source, as_of=as_of, load_id=load_id, late=late)
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
    _know(connection, f"SELECT subject FROM {scope} UNION SELECT subject FROM {staged}", source)
    distinct = f"(SELECT DISTINCT {_SAID} FROM {staged})"
    _publish_known(connection, distinct, scope, source=source, as_of=as_of, load_id=load_id)


def know(connection: duckdb.DuckDBPyConnection, kind: Kind, rows: str, source: str) -> None:
    """Makes `known`: what `source` has stated of `rows` and of `gone`, with the place of each."""
    spoken = f"SELECT {kind.identifier} AS subject FROM {rows} UNION ALL SELECT node_id FROM gone"
    _know(connection, spoken, source)


def publish_model(connection: duckdb.DuckDBPyConnection, model: str, as_of: datetime) -> None:
    """Makes the facts of `model` at `as_of` those of the table `staged`, which `publish_state`
    describes: all that the model said before and says no more is closed."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE scope AS
        SELECT subject, predicate FROM staged
        UNION
        SELECT subject, predicate FROM facts.current WHERE source = ?
        """,
        [model],
    )
    publish_state(
        connection, "staged", "scope", source=model, as_of=as_of, load_id=f"model:{model}"
    )


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
        CREATE OR REPLACE TEMP TABLE told AS
        SELECT fact_id, valid_from FROM facts.fact
        WHERE source = ? AND list_contains(?, predicate)
            AND load_id NOT IN (SELECT load_id FROM ops.load WHERE kind = 'product')
        """,
        [source, list(predicates)],
    )
    _replace(connection)


def publish_rows(
    connection: duckdb.DuckDBPyConnection,
    kind: Kind,
    *,
    source: str,
    as_of: datetime,
    load_id: str,
) -> None:
    """Makes the facts of `source` from `as_of` on, until it spoke next, those of `staged`, as far
    as `scope` reaches; all that was said of their subjects is in `known`.

    For a subject of the temporary table `newer` that is the time there; what was said before and
    after stays as it is, and is joined to what is said now where both say the same. What is said
    for the whole of that time already is left alone.
    """
    if not is_late(connection, [kind.name, "category"], source, as_of):
        _publish_known(connection, "staged", "scope", source=source, as_of=as_of, load_id=load_id)
        return
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE spoken AS
        WITH
        pair AS (
            SELECT
                subject, predicate, $as_of::TIMESTAMP AS begins, newer.as_of AS ends, newer.load_id
            FROM (SELECT subject, predicate FROM scope UNION SELECT subject, predicate FROM staged)
            LEFT JOIN newer ON newer.node_id = subject
        ),
        held AS (
            SELECT
                subject, predicate, fact.object, fact.unit, fact.language,
                fact.valid_from <= begins
                    AND (fact.valid_to IS NULL OR coalesce(fact.valid_to >= ends, false)) AS covers
            FROM facts.fact AS fact
            JOIN pair USING (subject, predicate)
            SEMI JOIN (FROM ops.load WHERE kind = $kind) AS load ON load.load_id = fact.load_id
            WHERE fact.source = $source AND fact.valid_to IS DISTINCT FROM fact.valid_from
                AND (ends IS NULL OR fact.valid_from < ends)
                AND (fact.valid_to IS NULL OR fact.valid_to > begins)
        ),
        differing AS (
            SELECT subject, predicate
            FROM staged
            ANTI JOIN (FROM held WHERE covers) AS same
                ON same.subject = staged.subject
                AND same.predicate = staged.predicate
                AND same.object = staged.object
                AND same.unit IS NOT DISTINCT FROM staged.unit
                AND same.language IS NOT DISTINCT FROM staged.language
            UNION ALL
            SELECT subject, predicate
            FROM held
            ANTI JOIN staged AS same
                ON same.subject = held.subject
                AND same.predicate = held.predicate
                AND same.object = held.object
                AND same.unit IS NOT DISTINCT FROM held.unit
                AND same.language IS NOT DISTINCT FROM held.language
        )
        FROM pair SEMI JOIN differing USING (subject, predicate)
        """,
        {"as_of": as_of, "kind": kind.name, "source": source},
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE retold AS
        SELECT staged.*, spoken.begins AS valid_from, spoken.ends AS valid_to, $load_id AS load_id
        FROM staged JOIN spoken USING (subject, predicate)
        """,
        {"load_id": load_id},
    )
    _rewrite(connection, kind.name, source)


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
        if name in _TEMPORARY or name.startswith(("unreadable_", "landed_")):
            connection.execute(f"DROP {what} temp.{name}")
    connection.execute("RESET VARIABLE wareword_source")


def derive(
    connection: duckdb.DuckDBPyConnection, *, progress: Progress | None = None
) -> dict[str, int]:
    """Brings the facts that follow from behaviour and from the whole catalog up to date; returns
    facts by predicate.

    Price and promotion have a history; all else is stated as of the first midnight after the last
    event, the newest load, or what was derived before: the latest.
    """
    sources = connection.execute("SELECT DISTINCT source FROM ops.load ORDER BY source").fetchall()
    steps = [(source, statement) for (source,) in sources for statement in (*_HISTORIES, *_STATES)]
    with transaction(connection):
        for index, (source, statement) in enumerate(steps):
            if progress:
                progress("facts that follow", index, len(steps))
            _derive(connection, source, statement)
        tidy(connection)
    if progress:
        progress("facts that follow", len(steps), len(steps))
    return dict(
        connection.execute(
            "SELECT predicate, count(*) FROM facts.fact GROUP BY predicate ORDER BY predicate"
        ).fetchall()
    )


def _derive(connection: duckdb.DuckDBPyConnection, source: str, statement: str) -> None:
    row = only_row(
        connection,
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
    )
    as_of, load_id = row
    _run(connection, statement, source)
    if statement in _HISTORIES:
        publish_history(
            connection, "staged", predicates=_HISTORIES[statement], source=source, load_id=load_id
        )
        return
    if statement in _WITH_NODES:
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
    connection: duckdb.DuckDBPyConnection,
    *,
    source: str,
    as_of: datetime,
    load_id: str,
    late: bool,
) -> None:
    """Departments, categories and types that products of the source name, each under the parent of
    most of its products: for a late load, at each time of which the source has told since."""
    if late:
        _tell_trees(connection, source, as_of, load_id)
    else:
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP VIEW placed_product AS
            SELECT department, category, product_type
            FROM catalog.product WHERE source = {literal(source)}
            """
        )
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
    if not late:
        publish_state(connection, "staged", "scope", source=source, as_of=as_of, load_id=load_id)


def _tell_trees(
    connection: duckdb.DuckDBPyConnection, source: str, as_of: datetime, load_id: str
) -> None:
    """The category tree of each time from `as_of` on, by the facts of that time; leaves the
    newest."""
    times = [as_of, *later_times(connection, ["product", "category"], source, as_of)]
    for begins, ends in zip(times, [*times[1:], None], strict=True):
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP VIEW placed_product AS
            WITH named AS (
                SELECT fact.subject, fact.predicate, regexp_replace(
                    node.key, '^(department|category|type)/', ''
                ) AS value
                FROM facts.as_of({literal(str(begins))}) AS fact
                SEMI JOIN (FROM ops.load WHERE kind = 'product') USING (load_id)
                JOIN facts.node AS node ON node.node_id = fact.object
                WHERE fact.source = {literal(source)}
                    AND fact.predicate IN ('department', 'category', 'productType')
            )
            SELECT
                any_value(value) FILTER (predicate = 'department') AS department,
                any_value(value) FILTER (predicate = 'category') AS category,
                any_value(value) FILTER (predicate = 'productType') AS product_type
            FROM named
            GROUP BY subject
            """
        )
        _run(connection, "category_tree", source)
        _publish_nodes(connection)
        make = "CREATE OR REPLACE TEMP TABLE retold AS" if begins == as_of else "INSERT INTO retold"
        connection.execute(
            f"""
            {make}
            SELECT *, ?::TIMESTAMP AS valid_from, ?::TIMESTAMP AS valid_to, ? AS load_id FROM staged
            """,
            [begins, ends, load_id],
        )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE spoken AS
        SELECT
            subject, predicate, $as_of::TIMESTAMP AS begins, NULL::TIMESTAMP AS ends,
            NULL::VARCHAR AS load_id
        FROM (
            SELECT subject, predicate FROM retold
            UNION
            SELECT subject, predicate FROM facts.fact
            SEMI JOIN (FROM ops.load WHERE kind = 'product') USING (load_id)
            WHERE source = $source AND predicate IN ('broader', 'level')
        )
        """,
        {"as_of": as_of, "source": source},
    )
    _rewrite(connection, "product", source)


def _keep_newer_labels(connection: duckdb.DuckDBPyConnection) -> None:
    """Leaves to `staged_node` only what no later statement names otherwise."""
    connection.execute(
        """
        DELETE FROM staged_node
        WHERE node_id IN (SELECT node_id FROM newer WHERE stated)
            AND node_id IN (SELECT node_id FROM facts.node)
        """
    )


def _rewrite(connection: duckdb.DuckDBPyConnection, kind: str, source: str) -> None:
    """Puts `retold` in the place of what loads of the kind state of each subject and predicate of
    `spoken`, from `begins` until `ends`.

    What is cut in two has the load `spoken.load_id` after `ends`. Intervals that meet and say the
    same are one, so that the order of loads leaves no trace.
    """
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE told AS
        FROM facts.fact
        SEMI JOIN spoken USING (subject, predicate)
        SEMI JOIN (FROM ops.load WHERE kind = ?) USING (load_id)
        WHERE source = ?
        """,
        [kind, source],
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE opening AS
        WITH
        held AS (
            SELECT told.*, begins, ends, spoken.load_id AS load_after
            FROM told JOIN spoken USING (subject, predicate)
            WHERE valid_to IS DISTINCT FROM valid_from
        ),
        piece AS (
            SELECT * EXCLUDE (fact_id, begins, ends, load_after)
                REPLACE (least(valid_to, begins) AS valid_to)
            FROM held
            WHERE valid_from < begins
            UNION ALL BY NAME
            SELECT * EXCLUDE (fact_id, begins, ends, load_after) REPLACE (
                greatest(valid_from, ends) AS valid_from,
                CASE WHEN valid_from < ends THEN load_after ELSE load_id END AS load_id
            )
            FROM held
            WHERE ends IS NOT NULL AND (valid_to IS NULL OR valid_to > ends)
            UNION ALL BY NAME
            SELECT DISTINCT *, $source AS source FROM retold
        ),
        met AS (
            SELECT *, valid_from IS DISTINCT FROM lag(valid_to) OVER same AS begins
            FROM piece
            WINDOW same AS (
                PARTITION BY subject, predicate, object, unit, language ORDER BY valid_from
            )
        ),
        counted AS (
            SELECT *, count(*) FILTER (begins) OVER same AS number
            FROM met
            WINDOW same AS (
                PARTITION BY subject, predicate, object, unit, language ORDER BY valid_from
            )
        ),
        whole AS (
            SELECT
                subject, predicate, object, object_kind, unit, language, provenance, source,
                confidence,
                min(valid_from) AS valid_from,
                CASE WHEN count(valid_to) = count(*) THEN max(valid_to) END AS valid_to,
                arg_min(load_id, valid_from) AS load_id
            FROM counted
            GROUP BY
                subject, predicate, object, object_kind, unit, language, provenance, source,
                confidence, number
        )
        SELECT {_FACT_ID} AS fact_id, * FROM whole
        """,
        {"source": source},
    )
    _replace(connection)


def _replace(connection: duckdb.DuckDBPyConnection) -> None:
    """Puts the facts of `opening` in the place of those of `told` (fact_id, valid_from): what is
    not in it was never true."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE ending AS
        SELECT
            fact_id,
            CASE WHEN opening.fact_id IS NULL THEN told.valid_from ELSE opening.valid_to END
                AS valid_to
        FROM told
        LEFT JOIN opening USING (fact_id)
        """
    )
    connection.execute(
        """
        UPDATE facts.fact SET valid_to = ending.valid_to
        FROM ending
        WHERE facts.fact.fact_id = ending.fact_id
            AND facts.fact.valid_to IS DISTINCT FROM ending.valid_to
        """
    )
    _open(connection, "opening", "(SELECT rowid AS place, * FROM facts.fact)")


def _restate_products(
    connection: duckdb.DuckDBPyConnection, *, source: str, as_of: datetime
) -> None:
    """Products that were loaded before a category feed get the categories that it declares."""
    row = first_row(
        connection,
        """
        SELECT greatest(max(as_of), ?), arg_max(load_id, sequence)
        FROM ops.load
        WHERE source = ? AND kind = 'product'
        """,
        [max([as_of, *later_times(connection, ["category"], source, as_of)]), source],
    )
    if row and row[1]:
        products = f"SELECT * FROM catalog.product WHERE source = {literal(source)}"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW good AS {products}")
        product = KINDS["product"]
        clear(connection)
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
        ANTI JOIN facts.node AS known USING (node_id)
        ORDER BY kind, node_id
        """
    )


def _know(connection: duckdb.DuckDBPyConnection, subjects: str, source: str) -> None:
    """Makes `known`: all that `source` has said of the relation `subjects`, with the place of each
    fact. What follows reads and changes only that, so that its cost does not grow with the rest.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE known AS
        SELECT rowid AS place, * EXCLUDE fact_id
        FROM facts.fact
        SEMI JOIN ({subjects}) AS spoken USING (subject)
        WHERE source = ?
        """,
        [source],
    )


def _publish_known(
    connection: duckdb.DuckDBPyConnection,
    staged: str,
    scope: str,
    *,
    source: str,
    as_of: datetime,
    load_id: str,
) -> None:
    """Does what `publish_state` promises, for subjects of which all facts are in `known`; no two
    rows of `staged` are the same."""
    same = """
        known.subject = staged.subject
        AND known.predicate = staged.predicate
        AND known.object = staged.object
        AND known.unit IS NOT DISTINCT FROM staged.unit
        AND known.language IS NOT DISTINCT FROM staged.language
        AND known.confidence = staged.confidence
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE closing AS
        SELECT place, subject, predicate
        FROM (FROM known SEMI JOIN {scope} AS scope USING (subject, predicate)) AS known
        ANTI JOIN {staged} AS staged ON {same}
        WHERE valid_to IS NULL
        """
    )
    said_since = f"TIMESTAMP {literal(as_of.isoformat(' '))}"
    # The same for all, so it is written once, not for each fact.
    fact_id = _FACT_ID.replace(" source,", f" {literal(source)},").replace(
        "valid_from::VARCHAR", f"({said_since})::VARCHAR"
    )
    # A view: of a new catalog that is most of what is written, and need not be kept twice.
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW opened AS
        SELECT {fact_id} AS fact_id, *
        FROM (
            SELECT
                {_SAID},
                {literal(source)} AS source,
                {said_since} AS valid_from,
                NULL::TIMESTAMP AS valid_to,
                {literal(load_id)} AS load_id
            FROM {staged} AS staged
            ANTI JOIN (FROM known WHERE valid_to IS NULL) AS known ON {same}
        )
        """
    )
    _refuse_earlier(connection, scope, source, as_of)
    for table, place in (("facts.fact", "rowid"), ("known", "place")):
        connection.execute(
            f"""
            UPDATE {table} SET valid_to = ?::TIMESTAMP
            WHERE {place} IN (SELECT place FROM closing)
            """,
            [as_of],
        )
    # Only what is valid from the same time can be the same fact.
    same_time = f"(SELECT {_FACT_ID} AS fact_id, * FROM known WHERE valid_from = {said_since})"
    _open(connection, "opened", same_time)


def _refuse_earlier(
    connection: duckdb.DuckDBPyConnection, scope: str, source: str, as_of: datetime
) -> None:
    """Raises where `closing` or `opened` speaks of what the source has told later values of."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE later AS
        SELECT subject, predicate, greatest(valid_from, valid_to) AS since
        FROM known
        WHERE since > ? AND valid_to IS DISTINCT FROM valid_from
        """,
        [as_of],
    )
    if not _any(connection, "later"):
        return
    latest = first_row(
        connection,
        f"""
        SELECT max(since)
        FROM later
        SEMI JOIN {scope} AS scope USING (subject, predicate)
        WHERE (subject, predicate) IN (
            SELECT (subject, predicate) FROM closing
            UNION ALL
            SELECT (subject, predicate) FROM opened
        )
        """,
    )
    if latest and latest[0]:
        raise LoadError(
            f"as of {as_of:%Y-%m-%d %H:%M} is before {latest[0]:%Y-%m-%d %H:%M}, "
            f"from when {source} states other values; give a later --as-of"
        )


def _open(connection: duckdb.DuckDBPyConnection, opening: str, known: str) -> None:
    """Adds the facts of `opening`; one that was withdrawn and is said again is opened again, as it
    is said now."""
    withdrawn = f"(SELECT fact_id, place FROM {known} WHERE valid_to = valid_from)"
    if _any(connection, withdrawn):
        connection.execute(
            f"""
            UPDATE facts.fact SET
                provenance = reopening.provenance,
                confidence = reopening.confidence,
                valid_to = reopening.valid_to,
                load_id = reopening.load_id
            FROM (FROM {withdrawn} JOIN {opening} USING (fact_id)) AS reopening
            WHERE facts.fact.rowid = reopening.place
            """
        )
    connection.execute(
        f"""
        INSERT INTO facts.fact BY NAME
        FROM {opening}
        WHERE fact_id NOT IN (SELECT fact_id FROM {known})
        ORDER BY predicate, subject, valid_from, object, unit, language
        """
    )


def _any(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return first_row(connection, f"SELECT 1 FROM {relation} LIMIT 1") is not None
