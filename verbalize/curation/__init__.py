"""Which documents are kept: exact and near duplicates give way to one document each, and tokens are
counted.

A duplicate stays in `text.document`; `text.removed` names the document that is kept in its place,
and `text.kept` has the others.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from verbalize.curation.near_duplicates import near_duplicates
from verbalize.curation.tokens import count_tokens
from warehouse.connection import transaction

Progress = Callable[[str, int, int], None]


def curate(
    connection: duckdb.DuckDBPyConnection,
    tokenizer: Path,
    *,
    threshold: float = 0.9,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Marks duplicates, trains the tokenizer file `tokenizer` on what is kept, and counts tokens.

    `threshold` is the Jaccard similarity of the sets of five-word shingles from which two
    documents of one language are near duplicates. Returns counts: documents, exact and near
    duplicates, facts that only duplicates say, tokens.
    """
    tell = progress or (lambda what, done, total: None)
    with transaction(connection):
        tell("exact duplicates", 0, 3)
        _mark_exact(connection)
        tell("near duplicates", 1, 3)
        connection.register("near_duplicate", near_duplicates(connection, threshold, seed))
        connection.execute(
            """
            INSERT INTO text.removed
            SELECT document_id, 'near', 'similar words', NULL, kept FROM near_duplicate
            """
        )
        connection.unregister("near_duplicate")
        tell("tokens", 2, 3)
        counted = count_tokens(connection, tokenizer)
        connection.register("counted", counted)
        connection.execute(
            """
            UPDATE text.document SET tokens = counted.tokens
            FROM counted WHERE counted.document_id = text.document.document_id
            """
        )
        connection.unregister("counted")
    tell("curated", 3, 3)
    return _counts(connection)


def _mark_exact(connection: duckdb.DuckDBPyConnection) -> None:
    """Documents whose words are the same, whatever their case and spaces: the first identifier is
    kept."""
    connection.execute("DELETE FROM text.removed")
    connection.execute("UPDATE text.document SET tokens = NULL")
    connection.execute(
        r"""
        INSERT INTO text.removed
        SELECT document_id, 'exact', 'same words', NULL, kept
        FROM (
            SELECT
                document_id,
                min(document_id) OVER (
                    PARTITION BY language, md5(lower(regexp_replace(trim(text), '\s+', ' ', 'g')))
                ) AS kept
            FROM text.document
        )
        WHERE document_id <> kept
        """
    )


def _counts(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    row = connection.execute(
        """
        WITH said AS (
            SELECT document_id, unnest(fact_ids) AS fact_id FROM text.statement
        )
        SELECT
            (SELECT count(*) FROM text.document),
            (SELECT count(*) FROM text.removed),
            (SELECT coalesce(sum(tokens), 0)::BIGINT FROM text.kept),
            (
                SELECT count(DISTINCT fact_id) FROM said
                WHERE fact_id NOT IN (
                    SELECT fact_id FROM said SEMI JOIN text.kept USING (document_id)
                )
            )
        """
    ).fetchone()
    assert row is not None
    names = ("documents", "duplicates", "tokens", "facts_only_in_duplicates")
    return dict(zip(names, row, strict=True))
