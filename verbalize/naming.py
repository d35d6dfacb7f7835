"""What each thing and value is called in documents, as the temporary table `naming` (names.sql).

SQL makes numbers, money and times readable (`literals.sql`); Python sees each distinct label and
size once, for what needs the tables of `templates/<language>/`.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from verbalize.labels import readable
from verbalize.measures import literal_words
from verbalize.phrasing import separators
from warehouse.connection import literal

_HERE = Path(__file__).parent
_PRODUCTS = (
    "it", "other", "isRelatedTo", "isRelatedTo_likely", "typeExample", "hasVariant", "mostBought",
    "answeredBy", "substitutedBy", "complementedBy", "target", "other_target", "origin",
)  # fmt: skip
_LABELLED = ("category", "brand")
_AS_THEY_STAND = ("sku", "name", "description", "gtin", "price", "share")


def name(connection: duckdb.DuckDBPyConnection, language: str) -> None:
    """Makes `naming`: the words for each object of each slot that `asked` has."""
    connection.execute((_HERE / "harmless.sql").read_text())
    connection.execute(
        f"CREATE OR REPLACE TEMP MACRO separates(slot, words) AS {_separates(language)}"
    )
    _table(connection, "label_words", ("kind", "label", "words"), _labels(connection, language))
    _table(connection, "said", ("slot", "value", "words"), _literals(connection, language))
    connection.execute((_HERE / "literals.sql").read_text())
    connection.execute((_HERE / "names.sql").read_text())


def _labels(connection: duckdb.DuckDBPyConnection, language: str) -> list[tuple[str, str, str]]:
    """Kind, label and words of all categories and brands."""
    labels = connection.execute(
        """
        SELECT DISTINCT kind, label, harmless(label) FROM facts.node
        WHERE list_contains(?, kind) ORDER BY ALL
        """,
        [list(_LABELLED)],
    ).fetchall()
    return [
        (
            kind,
            label,
            readable(plain, language)
            if kind == "category"
            else literal_words(kind, plain, language) or plain,
        )
        for kind, label, plain in labels
    ]


def _literals(connection: duckdb.DuckDBPyConnection, language: str) -> list[tuple[str, str, str]]:
    """Slot, value and words of the literals that have words of their own."""
    values = connection.execute(
        """
        SELECT DISTINCT base, object, harmless(object) FROM asked
        WHERE kind = 'literal' AND NOT list_contains(?, base) ORDER BY ALL
        """,
        [list(_AS_THEY_STAND)],
    ).fetchall()
    return [
        (slot, value, words)
        for slot, value, plain in values
        if (words := literal_words(slot, plain, language))
    ]


def _separates(language: str) -> str:
    """SQL that tells whether words have in them what follows their slot; the slot `product` stands
    for all slots that name products."""
    patterns = separators(language)
    products = "|".join(pattern for slot, pattern in patterns.items() if slot in _PRODUCTS)
    cases = " ".join(
        f"WHEN {literal(slot)} THEN regexp_matches(words, {literal(pattern)})"
        for slot, pattern in {**patterns, "product": products}.items()
        if pattern
    )
    return f"CASE slot {cases} ELSE false END"


def _table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: tuple[str, ...],
    rows: list[tuple[str, str, str]],
) -> None:
    """A temporary table of text columns."""
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    arrays = [pa.array(column, pa.string()) for column in values]
    connection.register("arrow_columns", pa.table(arrays, names=list(columns)))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM arrow_columns")
    connection.unregister("arrow_columns")
