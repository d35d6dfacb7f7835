"""A server that misbehaves in every known way: answers come anyway, once, within the budget."""

import json
import logging
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from threading import Event

import llm_server as behaviour
import pytest
from pydantic import BaseModel, SecretStr

from warehouse.connection import reader, transaction, writer
from warehouse.llm import BudgetError, Client, LlmError, LlmSettings, ReplayError, Request
from warehouse.llm.journal import JOURNAL_NAME
from warehouse.llm.pace import Clock

PROMPT = Path(__file__).with_name("colour.v1.j2")
KEY = "sk-test-0123456789abcdef"


class Colour(BaseModel):
    colour: str


class QuickClock(Clock):
    """A clock on which waiting takes no time, and is remembered."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def seconds(self) -> float:
        return sum(self.waits)

    def sleep(self, seconds: float, stop: Event | None = None) -> None:
        self.waits.append(seconds)


def about(title: str, **data: str) -> Request:
    return Request("test", PROMPT, {"title": title, **data}, Colour)


def settings(llm_server, **values) -> LlmSettings:
    chosen = {"model": "test-model", "api_key": SecretStr(KEY), "base_url": llm_server.url}
    return LlmSettings(**{**chosen, "concurrency": 1, "timeout": 5.0, **values})


@pytest.fixture
def clock():
    return QuickClock()


@pytest.fixture
def client(connection, llm_server, clock):
    llm_server.answer = lambda body: '{"colour": "red"}'
    return Client(connection, settings(llm_server), clock)


def calls(connection):
    return connection.sql("FROM ops.llm_call ORDER BY call_id").to_arrow_table().to_pylist()


def test_answers_come_in_the_order_of_the_requests_and_of_the_demanded_type(
    connection, llm_server, clock
):
    llm_server.answer = lambda body: json.dumps(
        {"colour": re.search("mug ([0-9]+)", body["messages"][1]["content"])[1]}
    )
    client = Client(connection, settings(llm_server, concurrency=4), clock)
    answers = client.ask([about(f"mug {number}") for number in range(20)])
    assert [answer.value for answer in answers] == [Colour(colour=str(n)) for n in range(20)]


def test_the_same_request_is_sent_once_and_answered_from_the_warehouse_later(
    client, connection, llm_server, clock
):
    first = client.ask([about("mug"), about("mug"), about("cup")])
    again = Client(connection, settings(llm_server), clock).ask([about("cup"), about("mug")])
    assert len(llm_server.asked) == 2
    assert [answer.cached for answer in first] == [False] * 3
    assert [(answer.cached, answer.value.colour) for answer in again] == [(True, "red")] * 2
    assert {call["status"] for call in calls(connection)} == {"answered"}


def test_a_server_that_has_too_much_to_do_is_given_the_time_that_it_asks_for(
    client, llm_server, clock
):
    llm_server.script = [behaviour.status(429, retry_after="7")]
    assert client.ask([about("mug")])[0].value == Colour(colour="red")
    assert clock.waits == [pytest.approx(7)]


def test_a_wait_beyond_patience_ends_with_what_to_do(client, llm_server):
    llm_server.script = [behaviour.status(429, retry_after="86400")]
    with pytest.raises(LlmError, match=r"asks to come back in 86,400 seconds.*LONGEST_WAIT"):
        client.ask([about("mug")])


def test_nobody_waits_on_when_another_call_has_ended_everything(connection, llm_server):
    def when_both_have_come(handler, body):
        while llm_server.attempts < 2:
            time.sleep(0.01)
        behaviour.status(429, retry_after="60")(handler, body)

    llm_server.script = [when_both_have_come, behaviour.status(401, "no such key")]
    begin = time.monotonic()
    with pytest.raises(LlmError, match="no such key"):
        Client(connection, settings(llm_server, concurrency=2)).ask([about("mug"), about("cup")])
    assert time.monotonic() - begin < 30


def test_an_account_without_credit_is_not_asked_again(client, llm_server):
    llm_server.script = [behaviour.status(429, "You exceeded your quota", "insufficient_quota")]
    with pytest.raises(LlmError, match="exceeded your quota"):
        client.ask([about("mug")])
    assert llm_server.attempts == 1


def test_errors_of_the_server_are_waited_out_longer_each_time(client, llm_server, clock):
    llm_server.script = [behaviour.status(500), behaviour.status(503), behaviour.status(502)]
    assert client.ask([about("mug")])[0].value == Colour(colour="red")
    assert len(clock.waits) == 3
    assert 0.25 <= clock.waits[0] <= 0.5 <= clock.waits[1] <= 1.0 <= clock.waits[2] <= 2.0


@pytest.mark.parametrize("trouble", ["cut", "garbage"])
def test_a_reply_that_is_lost_on_its_way_is_asked_for_again_and_counted(
    client, connection, llm_server, trouble
):
    llm_server.script = [getattr(behaviour, trouble)]
    assert client.ask([about("mug")])[0].value == Colour(colour="red")
    (call,) = calls(connection)
    assert (call["status"], call["attempts"]) == ("answered", 2)
    assert call["lost_tokens"] > 1024


@pytest.mark.parametrize(
    ("reply", "colour"),
    [
        pytest.param({"usage": {"prompt_tokens": 1e400, "completion_tokens": 1}}, "red", id="inf"),
        pytest.param(
            {"usage": {"prompt_tokens": 10**30, "completion_tokens": 1}}, "red", id="many"
        ),
        pytest.param({"usage": {"prompt_tokens": -5, "completion_tokens": 1}}, "red", id="less"),
        pytest.param({"colour": "red \ud83d"}, "red ?", id="half a pair"),
        pytest.param({"nested": "[" * 50_000 + "]" * 50_000}, "red", id="deep"),
        pytest.param({"colour": "sk-keyboard-2000"}, "sk-keyboard-2000", id="like a key"),
    ],
)
def test_what_a_server_says_beyond_the_protocol_harms_no_later_call(
    connection, llm_server, clock, reply, colour
):
    def say(handler, body):
        text = json.dumps({"colour": reply.get("colour", "red")}, ensure_ascii=False)
        said = behaviour.completion(body, text) | {
            key: reply[key] for key in ("usage",) if key in reply
        }
        nested = f', "nested": {reply.get("nested", "0")}}}'
        handler.send_bytes((json.dumps(said)[:-1] + nested).encode(), 200, {})

    llm_server.script = [say]
    llm_server.answer = lambda body: '{"colour": "red"}'
    client = Client(connection, settings(llm_server), clock)
    (answer,) = client.ask([about("mug")])
    assert answer.value == Colour(colour=colour)
    assert Client(connection, settings(llm_server), clock).ask([about("mug")])[0].cached
    assert all(0 < call["prompt_tokens"] < 1000 for call in calls(connection))


def test_a_key_that_is_a_word_of_answers_leaves_them_whole(connection, llm_server, clock):
    llm_server.answer = lambda body: '{"colour": "red"}'
    client = Client(connection, settings(llm_server, api_key=SecretStr("red")), clock)
    assert client.ask([about("mug")])[0].value == Colour(colour="red")


def test_silence_ends_at_the_time_limit(connection, llm_server, clock):
    llm_server.answer = lambda body: '{"colour": "red"}'
    llm_server.script = [behaviour.silence]
    client = Client(connection, settings(llm_server, timeout=0.2), clock)
    assert client.ask([about("mug")])[0].value == Colour(colour="red")
    assert calls(connection)[0]["lost_tokens"] > 0


def test_a_call_that_never_succeeds_is_a_problem_and_is_tried_again_another_time(
    client, connection, llm_server
):
    llm_server.script = [behaviour.status(500)] * 6
    answers = client.ask([about("mug"), about("cup")])
    assert answers[0].value is None and "HTTP 500" in answers[0].problem
    assert answers[1].value == Colour(colour="red")
    assert client.ask([about("mug")])[0].value == Colour(colour="red")
    assert sorted(call["attempts"] for call in calls(connection)) == [1, 7]


def test_a_server_that_is_gone_is_left_alone_after_three_calls(client, connection, llm_server):
    llm_server.script = [behaviour.status(500)] * 100
    with pytest.raises(LlmError, match="no answer to 3 calls in a row"):
        client.ask([about(f"mug {number}") for number in range(50)])
    assert llm_server.attempts == 18


def test_a_reply_of_the_wrong_form_is_asked_for_once_more(client, llm_server):
    llm_server.script = [behaviour.saying('{"color": "red"}')]
    assert client.ask([about("mug")])[0].value == Colour(colour="red")
    asked = llm_server.asked[1]["messages"]
    assert asked[2] == {"role": "assistant", "content": '{"color": "red"}'}
    assert "colour: Field required" in asked[3]["content"]
    again = client.ask([about("mug")])[0]
    assert (again.cached, again.value, len(llm_server.asked)) == (True, Colour(colour="red"), 2)


def test_broken_json_twice_is_a_problem_that_says_so(client, llm_server):
    llm_server.script = [behaviour.saying('{"colour": "re'), behaviour.saying("red, I think")]
    answer = client.ask([about("mug")])[0]
    assert answer.value is None
    assert "not of the demanded form: the reply: Invalid JSON" in answer.problem


def test_a_refusal_is_a_problem_and_not_asked_for_again(client, connection, llm_server):
    llm_server.script = [behaviour.refusing]
    answer = client.ask([about("mug")])[0]
    assert (answer.value, answer.problem) == (None, "the model refused: I cannot help with that.")
    assert client.ask([about("mug")])[0].cached
    assert calls(connection)[0]["status"] == "refused"


def test_an_answer_that_is_too_long_says_which_setting_to_raise(client, llm_server):
    llm_server.script = [behaviour.saying('{"colour": "re', end="length")]
    assert "MAX_OUTPUT_TOKENS" in client.ask([about("mug")])[0].problem


def test_servers_without_schemas_are_asked_in_json_mode_and_then_in_words(
    client, connection, llm_server
):
    llm_server.script = [behaviour.status(400, "unknown response_format")] * 2
    assert client.ask([about("mug"), about("cup")])[0].value == Colour(colour="red")
    assert [body.get("response_format") for body in llm_server.asked] == [None, None]
    assert '"required": ["colour"]' in llm_server.asked[0]["messages"][0]["content"]
    assert {call["form"] for call in calls(connection)} == {"text"}
    assert llm_server.attempts == 4


def test_a_code_fence_around_json_is_no_mistake(client, llm_server):
    llm_server.script = [behaviour.saying('```json\n{"colour": "blue"}\n```')]
    assert client.ask([about("mug")])[0].value == Colour(colour="blue")
    assert len(llm_server.asked) == 1


def test_the_schema_is_demanded_as_strict(client, llm_server):
    client.ask([about("mug")])
    wanted = llm_server.asked[0]["response_format"]["json_schema"]
    assert (wanted["name"], wanted["strict"]) == ("Colour", True)
    assert wanted["schema"]["additionalProperties"] is False


def test_the_budget_in_tokens_is_a_hard_stop_that_keeps_what_was_answered(
    connection, llm_server, clock
):
    llm_server.answer = lambda body: '{"colour": "red"}'
    chosen = settings(llm_server, budget_tokens=1_500, max_output_tokens=100)
    client = Client(connection, chosen, clock)
    requests = [about(f"mug {number}") for number in range(50)]
    with pytest.raises(BudgetError, match="budget of 1,500 tokens is reached"):
        client.ask(requests)
    answered = len(llm_server.asked)
    assert 3 < answered < 50
    assert [call["status"] for call in calls(connection)] == ["answered"] * answered
    with pytest.raises(BudgetError):
        Client(connection, chosen, clock).ask(requests)
    spent = sum(call["prompt_tokens"] + call["completion_tokens"] for call in calls(connection))
    assert spent <= 1_500
    raised = settings(llm_server, max_output_tokens=100)
    assert all(answer.value for answer in Client(connection, raised, clock).ask(requests))
    assert len(llm_server.asked) == 50


def test_the_budget_in_dollars_counts_by_the_prices_and_shows_in_the_spending(
    connection, llm_server, clock
):
    llm_server.answer = lambda body: '{"colour": "red"}'
    chosen = settings(
        llm_server, input_price=Decimal(2), output_price=Decimal(8), budget_dollars=Decimal("0.02")
    )
    client = Client(connection, chosen, clock)
    with pytest.raises(BudgetError, match=r"budget of \$0.02"):
        client.ask([about(f"mug {number}") for number in range(200)])
    (row,) = connection.sql("FROM ops.llm_spending").to_arrow_table().to_pylist()
    expected = (2 * row["prompt_tokens"] + 8 * row["completion_tokens"]) / 1_000_000
    assert float(row["cost"]) == pytest.approx(expected)
    assert 0 < row["cost"] <= Decimal("0.02")
    assert (row["prompt"], row["version"], row["unpriced"]) == ("colour", "v1", 0)


def test_requests_keep_to_the_rates(connection, llm_server, clock):
    llm_server.answer = lambda body: '{"colour": "red"}'
    client = Client(connection, settings(llm_server, requests_per_minute=60), clock)
    client.ask([about(f"mug {number}") for number in range(5)])
    assert clock.waits == [pytest.approx(1)] * 4
    clock.waits.clear()
    client = Client(connection, settings(llm_server, tokens_per_minute=60_000), clock)
    client.ask([about(f"cup {number}") for number in range(5)])
    assert len(clock.waits) == 4 and all(1 < wait < 3 for wait in clock.waits)


def test_replay_answers_from_the_record_and_names_what_is_missing(client, connection, llm_server):
    client.ask([about("mug")])
    replay = Client(connection, settings(llm_server, replay=True, api_key=None))
    assert replay.ask([about("mug")])[0].value == Colour(colour="red")
    with pytest.raises(ReplayError, match=r"test by colour.v1 \(call:[0-9a-f]{32}.*'Title: .*cup"):
        replay.ask([about("mug"), about("cup")])
    assert llm_server.attempts == 1


def test_the_key_is_in_no_error_log_representation_or_file(tmp_path, llm_server, caplog):
    caplog.set_level(logging.DEBUG)
    llm_server.answer = lambda body: json.dumps({"colour": KEY})
    with writer(tmp_path) as connection:
        client = Client(connection, settings(llm_server))
        client.ask([about("mug")])
        llm_server.script = [behaviour.status(401, f"Incorrect API key provided: {KEY}")]
        with pytest.raises(LlmError) as caught:
            client.ask([about("cup")])
        assert KEY not in str(caught.value) and "***" in str(caught.value)
        assert KEY not in repr(client.settings) + str(vars(client))
        assert KEY not in str(calls(connection))
    assert llm_server.keys == {f"Bearer {KEY}"}
    assert KEY not in caplog.text
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()


def test_what_a_rolled_back_transaction_asked_is_not_asked_again(tmp_path, llm_server):
    llm_server.answer = lambda body: '{"colour": "red"}'
    with writer(tmp_path) as connection:
        with pytest.raises(ZeroDivisionError), transaction(connection):
            Client(connection, settings(llm_server)).ask([about("mug")])
            raise ZeroDivisionError
        assert calls(connection) == []
        assert Client(connection, settings(llm_server)).ask([about("mug")])[0].cached
    assert len(llm_server.asked) == 1


def test_the_journal_keeps_a_call_until_it_is_published(tmp_path, llm_server):
    llm_server.answer = lambda body: '{"colour": "red"}'
    with writer(tmp_path) as connection:
        client = Client(connection, settings(llm_server))
        client.ask([about("mug")])
        Client(connection, settings(llm_server))
        assert len(client._journal.records()) == 1
    with writer(tmp_path) as connection:
        client = Client(connection, settings(llm_server))
        assert client._journal.records() == []
        assert client.ask([about("mug")])[0].cached
    assert len(llm_server.asked) == 1


def test_a_reader_asks_as_well_and_the_next_writer_records_it(tmp_path, llm_server):
    llm_server.answer = lambda body: '{"colour": "red"}'
    with writer(tmp_path):
        pass
    with reader(tmp_path) as connection:
        Client(connection, settings(llm_server)).ask([about("mug")])
        assert Client(connection, settings(llm_server)).ask([about("mug")])[0].cached
    with writer(tmp_path) as connection:
        Client(connection, settings(llm_server))
        assert [call["status"] for call in calls(connection)] == ["answered"]
    assert (tmp_path / JOURNAL_NAME).exists()


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_client import about
from warehouse.connection import writer
from warehouse.llm import Client, LlmSettings
with writer(Path(sys.argv[1])) as connection:
    chosen = LlmSettings(model="test-model", base_url=sys.argv[2], concurrency=1, poll_every=0.05)
    ask = getattr(Client(connection, chosen), sys.argv[4])
    print([answer.value.colour for answer in ask([about(f"mug {n}") for n in range(6)])])
"""


def start(home: Path, llm_server, method: str) -> subprocess.Popen[bytes]:
    here = Path(__file__)
    path = os.pathsep.join([str(here.parents[3]), str(here.parents[2])])
    command = [sys.executable, "-c", KILLED, str(home), llm_server.url, str(here.parent), method]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path})


def test_a_run_that_is_killed_midway_goes_on_and_pays_nothing_twice(tmp_path, llm_server):
    llm_server.answer = lambda body: '{"colour": "red"}'
    red = behaviour.saying('{"colour": "red"}')
    llm_server.script = [red, red, red, behaviour.silence]
    killed = start(tmp_path, llm_server, "ask")
    assert llm_server.waiting.wait(30)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    resumed = start(tmp_path, llm_server, "ask")
    assert resumed.communicate(timeout=30)[0].decode().strip() == str(["red"] * 6)
    paid = [json.dumps(body, sort_keys=True) for body in llm_server.asked]
    assert len(paid) == len(set(paid)) == 6
    with reader(tmp_path) as connection:
        found = calls(connection)
    assert [call["status"] for call in found] == ["answered"] * 6
    # The call that was on its way counts by its estimate: the server may have answered it.
    assert sum(call["lost_tokens"] > 0 for call in found) == 1


def test_a_batch_brings_the_answers_at_its_own_price(connection, llm_server, clock):
    llm_server.answer = lambda body: '{"colour": "red"}'
    chosen = settings(llm_server, input_price=Decimal(2), output_price=Decimal(8))
    client = Client(connection, chosen, clock)
    answers = client.ask_in_batch([about("mug"), about("cup"), about("mug")])
    assert [answer.value for answer in answers] == [Colour(colour="red")] * 3
    assert (llm_server.attempts, len(llm_server.asked)) == (0, 2)
    assert clock.waits == [30.0]
    for call in calls(connection):
        full = (2 * call["prompt_tokens"] + 8 * call["completion_tokens"]) / 1_000_000
        assert float(call["cost"]) == pytest.approx(full / 2)
        assert (call["batch_id"], call["lost_tokens"]) == ("batch-1", 0)


def test_a_break_that_only_unicode_knows_cuts_no_answer(client, llm_server):
    said = json.dumps({"colour": "red\u2028blue"}, ensure_ascii=False)
    llm_server.answer = lambda body: f"```json\n{said}\n```"
    (answer,) = client.ask_in_batch([about("mug")])
    assert answer.value == Colour(colour="red\u2028blue")
    assert llm_server.attempts == 0


def test_what_a_batch_answers_in_the_wrong_form_is_repaired_singly(client, llm_server):
    llm_server.answer = lambda body: (
        '{"colour": "red"}' if len(body["messages"]) > 2 else '{"colour": 1'
    )
    assert client.ask_in_batch([about("mug")])[0].value == Colour(colour="red")
    assert (len(llm_server.batches), llm_server.attempts) == (1, 1)


def test_a_batch_that_the_server_turns_away_costs_nothing(client, connection, llm_server):
    llm_server.refuse_batches = "the file is too large"
    with pytest.raises(LlmError, match="turned batch batch-1 away: the file is too large"):
        client.ask_in_batch([about("mug")])
    (call,) = calls(connection)
    assert (call["status"], call["lost_tokens"]) == ("failed", 0)


@pytest.mark.parametrize(
    "named", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["named", "not yet named"]
)
def test_a_process_that_is_killed_finds_its_batch_again(tmp_path, llm_server, named):
    llm_server.answer = lambda body: '{"colour": "red"}'
    llm_server.looks_until_done = 10**9
    killed = start(tmp_path, llm_server, "ask_in_batch")
    while not any(batch["looks"] for batch in llm_server.batches.values()):
        assert killed.poll() is None
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    if not named:  # as if it had been killed before the server's reply came
        with sqlite3.connect(tmp_path / JOURNAL_NAME) as journal:
            journal.execute("UPDATE batch SET batch_id = NULL")
    llm_server.looks_until_done = 0
    resumed = start(tmp_path, llm_server, "ask_in_batch")
    assert resumed.communicate(timeout=30)[0].decode().strip() == str(["red"] * 6)
    assert (len(llm_server.batches), llm_server.attempts) == (1, 0)
    assert len(llm_server.asked) == 6
