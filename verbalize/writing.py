"""Named facts to sentences: which statements a document has, in which phrasing, in which words.

SQL decides (`chosen`), one row a part of a document; then each phrasing says all rows that are its
own in one Jinja2 render a batch.
"""

import duckdb
import pyarrow as pa

from verbalize.phrasing import DocumentTemplate, Phrasing, Statement
from warehouse.connection import literal, quoted

BATCH = 50_000
"""Documents that are in Python at a time."""


def write(
    connection: duckdb.DuckDBPyConnection, template: DocumentTemplate, seed: int, language: str
) -> None:
    """Adds the sentences of all documents of a kind to `draft`, and their titles to `titled`."""
    _collect_parts(connection, template, language)
    _choose(connection, template, seed)
    row = connection.execute("SELECT coalesce(max(number), 0) FROM chosen").fetchone()
    documents = row[0] if row else 0
    for first in range(1, documents + 1, BATCH):
        _write_titles(connection, template, first)
        for order, statement in enumerate(template.statements):
            used = connection.execute(
                f"""
                SELECT DISTINCT said_{order} FROM chosen
                WHERE said_{order} IS NOT NULL AND number BETWEEN ? AND ? ORDER BY ALL
                """,
                [first, first + BATCH - 1],
            ).fetchall()
            for (phrasing,) in used:
                _write_sentences(connection, template, statement.phrasings[phrasing], order, first)


def _collect_parts(
    connection: duckdb.DuckDBPyConnection, template: DocumentTemplate, language: str
) -> None:
    """Makes `part_row`: a row a part, with the words and the facts of each of its slots."""
    columns = []
    for slot in template.slots:
        at = f"FILTER (slot = {literal(slot)})"
        if slot in template.lists:
            in_order = "ORDER BY rank, words"
            columns.append(f"coalesce(list(words {in_order}) {at}, []) AS {_words(slot)}")
            facts = f"flatten(list(evidence {in_order}) {at})"
        else:
            columns.append(f"min(words) {at} AS {_words(slot)}")
            facts = f"arg_min(evidence, words) {at}"
        columns.append(f"coalesce({facts}, []) AS {_facts(slot)}")
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE part_row AS
        WITH
        worded AS (
            SELECT
                told.subject, told.part, told.slot, told.rank, naming.words,
                CASE
                    WHEN told.fact_id IS NULL THEN naming.fact_ids
                    ELSE list_prepend(told.fact_id, naming.fact_ids)
                END AS evidence
            FROM told JOIN naming USING (slot, object)
            WHERE told.kind = $kind
        ),
        part AS (SELECT subject, part, {", ".join(columns)} FROM worded GROUP BY subject, part),
        document AS (
            SELECT
                subject,
                concat(
                    'document:', left(md5(concat_ws(chr(31), $kind, $language, subject)), 16)
                ) AS document_id,
                row_number() OVER (ORDER BY subject) AS number
            FROM (SELECT DISTINCT subject FROM part)
        )
        SELECT document.document_id, document.number, part.* FROM part JOIN document USING (subject)
        """,
        {"kind": template.kind, "language": language},
    )


def _choose(connection: duckdb.DuckDBPyConnection, template: DocumentTemplate, seed: int) -> None:
    """Makes `chosen`: `part_row`, and for each statement the number of its phrasing, null where it
    is not said."""
    numbers = [
        f"{_number(template, index, statement, seed)} AS said_{index}"
        for index, statement in enumerate(template.statements)
    ]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE chosen AS SELECT *, {', '.join(numbers)} FROM part_row"
    )


def _number(template: DocumentTemplate, index: int, statement: Statement, seed: int) -> str:
    """SQL that gives the phrasing of a statement: by a hash, and by the part, so that neighbours
    differ."""
    conditions = [_known(template, slot, slot in statement.lists) for slot in statement.slots]
    conditions += [
        f"said_{earlier} IS NULL"
        for earlier, above in enumerate(template.statements[:index])
        if above.says & statement.says
    ]
    if not statement.says:
        conditions.append("part = 0")
        conditions += [f"said_{earlier} IS NULL" for earlier in range(index)]
    drawn = f"concat_ws(chr(31), {seed:d}, document_id, {literal(statement.name)})"
    pick = f"(md5_number_lower({drawn}) % 1000 + part) % {len(statement.phrasings)}"
    return f"CASE WHEN {' AND '.join(conditions)} THEN ({pick})::INTEGER END"


def _known(template: DocumentTemplate, slot: str, listed: bool) -> str:
    """SQL that tells whether a slot has what a statement wants of it: several words for a list,
    else exactly one."""
    if slot not in template.lists:
        return f"{_words(slot)} IS NOT NULL"
    return f"len({_words(slot)}) {'>= 2' if listed else '= 1'}"


def _write_titles(
    connection: duckdb.DuckDBPyConnection, template: DocumentTemplate, first: int
) -> None:
    rows = connection.execute(
        f"""
        SELECT document_id, subject {_written(template, template.title)}
        FROM chosen WHERE part = 0 AND number BETWEEN ? AND ? ORDER BY number
        """,
        [first, first + BATCH - 1],
    ).to_arrow_table()
    connection.register("found_titles", _say(template.title, rows, "title"))
    connection.execute("INSERT INTO titled SELECT ?, * FROM found_titles", [template.kind])
    connection.unregister("found_titles")


def _write_sentences(
    connection: duckdb.DuckDBPyConnection,
    template: DocumentTemplate,
    phrasing: Phrasing,
    order: int,
    first: int,
) -> None:
    facts = ", ".join(_facts(slot) for slot in phrasing.writes)
    rows = connection.execute(
        f"""
        SELECT
            document_id, part, list_distinct(flatten([{facts}])) AS fact_ids
            {_written(template, phrasing)}
        FROM chosen WHERE said_{order} = ? AND number BETWEEN ? AND ?
        """,
        [phrasing.number, first, first + BATCH - 1],
    ).to_arrow_table()
    connection.register("written", _say(phrasing, rows, "sentence"))
    connection.execute(
        """
        INSERT INTO draft
        SELECT
            document_id, part, ? AS statement_order, ? AS template, ? AS phrasing, sentence,
            fact_ids
        FROM written
        """,
        [order, phrasing.name, phrasing.number],
    )
    connection.unregister("written")


def _say(phrasing: Phrasing, rows: pa.Table, column: str) -> pa.Table:
    """The rows with what the phrasing makes of them, in place of the words that it wrote."""
    words = [rows[slot].to_pylist() for slot in phrasing.writes]
    said = pa.array(phrasing.write(list(zip(*words, strict=True))), pa.string())
    return rows.drop_columns(list(phrasing.writes)).append_column(column, said)


def _written(template: DocumentTemplate, phrasing: Phrasing) -> str:
    """SQL of the columns of words that a phrasing writes, each with a comma before it."""
    columns = []
    for slot in phrasing.writes:
        first = slot in template.lists and slot not in phrasing.lists
        columns.append(f", {_words(slot)}{'[1]' if first else ''} AS {quoted(slot)}")
    return "".join(columns)


def _words(slot: str) -> str:
    return quoted(f"{slot} words")


def _facts(slot: str) -> str:
    return quoted(f"{slot} facts")
