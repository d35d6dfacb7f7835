"""A language model as the answerer, against a local server that speaks the protocol."""

import json

import pytest
from pydantic import SecretStr

from warehouse.llm import Client, LlmSettings
from warehouse.resolution.resolving import ask


@pytest.fixture
def client(shops, llm_server):
    settings = LlmSettings(
        model="test-model", api_key=SecretStr("sk-test"), base_url=llm_server.url, concurrency=1
    )
    return Client(shops, settings)


def test_a_model_answers_the_chosen_questions_with_both_products_as_data(shops, llm_server, client):
    seen = []

    def said(body):
        seen.append(body["messages"][1]["content"])
        same = "Teapot" in seen[-1]
        return json.dumps({"reason": "the names", "answer": "yes" if same else "no"})

    llm_server.answer = said
    assert ask(shops, client, 2) == 2
    assert all("east" in text and "west" in text for text in seen)
    found = shops.execute(
        """
        SELECT answerer, answer, call_id IN (SELECT call_id FROM ops.llm_call), error_rate
        FROM ops.answer ORDER BY "sequence"
        """
    ).fetchall()
    assert found == [("test-model", "yes", True, 0.05), ("test-model", "no", True, 0.05)]


def test_an_answer_that_is_none_of_the_three_counts_as_unsure(shops, llm_server, client):
    llm_server.answer = lambda body: '{"reason": "who knows", "answer": "perhaps"}'
    assert ask(shops, client, 1) == 1
    assert shops.execute("SELECT answer FROM ops.answer").fetchall() == [("unsure",)]


def test_asking_ends_where_the_tokens_do(shops, llm_server, client):
    llm_server.answer = lambda body: '{"reason": "same", "answer": "yes"}'
    assert ask(shops, client, 100, tokens=450) == 2
    assert ask(shops, client, 100, tokens=100) == 0
