"""Facts to documents with evidence: every sentence knows the facts that it says.

SQL chooses the facts (`documents/`), things get their names (`naming`), templates say them
(`writing`), and reading the documents again proves that nothing was lost (`faithfulness`).

A statement is said if the facts of all its slots are known and no statement above it in the
template has said one of them. Which of its phrasings is used follows from a hash of seed, document
and statement.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from verbalize.curation.screening import screen
from verbalize.errors import VerbalizeError
from verbalize.faithfulness import check
from verbalize.naming import name
from verbalize.phrasing import KINDS, document_template, kinds_of
from verbalize.writing import write
from warehouse.connection import literal, transaction

Progress = Callable[[str, int, int], None]

SEGMENT_MINIMUM = 20
"""The fewest households that a document may speak of. It can be raised, never lowered."""

ABOUT_DOCUMENTS = ("statement", "signal", "masked", "removed")
"""Tables of `text` that tell of documents, and go with them."""

_HERE = Path(__file__).parent
_FOR_NAMES = (
    "known", "document_fact", "asked", "said", "label_words", "literal_name", "segment_name",
    "thing", "level_of", "product_name", "thing_name", "screened_text",
)  # fmt: skip
_FOR_SENTENCES = ("told", "left_over")
_FOR_READING = ("reading", "naming", "draft", "amount", "variant")


def render(
    connection: duckdb.DuckDBPyConnection,
    *,
    seed: int = 0,
    language: str = "en",
    kinds: Iterable[str] = (),
    segment_minimum: int = SEGMENT_MINIMUM,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes all documents of a language anew into `text.document` and `text.statement`, and reads
    each of them again. `kinds` are those to write; without any, all that have a template in the
    language.

    Returns counts of documents by kind, of sentences, and of facts read back.

    Raises:
        FaithfulnessError: if a document does not yield its facts again; nothing is changed then.
        VerbalizeError: if there are no templates in `language`, if a kind is not known, or if
            `segment_minimum` is too small.
    """
    if segment_minimum < SEGMENT_MINIMUM:
        raise VerbalizeError(
            f"segment_minimum is {segment_minimum}; "
            f"groups under {SEGMENT_MINIMUM} could give persons away"
        )
    templates = [
        document_template(kind, language) for kind in _in_order(kinds) or kinds_of(language)
    ]
    if not templates:
        document_template(KINDS[0], language)
    tell = progress or (lambda what, done, total: None)
    steps = len(templates) + 3
    try:
        tell("collecting facts", 0, steps)
        screen(connection)
        _collect(connection, {template.told: None for template in templates}, segment_minimum)
        tell("naming things", 1, steps)
        name(connection, language)
        _drop(connection, _FOR_NAMES)
        _run(connection, "draft")
        told = connection.execute("SELECT DISTINCT kind FROM told").fetchall()
        for index, template in enumerate(templates):
            tell(f"writing {template.kind} documents", index + 2, steps)
            if (template.told,) in told:
                write(connection, template, seed, language)
        _drop(connection, _FOR_SENTENCES)
        tell("reading back", steps - 1, steps)
        with transaction(connection):
            _publish(connection, language)
            _drop(connection, ("draft",))
            read = check(connection, language)
    finally:
        connection.execute("DROP VIEW IF EXISTS temp.chosen")
        _drop(connection, _FOR_NAMES + _FOR_SENTENCES + _FOR_READING)
    tell("rendered", steps, steps)
    return _counts(connection, language) | {"facts_read_back": read}


def _in_order(kinds: Iterable[str]) -> list[str]:
    wanted = set(kinds)
    for kind in sorted(wanted.difference(KINDS)):
        raise VerbalizeError(
            f"there is no kind of document {kind!r}; give some of: {', '.join(KINDS)}"
        )
    return [kind for kind in KINDS if kind in wanted]


def _collect(
    connection: duckdb.DuckDBPyConnection, kinds: Iterable[str], segment_minimum: int
) -> None:
    """Makes `told`, the facts that documents of the kinds tell, and `asked`, what needs a name for
    that."""
    connection.execute("SET VARIABLE text_segment_minimum = ?", [segment_minimum])
    _run(connection, "documents/known")
    _run(connection, "amounts")
    queries = "\nUNION ALL BY NAME\n".join(
        f"SELECT {literal(kind)} AS kind, * FROM ({_statement(f'documents/{kind}')})"
        for kind in kinds
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE document_fact AS {queries}")
    _run(connection, "told")


def _publish(connection: duckdb.DuckDBPyConnection, language: str) -> None:
    """Replaces the documents of the language by those of `draft`; one without a fact is none.
    Rewrites go with the documents that they were made of."""
    for table in ABOUT_DOCUMENTS:
        connection.execute(
            f"""
            DELETE FROM text.{table} WHERE document_id IN (
                SELECT document_id FROM text.document WHERE language = ?
            )
            """,
            [language],
        )
    for table in ("rewrite", "document"):
        connection.execute(f"DELETE FROM text.{table} WHERE language = ?", [language])
    connection.execute("SET VARIABLE text_language = ?", [language])
    _run(connection, "publish")


def _drop(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    """Gives back what temporary tables hold."""
    for table in tables:
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _counts(connection: duckdb.DuckDBPyConnection, language: str) -> dict[str, Any]:
    documents = connection.execute(
        "SELECT kind, count(*) FROM text.document WHERE language = ? GROUP BY kind ORDER BY kind",
        [language],
    ).fetchall()
    row = connection.execute(
        """
        SELECT count(*) FROM text.statement
        SEMI JOIN (SELECT document_id FROM text.document WHERE language = ?) USING (document_id)
        """,
        [language],
    ).fetchone()
    return {"documents": dict(documents), "sentences": row[0] if row else 0}


def _run(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    connection.execute(_statement(statement))


def _statement(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text()
