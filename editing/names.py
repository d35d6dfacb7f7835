"""Nodes and literals to the words that prompts use for them: all names of editing are made here.

They are those of the corpus: labels, sizes and places become words by the functions of `verbalize`,
and products, categories and makers are called as its documents call them.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from verbalize import labels, measures

_HARMLESS = Path(labels.__file__).with_name("harmless.sql").read_text()
_NAMES = (Path(__file__).parent / "names.sql").read_text()

# Literals that have words of their own; others are said as they stand, as a number or a price.
_WORDED = ("size", "promotionDisplay", "promotionMailer", "segmentAge", "segmentComposition")


def write_names(connection: duckdb.DuckDBPyConnection, language: str = "en") -> None:
    """Makes the temporary table `edit_name` (node_id, kind, subject_text, target_text) of all nodes
    but persons, and `edit_word` (predicate, object, words) of literals.

    Only names that one node alone has can be a subject; `subject_text` is null for the others.
    Python sees each label of a category and each size or place once.
    """
    connection.execute(_HARMLESS)
    categories = connection.execute(
        """
        SELECT DISTINCT kind, label, harmless(label) AS plain FROM facts.node
        WHERE kind = 'category' ORDER BY ALL
        """
    ).fetchall()
    literals = connection.execute(
        """
        SELECT DISTINCT predicate, object, harmless(object) AS plain FROM facts.fact
        WHERE object_kind = 'literal' AND list_contains(?, predicate) ORDER BY ALL
        """,
        [list(_WORDED)],
    ).fetchall()
    worded = [labels.readable(plain) for *_, plain in categories]
    said = [measures.literal_words(slot, plain, language) or plain for slot, _, plain in literals]
    _table(
        connection,
        "edit_label",
        kind=_column(categories, 0),
        label=_column(categories, 1),
        words=worded,
    )
    _table(
        connection,
        "edit_word",
        predicate=_column(literals, 0),
        object=_column(literals, 1),
        words=said,
    )
    connection.execute(_NAMES)


def _column(rows: list[tuple[str, ...]], place: int) -> list[str]:
    return [row[place] for row in rows]


def _table(connection: duckdb.DuckDBPyConnection, name: str, **columns: list[str]) -> None:
    texts = {column: pa.array(values, pa.string()) for column, values in columns.items()}
    connection.register("edit_columns", pa.table(texts))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM edit_columns")
    connection.unregister("edit_columns")
