r"""Data in a prompt, so that a model can tell it from instructions.

Every value stands as JSON between two marks whose name is a hash of all data of the request: a text
cannot hold its own hash, so none can close its fence. JSON keeps a text on one line (no line of it
can pose as a heading or a role), and what a tokenizer may take for a control token is written as
\u escapes: for a reader of JSON nothing has changed.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import pydantic

_CONTROL = re.compile(
    r"""
    < (?= \s*/?\s* (?: data- | s> | \|                          # fences, <s>, <|im_start|>
        | <?/?SYS | (?:start|end)_of_turn                       # Llama 2, Gemma
        | (?:system|user|assistant|developer|tool|instructions?|think)\b ) )
    | \[ (?= /? (?: INST | SYS | SYSTEM_PROMPT | AVAILABLE_TOOLS | TOOL_CALLS ) \b )  # Mistral
    """,
    re.IGNORECASE | re.VERBOSE,
)


def fence_name(data: Mapping[str, Any]) -> str:
    """Name of the fence around each value of `data`."""
    return f"data-{hashlib.sha256(_json(data).encode()).hexdigest()[:16]}"


def fenced(value: Any, name: str) -> str:
    """One value between its marks."""
    text = _CONTROL.sub(lambda found: _escape(found[0]), _json(value))
    # Neither a control character nor a mark that hides or turns text stands as it is.
    shown = "".join(letter if letter.isprintable() else _escape(letter) for letter in text)
    return f"<{name}>{shown}</{name}>"


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    # A lone surrogate cannot be sent as UTF-8.
    return "".join(_escape(c) if "\ud800" <= c <= "\udfff" else c for c in text)


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    return value.model_dump(mode="json") if isinstance(value, pydantic.BaseModel) else str(value)


def _escape(letter: str) -> str:
    return json.dumps(letter)[1:-1] if ord(letter) > 127 else f"\\u{ord(letter):04x}"
