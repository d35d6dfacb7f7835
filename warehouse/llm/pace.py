"""When a call may be sent: evenly spaced so that no minute holds more requests or tokens than the
server allows, and later where it asks for patience. Time passes on a clock that tests replace."""

import random
import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event, Lock

FIRST_WAIT = 0.5


class Clock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The time (UTC)."""
        return datetime.now(UTC).replace(tzinfo=None)

    def seconds(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()

    def sleep(self, seconds: float, stop: Event | None = None) -> None:
        """Waits, but not on when `stop` is set."""
        (stop or Event()).wait(seconds)


class Pace:
    """Hands out the moments at which calls may be sent, to several threads. None is no limit."""

    def __init__(
        self, clock: Clock, requests_per_minute: float | None, tokens_per_minute: float | None
    ) -> None:
        self._clock = clock
        self._per_request = 60 / requests_per_minute if requests_per_minute else 0.0
        self._per_token = 60 / tokens_per_minute if tokens_per_minute else 0.0
        self._free = clock.seconds()
        self._lock = Lock()

    def wait(self, tokens: int, stop: Event) -> None:
        """Sleeps until a call of so many tokens may be sent, or `stop` is set."""
        with self._lock:
            now = self._clock.seconds()
            start = max(now, self._free)
            self._free = start + max(self._per_request, self._per_token * tokens)
        if start > now:
            self._clock.sleep(start - now, stop)

    def pause(self, seconds: float) -> None:
        """Nobody sends for so long."""
        with self._lock:
            self._free = max(self._free, self._clock.seconds() + seconds)


def backoff(call_id: str, attempt: int, longest: float) -> float:
    """Seconds before attempt `attempt` (from 1) is tried again: doubling, with half of it drawn by
    the call and the attempt, so that threads do not come back together and a test sees the same."""
    whole = min(longest, FIRST_WAIT * 2.0 ** (attempt - 1))
    return whole * (0.5 + random.Random(f"{call_id} {attempt}").random() / 2)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (date.astimezone(UTC).replace(tzinfo=None) - now).total_seconds())
