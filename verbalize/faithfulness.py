"""Text to facts again: what a document says is read from its text alone, and compared with the
facts that its evidence claims.

The reader knows the phrasings and the names of things (`naming`), nothing else: it splits a text
into sentences, recognises each by the regular expression of its phrasing, takes the words of the
slots, and looks up what they name. A claimed fact that is not found in its sentence, or something
found that is not claimed, fails the run. So does a time or a share that is not that of the fact.

A slot is named after a predicate, and says a fact of the document's subject. With a role before
it, it says facts of others: `other_size` that of the thing in the slot `other` (of the sentence, or
else the first of the document), `both_size` one of each of these two, `all_size` one of every
variant of the subject, `each_size` one of some variants. The predicate of `target`, `origin` (which
points to the subject) and `quote` is what the slot `relation` of the sentence names, that of
`detail` what its slot `column` names. That of `dimensions` is size.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from verbalize.errors import FaithfulnessError
from verbalize.grammar import Listing, grammar
from verbalize.phrasing import Phrasing, document_template
from warehouse.connection import first_row, literal

INVERSE = {
    "narrower": "broader",
    "typeExample": "productType",
    "hasVariant": "isVariantOf",
    "preferredBy": "prefers",
    "origin": "origin",
}
"""Slots that say a fact from the side of its object."""

_COMPARE = (Path(__file__).parent / "faithfulness.sql").read_text()
_TEMPORARY = (
    "numbered", "sentence", "recognised", "slot_read", "read_back", "claimed", "unfaithful",
    "inverse_slot", "slot_said", "other_thing", "relation_read", "matched",
)  # fmt: skip


def check(connection: duckdb.DuckDBPyConnection, language: str, kinds: Sequence[str]) -> int:
    """Reads every document of a language and some kinds, and returns how many facts came back.

    Needs the temporary tables of `render`. Raises:
        FaithfulnessError: naming document, sentence and fact, if one does not come back.
    """
    try:
        _read(connection, language, kinds)
        inverse = ", ".join(f"({literal(one)}, {literal(other)})" for one, other in INVERSE.items())
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE inverse_slot AS
            FROM (VALUES {inverse}) AS pair (slot, predicate)
            """
        )
        connection.execute(_COMPARE)
        _complain(connection)
        row = first_row(connection, "SELECT count(*) FROM claimed")
    finally:
        for table in _TEMPORARY:
            connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
    return int(row[0]) if row else 0


def _complain(connection: duckdb.DuckDBPyConnection) -> None:
    problem = first_row(
        connection,
        """
        SELECT document_id, position, problem, detail, sentence, count(*) OVER ()
        FROM unfaithful ORDER BY document_id, position, problem, detail LIMIT 1
        """,
    )
    if problem:
        document, position, what, detail, sentence, count = problem
        raise FaithfulnessError(
            f"{document}, sentence {position}, {what}: {detail}; the sentence is: {sentence!r} "
            f"({count:,} such). Mend the phrasing, or the words of the value "
            "(verbalize/templates), and render again"
        )


def _read(connection: duckdb.DuckDBPyConnection, language: str, kinds: Sequence[str]) -> None:
    """Makes `slot_read` (document, position, slot, words) from the texts of documents; documents go
    by number."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT
            row_number() OVER (ORDER BY document_id)::INTEGER AS document,
            document_id,
            kind,
            subject
        FROM text.document WHERE language = ? AND list_contains(?, kind)
        """,
        [language, list(kinds)],
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE sentence AS
        SELECT
            document,
            kind,
            unnest(sentences) AS sentence,
            unnest(range(1, len(sentences) + 1))::INTEGER AS position
        FROM (
            SELECT numbered.document, numbered.kind, regexp_extract_all(text, ?, 1) AS sentences
            FROM text.document JOIN numbered USING (document_id)
        )
        """,
        [grammar(language).sentence.pattern],
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE recognised (
            document INTEGER, position INTEGER, phrasing INTEGER, kind VARCHAR, sentence VARCHAR
        )
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE slot_read (
            document INTEGER, position INTEGER, slot VARCHAR, words VARCHAR
        )
        """
    )
    written = connection.execute("SELECT DISTINCT kind FROM numbered").fetchall()
    for kind in (kind for kind in kinds if (kind,) in written):
        phrasings = document_template(kind, language).reading_order
        for index in _recognise(connection, kind, phrasings):
            if phrasings[index].slots:
                _extract(connection, kind, index, phrasings[index], grammar(language).list)


def _recognise(
    connection: duckdb.DuckDBPyConnection, kind: str, phrasings: Sequence[Phrasing]
) -> list[int]:
    """Adds the sentences of a kind to `recognised`; returns which phrasings there are."""
    cases = "\n".join(
        f"WHEN {_is_of(phrasing, phrasings)} THEN {index}"
        for index, phrasing in enumerate(phrasings)
    )
    connection.execute(
        f"""
        INSERT INTO recognised
        SELECT document, position, CASE {cases} END, kind, sentence
        FROM sentence WHERE kind = {literal(kind)}
        """
    )
    found = connection.execute(
        """
        SELECT DISTINCT phrasing FROM recognised
        WHERE kind = ? AND phrasing IS NOT NULL ORDER BY phrasing
        """,
        [kind],
    ).fetchall()
    return [index for (index,) in found]


def _is_of(phrasing: Phrasing, phrasings: Sequence[Phrasing]) -> str:
    """SQL that tells a sentence of the phrasing; its beginning is enough where no other phrasing
    begins so."""
    starts = f"starts_with(sentence, {literal(phrasing.starts)})"
    if any(other is not phrasing and phrasing.begins_like(other) for other in phrasings):
        return f"{starts} AND regexp_full_match(sentence, {literal(phrasing.pattern)})"
    return starts


def _extract(
    connection: duckdb.DuckDBPyConnection,
    kind: str,
    index: int,
    phrasing: Phrasing,
    listing: Listing,
) -> None:
    """Adds the words of all slots in the sentences of a phrasing to `slot_read`."""
    pattern = literal(f"^{phrasing.pattern}$")
    names = ", ".join(literal(slot) for slot in phrasing.slots)
    pairs = ", ".join(
        f"{{'slot': {literal(slot)}, 'words': {_items(slot, slot in phrasing.lists, listing)}}}"
        for slot in phrasing.slots
    )
    connection.execute(
        f"""
        INSERT INTO slot_read
        WITH
        matched AS (
            SELECT document, position, regexp_extract(sentence, {pattern}, [{names}]) AS found
            FROM recognised WHERE kind = {literal(kind)} AND phrasing = {index}
        ),
        pair AS (SELECT document, position, unnest([{pairs}]) AS said FROM matched)
        SELECT document, position, said.slot, unnest(said.words) FROM pair
        """
    )


def _items(slot: str, listed: bool, listing: Listing) -> str:
    """SQL of the words of a slot as a list; a list is taken apart as `listing` put it together."""
    words = f"found[{literal(slot)}]"
    if not listed:
        return f"[{words}]"
    cases = " ".join(
        f"WHEN contains({words}, {literal(mark)}) "
        f"THEN string_split_regex({words}, {literal(parts)})"
        for mark, parts in listing.parts.items()
    )
    return f"CASE {cases} ELSE [{words}] END"
