"""Text to facts again: what a document says is read from its text alone, and compared with the facts that its evidence claims.

The reader knows the phrasings and the names of things (`naming`), nothing else: it splits a text into sentences, recognises each by
the regular expression of its phrasing, takes the words of the slots, and looks up what they name. A claimed fact that is not found in
its sentence, or something found that is not claimed, fails the run. So does a time or a share that is not that of the fact.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from verbalize.errors import FaithfulnessError
from verbalize.grammar import LIST_PARTS
from verbalize.phrasing import KINDS, Phrasing, document_template
from warehouse.connection import literal

INVERSE = {"narrower": "broader", "typeExample": "productType"}
"""Slots that say a fact from the side of its object."""

_COMPARE = (Path(__file__).parent / "faithfulness.sql").read_text()
_SENTENCE = r"((?:[^“”.]|“[^”]*”|\.[^ “”])+\.)(?: |$)"


def check(connection: duckdb.DuckDBPyConnection, language: str = "en") -> int:
    """Reads every document of the language and returns how many facts came back.

    Needs the temporary tables of `render`. Raises:
        FaithfulnessError: naming document, sentence and fact, if one does not come back.
    """
    read(connection, language)
    connection.execute("CREATE OR REPLACE TEMP TABLE inverse_slot (slot VARCHAR, predicate VARCHAR)")
    connection.executemany("INSERT INTO inverse_slot VALUES (?, ?)", list(INVERSE.items()))
    connection.execute("SET VARIABLE text_language = ?", [language])
    connection.execute(_COMPARE)
    problem = connection.execute(
        "SELECT document_id, position, problem, detail, sentence FROM unfaithful ORDER BY document_id, position, problem, detail LIMIT 1"
    ).fetchone()
    count = connection.execute("SELECT (SELECT count(*) FROM claimed), (SELECT count(*) FROM unfaithful)").fetchone()
    for table in ("numbered", "sentence", "recognised", "slot_read", "read_back", "claimed", "unfaithful", "inverse_slot"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
    assert count is not None
    if problem:
        document, position, what, detail, sentence = problem
        raise FaithfulnessError(
            f"{document}, sentence {position}, {what}: {detail}; the sentence is: {sentence!r} ({count[1]:,} such). "
            "Mend the phrasing, or the words of the value (verbalize/templates), and render again"
        )
    return int(count[0])


def read(connection: duckdb.DuckDBPyConnection, language: str = "en") -> None:
    """Makes the temporary table `slot_read` (document, position, slot, words) from the texts of documents; `document` is a number."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT row_number() OVER (ORDER BY document_id)::INTEGER AS document, document_id, kind, subject
        FROM text.document WHERE language = ?
        """,
        [language],
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE sentence AS
        SELECT document, kind, unnest(sentences) AS sentence, unnest(range(1, len(sentences) + 1))::INTEGER AS position
        FROM (
            SELECT numbered.document, numbered.kind, regexp_extract_all(text, ?, 1) AS sentences
            FROM text.document JOIN numbered USING (document_id)
        )
        """,
        [_SENTENCE],
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE recognised (document INTEGER, position INTEGER, phrasing INTEGER, kind VARCHAR, sentence VARCHAR)"
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE slot_read (document INTEGER, position INTEGER, slot VARCHAR, words VARCHAR)")
    for kind in KINDS:
        phrasings = document_template(kind, language).reading_order
        recognise = "\n".join(
            f"WHEN {_is_of(phrasing, phrasings)} THEN {index}" for index, phrasing in enumerate(phrasings)
        )
        connection.execute(
            f"""
            INSERT INTO recognised
            SELECT document, position, CASE {recognise} END, kind, sentence FROM sentence WHERE kind = {literal(kind)}
            """
        )
        _extract(connection, kind, phrasings)


def _extract(connection: duckdb.DuckDBPyConnection, kind: str, phrasings: Sequence[Phrasing]) -> None:
    for index, phrasing in enumerate(phrasings):
        if not phrasing.slots:
            continue
        names = ", ".join(literal(slot) for slot in phrasing.slots)
        pairs = ", ".join(
            f"{{'slot': {literal(slot)}, 'words': {_items(slot) if slot in phrasing.lists else f'[found[{literal(slot)}]]'}}}"
            for slot in phrasing.slots
        )
        connection.execute(
            f"""
            INSERT INTO slot_read
            WITH
            matched AS (
                SELECT document, position, regexp_extract(sentence, {literal(f'^{phrasing.pattern}$')}, [{names}]) AS found
                FROM recognised WHERE kind = {literal(kind)} AND phrasing = {index}
            ),
            pair AS (SELECT document, position, unnest([{pairs}]) AS said FROM matched)
            SELECT document, position, said.slot, unnest(said.words) FROM pair
            """
        )


def _is_of(phrasing: Phrasing, phrasings: Sequence[Phrasing]) -> str:
    """SQL that tells a sentence of the phrasing; its beginning is enough where no other phrasing begins so."""
    starts = f"starts_with(sentence, {literal(phrasing.starts)})"
    alike = any(other is not phrasing and other.starts.startswith(phrasing.starts) for other in phrasings)
    alike = alike or any(other is not phrasing and phrasing.starts.startswith(other.starts) for other in phrasings)
    return f"{starts} AND regexp_full_match(sentence, {literal(phrasing.pattern)})" if alike else starts


def _items(slot: str) -> str:
    """SQL that takes the words of a list apart, as `grammar.listing` put them together."""
    words = f"found[{literal(slot)}]"
    cases = " ".join(
        f"WHEN contains({words}, {literal(mark)}) THEN string_split_regex({words}, {literal(parts)})"
        for mark, parts in LIST_PARTS.items()
    )
    return f"CASE {cases} ELSE [{words}] END"
