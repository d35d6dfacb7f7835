"""Facts to documents with evidence: every sentence knows the facts that it says.

SQL chooses the facts (`documents/`), gives things their names (`names.sql`) and decides which sentences a document has; templates
say them, one Jinja2 render a batch; reading the documents again proves that nothing was lost (`faithfulness`).

A statement is said if the facts of all its slots are known and no statement above it in the template has said one of them. Which of
its phrasings is used follows from a hash of seed, document and statement.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from verbalize.errors import VerbalizeError
from verbalize.faithfulness import check
from verbalize.labels import readable
from verbalize.measures import literal_words
from verbalize.phrasing import KINDS, DocumentTemplate, Phrasing, document_template, separators
from warehouse.connection import literal, quoted, transaction

Progress = Callable[[str, int, int], None]

BATCH = 50_000
"""Documents that are in Python at a time."""

SEGMENT_MINIMUM = 20
"""The fewest households that a document may speak of. It can be raised, never lowered."""

_HERE = Path(__file__).parent
_PRODUCTS = ("it", "isRelatedTo", "isRelatedTo_likely", "typeExample")
_LABELLED = ("category", "brand")
_TEMPORARY = (
    "known", "document_fact", "told", "asked", "said", "label_words", "literal_name", "thing", "level_of", "product_name", "naming",
    "part_row", "draft", "titled", "chosen",
)  # fmt: skip


def render(
    connection: duckdb.DuckDBPyConnection,
    *,
    seed: int = 0,
    language: str = "en",
    segment_minimum: int = SEGMENT_MINIMUM,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes all documents of a language anew into `text.document` and `text.statement`, and reads each of them again.

    Returns counts of documents by kind, and of sentences and facts said.

    Raises:
        FaithfulnessError: if a document does not yield its facts again; nothing is changed then.
        VerbalizeError: if there are no templates in `language`, or `segment_minimum` is too small.
    """
    if segment_minimum < SEGMENT_MINIMUM:
        raise VerbalizeError(f"segment_minimum is {segment_minimum}; groups under {SEGMENT_MINIMUM} could give persons away")
    templates = [document_template(kind, language) for kind in KINDS]
    steps = len(templates) + 3
    try:
        _tell(progress, "collecting facts", 0, steps)
        _collect(connection, segment_minimum)
        _tell(progress, "naming things", 1, steps)
        _name(connection, language)
        connection.execute((_HERE / "draft.sql").read_text())
        for index, template in enumerate(templates):
            _tell(progress, f"writing {template.kind} documents", index + 2, steps)
            _write(connection, template, seed, language)
        _tell(progress, "reading back", steps - 1, steps)
        with transaction(connection):
            _publish(connection, language)
            read = check(connection, language)
    finally:
        for table in _TEMPORARY:
            connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
    _tell(progress, "rendered", steps, steps)
    return _counts(connection, language) | {"facts_read_back": read}


def _collect(connection: duckdb.DuckDBPyConnection, segment_minimum: int) -> None:
    connection.execute("SET VARIABLE text_segment_minimum = ?", [segment_minimum])
    connection.execute((_HERE / "documents" / "known.sql").read_text())
    queries = [f"SELECT {literal(kind)} AS kind, * FROM ({(_HERE / 'documents' / f'{kind}.sql').read_text()})" for kind in KINDS]
    connection.execute("CREATE OR REPLACE TEMP TABLE document_fact AS " + "\nUNION ALL BY NAME\n".join(queries))
    connection.execute((_HERE / "told.sql").read_text())


def _name(connection: duckdb.DuckDBPyConnection, language: str) -> None:
    """Makes `naming`: the words for each object of each slot. Python sees each distinct label and size once."""
    connection.execute((_HERE / "harmless.sql").read_text())
    connection.execute(f"CREATE OR REPLACE TEMP MACRO separates(slot, words) AS {_separates(language)}")
    labels = connection.execute(
        "SELECT DISTINCT kind, label, harmless(label) FROM facts.node WHERE list_contains(?, kind) ORDER BY ALL", [list(_LABELLED)]
    ).fetchall()
    words = [
        readable(plain, language) if kind == "category" else literal_words(kind, plain, language) or plain
        for kind, _, plain in labels
    ]
    _table(connection, "label_words", kind=[row[0] for row in labels], label=[row[1] for row in labels], words=words)
    values = connection.execute(
        """
        SELECT DISTINCT base, object, harmless(object) FROM asked
        WHERE kind = 'literal' AND base NOT IN ('sku', 'name', 'description', 'gtin', 'price', 'share') ORDER BY ALL
        """
    ).fetchall()
    worded = [(slot, value, words) for slot, value, plain in values if (words := literal_words(slot, plain, language))]
    _table(connection, "said", slot=[row[0] for row in worded], value=[row[1] for row in worded], words=[row[2] for row in worded])
    connection.execute((_HERE / "literals.sql").read_text())
    connection.execute((_HERE / "names.sql").read_text())


def _separates(language: str) -> str:
    """SQL that tells whether words have in them what follows their slot; `product` stands for all slots that name products."""
    patterns = separators(language)
    products = "|".join(pattern for slot, pattern in patterns.items() if slot in _PRODUCTS)
    cases = " ".join(
        f"WHEN {literal(slot)} THEN regexp_matches(words, {literal(pattern)})"
        for slot, pattern in {**patterns, "product": products}.items()
        if pattern
    )
    return f"CASE slot {cases} ELSE false END"


def _write(connection: duckdb.DuckDBPyConnection, template: DocumentTemplate, seed: int, language: str) -> None:
    """Adds the sentences of all documents of a kind to `draft`, and their titles to `titled`."""
    _choose(connection, template, seed, language)
    row = connection.execute("SELECT coalesce(max(number), 0) FROM chosen").fetchone()
    documents = row[0] if row else 0
    for first in range(1, documents + 1, BATCH):
        _write_titles(connection, template, first)
        for order, statement in enumerate(template.statements):
            for phrasing in statement.phrasings:
                _write_sentences(connection, template, phrasing, order, first)


def _choose(connection: duckdb.DuckDBPyConnection, template: DocumentTemplate, seed: int, language: str) -> None:
    """Makes `chosen`: a row a part with the words and facts of its slots, and for each statement the phrasing, null where it is not said."""
    columns = []
    for slot in template.slots:
        at = f"FILTER (slot = {literal(slot)})"
        if slot in template.lists:
            columns.append(f"coalesce(list(words ORDER BY rank, words) {at}, []) AS {_words(slot)}")
            columns.append(f"coalesce(flatten(list(evidence ORDER BY rank, words) {at}), []) AS {_facts(slot)}")
        else:
            columns.append(f"min(words) {at} AS {_words(slot)}")
            columns.append(f"coalesce(arg_min(evidence, words) {at}, []) AS {_facts(slot)}")
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE part_row AS
        WITH
        worded AS (
            SELECT
                told.subject, told.part, told.slot, told.rank, naming.words,
                CASE WHEN told.fact_id IS NULL THEN naming.fact_ids ELSE list_prepend(told.fact_id, naming.fact_ids) END AS evidence
            FROM told JOIN naming USING (slot, object)
            WHERE told.kind = $kind
        ),
        part AS (SELECT subject, part, {", ".join(columns)} FROM worded GROUP BY subject, part),
        document AS (
            SELECT
                subject,
                'document:' || left(md5(concat_ws(chr(31), $kind, $language, subject)), 16) AS document_id,
                row_number() OVER (ORDER BY subject) AS number
            FROM (SELECT DISTINCT subject FROM part)
        )
        SELECT document.document_id, document.number, part.* FROM part JOIN document USING (subject)
        """,
        {"kind": template.kind, "language": language},
    )
    masks: list[str] = []
    for index, statement in enumerate(template.statements):
        wanted = [_known(template, slot, listed=slot in statement.lists) for slot in statement.slots]
        said = [
            f"said_{earlier} IS NULL"
            for earlier, above in enumerate(template.statements[:index])
            if above.says & statement.says
        ]
        wanted += ["part = 0"] if not statement.says else []
        pick = f"md5_number_lower(concat_ws(chr(31), {seed:d}, document_id, {literal(statement.name)})) % 1000 + part"
        masks.append(
            f"CASE WHEN {' AND '.join(wanted + said)} THEN (({pick}) % {len(statement.phrasings)})::INTEGER END AS said_{index}"
        )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE chosen AS SELECT *, {', '.join(masks)} FROM part_row")


def _known(template: DocumentTemplate, slot: str, *, listed: bool) -> str:
    """SQL that tells whether a slot has what a statement wants of it: several words for a list, else exactly one."""
    if slot not in template.lists:
        return f"{_words(slot)} IS NOT NULL"
    return f"len({_words(slot)}) {'>= 2' if listed else '= 1'}"


def _one(template: DocumentTemplate, slot: str) -> str:
    return f"{_words(slot)}[1]" if slot in template.lists else _words(slot)


def _write_titles(connection: duckdb.DuckDBPyConnection, template: DocumentTemplate, first: int) -> None:
    title = template.title
    words = ", ".join(f"{_one(template, slot)} AS {quoted(slot)}" for slot in title.writes)
    rows = connection.execute(
        f"SELECT document_id, subject, {words} FROM chosen WHERE part = 0 AND number BETWEEN ? AND ? ORDER BY number",
        [first, first + BATCH - 1],
    ).to_arrow_table()
    texts = title.write(list(zip(*(rows[slot].to_pylist() for slot in title.writes), strict=True)))
    found = pa.table({"document_id": rows["document_id"], "subject": rows["subject"], "title": pa.array(texts, pa.string())})
    connection.register("found_titles", found)
    connection.execute("INSERT INTO titled SELECT ?, * FROM found_titles", [template.kind])
    connection.unregister("found_titles")


def _write_sentences(
    connection: duckdb.DuckDBPyConnection, template: DocumentTemplate, phrasing: Phrasing, order: int, first: int
) -> None:
    words = "".join(
        f", {_words(slot) if slot in phrasing.lists else _one(template, slot)} AS {quoted(slot)}" for slot in phrasing.writes
    )
    facts = ", ".join(_facts(slot) for slot in phrasing.writes)
    rows = connection.execute(
        f"""
        SELECT document_id, part, list_distinct(flatten([{facts}])) AS fact_ids {words}
        FROM chosen WHERE said_{order} = ? AND number BETWEEN ? AND ?
        """,
        [phrasing.number, first, first + BATCH - 1],
    ).to_arrow_table()
    if not rows.num_rows:
        return
    sentences = phrasing.write(list(zip(*(rows[slot].to_pylist() for slot in phrasing.writes), strict=True)))
    written = rows.select(["document_id", "part", "fact_ids"]).append_column("sentence", pa.array(sentences, pa.string()))
    connection.register("written", written)
    connection.execute(
        """
        INSERT INTO draft SELECT document_id, part, ? AS statement_order, ? AS template, ? AS phrasing, sentence, fact_ids FROM written
        """,
        [order, phrasing.name, phrasing.number],
    )
    connection.unregister("written")


def _publish(connection: duckdb.DuckDBPyConnection, language: str) -> None:
    """Replaces the documents of the language by those of `draft`; a document without a fact is none."""
    connection.execute(
        "DELETE FROM text.statement WHERE document_id IN (SELECT document_id FROM text.document WHERE language = ?)", [language]
    )
    connection.execute("DELETE FROM text.document WHERE language = ?", [language])
    connection.execute("SET VARIABLE text_language = ?", [language])
    connection.execute((_HERE / "publish.sql").read_text())


def _counts(connection: duckdb.DuckDBPyConnection, language: str) -> dict[str, Any]:
    documents = dict(
        connection.execute(
            "SELECT kind, count(*) FROM text.document WHERE language = ? GROUP BY kind ORDER BY kind", [language]
        ).fetchall()
    )
    row = connection.execute(
        """
        SELECT count(*) FROM text.statement
        SEMI JOIN (SELECT document_id FROM text.document WHERE language = ?) USING (document_id)
        """,
        [language],
    ).fetchone()
    return {"documents": documents, "sentences": row[0] if row else 0}


def _table(connection: duckdb.DuckDBPyConnection, name: str, **columns: list[str]) -> None:
    """A temporary table of text columns."""
    arrow = pa.table({column: pa.array(values, pa.string()) for column, values in columns.items()})
    connection.register("arrow_columns", arrow)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM arrow_columns")
    connection.unregister("arrow_columns")


def _words(slot: str) -> str:
    return quoted(f"{slot} words")


def _facts(slot: str) -> str:
    return quoted(f"{slot} facts")


def _tell(progress: Progress | None, what: str, done: int, total: int) -> None:
    if progress:
        progress(what, done, total)
