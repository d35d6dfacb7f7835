"""Texts of users before they are said: reviews, queries, names and descriptions of products, and
columns without a place, by name and value, are untrusted, and pass the same lists as documents do.

Personal data is masked, names of persons too where customers write. A text with toxic words, or one
that speaks to a language model, is not said at all; the facts beside it are.
"""

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from verbalize.curation.personal import mask
from verbalize.curation.wordlists import instructions, toxic_words
from verbalize.measures import column_words
from warehouse.connection import literal

DETAILS = ("mpn", "itemCondition")
"""Predicates that product documents tell by the names of their columns, unasked."""

# Sentences that are quoted from reviews are facts of a predicate such as batteryQuote.
_TEXTS = """
CREATE OR REPLACE TEMP VIEW user_text AS
SELECT 'review.title' AS origin, review_id AS record, title AS value, true AS persons
FROM behaviour.review
UNION ALL
SELECT 'review.body', review_id, body, true FROM behaviour.review
UNION ALL
SELECT 'query.text', query_id, trim(regexp_replace(text, '\\s+', ' ', 'g')), true
FROM behaviour.query
UNION ALL
SELECT DISTINCT concat('product.', predicate), subject, object, ends_with(predicate, 'Quote')
FROM facts.fact
WHERE object_kind = 'literal'
    AND (
        predicate IN ('name', 'description') OR ends_with(predicate, 'Quote')
        OR predicate IN (SELECT predicate FROM detail_column)
    )
UNION ALL
SELECT 'predicate', predicate, words, false FROM detail_column
"""

_COLUMN = pa.schema([("predicate", pa.string()), ("words", pa.string())])
# A query is known by its text in one case and spacing (warehouse/statements/queries.sql), and what
# holds of one writing of it holds of that.
_FOLDED = """
INSERT INTO screened_text
SELECT
    lower(value) AS folded,
    any_value(masked ORDER BY value),
    any_value(kinds ORDER BY value),
    max(reason),
    max_by(detail, reason)
FROM screened_text
WHERE value IN (SELECT value FROM user_text WHERE origin = 'query.text')
GROUP BY folded
HAVING folded NOT IN (SELECT value FROM screened_text)
"""


def screen(connection: duckdb.DuckDBPyConnection, details: Iterable[str] = DETAILS) -> None:
    """Fills `text.screened` with the texts of users in which something was masked, or that may not
    be said; the temporary table screened_text (value, masked, reason) has the same by what was
    written. `details` are the predicates that are told by the names of their columns; the temporary
    table detail_column (predicate, words) has them."""
    told = {"predicate": list(details)}
    told["words"] = list(map(column_words, told["predicate"]))
    connection.register("columns_told", pa.table(told, _COLUMN))
    connection.execute("CREATE OR REPLACE TEMP TABLE detail_column AS FROM columns_told")
    connection.unregister("columns_told")
    connection.execute(_TEXTS)
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE written AS
        SELECT value, bool_or(persons) AS persons FROM user_text
        WHERE value IS NOT NULL GROUP BY value
        """
    )
    mask(connection, "SELECT value FROM written WHERE persons", "screened_personal", persons=True)
    mask(connection, "SELECT value FROM written WHERE NOT persons", "screened_other")
    toxic, orders = literal(toxic_words()), literal(instructions())
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE screened_text AS
        WITH
        masked AS (
            FROM screened_personal UNION ALL FROM screened_other
        ),
        judged AS (
            SELECT
                value,
                CASE
                    WHEN regexp_matches(value, {toxic}) THEN 'toxic words'
                    WHEN regexp_matches(value, {orders}) THEN 'words to a language model'
                END AS reason
            FROM written
        ),
        refused AS (
            SELECT
                value,
                reason,
                trim(regexp_extract(value, if(reason = 'toxic words', {toxic}, {orders}))) AS detail
            FROM judged WHERE reason IS NOT NULL
        )
        SELECT value, masked, coalesce(kinds, []) AS kinds, reason, detail
        FROM masked FULL JOIN refused USING (value);

        {_FOLDED};

        DELETE FROM text.screened;
        INSERT INTO text.screened
        SELECT origin, record, if(reason IS NULL, masked, NULL), kinds, reason, detail
        FROM user_text JOIN screened_text USING (value)
        ORDER BY origin, record;

        DROP VIEW temp.user_text;
        DROP TABLE temp.written;
        DROP TABLE temp.screened_personal;
        DROP TABLE temp.screened_other
        """
    )


def masked(
    connection: duckdb.DuckDBPyConnection, texts: Iterable[str], *, persons: bool = False
) -> dict[str, str]:
    """What a reader is shown, by text: with placeholders in the place of personal data; `persons`
    masks names of persons too."""
    shown = {text: text for text in texts}
    connection.register("showing", pa.table({"value": pa.array(shown, pa.string())}))
    mask(connection, "FROM showing", "masked_to_show", persons=persons)
    connection.unregister("showing")
    found = connection.execute("SELECT value, masked FROM masked_to_show").fetchall()
    connection.execute("DROP TABLE temp.masked_to_show")
    return shown | dict(found)


def decent(connection: duckdb.DuckDBPyConnection, texts: Iterable[str]) -> dict[str, str]:
    """What a reader of what was left out is shown, by text: as `masked`, and with a mark in the
    place of toxic words and of words to a language model."""
    shown = masked(connection, texts)
    rows = connection.execute(
        "SELECT text, trim(regexp_replace(regexp_replace("
        "shown, $toxic, ' [...] ', 'g'), $orders, ' [...] ', 'g')) "
        "FROM (SELECT unnest($texts) AS text, unnest($shown) AS shown)",
        {
            "texts": list(shown),
            "shown": list(shown.values()),
            "toxic": toxic_words(),
            "orders": instructions(),
        },
    ).fetchall()
    return dict(rows)
