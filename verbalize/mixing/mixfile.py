"""A mix file (YAML or TOML): which sources a corpus is mixed of, how much of each, in which phases.

    tokens: 2_000_000
    sources:
      catalog: {kinds: [product, category], weight: 2, epochs: 4}
      web: {files: [general/*.jsonl.zst], weight: 1}

A source without `files` is of the warehouse's own documents. Paths are relative to the mix file.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    StringConstraints,
    ValidationError,
    model_validator,
)

from verbalize.curation.tokens import TIKTOKEN
from verbalize.errors import VerbalizeError

PRESETS = Path(__file__).parent / "presets"
_MOST_BYTES = 1 << 20

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$")]
Text = Annotated[str, StringConstraints(min_length=1)]


class MixError(VerbalizeError):
    """A mix file cannot be read, or says what cannot be done."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MixSource(_Part):
    """A source: documents of the warehouse, or of files.

    Of `weight` (parts of the whole) and `tokens` (a budget) one at most is given; where no source
    has either, the sizes of the sources and the temperature decide. `epochs` is how often a
    document may occur.
    """

    files: tuple[str, ...] = ()
    text: Text = "text"
    separator: Text = "\n\n"
    licence: Text | None = None
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    join: Annotated[str, StringConstraints(pattern="^subject$")] | None = None
    weight: float | None = Field(default=None, gt=0, le=1e9)
    tokens: PositiveInt | None = None
    epochs: float = Field(default=1, gt=0, le=1000)

    @model_validator(mode="after")
    def _one_way(self) -> "MixSource":
        if self.weight is not None and self.tokens is not None:
            raise ValueError("give a weight or a budget of tokens, not both")
        own = [name for name in ("kinds", "languages", "join") if getattr(self, name)]
        if self.files and own:
            raise ValueError(f"{own[0]} is of the warehouse's own documents, not of files")
        return self


class MixPhase(_Part):
    """A part of the corpus, one after another: its share of all tokens, and the weights in it."""

    share: float = Field(gt=0)
    weights: dict[Name, Annotated[float, Field(ge=0, le=1e9)]]

    @model_validator(mode="after")
    def _some(self) -> "MixPhase":
        if not any(self.weights.values()):
            raise ValueError("give at least one source a weight above 0")
        return self


class Mix(_Part):
    """What a mix file says. `folder` is where its paths begin."""

    folder: Path
    preset: str | None = None
    tokens: PositiveInt | None = None
    temperature: float | None = Field(default=None, gt=0)
    tokenizer: Text | None = None
    sources: dict[Name, MixSource] = Field(min_length=1)
    phases: tuple[MixPhase, ...] = ()

    @property
    def tokenizer_name(self) -> str | None:
        """The tokenizer as `open_tokenizer` takes it: a file of the mix file's folder, or
        tiktoken's."""
        if self.tokenizer is None:
            return None
        encoding, _, file = self.tokenizer.rpartition("=")
        if encoding.startswith(TIKTOKEN):
            return f"{encoding}={self.folder / file}"
        return self.tokenizer if file.startswith(TIKTOKEN) else str(self.folder / self.tokenizer)

    @model_validator(mode="after")
    def _consistent(self) -> "Mix":
        ways = {
            "weight": [name for name, one in self.sources.items() if one.weight is not None],
            "tokens": [name for name, one in self.sources.items() if one.tokens is not None],
        }
        for way, names in ways.items():
            if names and self.phases:
                raise ValueError(f"the phases give weights; take {way} from sources.{names[0]}")
            if names and self.temperature is not None and way == "weight":
                raise ValueError(
                    f"the temperature makes the weights; take weight from sources.{names[0]}"
                )
        without = [name for name in self.sources if name not in ways["weight"] + ways["tokens"]]
        if ways["weight"] and without:
            raise ValueError(f"sources.{without[0]} has no weight; give one to each, or to none")
        if self.phases and self.temperature is not None:
            raise ValueError("the phases give weights; take away temperature")
        for place, phase in enumerate(self.phases):
            for name in phase.weights:
                if name not in self.sources:
                    raise ValueError(
                        f"phases.{place}.weights: no source {name!r}; there are: "
                        f"{', '.join(self.sources)}"
                    )
        return self


def read_mix(path: Path) -> Mix:
    """What the file says, over its preset where it names one.

    Raises:
        MixError: naming the file, the field, and what it can be.
    """
    said = _stored(path)
    preset = said.get("preset")
    if preset is not None:
        said = _over(_preset(path, preset), said)
    try:
        return Mix.model_validate({**said, "folder": path.parent})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole"
        why = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            parts: dict[object, type[BaseModel]] = {"sources": MixSource, "phases": MixPhase}
            known = parts.get(first["loc"][0], Mix)
            names = sorted(set(known.model_fields) - {"folder"})
            why = f"there is no such field; there are: {', '.join(names)}"
        raise MixError(f"{path}: {field}: {why}; correct it in the file") from error


def every_document() -> Mix:
    """Each document of the warehouse, once: what is mixed where there is no mix file."""
    return Mix(folder=Path(), sources={"documents": MixSource()})


def presets() -> list[str]:
    """The names of the presets."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def _preset(path: Path, name: object) -> dict[str, Any]:
    if name not in presets():
        raise MixError(f"{path}: preset: no preset {name!r}; there are: {', '.join(presets())}")
    return _stored(PRESETS / f"{name}.yaml")


def _over(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """`upper` laid over `lower`, member by member."""
    merged = dict(lower)
    for name, value in upper.items():
        below = merged.get(name)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[name] = _over(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _stored(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise MixError(f"{path}: too long for a mix file; give one as docs/mixing.md shows")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MixError(f"{path}: {error.strerror}; give the path of a mix file") from error
    except UnicodeDecodeError as error:
        raise MixError(f"{path}: cannot be read ({error}); save it as UTF-8") from error
    try:
        found = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise MixError(f"{path}: no {_form(path)} ({error}); correct it") from error
    if not isinstance(found, dict):
        raise MixError(f"{path}: holds no fields; write lines such as tokens: 1_000_000")
    return found


def _form(path: Path) -> str:
    return "TOML" if path.suffix == ".toml" else "YAML"
