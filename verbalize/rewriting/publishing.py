"""Rewrites as documents with evidence, and the record of what came of each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from verbalize.grammar import grammar
from verbalize.render import ABOUT_DOCUMENTS
from verbalize.rewriting.checking import words
from verbalize.rewriting.readability import readability
from warehouse.connection import transaction

if TYPE_CHECKING:
    from verbalize.rewriting.rewriting import Rewrite, Wish


def remove(
    connection: duckdb.DuckDBPyConnection, form: str | None = None, language: str | None = None
) -> None:
    """Takes away the rewrites of a form and language (of all where none is given), and their
    documents."""
    chosen = "coalesce(form = $form, true) AND coalesce(language = $language, true)"
    given = {"form": form, "language": language}
    for table in (*ABOUT_DOCUMENTS, "document"):
        connection.execute(
            f"""
            DELETE FROM text.{table}
            WHERE document_id IN (SELECT document_id FROM text.rewrite WHERE {chosen})
            """,
            given,
        )
    connection.execute(f"DELETE FROM text.rewrite WHERE {chosen}", given)


def publish(
    connection: duckdb.DuckDBPyConnection,
    wish: "Wish",
    kind: str | None,
    model: str,
    language: str,
    rewrites: Sequence["Rewrite"],
) -> None:
    """Replaces the rewrites of the form and language by `rewrites`, and their documents by those
    that are kept; `kind` is that of the new documents, None for that of their originals."""
    given = {"form": wish.form, "language": language}
    connection.register("drafts", _drafts(rewrites, language))
    connection.register("draft_sentences", _sentences(rewrites))
    with transaction(connection):
        remove(connection, **given)
        connection.execute(
            """
            INSERT INTO text.rewrite BY NAME
            SELECT
                concat('document:', left(md5(concat_ws(
                    chr(31), 'rewrite', $form, $language, $persona, $length, $model, original_id
                )), 16)) AS document_id,
                $form AS form, $language AS language, $persona AS persona, $length AS length,
                $model AS model, drafts.*
            FROM drafts
            ORDER BY document_id
            """,
            {**given, "persona": wish.persona, "length": wish.length, "model": model},
        )
        connection.execute(
            """
            INSERT INTO text.document BY NAME
            SELECT document.* REPLACE (
                rewrite.document_id AS document_id, coalesce($kind, kind) AS kind,
                rewrite.text AS text, NULL AS tokens
            )
            FROM text.document AS document
            JOIN text.rewrite AS rewrite ON rewrite.original_id = document.document_id
            WHERE rewrite.form = $form AND rewrite.language = $language AND rewrite.reason IS NULL
            ORDER BY document_id
            """,
            {**given, "kind": kind},
        )
        connection.execute(
            """
            INSERT INTO text.statement BY NAME
            SELECT
                rewrite.document_id, "position", concat('rewrite.', $form) AS template,
                0 AS phrasing, sentence, fact_ids
            FROM draft_sentences
            JOIN text.rewrite AS rewrite USING (original_id)
            WHERE rewrite.form = $form AND rewrite.language = $language AND rewrite.reason IS NULL
            ORDER BY document_id, "position"
            """,
            given,
        )
    connection.unregister("drafts")
    connection.unregister("draft_sentences")


def _drafts(rewrites: Sequence["Rewrite"], language: str) -> pa.Table:
    gap = grammar(language).sentence.gap
    texts = [[sentence.text for sentence in one.sentences] for one in rewrites]
    columns = {
        "original_id": pa.array([one.original.document_id for one in rewrites], pa.string()),
        "call_id": pa.array([one.call_id for one in rewrites], pa.string()),
        "text": pa.array([gap.join(text) for text in texts], pa.string()),
        "reason": pa.array(
            [one.fault.reason if one.fault else None for one in rewrites], pa.string()
        ),
        "detail": pa.array(
            [one.fault.detail if one.fault else None for one in rewrites], pa.string()
        ),
        "coverage": pa.array([one.coverage for one in rewrites], pa.float64()),
        "faithfulness": pa.array([one.faithfulness for one in rewrites], pa.float64()),
        "readability": pa.array([readability(text, language) for text in texts], pa.float64()),
        "words": pa.array([len(words(gap.join(text), language)) for text in texts], pa.int32()),
    }
    return pa.table(columns)


def _sentences(rewrites: Sequence["Rewrite"]) -> pa.Table:
    """One row a sentence that is kept, with the facts of the statements that it says."""
    rows = [
        (one.original.document_id, place, sentence.text, _evidence(one, sentence.says))
        for one in rewrites
        if one.fault is None
        for place, sentence in enumerate(one.sentences, start=1)
    ]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    types = (pa.string(), pa.int32(), pa.string(), pa.list_(pa.string()))
    names = ["original_id", "position", "sentence", "fact_ids"]
    arrays = [pa.array(column, type) for column, type in zip(columns, types, strict=True)]
    return pa.table(arrays, names=names)


def _evidence(rewrite: "Rewrite", says: Sequence[int]) -> list[str]:
    statements = [rewrite.original.statements[place] for place in says]
    return list(dict.fromkeys(fact for one in statements for fact in one.fact_ids))
