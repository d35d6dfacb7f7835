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
    for table in ("sentence", "recognised", "slot_read", "read_back", "claimed", "unfaithful", "inverse_slot"):
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
    """Makes the temporary table `slot_read` (document_id, position, slot, item, words) from the texts of documents."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE sentence AS
        SELECT document_id, kind, unnest(sentences) AS sentence, unnest(range(1, len(sentences) + 1))::INTEGER AS position
        FROM (
            SELECT document_id, kind, regexp_extract_all(text, ?, 1) AS sentences FROM text.document WHERE language = ?
        )
        """,
        [_SENTENCE, language],
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE recognised (document_id VARCHAR, position INTEGER, phrasing INTEGER, kind VARCHAR, sentence VARCHAR)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE slot_read (document_id VARCHAR, position INTEGER, slot VARCHAR, words VARCHAR)"
    )
    for kind in KINDS:
        phrasings = document_template(kind, language).reading_order
        recognise = "\n".join(
            f"WHEN starts_with(sentence, {literal(phrasing.starts)}) AND regexp_full_match(sentence, {literal(phrasing.pattern)})"
            f" THEN {index}"
            for index, phrasing in enumerate(phrasings)
        )
        connection.execute(
            f"""
            INSERT INTO recognised
            SELECT document_id, position, CASE {recognise} END, kind, sentence FROM sentence WHERE kind = {literal(kind)}
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
                SELECT document_id, position, regexp_extract(sentence, {literal(f'^{phrasing.pattern}$')}, [{names}]) AS found
                FROM recognised WHERE kind = {literal(kind)} AND phrasing = {index}
            ),
            pair AS (SELECT document_id, position, unnest([{pairs}]) AS said FROM matched)
            SELECT document_id, position, said.slot, unnest(said.words) FROM pair
            """
        )


def _items(slot: str) -> str:
    """SQL that takes the words of a list apart, as `grammar.listing` put them together."""
    words = f"found[{literal(slot)}]"
    cases = " ".join(
        f"WHEN contains({words}, {literal(mark)}) THEN string_split_regex({words}, {literal(parts)})"
        for mark, parts in LIST_PARTS.items()
    )
    return f"CASE {cases} ELSE [{words}] END"
