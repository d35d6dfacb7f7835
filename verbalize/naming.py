"""What each thing and value is called in documents, as the temporary table `naming` (names.sql).

Python sees each distinct label and literal once, for what the tables of `templates/<language>/` and
the locale say of it; SQL puts the words together.
"""

from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from string import Formatter

import duckdb
import pyarrow as pa

from verbalize.grammar import NAMES, Grammar, grammar, pattern_of
from verbalize.labels import readable
from verbalize.locales import locale_words
from verbalize.measures import column_words, literal_words
from verbalize.phrasing import separators
from verbalize.tables import FIRST, table
from warehouse.connection import literal

_HERE = Path(__file__).parent
_PRODUCTS = (
    "product", "it", "other", "isRelatedTo", "isRelatedTo_likely", "typeExample", "hasVariant",
    "mostBought", "answeredBy", "substitutedBy", "complementedBy", "target", "other_target",
    "origin",
)  # fmt: skip
_LABELLED = ("category", "brand")
_AS_THEY_STAND = ("sku", "name", "description", "quote", "gtin")
_FORMS = {"target": ("target", "price", "size", "color"), "column": ("relation",)}
"""Slots whose literals are worded as those of others if they have their form."""

Worded = tuple[str, str, str, bool]
"""Kind or slot, what a source wrote, the words for it, whether these are of another language."""


def name(connection: duckdb.DuckDBPyConnection, language: str) -> None:
    """Makes `naming`: the words for each object of each slot that `asked` has."""
    connection.execute((_HERE / "harmless.sql").read_text())
    spoken = grammar(language)
    slots = {slot for (slot,) in connection.execute("SELECT DISTINCT slot FROM asked").fetchall()}
    for macro, body in _macros(spoken, slots):
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {macro} AS {body}")
    _table(connection, "label_words", ("kind", "label"), _labels(connection, language))
    _table(connection, "said", ("slot", "value"), _literals(connection, spoken))
    connection.execute((_HERE / "names.sql").read_text())


def _labels(connection: duckdb.DuckDBPyConnection, language: str) -> list[Worded]:
    """The words of all categories and brands. Of categories for which the language has none, they
    are those of the first language; a brand is a name in every language."""
    labels = connection.execute(
        """
        SELECT DISTINCT kind, label, harmless(label) FROM facts.node
        WHERE list_contains(?, kind) ORDER BY ALL
        """,
        [list(_LABELLED)],
    ).fetchall()
    known = table(language, "labels")
    worded = []
    for kind, label, plain in labels:
        own = table(language, "values").get(("brand", plain), plain)
        if kind == "category":
            own = known.get((" ".join(plain.split()),), "") if language != FIRST else ""
        words = own or readable(plain)
        worded.append((kind, label, words, language != FIRST and not own))
    return worded


def _literals(connection: duckdb.DuckDBPyConnection, spoken: Grammar) -> list[Worded]:
    """The literals that have words of their own, or are of another language, which a number is
    not."""
    values = connection.execute(
        """
        SELECT DISTINCT base, object, harmless(object) FROM asked
        WHERE kind = 'literal' AND NOT list_contains(?, base)
            -- Of details only decimal numbers have other words; a part number is none.
            AND (
                base <> 'detail'
                OR regexp_full_match(object, '\\d+\\.\\d+')
                AND object NOT IN (SELECT object FROM known WHERE slot = 'mpn')
            )
        ORDER BY ALL
        """,
        [list(_AS_THEY_STAND)],
    ).fetchall()
    foreign = spoken.language != FIRST
    worded = []
    for slot, value, plain in values:
        worded_as = (
            locale_words(form, value, spoken) or literal_words(form, plain, spoken.language)
            for form in _FORMS.get(slot, (slot,))
        )
        words = next(filter(None, worded_as), None)
        if slot == "column" and not words:
            plain = column_words(plain)
        if words or slot == "column" or foreign and any(map(str.isalpha, plain)):
            worded.append((slot, value, words or plain, foreign and not words))
    return worded


def _macros(spoken: Grammar, slots: Set[str]) -> Iterator[tuple[str, str]]:
    """The macros of SQL that names.sql needs of a language, each with its body; of slots, those
    that there are."""
    opening, closing = map(literal, spoken.sentence.quotes)
    yield "quoted_words(words)", f"{opening} || words || {closing}"
    end = pattern_of(spoken.sentence.end)
    yield (
        "without_stop(words)",
        f"regexp_replace(words, {literal(f'([^{end}]){end}$')}, '\\1')",
    )
    stops = "[.!?](?: |$)" if spoken.sentence.gap else f"[!?！？{spoken.sentence.end}]"
    beginnings = (f"^{pattern_of(words)}" for words in spoken.list.beginnings)
    amiss = "|".join((stops, pattern_of(spoken.list.pair), *beginnings))
    yield "is_taken_amiss(words)", f"regexp_matches(words, {literal(amiss)})"
    patterns = separators(spoken.language)
    products = "|".join(pattern for slot, pattern in patterns.items() if slot in _PRODUCTS)
    yield "separates_product(words)", f"regexp_matches(words, {literal(products)})"
    asked = {slot: pattern for slot, pattern in patterns.items() if slot in slots}
    yield "separates(slot, words)", _separates(asked)
    yield "is_spoken(tag)", f"regexp_extract(lower(tag), '^[a-z]+') = {literal(spoken.language)}"
    levels = " ".join(
        f"WHEN {literal(level)} THEN {literal(words)}" for level, words in spoken.levels.items()
    )
    yield "level_word(level)", f"CASE level {levels} ELSE level END"
    for name, fields in NAMES.items():
        parts = ", ".join(
            f"{literal(text)}, {field or literal('')}"
            for text, field, _, _ in Formatter().parse(spoken.names[name])
        )
        yield f"called_{name}({', '.join(fields)})", f"concat({parts})"


def _separates(patterns: Mapping[str, str]) -> str:
    """SQL that tells whether words have in them what follows their slot."""
    cases = " ".join(
        f"WHEN {literal(slot)} THEN regexp_matches(words, {literal(pattern)})"
        for slot, pattern in patterns.items()
        if pattern and slot != "product"
    )
    return f"CASE slot {cases} ELSE false END" if cases else "false"


def _table(
    connection: duckdb.DuckDBPyConnection, name: str, keys: tuple[str, str], rows: list[Worded]
) -> None:
    """A temporary table of what has words."""
    schema = pa.schema(
        [*((key, pa.string()) for key in (*keys, "words")), ("is_foreign", pa.bool_())]
    )
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    connection.register("arrow_columns", pa.table(list(columns), schema=schema))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM arrow_columns")
    connection.unregister("arrow_columns")
