"""Documents to rewrite: their sentences as statements, with the values that each says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from verbalize.curation.personal import mask
from verbalize.curation.wordlists import instructions, toxic_words
from verbalize.grammar import grammar
from verbalize.phrasing import ABOUT, phrasing_of
from warehouse.connection import literal

_QUOTES = "“”„«»"
_LIKELY = "_likely"


@dataclass(frozen=True)
class Statement:
    """A sentence of a document: the words of its slots (`values`), how it calls what the document
    is about (`subjects`), whether it says something as likely, and its evidence."""

    sentence: str
    values: tuple[str, ...]
    subjects: tuple[str, ...]
    likely: bool
    fact_ids: tuple[str, ...]


@dataclass(frozen=True)
class Original:
    """A document that templates wrote."""

    document_id: str
    statements: tuple[Statement, ...]
    gap: str = " "

    @property
    def text(self) -> str:
        return self.gap.join(statement.sentence for statement in self.statements)


def originals(
    connection: duckdb.DuckDBPyConnection, language: str, kinds: tuple[str, ...], limit: int
) -> list[Original]:
    """The first `limit` documents of a language, of all kinds where none is named, in an order
    that a hash of their identifiers gives; without those that curation would mask or leave out for
    what they say, for no model is to read them."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE to_rewrite AS
        SELECT document_id, text FROM text.document
        WHERE language = $language
            AND (len($kinds) = 0 OR list_contains($kinds, kind))
            AND document_id NOT IN (SELECT document_id FROM text.rewrite)
        ORDER BY md5(document_id) LIMIT $limit
        """,
        {"language": language, "kinds": list(kinds), "limit": limit},
    )
    mask(connection, "SELECT DISTINCT text AS value FROM to_rewrite", "personal_to_rewrite")
    rows = connection.execute(
        f"""
        SELECT
            document_id,
            list(
                {{
                    'template': template, 'phrasing': phrasing, 'sentence': sentence,
                    'fact_ids': fact_ids
                }} ORDER BY position
            )
        FROM text.statement
        WHERE document_id IN (
            SELECT document_id FROM to_rewrite
            WHERE text NOT IN (SELECT value FROM personal_to_rewrite)
                AND NOT regexp_matches(text, {literal(instructions())})
                AND NOT regexp_matches(text, {literal(toxic_words())})
        )
        GROUP BY document_id ORDER BY md5(document_id)
        """
    ).fetchall()
    connection.execute("DROP TABLE temp.to_rewrite; DROP TABLE temp.personal_to_rewrite")
    return [
        Original(
            document_id,
            tuple(_statement(said, language) for said in sentences),
            grammar(language).sentence.gap,
        )
        for document_id, sentences in rows
    ]


def _statement(said: Mapping[str, object], language: str) -> Statement:
    sentence = str(said["sentence"])
    phrasing = phrasing_of(str(said["template"]), int(str(said["phrasing"])), language)
    found = re.fullmatch(phrasing.pattern, sentence)
    assert found is not None  # it was read back when it was rendered
    words = dict(zip(phrasing.slots, found.groups(), strict=True))
    facts = said["fact_ids"]
    assert isinstance(facts, list)
    return Statement(
        sentence,
        tuple(
            item.strip(_QUOTES)
            for slot, value in words.items()
            if slot != "it"
            for item in _items(value, slot in phrasing.lists, language)
        ),
        tuple(value.strip(_QUOTES) for slot, value in words.items() if slot == "it"),
        any(slot.endswith(_LIKELY) for slot in phrasing.slots if slot not in ABOUT),
        tuple(facts),
    )


def _items(words: str, listed: bool, language: str) -> list[str]:
    """A list taken apart as reading back does it."""
    for mark, parts in grammar(language).list.parts.items() if listed else ():
        if mark in words:
            return re.split(parts, words)
    return [words]
