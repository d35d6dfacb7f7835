"""Named facts to sentences: which statements a document has, in which phrasing, in which words.

A document kind is one query: SQL chooses what a part of a document says and how, and the phrasings,
compiled to SQL, say it. What SQL cannot promise to say as Jinja2 does (`compile`) is left empty and
then said by Jinja2, a batch a render.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import duckdb
import pyarrow as pa

from verbalize.compile import TEXT, Compiled, NotCompiled, Value, compile_template, list_of
from verbalize.phrasing import (
    PLAIN,
    DocumentTemplate,
    Phrasing,
    document_template,
    kinds_of,
)
from warehouse.connection import literal, only_row, quoted

BATCH = 50_000
"""Sentences that are in Python at a time."""

PARTS = 100_000
"""About how many parts of documents are written at a time, so that they fit into memory."""

TITLE_ORDER = -1
"""The place of the title among the statements of a document."""


def write(
    connection: duckdb.DuckDBPyConnection,
    template: DocumentTemplate,
    seed: int,
    language: str,
    variants: int = 1,
) -> None:
    """Adds the titles and sentences of all documents of a kind to `draft`: of each subject one that
    is plain, whole and in the order of the template, and `variants` - 1 more, of which the seed
    draws the register, what is left out, and the order."""
    parts = only_row(
        connection,
        "SELECT count(*) FROM told WHERE kind = ? AND slot = 'it'",
        [template.told],
    )
    sayable = _sayable(connection, template)
    blocks = -(-parts[0] * variants // PARTS)
    for block in range(blocks):
        own = f"hash(told.subject) % {blocks:d} = {block:d}"
        chosen = _chosen(template, sayable, seed, language, variants, own)
        _write_chosen(connection, template, sayable, seed, chosen)


def _sayable(connection: duckdb.DuckDBPyConnection, template: DocumentTemplate) -> list[int]:
    """The statements, by their numbers, all slots of which are told of some subject. Planning the
    others too would take most of the time of a small catalog."""
    rows = connection.execute("SELECT DISTINCT slot FROM told WHERE kind = ?", [template.told])
    told = {slot for (slot,) in rows.fetchall()}
    return [
        index
        for index, statement in enumerate(template.statements)
        if told.issuperset(statement.slots)
    ]


def _write_chosen(
    connection: duckdb.DuckDBPyConnection,
    template: DocumentTemplate,
    sayable: Sequence[int],
    seed: int,
    chosen: str,
) -> None:
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE drafted AS
        SELECT document_id, part, variant, register, brief, apart, said.*
        FROM (
            SELECT document_id, part, variant, register, brief, apart, unnest(list_filter([
                {", ".join(_said(template, order, seed) for order in (TITLE_ORDER, *sayable))}
            ], lambda said: said IS NOT NULL)) AS said
            FROM ({chosen})
        )
        """
    )
    left = connection.execute(
        """
        SELECT statement_order, phrasing, count(*) FROM drafted
        WHERE sentence IS NULL GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    connection.execute("INSERT INTO draft FROM drafted WHERE sentence IS NOT NULL")
    if left:
        _leave(connection, chosen)
        for order, number, count in left:
            _write_left(connection, template, order, number, count)


@dataclass(frozen=True)
class Explained:
    """How a phrasing is said: by SQL, by SQL `mostly`, which leaves words that it cannot be sure of
    to Jinja2, or by `Jinja2`, for a reason."""

    kind: str
    statement: str
    phrasing: int
    by: str
    reason: str | None = None


def explain(language: str) -> list[Explained]:
    """How each phrasing of a language is said.

    Raises:
        VerbalizeError: if there are no templates in `language`.
    """
    found = []
    for template in (document_template(kind, language) for kind in kinds_of(language)):
        for order in _orders(template):
            for phrasing in _phrasings(template, order):
                said = template.kind, phrasing.statement, phrasing.number
                try:
                    guarded = compiled(template, phrasing).guarded
                    found.append(Explained(*said, "SQL mostly" if guarded else "SQL"))
                except NotCompiled as refused:
                    found.append(Explained(*said, "Jinja2", refused.reason))
    return found


@cache
def compiled(template: DocumentTemplate, phrasing: Phrasing) -> Compiled:
    """The SQL of a phrasing, over the columns of `chosen`.

    Raises:
        NotCompiled: if only Jinja2 can say it.
    """
    columns = {
        slot: Value(
            _word(template, phrasing, slot),
            list_of(TEXT) if slot in phrasing.lists else TEXT,
            nullable=False,
        )
        for slot in phrasing.writes
    }
    return compile_template(phrasing.line, columns, phrasing.template.environment)


def _chosen(
    template: DocumentTemplate,
    sayable: Sequence[int],
    seed: int,
    language: str,
    variants: int,
    own: str,
) -> str:
    """The query `chosen`: a row a part of a document, with the words and the facts of each of its
    slots, and for each statement the number of its phrasing, null where it is not said. Only
    subjects are in it of which the SQL `own` is true, and only statements that are `sayable`."""
    columns = []
    slots = {slot for index in sayable for slot in template.statements[index].slots}
    for slot in sorted(slots.union(template.title.writes)):
        at = f"FILTER (slot = {literal(slot)})"
        if slot in template.lists:
            in_order = "ORDER BY rank, words"
            columns.append(f"coalesce(list(words {in_order}) {at}, []) AS {_words(slot)}")
            facts = f"flatten(list(evidence {in_order}) {at})"
        else:
            columns.append(f"min(words) {at} AS {_words(slot)}")
            facts = f"arg_min(evidence, words) {at}"
        columns.append(f"coalesce({facts}, []) AS {_facts(slot)}")
    kind = literal(template.kind)
    keys = f"{kind}, {literal(language)}, subject, nullif(variant, 0)"
    register, brief, apart = _drawn(template, seed)
    steps = "document"
    for step in _steps(template, sayable):
        numbers = (
            f"{_number(template, index, above, seed)} AS said_{index}"
            for index, above in step.items()
        )
        steps = f"(SELECT *, {', '.join(numbers)} FROM {steps})"
    return f"""
        WITH
        worded AS (
            SELECT
                told.subject, told.part, told.slot, told.rank, naming.words,
                list_concat(told.fact_ids, naming.fact_ids) AS evidence
            FROM told JOIN naming USING (slot, object)
            WHERE told.kind = {literal(template.told)} AND {own}
        ),
        part AS (SELECT subject, part, {", ".join(columns)} FROM worded GROUP BY subject, part),
        document AS (
            SELECT
                concat('document:', left(md5(concat_ws(chr(31), {keys})), 16)) AS document_id,
                {register} AS register,
                {brief} AS brief,
                {apart} AS apart,
                *
            FROM part, (SELECT unnest(range({variants:d}))::INTEGER AS variant)
        )
        FROM {steps}
        """


def _steps(template: DocumentTemplate, sayable: Sequence[int]) -> list[dict[int, list[int]]]:
    """The statements by their numbers, each with those above it that must not be said where it is,
    in steps: each statement is in a step after theirs. Within one query DuckDB would write out what
    a statement looks at, and what that looks at, again and again."""
    steps: list[dict[int, list[int]]] = []
    place: dict[int, int] = {}
    for index in sayable:
        says = template.statements[index].says
        above = [
            earlier for earlier in place if not says or template.statements[earlier].says & says
        ]
        place[index] = 1 + max((place[earlier] for earlier in above), default=-1)
        if place[index] == len(steps):
            steps.append({})
        steps[place[index]][index] = above
    return steps


def _drawn(template: DocumentTemplate, seed: int) -> tuple[str, str, str]:
    """SQL of the register of a document, whether it leaves out what is extra, and whether it says
    apart what a sentence can join: variants of a subject go through the registers, each time from
    another one on."""
    registers = ", ".join(map(literal, template.registers))
    place = f"(md5_number_lower(concat_ws(chr(31), {seed:d}, subject)) % 1000 + variant)"
    count = len(template.registers)
    register = f"[{registers}][1 + ({place} % {count})::INTEGER]"
    brief = "false"
    if any("extra" in statement.marks for statement in template.statements):
        brief = f"variant > 0 AND ({place} // {count}) % 2 = 0"
    apart = "false"
    if template.fused:
        apart = f"variant > 0 AND ({place} // {2 * count}) % 2 = 0"
    return f"CASE variant WHEN 0 THEN {literal(PLAIN)} ELSE {register} END", brief, apart


def _number(template: DocumentTemplate, index: int, above: Sequence[int], seed: int) -> str:
    """SQL that gives the phrasing of a statement: by a hash, and by the part, so that neighbours
    differ. It is not said where a statement of `above` is."""
    statement = template.statements[index]
    conditions = [_known(template, slot, slot in statement.lists) for slot in statement.slots]
    conditions += [f"said_{earlier} IS NULL" for earlier in above]
    if not statement.says:
        conditions.append("part = 0")
    if "extra" in statement.marks:
        conditions.append("NOT brief")
    if statement in template.fused:
        conditions.append("NOT apart")
    drawn = f"concat_ws(chr(31), {seed:d}, document_id, {literal(statement.name)})"
    picks = []
    for register in template.registers:
        numbers = statement.numbers(register)
        place = f"(md5_number_lower({drawn}) % 1000 + part) % {len(numbers)}"
        picks.append(f"WHEN {literal(register)} THEN {numbers}[1 + ({place})::INTEGER]")
    pick = f"CASE register {' '.join(picks)} END"
    return f"CASE WHEN {' AND '.join(conditions)} THEN {pick} END"


def _known(template: DocumentTemplate, slot: str, listed: bool) -> str:
    """SQL that tells whether a slot has what a statement wants of it: several words for a list,
    else exactly one."""
    if slot not in template.lists:
        return f"{_words(slot)} IS NOT NULL"
    return f"len({_words(slot)}) {'>= 2' if listed else '= 1'}"


def _orders(template: DocumentTemplate) -> range:
    """The places of the title and of all statements."""
    return range(TITLE_ORDER, len(template.statements))


def _phrasings(template: DocumentTemplate, order: int) -> tuple[Phrasing, ...]:
    if order == TITLE_ORDER:
        return (template.title,)
    return template.statements[order].phrasings


def _said(template: DocumentTemplate, order: int, seed: int) -> str:
    """SQL of a row of `draft`; NULL where the statement is not said."""
    phrasings = _phrasings(template, order)
    title = order == TITLE_ORDER
    number = "CASE part WHEN 0 THEN 0 END" if title else f"said_{order}"
    cases = " ".join(
        f"WHEN {phrasing.number} THEN {_sentence(template, phrasing)}" for phrasing in phrasings
    )
    facts = ", ".join(_facts(slot) for slot in phrasings[0].writes)
    return f"""
    CASE WHEN {number} IS NOT NULL THEN {{
        'statement_order': {order},
        'place': {_place(template, order, seed)},
        'subject': {"subject" if title else "NULL::VARCHAR"},
        'template': {literal(phrasings[0].name)},
        'phrasing': {number},
        'sentence': CASE {number} {cases} END,
        'fact_ids': {"[]::VARCHAR[]" if title else f"list_distinct(flatten([{facts}]))"}
    }} END
    """


def _place(template: DocumentTemplate, order: int, seed: int) -> str:
    """SQL of the place of a sentence that may stand anywhere; NULL where it may not."""
    if order == TITLE_ORDER or "free" not in template.statements[order].marks:
        return "NULL::UBIGINT"
    drawn = f"md5_number_lower(concat_ws(chr(31), {seed:d}, document_id, {order}))"
    return f"CASE WHEN variant > 0 THEN {drawn} END"


def _sentence(template: DocumentTemplate, phrasing: Phrasing) -> str:
    """SQL of a sentence; NULL where Jinja2 must say it."""
    try:
        return compiled(template, phrasing).sql
    except NotCompiled:
        return "NULL::VARCHAR"


def _leave(connection: duckdb.DuckDBPyConnection, chosen: str) -> None:
    """Makes `left_over`, the rows of `chosen` that have something left to say."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE left_over AS
        SELECT chosen.*, drafted.statement_order, drafted.place, drafted.phrasing, drafted.fact_ids
        FROM ({chosen}) AS chosen JOIN drafted USING (document_id, part)
        WHERE drafted.sentence IS NULL
        """
    )


def _write_left(
    connection: duckdb.DuckDBPyConnection,
    template: DocumentTemplate,
    order: int,
    number: int,
    count: int,
) -> None:
    """Adds to `draft` what Jinja2 makes of the rows of a phrasing."""
    phrasing = _phrasings(template, order)[number]
    words = ", ".join(
        f"{_word(template, phrasing, slot)} AS {quoted(slot)}" for slot in phrasing.writes
    )
    batches = -(-count // BATCH)
    for batch in range(batches):
        rows = connection.sql(
            f"""
            SELECT
                document_id, part, variant, register, brief, apart, place, subject, fact_ids
                {", " if words else ""}{words}
            FROM left_over
            WHERE statement_order = ? AND phrasing = ? AND hash(document_id) % ? = ?
            """,
            params=[order, number, batches, batch],
        ).to_arrow_table()
        connection.register("written", _say(phrasing, rows))
        connection.execute(
            """
            INSERT INTO draft
            SELECT
                document_id, part, variant, register, brief, apart, $order, place,
                CASE WHEN $order = $title THEN subject END, $template, $phrasing, sentence, fact_ids
            FROM written
            """,
            {
                "order": order,
                "title": TITLE_ORDER,
                "template": phrasing.name,
                "phrasing": number,
            },
        )
        connection.unregister("written")


def _say(phrasing: Phrasing, rows: pa.Table) -> pa.Table:
    """The rows with the sentence that the phrasing makes of them."""
    words = [rows[slot].to_pylist() for slot in phrasing.writes]
    said = phrasing.write(list(zip(*words, strict=True)))
    return rows.append_column("sentence", pa.array(said, pa.string()))


def _word(template: DocumentTemplate, phrasing: Phrasing, slot: str) -> str:
    """SQL of what a phrasing writes of a slot."""
    alone = slot in template.lists and slot not in phrasing.lists
    return f"{_words(slot)}[1]" if alone else _words(slot)


def _words(slot: str) -> str:
    return quoted(f"{slot} words")


def _facts(slot: str) -> str:
    return quoted(f"{slot} facts")
