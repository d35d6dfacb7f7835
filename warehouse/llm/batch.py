"""Many calls in one file, answered within a day at a lower price: the Batch API of the protocol
(JSON lines up, a batch to look at from time to time, JSON lines down).

A batch is noted in the journal before it is made and again when the server has named it. A process
that was killed finds it by that name, or by the note, which the batch carries as metadata.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import openai

from warehouse.llm.budget import Budget
from warehouse.llm.errors import LlmError
from warehouse.llm.journal import Batch, Journal, Record
from warehouse.llm.pace import Clock
from warehouse.llm.request import FORMS, Call
from warehouse.llm.sending import charged, difference, expected, opened, replied
from warehouse.llm.server import Server
from warehouse.llm.settings import LlmSettings

ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"
MOST_CALLS = 10_000

_NOTE = "wareword"
_ENDED = {"completed", "failed", "expired", "cancelled"}


class Batches:
    """The batches of one home, on one server."""

    def __init__(
        self, server: Server, settings: LlmSettings, clock: Clock, budget: Budget, journal: Journal
    ) -> None:
        self._server = server
        self._settings = settings
        self._clock = clock
        self._budget = budget
        self._journal = journal

    def submit(self, calls: Sequence[Call], known: Mapping[str, Record]) -> None:
        """Sends calls as batches of at most MOST_CALLS.

        Raises:
            BudgetError: if a batch may pass the budget; it is not sent.
            LlmError: if the server does not take one.
        """
        for start in range(0, len(calls), MOST_CALLS):
            self._submit(calls[start : start + MOST_CALLS], known)

    def collect(self, wanted: set[str]) -> None:
        """Waits for the batches that hold one of the wanted calls, and records what they bring.

        Raises:
            LlmError: if the server turned a batch away, or does not tell about it.
        """
        for batch in self._journal.batches():
            if wanted.intersection(batch.call_ids):
                try:
                    self._collect(batch)
                except openai.OpenAIError as error:
                    raise self._unwell(error) from None

    def _submit(self, calls: Sequence[Call], known: Mapping[str, Record]) -> None:
        now = self._clock.now()
        records = [
            replace(one, attempts=one.attempts + 1)
            for one in (opened(c, self._settings, now, known.get(c.call_id)) for c in calls)
        ]
        self._budget.reserve(*self._estimates(records))
        batch = Batch(_key(calls, now), None, tuple(one.call_id for one in calls))
        self._journal.keep_batch(batch)
        self._journal.keep([charged(one, *self._estimate(one)) for one in records])
        lines = (
            {
                "custom_id": one.call_id,
                "method": "POST",
                "url": ENDPOINT,
                "body": one.body(FORMS[0]),
            }
            for one in calls
        )
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        try:
            file = self._server.api.files.create(
                file=(f"{batch.key}.jsonl", text.encode()), purpose="batch"
            )
            made = self._server.api.batches.create(
                input_file_id=file.id,
                endpoint=ENDPOINT,
                completion_window="24h",
                metadata={_NOTE: batch.key},
            )
        except openai.OpenAIError as error:
            raise self._unwell(error) from None
        self._journal.keep_batch(replace(batch, batch_id=made.id))

    def _collect(self, batch: Batch) -> None:
        batch_id = batch.batch_id or self._find(batch.key)
        if batch_id is None:
            self._close(batch, {}, "the batch was never made")
            return
        found = self._server.api.batches.retrieve(batch_id)
        while found.status not in _ENDED:
            self._clock.sleep(self._settings.poll_every)
            found = self._server.api.batches.retrieve(batch_id)
        lines: dict[str, Any] = {}
        for file_id in (found.error_file_id, found.output_file_id):
            if file_id:
                lines |= _lines(self._server.api.files.content(file_id).text)
        self._close(replace(batch, batch_id=batch_id), lines, f"the batch is {found.status}")
        if found.status == "failed":
            told = [str(one.message) for one in (found.errors and found.errors.data) or []]
            raise LlmError(
                f"{self._settings.server} turned batch {batch_id} away: "
                f"{self._server.clean('; '.join(told))}; ask without a batch, or correct that"
            )

    def _find(self, key: str) -> str | None:
        """The batch that carries a note, if the server made it before the process was killed."""
        for found in self._server.api.batches.list(limit=100):
            if (found.metadata or {}).get(_NOTE) == key:
                return found.id
        return None

    def _close(self, batch: Batch, lines: Mapping[str, Any], otherwise: str) -> None:
        """Records what a batch brought; a call of which it brought nothing has cost nothing."""
        records = []
        for call_id in batch.call_ids:
            before = self._journal.get(call_id)
            if before is None or before.status != "sent":
                continue
            after = self._after(before, lines.get(call_id), otherwise)
            after = replace(after, batch_id=batch.batch_id, time=self._clock.now())
            self._budget.settle(after.tokens - before.tokens, difference(after.cost, before.cost))
            records.append(after)
        self._journal.keep(records)
        self._journal.forget_batch(batch.key)

    def _after(self, before: Record, line: Any, otherwise: str) -> Record:
        tokens, cost = self._estimate(before)
        uncharged = charged(before, -tokens, None if cost is None else -cost)
        try:
            response = line["response"]
            if response["status_code"] == 200:
                reply = self._server.reply(response["body"])
                return replied(uncharged, reply, self._settings, batch=True)
            otherwise = f"HTTP {response['status_code']} in the batch"
        except (KeyError, TypeError, ValueError):
            pass
        return replace(uncharged, status="failed", problem=f"no answer: {otherwise}")

    def _estimate(self, record: Record) -> tuple[int, Decimal | None]:
        return expected(record, self._settings, batch=True)

    def _estimates(self, records: Sequence[Record]) -> tuple[int, Decimal | None]:
        each = [self._estimate(one) for one in records]
        costs = [cost for _, cost in each if cost is not None]
        return sum(tokens for tokens, _ in each), sum(costs, Decimal(0)) if costs else None

    def _unwell(self, error: openai.OpenAIError) -> LlmError:
        return LlmError(
            f"{self._settings.server} has trouble with the batch: "
            f"{self._server.clean(str(error))}; run again to go on with it, or ask without a batch"
        )


def _key(calls: Sequence[Call], now: datetime) -> str:
    """A name for a batch that no other batch of the account has."""
    text = "\n".join([now.isoformat(), *(one.call_id for one in calls)])
    return f"wareword-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _lines(text: str) -> dict[str, Any]:
    """The lines of an output file by their call; what is no JSON is no answer."""
    found = {}
    # Not at every break that Unicode knows: an answer may hold one.
    for line in text.split("\n"):
        try:
            row = json.loads(line)
            found[str(row["custom_id"])] = row
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return found
