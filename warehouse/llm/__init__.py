"""Language models for every house, by the OpenAI protocol: asked with versioned prompts, answering
in checked form, within a budget. Each call is a row of ops.llm_call, so nothing is paid twice and
every answer can be replayed."""

import duckdb

from warehouse.llm.client import Client
from warehouse.llm.errors import BudgetError, LlmError, ReplayError
from warehouse.llm.pace import Clock
from warehouse.llm.request import Answer, Request
from warehouse.llm.server import Server
from warehouse.llm.settings import LlmSettings, settings_from_environment

__all__ = [
    "Answer",
    "BudgetError",
    "Client",
    "LlmError",
    "LlmSettings",
    "ReplayError",
    "Request",
    "client_from_environment",
    "models",
    "needed_client",
    "settings_from_environment",
]


def client_from_environment(connection: duckdb.DuckDBPyConnection) -> Client | None:
    """A client as the environment sets it (docs/llm.md); None where no language model is set.

    Raises:
        LlmError: if a setting is wrong.
    """
    settings = settings_from_environment()
    return Client(connection, settings) if settings else None


def needed_client(connection: duckdb.DuckDBPyConnection, instead: str) -> Client:
    """As `client_from_environment`, for what cannot do without; `instead` is what else can be done.

    Raises:
        LlmError: if no language model is set, or a setting is wrong.
    """
    client = client_from_environment(connection)
    if client is None:
        raise LlmError(
            f"no language model is set; name one in WAREWORD_LLM_MODEL (docs/llm.md), or {instead}"
        )
    return client


def models(settings: LlmSettings) -> list[str]:
    """Names of the models that the server has; asking costs nothing.

    Raises:
        LlmError: if it does not answer.
    """
    return Server(settings.model_copy(update={"timeout": 5.0}), Clock()).models()
