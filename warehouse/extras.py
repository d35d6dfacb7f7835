"""What a product file says beside the canonical columns becomes facts too, each column under a
predicate of its own: `namespace:column`.

The namespace is that of the feed format where its fields have a meaning that a specification fixes
(`google:shipping_weight`), else the name of the source (`shop:shelf_life`). A list is several
facts; the members of an object are `namespace:column.member`. Deeper values stay JSON text.
"""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from warehouse import facts
from warehouse.connection import first_row, literal, quoted
from warehouse.kinds import PRODUCT

TEXT_LIMIT = 4_000
NAME_LIMIT = 80
# An object with more different members than this is a table of its own; its members are values.
MEMBER_LIMIT = 1_000
_UNSAFE = r"[^\p{L}\p{N}_./-]+"


def state(
    connection: duckdb.DuckDBPyConnection,
    *,
    landed: str,
    columns: Sequence[str],
    namespace: str,
    source: str,
    as_of: datetime,
    load_id: str,
) -> None:
    """Publishes what the products of `good` (row_number, product_id) say in the `columns` of the
    table `landed`, as the facts of `source` at `as_of`.

    A fact of a namespaced predicate that the source stated of one of these products, or of one of
    `gone`, and states no more is closed.
    """
    known = "SELECT 1 FROM facts.predicate WHERE contains(predicate, ':')"
    if not columns and not first_row(connection, known):
        return
    _say(connection, landed, columns)
    _name(connection, namespace)
    _register(connection, namespace, source)
    facts.know(connection, PRODUCT, "good", source)
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE scope AS
        SELECT DISTINCT subject, predicate FROM staged
        UNION
        SELECT subject, predicate
        FROM known
        WHERE provenance = 'stated' AND contains(predicate, ':')
        """
    )
    facts.publish_rows(connection, PRODUCT, source=source, as_of=as_of, load_id=load_id)
    connection.execute("DROP TABLE temp.said")


def _say(connection: duckdb.DuckDBPyConnection, landed: str, columns: Sequence[str]) -> None:
    """Makes `said`: one row a product, column, member of an object (or null), and value."""
    values = ", ".join(
        f"{{'field': {literal(column)}, 'value': trim(landed.{quoted(column)}::VARCHAR)}}"
        for column in columns
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE said AS
        WITH
        cell AS (
            SELECT
                good.product_id,
                unnest([{values}]::STRUCT(field VARCHAR, "value" VARCHAR)[]) AS cell
            FROM {landed} AS landed JOIN good USING (row_number)
        ),
        typed AS (
            SELECT
                product_id,
                cell.field,
                cell.value AS "value",
                CASE
                    WHEN cell.value[1] IN ('[', '{{') AND json_valid(cell.value)
                    THEN json_type(cell.value)
                END AS form
            FROM cell
            WHERE cell.value <> ''
        ),
        entry AS (
            SELECT product_id, field, form, unnest(json_keys(value)) AS member, value
            FROM typed WHERE form = 'OBJECT'
        ),
        placed AS (
            SELECT
                product_id, field, NULL AS member, value,
                form IS NOT DISTINCT FROM 'ARRAY' AS is_list
            FROM typed WHERE form IS DISTINCT FROM 'OBJECT'
            UNION ALL
            SELECT
                product_id, field, member, found ->> '$',
                json_type(found) IS NOT DISTINCT FROM 'ARRAY'
            FROM (
                SELECT
                    *,
                    json_extract(
                        value, '/' || replace(replace(member, '~', '~0'), '/', '~1')
                    ) AS found
                FROM entry
            )
        ),
        single AS (
            SELECT product_id, field, member, value FROM placed WHERE NOT is_list
            UNION ALL
            SELECT product_id, field, member, unnest(json_extract_string(value, '$[*]'))
            FROM placed WHERE is_list
        )
        SELECT product_id, field, member, trim(value) AS "value"
        FROM single
        WHERE trim(value) <> ''
        """
    )


def _name(connection: duckdb.DuckDBPyConnection, namespace: str) -> None:
    """Makes `staged` of `said`."""
    prefix = literal(f"{namespace}:")
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE stated AS
        WITH
        wide AS (
            SELECT field FROM said GROUP BY field HAVING count(DISTINCT member) > {MEMBER_LIMIT}
        ),
        named AS (
            SELECT
                product_id,
                CASE
                    WHEN member IS NULL OR field IN (FROM wide) THEN field
                    ELSE concat(field, '.', member)
                END AS name,
                CASE
                    WHEN field IN (FROM wide) THEN concat_ws(': ', member, value)
                    ELSE value
                END AS value
            FROM said
        )
        SELECT DISTINCT
            product_id AS subject,
            {prefix} || coalesce(
                nullif(
                    left(trim(regexp_replace(name, {literal(_UNSAFE)}, '_', 'g'), '_'),
                    {NAME_LIMIT}
                ), ''),
                'unnamed'
            ) AS predicate,
            CASE
                WHEN length(value) > {TEXT_LIMIT} THEN left(value, {TEXT_LIMIT - 1}) || '…'
                ELSE value
            END AS object,
            'literal' AS object_kind,
            NULL::VARCHAR AS unit,
            NULL::VARCHAR AS language,
            'stated' AS provenance,
            1.0::DOUBLE AS confidence
        FROM named
        """
    )
    connection.execute("CREATE OR REPLACE TEMP VIEW staged AS FROM stated")


def _register(connection: duckdb.DuckDBPyConnection, namespace: str, source: str) -> None:
    """Adds the predicates of `staged`; one that has several values of one product is of many."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE said AS
        SELECT predicate, CASE WHEN max(places) > 1 THEN 'many' ELSE 'one' END AS cardinality
        FROM (SELECT predicate, subject, count(*) AS places FROM staged GROUP BY ALL)
        GROUP BY predicate
        """
    )
    connection.execute(
        """
        INSERT INTO facts.predicate
        SELECT
            predicate,
            'product',
            'literal',
            NULL,
            cardinality,
            concat('https://wareword.org/ns/', replace(predicate, ':', '#')),
            concat(substr(predicate, strpos(predicate, ':') + 1), ' of a product, as stated')
        FROM said
        WHERE predicate NOT IN (SELECT predicate FROM facts.predicate)
        ORDER BY predicate
        """
    )
    connection.execute(
        """
        UPDATE facts.predicate SET cardinality = 'many'
        FROM said
        WHERE facts.predicate.predicate = said.predicate
            AND said.cardinality = 'many' AND facts.predicate.cardinality = 'one'
        """
    )
