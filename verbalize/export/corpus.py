"""The kept documents with their evidence, in an order drawn by the seed, as a stream of Arrow
batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

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
said AS (
    SELECT
        document_id,
        max(valid_from) AS created,
        count(*) FILTER (provenance = 'stated') AS stated,
        count(*) FILTER (provenance = 'predicted') AS predicted,
        count(*) FILTER (provenance = 'resolved') AS resolved
    FROM (SELECT document_id, unnest(fact_ids) AS fact_id FROM evidence)
    JOIN facts.fact USING (fact_id)
    GROUP BY document_id
)
SELECT
    document.document_id AS id,
    document.text,
    node.source,
    strftime((SELECT max(valid_from) FROM facts.fact), '%Y-%m-%dT%H:%M:%S.000Z') AS added,
    strftime(said.created, '%Y-%m-%dT%H:%M:%S.000Z') AS created,
    {
        'kind': document.kind,
        'language': document.language,
        'subject': document.subject,
        'title': document.title,
        'tokens': document.tokens,
        'templates': evidence.templates,
        'fact_ids': evidence.fact_ids,
        'stated_facts': said.stated,
        'predicted_facts': said.predicted,
        'resolved_facts': said.resolved
    } AS metadata
FROM text.document AS document
JOIN evidence USING (document_id)
JOIN said USING (document_id)
JOIN facts.node AS node ON node.node_id = document.subject
WHERE document.duplicate_of IS NULL
ORDER BY md5(concat($seed, ' ', document.document_id))
"""


@dataclass(frozen=True)
class Corpus:
    """Kept documents of a warehouse, `shard_documents` to a shard."""

    connection: duckdb.DuckDBPyConnection
    seed: int
    shard_documents: int

    @cached_property
    def documents(self) -> int:
        """How many documents are kept."""
        row = self.connection.execute(
            "SELECT count(*) FROM text.document WHERE duplicate_of IS NULL"
        ).fetchone()
        assert row is not None
        return int(row[0])

    @property
    def shards(self) -> int:
        """How many shards that makes."""
        return -(-self.documents // self.shard_documents)

    def batches(self, columns: str = "*") -> Iterator[tuple[int, pa.RecordBatch]]:
        """Batches of `columns` (SQL over id, text, source, added, created, metadata), each with its
        shard; none spans two."""
        reader = self.connection.execute(
            f"SELECT {columns} FROM ({DOCUMENTS})", {"seed": str(self.seed)}
        ).to_arrow_reader(BATCH)
        place = 0
        for batch in reader:
            while len(batch):
                room = self.shard_documents - place % self.shard_documents
                yield place // self.shard_documents, batch.slice(0, room)
                place += min(room, len(batch))
                batch = batch.slice(room)
