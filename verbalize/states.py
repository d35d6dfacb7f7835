"""States of the corpus over time: which documents it has, and since when each is as it is.

A state has the time of the newest fact or load that it follows from; where nothing newer was
loaded, that of the state before and a millisecond. So times are those of the data, never of the
machine, and whoever has the corpus of one state needs only what came later.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb

from verbalize.grammar import grammar
from verbalize.tables import languages
from warehouse.connection import first_row, literal, only_row

_HERE = Path(__file__).parent

_RECORDS = (_HERE / "records.sql").read_text()
_CONVERSATIONS = (_HERE / "conversations.sql").read_text()
_PAIR = (_HERE / "asking.sql").read_text()
_SAID = (_HERE / "said.sql").read_text().strip()
_STEP = (_HERE / "states.sql").read_text()
_TEMPORARY = ("current_version", "step", "holding", "ended", "new_state")

AT_ONCE = 100_000
"""Documents whose evidence is looked up at a time, so that memory does not grow with the corpus."""

KEPT = """
SELECT
    document_id, coalesce(revision.added, (SELECT max(valid_from) FROM facts.fact)) AS added
FROM text.kept LEFT JOIN text.revision USING (document_id)
"""
"""SQL of all kept documents, and since when the corpus has each; one that no state has yet is as
new as the newest fact."""


def records(asked: str = KEPT) -> str:
    """SQL of documents with their evidence, as exports write them: of those that `asked`, SQL with
    the columns document_id and added, names. Columns: id, text, source, added, created, metadata,
    attributes."""
    told = _RECORDS.replace("{pair}", _pair()).replace("{said}", _SAID)
    return f"WITH\nasked AS (\n{asked}\n),\n{told}"


def records_in_blocks(documents: int, asked: str = KEPT) -> Iterator[str]:
    """SQL of the `records` of about AT_ONCE of the documents, until all were asked for."""
    blocks = -(-documents // AT_ONCE)
    for block in range(blocks):
        yield records(f"SELECT * FROM ({asked}) WHERE hash(document_id) % {blocks:d} = {block:d}")


def pairs(asked: str = KEPT) -> str:
    """SQL of the questions with their answers of those documents: an identifier, which is a hash
    of both and the same for the same pair, document_id, position, template, sentence, fact_ids,
    said (question and answer), added."""
    return f"""
    WITH asked AS ({asked})
    SELECT node_id('conversation', said.question, said.answer) AS id, pair.*, asked.added
    FROM ({_pair()}) AS pair JOIN asked USING (document_id)
    WHERE said.question <> '' AND said.answer <> ''
    """


def conversations(chosen: str) -> str:
    """SQL of conversations with their evidence: of those that `chosen`, SQL with the columns id,
    document_id, position and added of `pairs` and a place, names, in the order of their places.
    Columns: id, text, messages, source, added, created, metadata."""
    told = _CONVERSATIONS.replace("{pair}", _pair()).replace("{said}", _SAID)
    return f"WITH\nasked AS (\n{chosen}\n),\n{told}"


@cache
def _pair() -> str:
    """SQL of the questions with their answers of documents that `asked` names."""
    return _PAIR.replace("{asked_and_answered}", _asked_and_answered())


@cache
def _asked_and_answered() -> str:
    """SQL of the question and the answer of a sentence that is both, as its language has them."""
    names = "['question', 'answer']"
    cases = " ".join(
        f"WHEN {literal(language)} THEN "
        f"regexp_extract(sentence, {literal(grammar(language).sentence.asks)}, {names})"
        for language in languages()
    )
    return f"CASE document.language {cases} END"


def record_state(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Compares the kept documents with the state before, and records what is new; returns how many
    documents were added, changed and withdrawn. Call it in the transaction that changes them."""
    connection.execute("CREATE OR REPLACE TEMP TABLE current_version (id VARCHAR, digest UBIGINT)")
    (kept,) = only_row(connection, "SELECT count(*) FROM text.kept")
    for some in records_in_blocks(kept):
        connection.execute(
            f"""
            INSERT INTO current_version
            SELECT
                id, md5_number_lower(to_json([text, source, created, metadata::VARCHAR])::VARCHAR)
            FROM ({some})
            """
        )
    connection.execute(_STEP)
    row = only_row(
        connection,
        """
        SELECT
            count(*) FILTER (step = 'added'),
            count(*) FILTER (step = 'changed'),
            count(*) FILTER (step = 'withdrawn')
        FROM step
        """,
    )
    for table in _TEMPORARY:
        connection.execute(f"DROP TABLE temp.{table}")
    return dict(zip(("added", "changed", "withdrawn"), row, strict=True))


def newest_state(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """The time of the state of the corpus that is there now; None before the first."""
    row = first_row(connection, "SELECT max(as_of) FROM text.state")
    found: datetime | None = row[0] if row else None
    return found
