"""How a language model is reached and what it may cost, from the environment (WAREWORD_LLM_…). The
key is a secret: it is read from nowhere else, and never printed, logged or stored."""

import ipaddress
import os
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from warehouse.llm.errors import LlmError

DEFAULT_SERVER = "https://api.openai.com/v1"

_PREFIX = "WAREWORD_LLM_"


class LlmSettings(BaseSettings):
    """Everything that a client can be told. Prices are US dollars a million tokens, times
    seconds."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True,
        populate_by_name=True, env_ignore_empty=True,
    )  # fmt: skip

    model: str = Field(min_length=1, description="Name of the model, as the server calls it")
    api_key: SecretStr | None = Field(
        None, validation_alias=AliasChoices(f"{_PREFIX}API_KEY", "OPENAI_API_KEY")
    )
    base_url: str = Field(
        DEFAULT_SERVER, validation_alias=AliasChoices(f"{_PREFIX}BASE_URL", "OPENAI_BASE_URL")
    )
    allow_plain_http: bool = Field(False, description="Allow http to a server elsewhere")
    replay: bool = Field(False, description="Answer only from ops.llm_call; a miss is an error")

    temperature: float | None = Field(0.0, description="Left out of the request where None")
    seed: int | None = Field(0, description="Seed of the sampling; left out where None")
    max_output_tokens: int = Field(1024, gt=0, description="Most tokens of an answer")

    budget_tokens: int = Field(5_000_000, ge=0, description="Most tokens of all calls of a home")
    budget_dollars: Decimal | None = Field(None, ge=0, description="Most cost of all calls")
    input_price: Decimal | None = Field(None, ge=0)
    output_price: Decimal | None = Field(None, ge=0)
    batch_discount: Decimal = Field(
        Decimal("0.5"), gt=0, le=1, description="Price in a batch, as a share of the full one"
    )

    concurrency: int = Field(4, gt=0, le=64, description="Most calls under way at once")
    requests_per_minute: float | None = Field(None, gt=0)
    tokens_per_minute: float | None = Field(None, gt=0)
    timeout: float = Field(60.0, gt=0, description="Longest wait for the next bytes of a reply")
    attempts: int = Field(6, gt=0, description="How often a call is tried")
    longest_wait: float = Field(120.0, gt=0, description="Longest wait between two attempts")
    poll_every: float = Field(30.0, gt=0, description="Time between two looks at a batch")

    @model_validator(mode="after")
    def _sound(self) -> "LlmSettings":
        address = urlsplit(self.base_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError("the base URL must begin with https:// (or http:// on this machine)")
        if address.username or address.password or address.query:
            raise ValueError(f"a base URL holds no key; put it into {_PREFIX}API_KEY")
        plain = address.scheme == "http" and not _is_loopback(address.hostname)
        if plain and not self.allow_plain_http:
            raise ValueError(
                "http would send the key and the catalog unencrypted; use https, or allow it with "
                f"{_PREFIX}ALLOW_PLAIN_HTTP=1"
            )
        if self.budget_dollars is not None and None in (self.input_price, self.output_price):
            raise ValueError(
                f"a budget in dollars needs {_PREFIX}INPUT_PRICE and {_PREFIX}OUTPUT_PRICE "
                "(US dollars a million tokens)"
            )
        return self

    @property
    def server(self) -> str:
        """Host, and port if told."""
        return urlsplit(self.base_url).netloc

    def cost(self, prompt: int, completion: int, batch: bool = False) -> Decimal | None:
        """US dollars of a number of tokens; None where no price is set."""
        if self.input_price is None or self.output_price is None:
            return None
        full = (self.input_price * prompt + self.output_price * completion) / 1_000_000
        return (full * self.batch_discount if batch else full).quantize(Decimal("1e-9"))


def settings_from_environment(**values: Any) -> LlmSettings | None:
    """The settings of the environment, with `values` on top; None where no model is named.

    A key alone asks nothing of anyone: it may be there for another program.

    Raises:
        LlmError: if a setting is wrong, or a server elsewhere has no key.
    """
    if not (values.get("model") or os.environ.get(f"{_PREFIX}MODEL")):
        return None
    try:
        settings = LlmSettings(**values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        name = ".".join(map(str, first["loc"])) or "base_url"
        problem = first["msg"].removeprefix("Value error, ")
        raise LlmError(f"setting of the language model, {name}: {problem}") from None
    local = _is_loopback(urlsplit(settings.base_url).hostname or "")
    if not (settings.api_key or settings.replay or local):
        raise LlmError(
            f"the language model {settings.model} has no key; set {_PREFIX}API_KEY "
            "(or OPENAI_API_KEY), or unset the model"
        )
    return settings


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
