"""A language model is only asked where the environment names one, and never in the clear."""

import os

import pytest

from warehouse.llm import LlmError, client_from_environment, settings_from_environment

KEY = "sk-test-0123456789abcdef"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in os.environ:
        if name.startswith(("WAREWORD_LLM_", "OPENAI_")):
            monkeypatch.delenv(name)
    return monkeypatch


def test_without_a_model_there_is_no_client_even_where_a_key_lies_about(connection, environment):
    assert client_from_environment(connection) is None
    environment.setenv("OPENAI_API_KEY", KEY)
    assert client_from_environment(connection) is None


def test_a_model_and_a_key_make_a_client(connection, environment):
    environment.setenv("WAREWORD_LLM_MODEL", "gpt-test")
    environment.setenv("OPENAI_API_KEY", "sk-other")
    environment.setenv("WAREWORD_LLM_API_KEY", KEY)
    client = client_from_environment(connection)
    assert client.settings.api_key.get_secret_value() == KEY
    assert client.settings.server == "api.openai.com"


def test_a_model_elsewhere_needs_a_key_and_one_on_this_machine_none(environment):
    environment.setenv("WAREWORD_LLM_MODEL", "gpt-test")
    with pytest.raises(LlmError, match="has no key; set WAREWORD_LLM_API_KEY"):
        settings_from_environment()
    environment.setenv("WAREWORD_LLM_BASE_URL", "http://127.0.0.1:11434/v1")
    assert settings_from_environment().api_key is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://llm.example.com/v1", "unencrypted; use https"),
        ("http://127.0.0.1.example.com/v1", "unencrypted; use https"),
        ("http://192.168.1.7:8000/v1", "unencrypted; use https"),
        ("https://user:secret@llm.example.com/v1", "a base URL holds no key"),
        ("https://llm.example.com/v1?key=secret", "a base URL holds no key"),
        ("ftp://llm.example.com", "must begin with https"),
        ("llm.example.com", "must begin with https"),
    ],
)
def test_an_address_that_would_tell_secrets_is_refused(environment, url, problem):
    environment.setenv("WAREWORD_LLM_MODEL", "m")
    environment.setenv("WAREWORD_LLM_API_KEY", KEY)
    environment.setenv("WAREWORD_LLM_BASE_URL", url)
    with pytest.raises(LlmError, match=problem) as caught:
        settings_from_environment()
    assert "secret" not in str(caught.value) and KEY not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "[::1]"])
def test_this_machine_may_be_reached_in_the_clear(environment, host):
    environment.setenv("WAREWORD_LLM_MODEL", "m")
    environment.setenv("WAREWORD_LLM_BASE_URL", f"http://{host}:8000/v1")
    assert settings_from_environment() is not None


def test_plain_http_elsewhere_is_possible_when_it_is_said(environment):
    environment.setenv("WAREWORD_LLM_MODEL", "m")
    environment.setenv("WAREWORD_LLM_API_KEY", KEY)
    environment.setenv("WAREWORD_LLM_BASE_URL", "http://192.168.1.7:8000/v1")
    environment.setenv("WAREWORD_LLM_ALLOW_PLAIN_HTTP", "1")
    assert settings_from_environment().server == "192.168.1.7:8000"


def test_a_budget_in_dollars_without_prices_is_no_budget(environment):
    environment.setenv("WAREWORD_LLM_MODEL", "m")
    environment.setenv("WAREWORD_LLM_API_KEY", KEY)
    environment.setenv("WAREWORD_LLM_BUDGET_DOLLARS", "5")
    with pytest.raises(LlmError, match="needs WAREWORD_LLM_INPUT_PRICE"):
        settings_from_environment()


def test_a_wrong_setting_is_named_without_any_value(environment):
    environment.setenv("WAREWORD_LLM_MODEL", "m")
    environment.setenv("WAREWORD_LLM_CONCURRENCY", "many")
    with pytest.raises(LlmError, match="concurrency: Input should be a valid integer") as caught:
        settings_from_environment(api_key=KEY)
    assert KEY not in str(caught.value)


def test_the_key_shows_in_no_representation(environment):
    settings = settings_from_environment(model="m", api_key=KEY)
    assert KEY not in repr(settings) + str(settings) + settings.model_dump_json()
