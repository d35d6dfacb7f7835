"""How long is waited: what the server asks for, or twice as long each time."""

from datetime import datetime

import pytest

from warehouse.llm.pace import backoff, retry_after

NOW = datetime(2026, 11, 26, 12)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", None),
        ("Thu, 26 Nov 2026 12:01:30 GMT", 90.0),
        ("Thu, 26 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        (None, None),
    ],
)
def test_a_server_may_ask_for_seconds_or_until_a_date(header, seconds):
    assert retry_after(header, NOW) == seconds


def test_waits_double_to_a_limit_and_differ_between_calls():
    waits = [backoff("call:1", attempt, longest=20) for attempt in range(1, 10)]
    for attempt, wait in enumerate(waits):
        whole = min(20, 0.5 * 2**attempt)
        assert whole / 2 <= wait <= whole
    assert waits == [backoff("call:1", attempt, longest=20) for attempt in range(1, 10)]
    assert len({backoff(f"call:{n}", 3, longest=20) for n in range(100)}) == 100
