"""Toxic words, and words that speak to a language model: counted by the lists in `words/`.

The lists are short and meant to be right: a word that is harmless in another language, or a name of
goods, is not in them. Both are signals; what leaves documents out is a filter of the settings.
"""

import csv

import duckdb

from verbalize.curation.stage import WORDS, CurationSettings, Stage
from warehouse.connection import literal

_LETTER = r"[^\pL\p{N}]"


def toxic_words() -> str:
    """The toxic words as one pattern; what it finds may have a letter's neighbour around it."""
    with (WORDS / "toxic.csv").open(encoding="utf-8", newline="") as file:
        words = [word for _, _, word in list(csv.reader(file))[1:]]
    spaced = "|".join(word for word in words if word.isascii() or " " in word or word[0] < "\u2e80")
    dense = "|".join(word for word in words if word[0] >= "\u2e80")
    return f"(?i)(?:^|{_LETTER})(?:{spaced})(?:$|{_LETTER})|{dense}"


def instructions() -> str:
    """What speaks to a language model, as one pattern."""
    with (WORDS / "instructions.csv").open(encoding="utf-8", newline="") as file:
        patterns = [pattern for _, _, pattern in list(csv.reader(file))[1:]]
    return "(?i)" + "|".join(f"(?:{pattern})" for pattern in patterns)


def _count(connection: duckdb.DuckDBPyConnection, column: str, pattern: str) -> None:
    """Sets a signal to the number of places where the title or text of a document has a pattern."""
    connection.execute(
        f"""
        UPDATE text.signal SET {column} = 0
        WHERE document_id IN (SELECT document_id FROM text.kept);
        UPDATE text.signal SET {column} = found.places
        FROM (
            SELECT
                document_id,
                len(regexp_extract_all(concat(title, chr(10), text), {literal(pattern)})) AS places
            FROM text.kept
            WHERE regexp_matches(concat(title, chr(10), text), {literal(pattern)})
        ) AS found
        WHERE found.document_id = signal.document_id
        """
    )


def _run_toxic(connection: duckdb.DuckDBPyConnection, settings: CurationSettings) -> None:
    _count(connection, "toxic_words", toxic_words())


def _run_instructions(connection: duckdb.DuckDBPyConnection, settings: CurationSettings) -> None:
    _count(connection, "instructions", instructions())


TOXIC = Stage(
    "toxic",
    "Profanity, slurs and threats of each document, counted",
    "words/toxic.csv, English, German, Spanish and Chinese",
    _run_toxic,
)
INSTRUCTIONS = Stage(
    "instructions",
    "Words to a language model rather than to a reader, counted",
    "words/instructions.csv: orders, roles and marks of chat formats",
    _run_instructions,
)
