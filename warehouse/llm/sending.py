"""A call on its way: sent within budget and pace, tried again with patience, and recorded at every
step, so that what it cost is known whatever happens."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from threading import Event

from warehouse.llm.budget import Budget
from warehouse.llm.errors import LlmError, StoppedError
from warehouse.llm.journal import Journal, Record, added
from warehouse.llm.pace import Clock, Pace, backoff
from warehouse.llm.request import FORMS, Call, estimate
from warehouse.llm.server import Reply, Server, Trouble
from warehouse.llm.settings import LlmSettings

FAILURES_IN_A_ROW = 3


class Sender:
    """Sends calls from several threads, which share its budget and pace."""

    def __init__(
        self, server: Server, settings: LlmSettings, clock: Clock, budget: Budget, journal: Journal
    ) -> None:
        self._server = server
        self._settings = settings
        self._clock = clock
        self._budget = budget
        self._journal = journal
        self._pace = Pace(clock, settings.requests_per_minute, settings.tokens_per_minute)
        self._forms: dict[str, int] = {}
        self._failures = 0

    def send(self, call: Call, known: Record | None, stop: Event) -> Record:
        """Sends a call until there is a reply, or patience ends.

        Raises:
            BudgetError: if the next attempt may pass the budget.
            StoppedError: if `stop` is set.
            LlmError: if nothing more can be sent.
        """
        begin = self._clock.seconds()
        record = opened(call, self._settings, self._clock.now(), known)
        form = self._forms.get(call.answer, 0)
        for attempt in range(1, self._settings.attempts + 1):
            record = replace(record, form=FORMS[form], attempts=record.attempts + 1)
            record, outcome = self._attempt(call, record, stop)
            seconds = self._clock.seconds() - begin
            record = replace(record, seconds=round(seconds, 3), time=self._clock.now())
            self._journal.keep([record])
            if isinstance(outcome, Reply):
                self._forms[call.answer], self._failures = form, 0
                return record
            if outcome.remedy == "stop":
                raise LlmError(
                    f"{self._settings.server} turns {self._settings.model} away: "
                    f"{outcome.message}; check WAREWORD_LLM_API_KEY, _BASE_URL and _MODEL"
                )
            if outcome.remedy == "form":
                if form + 1 == len(FORMS):
                    return record
                form += 1
            elif attempt < self._settings.attempts:
                self._be_patient(call, attempt, outcome, stop)
        self._count_failure(record)
        return record

    def _attempt(self, call: Call, record: Record, stop: Event) -> tuple[Record, Reply | Trouble]:
        """Sends once; the record with what that cost."""
        tokens, cost = expected(record, self._settings)
        self._budget.reserve(tokens, cost)
        self._pace.wait(tokens, stop)
        if stop.is_set():
            self._budget.settle(-tokens, None if cost is None else -cost)
            raise StoppedError("not sent: another call ended everything")
        on_its_way = charged(record, tokens, cost)
        self._journal.keep([on_its_way])
        outcome = self._server.send(call, record.form)
        if isinstance(outcome, Reply):
            answered = replied(record, outcome, self._settings)
            spent = answered.tokens - record.tokens
            self._budget.settle(spent - tokens, difference(answered.cost, on_its_way.cost))
            return answered, outcome
        record = replace(record, status="failed", problem=f"no answer: {outcome.message}")
        if outcome.lost:
            return charged(record, tokens, cost), outcome
        self._budget.settle(-tokens, difference(record.cost, on_its_way.cost))
        return record, outcome

    def _be_patient(self, call: Call, attempt: int, trouble: Trouble, stop: Event) -> None:
        longest = self._settings.longest_wait
        wait = trouble.retry_after
        if wait is not None and wait > longest:
            raise LlmError(
                f"{self._settings.server} asks to come back in {wait:,.0f} seconds; run again "
                "then (what was answered is kept), or raise WAREWORD_LLM_LONGEST_WAIT"
            )
        wait = backoff(call.call_id, attempt, longest) if wait is None else wait
        if trouble.everyone:
            self._pace.pause(wait)
        else:
            self._clock.sleep(wait, stop)

    def _count_failure(self, record: Record) -> None:
        self._failures += 1
        if self._failures >= FAILURES_IN_A_ROW:
            raise LlmError(
                f"{self._settings.server} gave no answer to {self._failures} calls in a row, each "
                f"tried {self._settings.attempts} times; the last: {record.problem}. Run again "
                "when it is well; what was answered is kept"
            )


def opened(call: Call, settings: LlmSettings, now: datetime, known: Record | None) -> Record:
    """The record of a call that is about to be sent, with what earlier tries of it cost."""
    record = Record(
        call.call_id, call.purpose, call.prompt, call.version, str(call.request["model"]),
        settings.server, call.request, FORMS[0], "sent", None, "no reply was seen",
        0, 0, 0, settings.cost(0, 0), 0, None, 0.0, now,
    )  # fmt: skip
    return added(known, record)


def expected(
    record: Record, settings: LlmSettings, batch: bool = False
) -> tuple[int, Decimal | None]:
    """About how many tokens an attempt takes, and what it costs; None where there is no price."""
    prompt, completion = estimate(record.request)
    return prompt + completion, settings.cost(prompt, completion, batch)


def charged(record: Record, tokens: int, cost: Decimal | None) -> Record:
    """The record with an attempt whose reply may never be seen."""
    both = record.cost if cost is None else (record.cost or 0) + cost
    return replace(record, lost_tokens=record.lost_tokens + tokens, cost=both)


def replied(record: Record, reply: Reply, settings: LlmSettings, batch: bool = False) -> Record:
    """The record with a reply; where the server does not count tokens, the estimate stands."""
    prompt, completion = estimate(record.request)
    prompt = prompt if reply.prompt_tokens is None else reply.prompt_tokens
    completion = completion if reply.completion_tokens is None else reply.completion_tokens
    cost = settings.cost(prompt, completion, batch)
    return replace(
        record,
        status=reply.status,
        response=reply.response,
        problem=reply.problem,
        prompt_tokens=prompt,
        completion_tokens=completion,
        cost=record.cost if cost is None else (record.cost or 0) + cost,
    )


def difference(later: Decimal | None, earlier: Decimal | None) -> Decimal | None:
    """How much a cost has changed; None where there is no price."""
    return None if later is None or earlier is None else later - earlier
