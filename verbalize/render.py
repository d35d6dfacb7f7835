"""Facts to documents with evidence: every sentence knows the facts that it says.

SQL chooses the facts (`documents/`), things get their names (`naming`), templates say them
(`writing`), and reading the documents again proves that nothing was lost (`faithfulness`).

A statement is said if the facts of all its slots are known and no statement above it in the
template has said one of them. Which of its phrasings is used follows from a hash of seed, document
and statement.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import duckdb

from verbalize.curation.screening import DETAILS, screen
from verbalize.errors import VerbalizeError
from verbalize.faithfulness import check
from verbalize.grammar import grammar
from verbalize.naming import name
from verbalize.phrasing import (
    KINDS,
    DocumentTemplate,
    document_template,
    kinds_of,
    separators,
)
from verbalize.tables import FIRST
from verbalize.writing import write
from warehouse.connection import first_row, literal, transaction

Progress = Callable[[str, int, int], None]

SEGMENT_MINIMUM = 20
"""The fewest households that a document may speak of. It can be raised, never lowered."""

GROUP_MINIMUM = 5
"""The fewest products of a category that has a guide, and of a brand, maker or category of which
the number of its products is all that can be told."""

ABOUT_DOCUMENTS = ("statement", "signal", "masked", "removed", "variant")
"""Tables of `text` that tell of documents, and go with them."""

_HERE = Path(__file__).parent
_FOR_NAMES = (
    "known", "asked", "said", "label_words", "literal_name", "segment_name", "thing", "level_of",
    "product_name", "thing_name", "screened_text", "detail_column",
)  # fmt: skip
_OF_ALL = frozenset({"it", "since", "through", "week", "share"})
"""Slots that every query gives by what its columns say (told.sql)."""
_QUOTED = re.compile(r"'(\w+)'")
_COMMENT = re.compile(r"--.*")
_FOR_SENTENCES = ("told", "left_over", "drafted")
_FOR_READING = ("reading", "naming", "draft", "amount", "variant", "standing")


def render(
    connection: duckdb.DuckDBPyConnection,
    *,
    seed: int = 0,
    languages: Sequence[str] = (FIRST,),
    kinds: Iterable[str] = (),
    variants: int = 1,
    segment_minimum: int = SEGMENT_MINIMUM,
    details: Sequence[str] = (),
    keep_others: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes all documents of `languages` anew into `text.document` and `text.statement`, and reads
    each of them again. `kinds` are those to write; without any, all that have a template in a
    language. Of each subject there are up to `variants` documents a kind, each in other words.
    Product documents end with the columns without a place that `details` match, predicates such as
    `shop:care` or patterns such as `shop:*`.
    Documents of other kinds or languages stay only where they are to be kept (`keep_others`).

    Returns counts of documents by kind, of sentences, and of facts read back.

    Raises:
        FaithfulnessError: if a document does not yield its facts again; nothing is changed then.
        TemplateError: if a template breaks a rule; nothing is written then.
        VerbalizeError: if there are no templates in a language, if a kind is not known, if a
            language has none of the kinds, if one of `details` matches nothing, or if
            `segment_minimum` is too small.
    """
    if segment_minimum < SEGMENT_MINIMUM:
        raise VerbalizeError(
            f"segment_minimum is {segment_minimum}; "
            f"groups under {SEGMENT_MINIMUM} could give persons away"
        )
    columns = details_told(connection, details)
    wanted = _in_order(kinds) or list(KINDS)
    templates = checked_templates(languages, wanted)
    tell = progress or (lambda what, done, total: None)
    done, steps = 1, 1 + sum(len(own) + 2 for _, own in templates)
    read = 0
    try:
        tell("collecting facts", 0, steps)
        screen(connection, columns)
        kinds_told = {template.told: None for _, own in templates for template in own}
        _collect(connection, kinds_told, segment_minimum)
        told = connection.execute("SELECT DISTINCT kind FROM told").fetchall()
        with transaction(connection):
            _clear(connection, wanted if keep_others else None, [*dict(templates)])
            for language, own in templates:
                tell("naming things", done, steps)
                name(connection, language)
                last = language == templates[-1][0]
                if last:
                    _drop(connection, _FOR_NAMES)
                _run(connection, "draft")
                for place, template in enumerate(own, done + 1):
                    tell(f"writing {template.kind} documents", place, steps)
                    if (template.told,) in told:
                        write(connection, template, seed, language, variants)
                if last:
                    _drop(connection, _FOR_SENTENCES)
                tell("reading back", done + len(own) + 1, steps)
                _publish(connection, language)
                _drop(connection, ("draft",))
                read += check(connection, language, [template.kind for template in own])
                done += len(own) + 2
    finally:
        _drop(connection, _FOR_NAMES + _FOR_SENTENCES + _FOR_READING)
    tell("rendered", steps, steps)
    return _counts(connection) | {"facts_read_back": read}


def checked_templates(
    languages: Iterable[str], kinds: Sequence[str]
) -> list[tuple[str, list[DocumentTemplate]]]:
    """The templates of languages for kinds. All that documents of a language depend on is checked:
    what stands between slots in any of its templates decides which names are quoted.

    Raises:
        TemplateError: if a template breaks a rule.
        VerbalizeError: if a language has none of the kinds.
    """
    found = [(language, _templates(language, kinds)) for language in dict.fromkeys(languages)]
    for language, _ in found:
        separators(language)
    return found


def never_said(languages: Iterable[str], kinds: Sequence[str]) -> list[str]:
    """Blocks of templates with a slot that the query of their kind does not name, alone or behind a
    role, and what to do about each."""
    found = []
    for _, own in checked_templates(languages, kinds):
        for template in own:
            query = f"documents/{template.told}"
            named = set(_QUOTED.findall(_COMMENT.sub("", _statement(query))))
            behind = {f"{role}{name}" for role in named if role.endswith("_") for name in named}
            found += [
                f"{template.file}: the block {statement.name} is never said, for "
                f"verbalize/{query}.sql gives no slot {slot}; name it there (docs/documents.md)"
                for statement in template.statements
                for slot in statement.slots
                if slot not in named | behind | _OF_ALL
            ]
    return found


def _in_order(kinds: Iterable[str]) -> list[str]:
    wanted = set(kinds)
    for kind in sorted(wanted.difference(KINDS)):
        raise VerbalizeError(
            f"there is no kind of document {kind!r}; give some of: {', '.join(KINDS)}"
        )
    return [kind for kind in KINDS if kind in wanted]


def details_told(connection: duckdb.DuckDBPyConnection, details: Sequence[str]) -> list[str]:
    """The predicates that are told by the names of their columns, if `details` are asked for.

    Raises:
        VerbalizeError: if one of `details` matches no column without a place.
    """
    columns = connection.execute(
        "SELECT predicate FROM facts.predicate WHERE contains(predicate, ':') ORDER BY predicate"
    ).fetchall()
    found: dict[str, None] = dict.fromkeys(DETAILS)
    for detail in details:
        matching = [column for (column,) in columns if fnmatchcase(column, detail)]
        if not matching:
            near = get_close_matches(detail, [column for (column,) in columns], n=3, cutoff=0.4)
            raise VerbalizeError(
                f"no column without a place is {detail!r}; "
                + (f"the nearest are {', '.join(near)}; " if near else "")
                + 'all stand in: wareword sql "FROM text.coverage WHERE said = 0"'
            )
        found |= dict.fromkeys(matching)
    return list(found)


def _templates(language: str, wanted: Sequence[str]) -> list[DocumentTemplate]:
    """The templates of a language for the kinds that are wanted and that it has."""
    found = [document_template(kind, language) for kind in kinds_of(language, wanted)]
    if not found:
        raise VerbalizeError(
            f"{grammar(language).name} has no template of {', '.join(wanted)}; give some of the "
            f"kinds that it has: {', '.join(kinds_of(language))}"
        )
    return found


def _collect(
    connection: duckdb.DuckDBPyConnection, kinds: Iterable[str], segment_minimum: int
) -> None:
    """Makes `told`, the facts that documents of the kinds tell, and `asked`, what needs a name for
    that."""
    connection.execute("SET VARIABLE text_segment_minimum = ?", [segment_minimum])
    connection.execute("SET VARIABLE text_group_minimum = ?", [GROUP_MINIMUM])
    _run(connection, "documents/known")
    _run(connection, "amounts")
    queries = "\nUNION ALL BY NAME\n".join(
        f"SELECT {literal(kind)} AS kind, * FROM ({_statement(f'documents/{kind}')})"
        for kind in kinds
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE document_fact AS {queries}")
    _run(connection, "told")


def _clear(
    connection: duckdb.DuckDBPyConnection, kinds: Sequence[str] | None, languages: Sequence[str]
) -> None:
    """Takes away what was written before, or only that of some kinds and languages. Rewrites go
    with the documents that they were made of."""
    tables = (*ABOUT_DOCUMENTS, "rewrite", "document")
    if kinds is None:
        for table in tables:
            connection.execute(f"DELETE FROM text.{table}")
        return
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE outdated AS
        SELECT document_id FROM text.document
        WHERE list_contains($kinds, kind) AND list_contains($languages, language)
        """,
        {"kinds": kinds, "languages": languages},
    )
    connection.execute(
        """
        INSERT INTO outdated
        SELECT document_id FROM text.rewrite WHERE original_id IN (FROM outdated)
        """
    )
    for table in tables:
        connection.execute(f"DELETE FROM text.{table} WHERE document_id IN (FROM outdated)")
    _drop(connection, ("outdated",))


def _publish(connection: duckdb.DuckDBPyConnection, language: str) -> None:
    """Makes documents of `draft`; one without a fact is none."""
    connection.execute("SET VARIABLE text_language = ?", [language])
    connection.execute("SET VARIABLE text_gap = ?", [grammar(language).sentence.gap])
    _run(connection, "publish")


def _drop(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    """Gives back what temporary tables hold."""
    for table in tables:
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _counts(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    documents = connection.execute(
        "SELECT kind, count(*) FROM text.document GROUP BY kind ORDER BY kind"
    ).fetchall()
    row = first_row(connection, "SELECT count(*) FROM text.statement")
    return {"documents": dict(documents), "sentences": row[0] if row else 0}


def _run(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    connection.execute(_statement(statement))


def _statement(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text()
