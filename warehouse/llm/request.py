"""What is asked and answered: a request of a house becomes a call, whose hash is what the server
would be sent, and the reply becomes an answer of the demanded type."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import openai
import pydantic

from warehouse.llm.prompts import FOLDER, Message, parts, render
from warehouse.llm.settings import LlmSettings

FORMS = ("json_schema", "json_object", "text")

_MOST_PROBLEMS = 5


@dataclass(frozen=True)
class Request:
    """One question. `purpose` says what the answer is for, `prompt` names a template with its
    version (`extract.v1`) or is the path of one of another house, `data` is what the template shows
    as data, `answer` is the type that the reply must have."""

    purpose: str
    prompt: str | Path
    data: Mapping[str, Any]
    answer: type[pydantic.BaseModel]


@dataclass(frozen=True)
class Answer:
    """What came of a request: a `value` of the demanded type, or the `problem` (refused, cut,
    never of that form, no reply). `cached` is true where nothing was sent for it."""

    value: pydantic.BaseModel | None
    problem: str | None
    cached: bool
    call_id: str


@dataclass(frozen=True)
class Call:
    """One exchange with a server, independent of how the server wants the form to be demanded."""

    purpose: str
    prompt: str
    version: str
    answer: str
    request: dict[str, Any]

    @cached_property
    def call_id(self) -> str:
        """Hash of the request."""
        text = json.dumps(self.request, sort_keys=True, ensure_ascii=False)
        return f"call:{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def body(self, form: str) -> dict[str, Any]:
        """What is sent, with the form of the answer demanded in one of FORMS."""
        asked = self.request
        messages, schema = asked["messages"], asked["schema"]
        body: dict[str, Any] = {
            "model": asked["model"],
            "messages": messages,
            "max_completion_tokens": asked["max_output_tokens"],
        }
        body |= {name: asked[name] for name in ("temperature", "seed") if asked[name] is not None}
        if form == "json_schema":
            wanted = {"name": self.answer, "schema": schema, "strict": True}
            return body | {"response_format": {"type": form, "json_schema": wanted}}
        told = (FOLDER / "form.txt").read_text(encoding="utf-8").strip()
        told = told.replace("SCHEMA", json.dumps(schema, ensure_ascii=False))
        first = {**messages[0], "content": f"{messages[0]['content']}\n\n{told}"}
        body["messages"] = [first, *messages[1:]]
        return body | {"response_format": {"type": form}} if form == "json_object" else body

    def repaired(self, reply: str, problems: tuple[str, ...]) -> "Call":
        """The call that shows a reply that does not fit, and asks once more."""
        user = render("repair.v1", {"problems": list(problems)})[1]
        said = {"role": "assistant", "content": reply}
        messages: list[Message] = [*self.request["messages"], said, user]
        return replace(self, request={**self.request, "messages": messages})


def call(request: Request, settings: LlmSettings) -> Call:
    """The call of a request.

    Raises:
        LlmError: if its prompt does not exist or wants other data.
    """
    name, version = parts(request.prompt)
    # The strict schema that the protocol wants: every property required, no others allowed.
    function: Any = openai.pydantic_function_tool(request.answer)["function"]
    return Call(
        request.purpose,
        name,
        version,
        request.answer.__name__,
        {
            "model": settings.model,
            "messages": render(request.prompt, request.data),
            "schema": function["parameters"],
            "temperature": settings.temperature,
            "seed": settings.seed,
            "max_output_tokens": settings.max_output_tokens,
        },
    )


def estimate(request: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens that one attempt may take, rather too many: a token for three bytes of text and
    schema and a few for each message; and the longest answer."""
    messages = request["messages"]
    text = json.dumps([messages, request["schema"]], ensure_ascii=False)
    return len(text.encode()) // 3 + 8 * len(messages), int(request["max_output_tokens"])


def read(
    text: str, answer: type[pydantic.BaseModel]
) -> tuple[pydantic.BaseModel | None, tuple[str, ...]]:
    """The reply as the demanded type, or why it is not one."""
    try:
        return answer.model_validate_json(_bare(text)), ()
    except pydantic.ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return None, tuple(
            f"{'.'.join(map(str, one['loc'])) or 'the reply'}: {one['msg']}"
            for one in found[:_MOST_PROBLEMS]
        )


def _bare(text: str) -> str:
    """The reply without the code fence that some models put around JSON."""
    lines = text.strip().split("\n")
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1])
    return text
