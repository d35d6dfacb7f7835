"""From a document back to the facts that each of its sentences says; personal data is masked."""

from dataclasses import dataclass, replace

import duckdb

from verbalize.curation.screening import masked
from warehouse.connection import first_row
from warehouse.errors import WarewordError


class TraceError(WarewordError):
    """There is no such document."""


@dataclass(frozen=True)
class Sentence:
    """A sentence, the template that made it, and its facts in words, each with its identifier."""

    position: int
    template: str
    phrasing: int
    sentence: str
    facts: list[dict[str, object]]


@dataclass(frozen=True)
class Trace:
    """A document with its evidence, personal data in it masked."""

    document_id: str
    kind: str
    title: str
    text: str
    sentences: list[Sentence]


def trace(connection: duckdb.DuckDBPyConnection, document_id: str) -> Trace:
    """The evidence of a document.

    Raises:
        TraceError: if there is no document of that identifier.
    """
    document = first_row(
        connection,
        "SELECT kind, title, text FROM text.document WHERE document_id = ?",
        [document_id],
    )
    if document is None:
        raise TraceError(
            f"there is no document {document_id}; "
            'find one with: wareword sql "SELECT document_id, title FROM text.document LIMIT 5"'
        )
    rows = connection.execute(
        """
        WITH said AS (
            SELECT position, template, phrasing, sentence,
                unnest(if(fact_ids = [], [NULL], fact_ids)) AS fact_id,
                generate_subscripts(if(fact_ids = [], [NULL], fact_ids), 1) AS place
            FROM text.statement WHERE document_id = ?
        )
        SELECT
            position, template, phrasing, sentence,
            coalesce(list({
                'fact_id': fact_id, 'subject': fact.subject, 'predicate': predicate,
                'object': fact.object, 'unit': unit, 'provenance': provenance,
                'source': fact.source, 'confidence': confidence, 'valid_from': valid_from,
                'valid_to': valid_to
            } ORDER BY place) FILTER (fact_id IS NOT NULL), [])
        FROM said LEFT JOIN facts.labelled AS fact USING (fact_id)
        GROUP BY ALL ORDER BY position
        """,
        [document_id],
    ).fetchall()
    kind, title, text = document
    sentences = [Sentence(*row) for row in rows]
    facts = [fact for one in sentences for fact in one.facts]
    said = [title, text, *(one.sentence for one in sentences)]
    named = [str(fact[end]) for fact in facts for end in ("subject", "object")]
    masks = masked(connection, [*said, *named])
    quotes = [str(fact["object"]) for fact in facts if str(fact["predicate"]).endswith("Quote")]
    if quotes:
        masks |= masked(connection, quotes, persons=True)
    return Trace(
        document_id,
        kind,
        masks[title],
        masks[text],
        [
            replace(
                one,
                sentence=masks[one.sentence],
                facts=[
                    {**fact, **{end: masks[str(fact[end])] for end in ("subject", "object")}}
                    for fact in one.facts
                ],
            )
            for one in sentences
        ],
    )
