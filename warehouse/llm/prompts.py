"""Prompt templates: files `warehouse/prompts/NAME.vN.j2` with a block `system` and a block `user`.

A template prints only its own words: whatever it is given comes out fenced as data. A template that
is in use is never changed; a better one is a new version.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from warehouse.llm.errors import LlmError
from warehouse.llm.fence import fence_name, fenced

FOLDER = Path(__file__).parents[1] / "prompts"

Message = dict[str, str]

_FENCE = "_fence"
_NAME = re.compile(r"(?P<name>[a-z][a-z0-9_]*)\.(?P<version>v[1-9][0-9]*)")


def parts(prompt: str | Path) -> tuple[str, str]:
    """Name and version of a prompt: `extract.v1`, or the path of a template of another house.

    Raises:
        LlmError: if there is no such prompt.
    """
    found = _NAME.fullmatch(_file(prompt).stem)
    if not found or not _file(prompt).is_file():
        folder = _file(prompt).parent
        known = ", ".join(sorted(path.stem for path in folder.glob("*.v*.j2"))) or "none"
        raise LlmError(f"no prompt {str(prompt)!r}; in {folder.name}/ there are: {known}")
    return found["name"], found["version"]


def render(prompt: str | Path, data: Mapping[str, Any]) -> list[Message]:
    """The messages of a prompt, with every value of `data` fenced.

    Raises:
        LlmError: if there is no such prompt, or it wants a value that `data` does not have.
    """
    parts(prompt)
    name = fence_name(data)
    try:
        template = _template(_file(prompt))
        context = template.new_context({**data, _FENCE: name})
        system, user = ("".join(template.blocks[role](context)) for role in ("system", "user"))
    except (jinja2.TemplateError, KeyError) as error:
        raise LlmError(f"prompt {prompt}: {error}; correct the template or its data") from error
    return [
        {"role": "system", "content": f"{system.strip()}\n\n{_about_data(name)}"},
        {"role": "user", "content": user.strip()},
    ]


def _file(prompt: str | Path) -> Path:
    return prompt if isinstance(prompt, Path) else FOLDER / f"{prompt}.j2"


def _about_data(name: str) -> str:
    """What the model is told of the fence."""
    return (FOLDER / "fence.txt").read_text(encoding="utf-8").strip().replace("FENCE", name)


@cache
def _template(path: Path) -> jinja2.Template:
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        finalize=_printed,
    )
    return environment.from_string(path.read_text(encoding="utf-8"))


@jinja2.pass_context
def _printed(context: jinja2.runtime.Context, value: Any) -> str:
    """What `{{ value }}` writes: a number as it stands, all else fenced."""
    if isinstance(value, bool | int | float):
        return str(value)
    return fenced(value, context[_FENCE])
