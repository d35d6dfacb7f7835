"""A document with its evidence: each sentence and the facts that it says, with names in the place of identifiers."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from verbalize.errors import VerbalizeError


@dataclass(frozen=True)
class TracedFact:
    fact_id: str
    subject: str
    predicate: str
    object: str
    unit: str | None
    provenance: str
    source: str
    confidence: float
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True)
class TracedSentence:
    position: int
    sentence: str
    template: str
    phrasing: int
    facts: tuple[TracedFact, ...]


@dataclass(frozen=True)
class Trace:
    document_id: str
    kind: str
    title: str
    text: str
    duplicate_of: str | None
    sentences: tuple[TracedSentence, ...]


def trace(connection: duckdb.DuckDBPyConnection, document_id: str) -> Trace:
    """The evidence of a document.

    Raises:
        VerbalizeError: if there is no such document.
    """
    document = connection.execute(
        "SELECT document_id, kind, title, text, duplicate_of FROM text.document WHERE document_id = ?", [document_id]
    ).fetchone()
    if document is None:
        row = connection.execute("SELECT min(document_id) FROM text.document").fetchone()
        example = f"; an identifier looks like {row[0]}" if row and row[0] else "; render documents first: wareword render"
        raise VerbalizeError(f"there is no document {document_id!r}{example}")
    facts: dict[int, list[TracedFact]] = {}
    for position, *fact in connection.execute(
        """
        SELECT said.position, f.fact_id, f.subject, f.predicate, f.object, f.unit, f.provenance, f.source, f.confidence,
            f.valid_from, f.valid_to
        FROM (SELECT position, unnest(fact_ids) AS fact_id FROM text.statement WHERE document_id = ?) AS said
        JOIN facts.labelled AS f USING (fact_id)
        ORDER BY said.position, f.predicate, f.object, f.fact_id
        """,
        [document_id],
    ).fetchall():
        facts.setdefault(position, []).append(TracedFact(*fact))
    sentences = connection.execute(
        "SELECT position, sentence, template, phrasing FROM text.statement WHERE document_id = ? ORDER BY position", [document_id]
    ).fetchall()
    return Trace(*document, tuple(TracedSentence(*row, tuple(facts.get(row[0], []))) for row in sentences))
