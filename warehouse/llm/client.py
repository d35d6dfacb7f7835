"""Questions to a language model, several at a time, each paid at most once.

What is known is answered from ops.llm_call and the journal; what is not is sent, tried again with
patience, checked, and, if its form is wrong, asked for once more. A budget that is reached, a
refused key and a server that is gone stop everything; what was answered stays.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from threading import Event, Lock

import duckdb
import pydantic

from warehouse.llm.batch import Batches
from warehouse.llm.budget import Budget
from warehouse.llm.errors import ReplayError, StoppedError
from warehouse.llm.journal import FINAL, Record, merge, open_journal, recorded, spent
from warehouse.llm.pace import Clock
from warehouse.llm.request import Answer, Call, Request, call, read
from warehouse.llm.sending import Sender
from warehouse.llm.server import Server
from warehouse.llm.settings import LlmSettings

_SHOWN = 200


class Client:
    """A language model at the service of one warehouse. Its budget is that of the home: what
    earlier runs spent counts."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        settings: LlmSettings,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self._connection = connection
        self._journal = open_journal(connection)
        merge(connection, self._journal)
        clock = clock or Clock()
        server = Server(settings, clock)
        budget = Budget(settings, *spent(connection, self._journal))
        self._sender = Sender(server, settings, clock, budget, self._journal)
        self._batches = Batches(server, settings, clock, budget, self._journal)
        self._stop = Event()
        self._lock = Lock()

    def ask(self, requests: Sequence[Request]) -> list[Answer]:
        """The answers to the requests, in their order; the same request is sent once.

        Raises:
            BudgetError: if the budget is reached.
            ReplayError: if only recorded answers are allowed and one is missing.
            LlmError: if a prompt is wrong, the server turns the key or the model away, or it does
                not answer several calls in a row. What was answered before is kept.
        """
        calls = [call(request, self.settings) for request in requests]
        self._collect_batches_of(calls)
        asked = {one.call_id: (one, request) for one, request in zip(calls, requests, strict=True)}
        known = recorded(self._connection, self._journal, list(asked))
        self._stop.clear()
        try:
            with ThreadPoolExecutor(self.settings.concurrency) as pool:
                futures = {
                    call_id: pool.submit(self._answer, one, request.answer, known.get(call_id))
                    for call_id, (one, request) in asked.items()
                }
                try:
                    wait(futures.values(), return_when=FIRST_EXCEPTION)
                finally:
                    self._stop.set()
                    pool.shutdown(cancel_futures=True)
        finally:
            merge(self._connection, self._journal)
        _raise_cause(futures.values())
        return [futures[one.call_id].result() for one in calls]

    def ask_in_batch(self, requests: Sequence[Request]) -> list[Answer]:
        """As `ask`, by the Batch API: cheaper, and ready within a day. It waits until the batch has
        ended; a process that is killed meanwhile finds the batch again when it asks again. What the
        batch leaves without an answer of the demanded form is then asked for singly.

        Raises:
            LlmError: as `ask`, or if the server turns the batch away.
        """
        calls = {one.call_id: one for one in (call(each, self.settings) for each in requests)}
        self._collect_batches_of(calls.values())
        known = recorded(self._connection, self._journal, list(calls))
        missing = [
            one
            for call_id, one in calls.items()
            if call_id not in known or known[call_id].status not in FINAL
        ]
        if missing and not self.settings.replay:
            self._batches.submit(missing, known)
            self._collect_batches_of(missing)
        return self.ask(requests)

    def _collect_batches_of(self, calls: Iterable[Call]) -> None:
        if self.settings.replay:
            return
        try:
            self._batches.collect({one.call_id for one in calls})
        finally:
            merge(self._connection, self._journal)

    def _answer(self, one: Call, answer: type[pydantic.BaseModel], known: Record | None) -> Answer:
        """The answer to a call; a failure stops the other calls."""
        try:
            return self._checked(one, answer, known)
        except BaseException:
            self._stop.set()
            raise

    def _checked(self, one: Call, answer: type[pydantic.BaseModel], known: Record | None) -> Answer:
        """The answer to a call, after one repair if the first reply has not the demanded form."""
        record, cached = self._record(one, known)
        if record.status != "answered":
            return Answer(None, record.problem, cached, one.call_id)
        value, problems = read(record.text, answer)
        if value is None:
            repair = one.repaired(record.text, problems)
            record, cached_too = self._record(repair, self._known(repair))
            cached = cached and cached_too
            value, problems = read(record.text, answer)
        problem = None
        if value is None:
            problem = record.problem or f"not of the demanded form: {'; '.join(problems)}"
        return Answer(value, problem, cached, one.call_id)

    def _known(self, one: Call) -> Record | None:
        with self._lock:
            return recorded(self._connection, self._journal, [one.call_id]).get(one.call_id)

    def _record(self, one: Call, known: Record | None) -> tuple[Record, bool]:
        """What is recorded of a call, and true; or what comes of sending it, and false."""
        if known and (known.status in FINAL or (self.settings.replay and known.status == "failed")):
            return known, True
        if self.settings.replay:
            question = one.request["messages"][-1]["content"]
            raise ReplayError(
                f"no recorded answer to {one.purpose} by {one.prompt}.{one.version} ({one.call_id},"
                f" model {one.request['model']}): {question[:_SHOWN]!r}. "
                "Unset WAREWORD_LLM_REPLAY to ask for it"
            )
        return self._sender.send(one, known, self._stop), False


def _raise_cause(futures: Iterable[Future[Answer]]) -> None:
    """Raises what ended everything, if something did."""
    for future in futures:
        error = None if future.cancelled() else future.exception()
        if error and not isinstance(error, StoppedError):
            raise error
