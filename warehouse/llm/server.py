"""One attempt to get a reply from a server, and what is to be done where there is none. Retries are
the caller's; nothing that leaves this file holds the key."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

import openai

from warehouse.llm.errors import LlmError
from warehouse.llm.pace import Clock, retry_after
from warehouse.llm.request import Call
from warehouse.llm.settings import LlmSettings

_UNCONNECTED = {"ConnectError", "ConnectTimeout", "PoolTimeout"}
_LONGEST_MESSAGE = 300
_SHORTEST_SECRET = 12
# No reply has more; what tells of more does not count.
_MOST_TOKENS = 1_000_000_000


@dataclass(frozen=True)
class Reply:
    """What a model said: the response of the server, whole, and what it means. Tokens are None
    where the server does not count."""

    status: Literal["answered", "refused", "cut"]
    problem: str | None
    response: dict[str, Any]
    prompt_tokens: int | None
    completion_tokens: int | None


@dataclass(frozen=True)
class Trouble:
    """Why an attempt brought no reply, and what helps: to `retry`, to demand the `form` of the
    answer otherwise, or nothing (`stop`). `lost` is true where the server may have answered, and
    charge for it. A server with too much to do asks everyone for patience, for so many seconds if
    it says so."""

    remedy: Literal["retry", "form", "stop"]
    message: str
    lost: bool = False
    everyone: bool = False
    retry_after: float | None = None


class Server:
    """An OpenAI-compatible server, reached with the key of the settings."""

    def __init__(self, settings: LlmSettings, clock: Clock) -> None:
        key = settings.api_key.get_secret_value() if settings.api_key else ""
        # A short word, as servers on this machine take it, is no secret, and may stand in answers.
        self._secret = key if len(key) >= _SHORTEST_SECRET else ""
        self._clock = clock
        self.api = openai.OpenAI(
            api_key=key or "none",
            base_url=settings.base_url,
            timeout=settings.timeout,
            max_retries=0,
        )

    def send(self, call: Call, form: str) -> Reply | Trouble:
        """Sends a call once."""
        create: Any = self.api.chat.completions.create
        try:
            return self.reply(create(**call.body(form)).to_dict(warnings=False))
        except openai.APIStatusError as error:
            return self._told(error)
        except openai.APITimeoutError as error:
            return Trouble("retry", "no reply in time", lost=not _unconnected(error))
        except openai.APIConnectionError as error:
            if _unconnected(error):
                return Trouble("retry", f"no connection: {self.clean(str(error.__cause__))}")
            return Trouble("retry", "the connection was cut", lost=True)
        except (ValueError, AttributeError, TypeError, RecursionError, openai.OpenAIError):
            return Trouble("retry", "the response is no JSON of the protocol", lost=True)

    def reply(self, response: dict[str, Any]) -> Reply:
        """A response of the protocol as a reply.

        Raises:
            ValueError: if it is not one.
        """
        # Half a surrogate pair, which JSON can escape, is no text that can be kept.
        text = json.dumps(response, ensure_ascii=False).encode("utf-8", "replace").decode()
        response = json.loads(text.replace(self._secret, "***") if self._secret else text)
        try:
            choice = response["choices"][0]
            message, end = choice["message"], choice.get("finish_reason")
            usage = response.get("usage") or {}
            tokens = [_count(usage.get(f"{what}_tokens")) for what in ("prompt", "completion")]
            refusal, content = message.get("refusal"), message.get("content")
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            raise ValueError("no response of the protocol") from error
        if refusal or end == "content_filter":
            said = self.clean(str(refusal or "its content filter"))
            return Reply("refused", f"the model refused: {said}", response, tokens[0], tokens[1])
        if end == "length":
            problem = "the answer was cut; raise WAREWORD_LLM_MAX_OUTPUT_TOKENS"
            return Reply("cut", problem, response, tokens[0], tokens[1])
        if not isinstance(content, str):
            raise ValueError("the response holds no text")
        return Reply("answered", None, response, tokens[0], tokens[1])

    def clean(self, text: str) -> str:
        """A message of the server without the key, should it send it back, whole or in part."""
        text = text.replace(self._secret, "***") if self._secret else text
        return re.sub(r"\bsk-[A-Za-z0-9_*-]{8,}", "***", text)[:_LONGEST_MESSAGE]

    def models(self) -> list[str]:
        """Names of the models that the server has; it costs nothing.

        Raises:
            LlmError: if it does not say.
        """
        try:
            return sorted(model.id for model in self.api.models.list())
        except (openai.OpenAIError, ValueError, AttributeError) as error:
            # The error itself may hold the key, so it is told, not chained.
            raise LlmError(
                f"{self.api.base_url} does not answer: {self.clean(str(error))}"
            ) from None

    def _told(self, error: openai.APIStatusError) -> Trouble:
        """What an error status of HTTP means."""
        status, code = error.status_code, error.code
        message = f"HTTP {status}: {self.clean(str(error.message))}"
        wait = retry_after(error.response.headers.get("retry-after"), self._clock.now())
        if status in (400, 422):
            return Trouble("form", message)
        if status == 429 and code != "insufficient_quota":
            return Trouble("retry", message, everyone=True, retry_after=wait)
        if status in (408, 409) or status >= 500:
            return Trouble("retry", message, retry_after=wait)
        return Trouble("stop", message)


def _count(value: Any) -> int | None:
    """A number of tokens; None where the server does not tell it."""
    return int(value) if isinstance(value, int | float) and 0 <= value <= _MOST_TOKENS else None


def _unconnected(error: openai.APIConnectionError) -> bool:
    """Whether the request never reached the server. The names are those of the HTTP library below,
    which may be one of two."""
    return type(error.__cause__).__name__ in _UNCONNECTED
