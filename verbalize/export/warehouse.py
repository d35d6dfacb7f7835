"""The corpus of a warehouse: the kept documents with their evidence, all of them or those that
changed since a state, in an order drawn by the seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import duckdb
import pyarrow as pa

from verbalize.coverage import coverage
from verbalize.curation.tokens import VOCABULARY
from verbalize.export.corpus import UNKNOWN_LICENCE, Description, Source, cut
from verbalize.states import AT_ONCE, KEPT, newest_state, records
from warehouse.connection import quoted
from warehouse.licences import stated

BATCH = 10_000

_ABOUT = (
    "Documents are rendered from facts of a product warehouse by templates and were read back, "
    "but for those in whose metadata `written_by` names a language model: it wrote them anew from "
    "such documents, and they passed the checks of rewriting. `fact_ids` names the facts that a "
    "document says. "
)
WORDING = (
    "Predicted facts are worded as likely, stated facts as certain, and "
    "resolved ones, which hold for products of several sources that were taken for one, as "
    "certain from a confidence of 0.9 on, else as likely, and only "
    "where the source of the product itself states nothing. Households appear only as groups of "
    "at least 20. The order is drawn by the seed."
)
_CHOSEN = f"SELECT * FROM ({KEPT}) WHERE $since IS NULL OR added > $since"
_PLACED = f"""
SELECT *, row_number() OVER (ORDER BY md5(concat($seed, ' ', document_id))) - 1 AS place
FROM ({_CHOSEN})
ORDER BY place
"""
_WITHDRAWN = """
SELECT
    document_id AS id, strftime(withdrawn, '%Y-%m-%dT%H:%M:%S.%gZ') AS withdrawn, reason
FROM text.revision WHERE withdrawn > $since ORDER BY document_id
"""


@dataclass(frozen=True)
class WarehouseCorpus:
    """Kept documents of a warehouse, `shard_documents` to a shard; with `since`, those whose
    content is newer than that state of the corpus."""

    connection: duckdb.DuckDBPyConnection
    seed: int
    shard_documents: int
    since: datetime | None = None

    @cached_property
    def documents(self) -> int:
        """How many documents there are."""
        (row,) = self._rows(f"SELECT count(*) AS documents FROM ({_CHOSEN})", self._when)
        return int(row["documents"])

    @property
    def shards(self) -> int:
        """How many shards that makes."""
        return -(-self.documents // self.shard_documents)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of documents, evidence, measures, seed and size of shards."""
        (row,) = self._rows(
            """
            SELECT
                (SELECT bit_xor(hash(kept)) FROM text.kept AS kept) AS documents,
                (SELECT bit_xor(hash(statement)) FROM text.statement AS statement) AS statements,
                (SELECT bit_xor(hash(revision)) FROM text.revision AS revision) AS revisions,
                (SELECT bit_xor(hash(signal)) FROM text.signal AS signal) AS signals,
                (SELECT bit_xor(hash(rewrite)) FROM text.rewrite AS rewrite) AS rewrites
            """
        )
        return " ".join(map(str, (*row.values(), self.seed, self.shard_documents, self.since)))

    def batches(self, first: int = 0) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The documents; see `Corpus`."""
        place = first * self.shard_documents
        table = quoted(f"documents {self.seed} {self.since}")
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS {_PLACED}",
            {**self._when, "seed": str(self.seed)},
        )
        asked = f"SELECT * FROM {table} WHERE place >= $begin AND place < $end"
        query = f"{records(asked)} ORDER BY asked.place"
        if not self.documents:
            none = self.connection.sql(query, params={"begin": 0, "end": 0}).to_arrow_table()
            yield 0, pa.RecordBatch.from_pylist([], schema=none.schema)
        found = looked_up(self.connection, query, place, self.documents)
        yield from cut(found, place, self.shard_documents)

    def withdrawn(self) -> Iterator[pa.RecordBatch]:
        """Documents that are gone since `since`: id, withdrawn (the state), reason."""
        yield from self.connection.sql(_WITHDRAWN, params={"since": self.since}).to_arrow_reader(
            BATCH
        )

    def description(self) -> Description:
        """What the datasheet tells of the documents."""
        asked = f"SELECT document_id FROM ({_CHOSEN})"
        kinds = self._rows(
            f"""
            SELECT kind, language, count(*) AS documents, sum(tokens)::BIGINT AS tokens
            FROM text.kept SEMI JOIN ({asked}) USING (document_id) GROUP BY ALL ORDER BY ALL
            """,
            self._when,
        )
        licences = stated(self.connection)
        names = self._rows("SELECT DISTINCT source FROM ops.load ORDER BY source")
        said = coverage(self.connection)
        figures: dict[str, Any] = {
            "seed": self.seed,
            **self._times(),
            "tokens": sum(row["tokens"] or 0 for row in kinds),
            "tokenizer": f"byte-level BPE, at most {VOCABULARY} tokens, trained on this corpus",
            "kinds": kinds,
            "writers": self._rows(
                f"""
                SELECT coalesce(model, 'templates') AS written_by, count(*) AS documents
                FROM ({asked}) LEFT JOIN text.rewrite USING (document_id) GROUP BY ALL ORDER BY ALL
                """,
                self._when,
            ),
            "left_out": self._rows(
                """
                SELECT stage, reason, kind, count(*) AS documents
                FROM text.removed JOIN text.document USING (document_id) GROUP BY ALL ORDER BY ALL
                """
            ),
            "stated_facts": said["facts"],
            "stated_facts_said": said["said"],
            "unsaid": said["unsaid"],
            "variety": self._rows("FROM text.variety ORDER BY language"),
            "templates": self._rows(
                f"""
                SELECT template, count(DISTINCT phrasing) AS phrasings, count(*) AS sentences
                FROM text.statement SEMI JOIN ({asked}) USING (document_id)
                GROUP BY ALL ORDER BY ALL
                """,
                self._when,
            ),
        }
        return Description(
            about=_ABOUT + WORDING,
            languages=sorted({row["language"] for row in kinds}),
            sources=[
                Source.under(row["source"], licences.get(row["source"], UNKNOWN_LICENCE))
                for row in names
            ],
            figures=figures,
        )

    def _times(self) -> dict[str, str]:
        """The state that is exported, and that since which."""
        times = {"as_of": newest_state(self.connection), "since": self.since}
        return {
            name: time.isoformat(timespec="milliseconds") for name, time in times.items() if time
        }

    @property
    def _when(self) -> dict[str, Any]:
        return {"since": self.since}

    def _rows(self, query: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (
            self.connection.sql(query, params=parameters).to_arrow_table().to_pylist()
        )
        return rows


def looked_up(
    connection: duckdb.DuckDBPyConnection, query: str, place: int, documents: int
) -> Iterator[pa.RecordBatch]:
    """The rows of `query`, which asks for places from $begin to before $end, from a place on."""
    for begin in range(place, documents, AT_ONCE):
        yield from connection.sql(
            query, params={"begin": begin, "end": begin + AT_ONCE}
        ).to_arrow_reader(BATCH)
