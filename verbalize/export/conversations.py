"""The questions and answers of a warehouse as conversations, each pair once, in an order drawn by
the seed.

Every question names what it asks about, so that each pair stands alone as a conversation of one
turn. Where several documents have the same pair, that of the document which the corpus had first
stands for all. Which pairs those are, and their places, is a temporary table; what they say and
rest on is looked up for some at a time, so that memory does not grow with the corpus.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import duckdb
import pyarrow as pa

from verbalize.export.corpus import Description, cut
from verbalize.export.warehouse import WORDING, WarehouseCorpus, looked_up
from verbalize.states import KEPT, conversations, pairs
from warehouse.connection import only_row, quoted

_ABOUT = (
    "Each line of data/ is a conversation: a question and its answer, rendered from facts of a "
    "product warehouse by templates and read back. A pair that several documents have is there "
    "once. The same line in evidence/ tells where it is from; its `fact_ids` names the facts that "
    "it says. "
)
_CHOSEN = f"""
SELECT *, row_number() OVER (ORDER BY md5(concat($seed, ' ', id))) - 1 AS place
FROM (
    SELECT id, document_id, position, added FROM ({pairs()})
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY added, document_id, position) = 1
)
WHERE $since IS NULL OR added > $since
ORDER BY place
"""
_NEWER = f"SELECT * FROM ({KEPT}) WHERE $since IS NULL OR added > $since"


@dataclass(frozen=True)
class ConversationCorpus:
    """Conversations of the kept documents of a warehouse, `shard_documents` to a shard; with
    `since`, those that no document had at that state of the corpus, but for documents that changed
    since."""

    connection: duckdb.DuckDBPyConnection
    seed: int
    shard_documents: int
    since: datetime | None = None

    @cached_property
    def documents(self) -> int:
        """How many conversations there are."""
        return self._count(f"SELECT count(*) FROM {self._chosen}")

    @property
    def shards(self) -> int:
        """How many shards that makes."""
        return -(-self.documents // self.shard_documents)

    @property
    def fingerprint(self) -> str:
        """That of the documents."""
        return self._warehouse.fingerprint

    def batches(self, first: int = 0) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The conversations; see `Corpus`. `messages` are what is said, and by whom."""
        place = first * self.shard_documents
        yield from cut(self._found(place), place, self.shard_documents)

    def withdrawn(self) -> Iterator[pa.RecordBatch]:
        """Documents that are gone since `since`; see `WarehouseCorpus`."""
        yield from self._warehouse.withdrawn()

    def description(self) -> Description:
        """What the datasheet tells of the conversations."""
        told = self._warehouse.description()
        kinds = self._rows(
            f"""
            SELECT kind, language, count(*) AS conversations
            FROM {self._chosen} JOIN text.document USING (document_id) GROUP BY ALL ORDER BY ALL
            """
        )
        templates = self._rows(
            f"""
            SELECT template, count(*) AS conversations
            FROM text.statement SEMI JOIN {self._chosen} USING (document_id, position)
            GROUP BY ALL ORDER BY ALL
            """
        )
        figures: dict[str, Any] = {
            name: told.figures[name] for name in ("seed", "as_of", "since") if name in told.figures
        }
        return replace(
            told,
            about=_ABOUT + WORDING,
            languages=sorted({row["language"] for row in kinds}),
            figures={
                **figures,
                "documents_without_questions": self.without_questions,
                "repeated_questions": self.repeated,
                "kinds": kinds,
                "left_out": told.figures["left_out"],
                "templates": templates,
            },
        )

    @cached_property
    def without_questions(self) -> int:
        """How many documents have no questions, and are left out."""
        return self._count(
            f"SELECT count(*) FROM ({_NEWER}) ANTI JOIN ({pairs()}) USING (document_id)",
            {"since": self.since},
        )

    @cached_property
    def repeated(self) -> int:
        """How many questions are left out, since another document, or the same one, asks and
        answers the same."""
        asked = self._count(f"SELECT count(*) FROM ({pairs(_NEWER)})", {"since": self.since})
        return asked - self.documents

    @cached_property
    def _chosen(self) -> str:
        """The temporary table of the pairs: id, document_id, position, added, place."""
        table = quoted(f"conversations {self.seed} {self.since}")
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS {_CHOSEN}",
            {"seed": str(self.seed), "since": self.since},
        )
        return table

    def _found(self, place: int) -> Iterator[pa.RecordBatch]:
        """Conversations with their evidence from a place on."""
        some = f"SELECT * FROM {self._chosen} WHERE place >= $begin AND place < $end"
        return looked_up(self.connection, conversations(some), place, self.documents)

    @property
    def _warehouse(self) -> WarehouseCorpus:
        return WarehouseCorpus(self.connection, self.seed, self.shard_documents, self.since)

    def _count(self, query: str, parameters: dict[str, Any] | None = None) -> int:
        (count,) = only_row(self.connection, query, parameters)
        return int(count)

    def _rows(self, query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.connection.sql(query).to_arrow_table().to_pylist()
        return rows
