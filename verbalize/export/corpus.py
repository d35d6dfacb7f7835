"""What a format needs of a corpus, and the corpus that a warehouse holds: the kept documents with
their evidence, in an order drawn by the seed, as a stream of Arrow batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import duckdb
import pyarrow as pa

BATCH = 10_000

# When a document came to be is when the newest of its facts began; when it was added to the corpus
# is when the newest fact of the warehouse began. So the clock of the machine has no part in an
# export.
DOCUMENTS = """
WITH
evidence AS (
    SELECT
        document_id,
        list(DISTINCT template ORDER BY template) AS templates,
        flatten(list(fact_ids ORDER BY position)) AS fact_ids
    FROM text.statement GROUP BY document_id
),
-- The sources on which a resolved fact rests: those that state it of a product of the entity.
resting AS (
    SELECT fact.fact_id, list(DISTINCT stated.source) AS sources
    FROM facts.fact AS fact
    JOIN catalog.entity_member AS member ON member.entity_id = fact.subject
    JOIN facts.fact AS stated
        ON stated.subject = member.product_id
        AND stated.predicate = fact.predicate
        AND stated.provenance = 'stated'
        AND stated.object = fact.object
        AND stated.unit IS NOT DISTINCT FROM fact.unit
    WHERE fact.provenance = 'resolved'
    GROUP BY fact.fact_id
),
said AS (
    SELECT
        document_id,
        max(valid_from) AS created,
        count(*) FILTER (provenance = 'stated') AS stated,
        count(*) FILTER (provenance = 'predicted') AS predicted,
        count(*) FILTER (provenance = 'resolved') AS resolved,
        list_sort(list_distinct(list_concat(
            list(fact.source) FILTER (provenance = 'stated'), flatten(list(resting.sources))
        ))) AS sources
    FROM (SELECT document_id, unnest(fact_ids) AS fact_id FROM evidence)
    JOIN facts.fact AS fact USING (fact_id)
    LEFT JOIN resting USING (fact_id)
    GROUP BY document_id
)
SELECT
    document.document_id AS id,
    document.text,
    coalesce(nullif(array_to_string(said.sources, '+'), ''), node.source) AS source,
    strftime((SELECT max(valid_from) FROM facts.fact), '%Y-%m-%dT%H:%M:%S.000Z') AS added,
    strftime(said.created, '%Y-%m-%dT%H:%M:%S.000Z') AS created,
    {
        'kind': document.kind,
        'language': document.language,
        'subject': document.subject,
        'title': document.title,
        'sources': said.sources,
        'tokens': document.tokens,
        'templates': evidence.templates,
        'fact_ids': evidence.fact_ids,
        'stated_facts': said.stated,
        'predicted_facts': said.predicted,
        'resolved_facts': said.resolved
    } AS metadata
FROM text.kept AS document
JOIN evidence USING (document_id)
JOIN said USING (document_id)
JOIN facts.node AS node ON node.node_id = document.subject
ORDER BY md5(concat($seed, ' ', document.document_id))
"""


class Corpus(Protocol):
    """Documents in a fixed order, cut into shards. Every format writes any corpus."""

    @property
    def documents(self) -> int:
        """How many documents there are."""

    @property
    def shards(self) -> int:
        """Into how many shards they are cut."""

    def batches(self, first: int = 0) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Batches, each with the number of its shard, from the shard `first` on. No batch spans two
        shards, and numbers never go down.

        Columns: id, text, source, added, created (strings; times as 2024-01-31T00:00:00.000Z), and
        metadata, a struct, or a string of JSON where documents differ in what is known of them.
        """


@dataclass(frozen=True)
class WarehouseCorpus:
    """Kept documents of a warehouse, `shard_documents` to a shard."""

    connection: duckdb.DuckDBPyConnection
    seed: int
    shard_documents: int

    @cached_property
    def documents(self) -> int:
        """How many documents are kept."""
        row = self.connection.execute("SELECT count(*) FROM text.kept").fetchone()
        assert row is not None
        return int(row[0])

    @property
    def shards(self) -> int:
        """How many shards that makes."""
        return -(-self.documents // self.shard_documents)

    def batches(self, first: int = 0) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The documents; see `Corpus`."""
        reader = self.connection.execute(
            f"{DOCUMENTS} OFFSET $skipped",
            {"seed": str(self.seed), "skipped": first * self.shard_documents},
        ).to_arrow_reader(BATCH)
        place = first * self.shard_documents
        for batch in reader:
            while len(batch):
                room = self.shard_documents - place % self.shard_documents
                yield place // self.shard_documents, batch.slice(0, room)
                place += min(room, len(batch))
                batch = batch.slice(room)
