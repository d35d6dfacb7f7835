"""Calls as they happen, in a small file of their own beside the warehouse.

A run that is killed loses what it wrote on its copy of the warehouse; what it paid for must stay.
So each call is committed here before it is sent and when its reply comes, and goes over into
ops.llm_call whenever a client works on the warehouse. It leaves the journal once it is published.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.connection import FILE_NAME, first_row, home_of, only_row, reader

JOURNAL_NAME = "llm_journal.sqlite"

FINAL = frozenset({"answered", "refused", "cut"})


_CALL_IDS = "SELECT call_id FROM call"


@dataclass(frozen=True)
class Record:
    """A row of ops.llm_call, with its columns."""

    call_id: str
    purpose: str
    prompt: str
    version: str
    model: str
    server: str
    request: dict[str, Any]
    form: str
    status: str
    response: dict[str, Any] | None
    problem: str | None
    prompt_tokens: int
    completion_tokens: int
    lost_tokens: int
    cost: Decimal | None
    attempts: int
    batch_id: str | None
    seconds: float
    time: datetime

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens + self.lost_tokens

    @property
    def text(self) -> str:
        """The reply of the model."""
        choices = (self.response or {}).get("choices") or [{}]
        return str((choices[0].get("message") or {}).get("content") or "")


@dataclass(frozen=True)
class Batch:
    """Calls that were sent together. The server may know the batch by `key` (in its metadata) where
    its own name for it, `batch_id`, was not seen."""

    key: str
    batch_id: str | None
    call_ids: tuple[str, ...]


class Journal:
    """A file of records, the newest of each call, and of batches; safe to use from threads."""

    def __init__(self, path: Path | None) -> None:
        """Opens the journal at `path`, or one in memory."""
        self._lock = Lock()
        self._file = sqlite3.connect(path or ":memory:", check_same_thread=False, timeout=30)
        with self._lock, self._file:
            self._file.executescript(
                """
                CREATE TABLE IF NOT EXISTS call (
                    call_id TEXT PRIMARY KEY, status TEXT, attempts INTEGER, record TEXT
                );
                CREATE TABLE IF NOT EXISTS batch (
                    key TEXT PRIMARY KEY, batch_id TEXT, call_ids TEXT
                );
                """
            )
            self._changed = {call_id for (call_id,) in self._file.execute(_CALL_IDS)}

    def keep(self, records: Sequence[Record]) -> None:
        """Commits records, each in the place of an earlier one of the same call."""
        rows = [
            (one.call_id, one.status, one.attempts, json.dumps(asdict(one), default=str))
            for one in records
        ]
        with self._lock, self._file:
            self._file.executemany("INSERT OR REPLACE INTO call VALUES (?, ?, ?, ?)", rows)
            self._changed.update(one.call_id for one in records)

    def get(self, call_id: str) -> Record | None:
        with self._lock:
            row = self._file.execute(
                "SELECT record FROM call WHERE call_id = ?", [call_id]
            ).fetchone()
        return _record(json.loads(row[0])) if row else None

    def records(self) -> list[Record]:
        with self._lock:
            rows = self._file.execute("SELECT record FROM call ORDER BY call_id").fetchall()
        return [_record(json.loads(record)) for (record,) in rows]

    def changed(self) -> list[Record]:
        """The records that were kept since this was asked last; at first, all."""
        with self._lock:
            changed, self._changed = sorted(self._changed), set()
        return [record for record in map(self.get, changed) if record]

    def forget(self, published: Sequence[tuple[str, str, int]]) -> None:
        """Drops calls of which the warehouse has the same status and number of attempts."""
        with self._lock, self._file:
            self._file.executemany(
                "DELETE FROM call WHERE call_id = ? AND status = ? AND attempts = ?", published
            )

    def batches(self) -> list[Batch]:
        """Batches under way."""
        with self._lock:
            rows = self._file.execute("SELECT * FROM batch ORDER BY key").fetchall()
        return [Batch(key, batch_id, tuple(json.loads(ids))) for key, batch_id, ids in rows]

    def keep_batch(self, batch: Batch) -> None:
        row = [batch.key, batch.batch_id, json.dumps(batch.call_ids)]
        with self._lock, self._file:
            self._file.execute("INSERT OR REPLACE INTO batch VALUES (?, ?, ?)", row)

    def forget_batch(self, key: str) -> None:
        with self._lock, self._file:
            self._file.execute("DELETE FROM batch WHERE key = ?", [key])


def open_journal(connection: duckdb.DuckDBPyConnection) -> Journal:
    """The journal beside a warehouse, without what is published."""
    home = home_of(connection)
    journal = Journal(home / JOURNAL_NAME if home else None)
    if home and writable(connection) and (home / FILE_NAME).exists():
        journal.forget(_published(home))
    return journal


def writable(connection: duckdb.DuckDBPyConnection) -> bool:
    row = first_row(
        connection,
        "SELECT readonly FROM duckdb_databases() WHERE database_name = current_database()",
    )
    return row is not None and not row[0]


def merge(connection: duckdb.DuckDBPyConnection, journal: Journal) -> None:
    """Brings what is new in the journal into ops.llm_call; a reader's connection stays as it is."""
    records = journal.changed() if writable(connection) else []
    if not records:
        return
    rows = [
        {
            **asdict(one),
            "request": json.dumps(one.request, ensure_ascii=False),
            "response": one.response and json.dumps(one.response, ensure_ascii=False),
        }
        for one in records
    ]
    connection.register("llm_journal", pa.Table.from_pylist(rows, _ARROW))
    connection.execute("INSERT OR REPLACE INTO ops.llm_call BY NAME FROM llm_journal")
    connection.unregister("llm_journal")


def recorded(
    connection: duckdb.DuckDBPyConnection, journal: Journal, call_ids: Sequence[str]
) -> dict[str, Record]:
    """What is known of some calls; the journal knows better than the warehouse."""
    connection.register("wanted_calls", pa.table({"call_id": pa.array(call_ids, pa.string())}))
    found = (
        connection.sql("FROM ops.llm_call SEMI JOIN wanted_calls USING (call_id)")
        .to_arrow_table()
        .to_pylist()
    )
    connection.unregister("wanted_calls")
    known = {row["call_id"]: _record({**row, **_parsed(row)}) for row in found}
    newer = (journal.get(call_id) for call_id in call_ids)
    return known | {record.call_id: record for record in newer if record}


def spent(connection: duckdb.DuckDBPyConnection, journal: Journal) -> tuple[int, Decimal]:
    """Tokens and dollars of all calls of the home."""
    newer = journal.records()
    connection.register("llm_newer", pa.table({"call_id": [one.call_id for one in newer] or [""]}))
    row = only_row(
        connection,
        """
        SELECT
            coalesce(sum(prompt_tokens + completion_tokens + lost_tokens), 0)::BIGINT,
            coalesce(sum(cost), 0)
        FROM ops.llm_call
        ANTI JOIN llm_newer USING (call_id)
        """,
    )
    connection.unregister("llm_newer")
    costs = (one.cost or Decimal(0) for one in newer)
    return row[0] + sum(one.tokens for one in newer), Decimal(row[1]) + sum(costs, Decimal(0))


def added(earlier: Record | None, later: Record) -> Record:
    """`later` with what an earlier try of the same call cost."""
    if earlier is None:
        return later
    cost = later.cost if earlier.cost is None else earlier.cost + (later.cost or 0)
    return replace(
        later,
        lost_tokens=later.lost_tokens + earlier.tokens,
        cost=cost,
        attempts=later.attempts + earlier.attempts,
    )


def _published(home: Path) -> list[tuple[str, str, int]]:
    with reader(home) as published:
        try:
            calls = published.execute("SELECT call_id, status, attempts FROM ops.llm_call")
        except duckdb.CatalogException:  # published by a version that asked nobody
            return []
        return calls.fetchall()


def _parsed(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] and json.loads(row[name]) for name in ("request", "response")}


def _record(row: dict[str, Any]) -> Record:
    cost, time = row["cost"], row["time"]
    return Record(
        **row
        | {
            "cost": None if cost is None else Decimal(cost),
            "time": datetime.fromisoformat(time) if isinstance(time, str) else time,
        }
    )


_ARROW = pa.schema(
    [
        *((name, pa.string()) for name in ("call_id", "purpose", "prompt", "version", "model")),
        *((name, pa.string()) for name in ("server", "request", "form", "status", "response")),
        ("problem", pa.string()),
        *((f"{name}_tokens", pa.int64()) for name in ("prompt", "completion", "lost")),
        ("cost", pa.decimal128(18, 9)),
        ("attempts", pa.int32()),
        ("batch_id", pa.string()),
        ("seconds", pa.float64()),
        ("time", pa.timestamp("us")),
    ]
)
