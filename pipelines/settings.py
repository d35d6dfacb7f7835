"""Settings of the main job, typed: from the command line, the environment (WAREWORD_…) or a YAML
file, in that order, and else as what lies in the home was made."""

from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from warehouse.errors import WarewordError

FILE_NAME = "wareword.yaml"


class SettingsError(WarewordError):
    """A setting has a value that it cannot have."""


class Settings(BaseSettings):
    """Everything that a run can be told. `home` holds all that a run makes."""

    model_config = SettingsConfigDict(
        env_prefix="WAREWORD_", extra="forbid", validate_default=False
    )

    home: Path = Field(Path("workspace"), description="Folder that holds all that a run makes")
    seed: int = Field(0, description="Seed of all that is drawn by chance")
    sample: bool = Field(False, description="Load the embedded sample")
    fraction: float = Field(1.0, gt=0, le=1, description="Share of the sample's households")
    inputs: tuple[Path, ...] = Field((), description="Files to load")
    source: str = Field("shop", description="Who states what is in the files to load")
    licences: dict[str, str] = Field(
        {}, description="Licences of sources by SPDX name or in words, such as shop: CC-BY-4.0"
    )
    as_of: datetime | None = Field(None, description="From when the files to load are valid")
    wait: float = Field(60, ge=0, description="Seconds to wait for another process that is writing")
    trust: dict[str, float] = Field(
        {}, description="How far sources are trusted where they differ, such as east: 2; default: 1"
    )
    match_threshold: float = Field(
        0.5, gt=0, le=1, description="Probability from which two products are one"
    )
    question_budget: int = Field(
        0, ge=0, description="Most questions about products that a run asks a language model"
    )
    full: bool = Field(False, description="Train on every transaction, for as long as it takes")
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where to train: cpu or cuda")
    precision: float = Field(
        0.9, gt=0, le=1, description="Precision on validation from which predictions become facts"
    )
    languages: tuple[str, ...] = Field(
        ("en",), min_length=1, description="Languages of the documents"
    )
    rewrite_limit: int = Field(
        0, ge=0, description="Most documents that a run has rewritten by a language model, a form"
    )
    rewrite_forms: tuple[Literal["paraphrase", "description"], ...] = Field(
        ("paraphrase",), description="What documents are rewritten to: paraphrase, description"
    )
    rewrite_persona: str = Field(
        "anybody who looks for such a product", description="Reader for whom descriptions are"
    )
    rewrite_length: Literal["short", "medium", "long"] = Field(
        "medium", description="Length of descriptions: about 40, 80 or 160 words"
    )
    kinds: tuple[str, ...] = Field(
        (), description="Kinds of documents to write, usual or all; default: usual"
    )
    variants: int = Field(
        1, ge=1, le=100, description="Most documents of a kind and subject, each in other words"
    )
    segment_minimum: int = Field(
        20,
        ge=20,
        description="Fewest members of a group of households of which a document may speak "
        "(default: 20); what follows from baskets always has 20 households behind it",
    )
    details: tuple[str, ...] = Field(
        (),
        description="Columns without a place that product documents tell, such as shop:care or "
        "shop:*; default: none",
    )
    duplicate_threshold: float = Field(
        0.9, gt=0, le=1, description="Jaccard similarity from which documents are duplicates"
    )
    meaning_threshold: float = Field(
        0.97, gt=0, le=1, description="Cosine from which documents mean the same"
    )
    curation_stages: tuple[str, ...] = Field(
        (), description="Stages of curation to run; default: all but meaning, which is slow"
    )
    corpus_filters: tuple[str, ...] = Field(
        ("toxic_words > 0", "instructions > 0"),
        description="What leaves a document out, such as: words < 3",
    )
    benchmarks: tuple[Path, ...] = Field(
        (), description="Files of evaluation items that no document may give away"
    )
    overlap_words: int = Field(
        8, gt=0, description="Words in sequence that a document may not share with a benchmark"
    )
    corpus_formats: tuple[str, ...] = Field(("dolma", "hf"), description="Formats to export")
    mix: Path | None = Field(
        None, description="Mix file that the corpus follows; default: each document once"
    )
    shard_documents: int = Field(50_000, gt=0, description="Documents a shard")
    efficacy_corpora: tuple[str, ...] = Field(
        ("documents", "key-value", "json", "one-template"),
        description="Corpora to compare by what they teach, such as documents+25",
    )
    efficacy_products: int = Field(48, ge=8, description="Products that the corpora tell")
    efficacy_tokens: int = Field(2_000_000, ge=1_000, description="Tokens to read of each corpus")
    efficacy_layers: int = Field(2, ge=1, description="Layers of the model that learns")
    efficacy_width: int = Field(64, ge=4, description="Its width, which 4 divides")
    efficacy_model: str | None = Field(
        None, description="Name or folder of a model of transformers that learns instead"
    )
    efficacy_device: Literal["cpu", "cuda"] = Field(
        "cpu", description="Where it learns and is asked: cpu or cuda"
    )
    edits_from: datetime | None = Field(
        None,
        description="Earlier time that edits compare; default: four weeks before the later",
    )
    edits_to: datetime | None = Field(
        None, description="Later of the two times; default: when the newest fact began"
    )
    edits_limit: int = Field(1_000, gt=0, description="Most edit requests to write")

    @field_validator("languages")
    @classmethod
    def _known_languages(cls, chosen: tuple[str, ...]) -> tuple[str, ...]:
        from verbalize.tables import languages

        for language in chosen:
            if language not in languages():
                there = ", ".join(languages())
                raise ValueError(f"no templates in {language!r}; there are: {there}")
        return chosen

    @field_validator("curation_stages")
    @classmethod
    def _known_stages(cls, stages: tuple[str, ...]) -> tuple[str, ...]:
        from verbalize.curation.stage import NAMES

        for name in stages:
            if name not in NAMES:
                raise ValueError(f"no stage of curation {name!r}; there are: {', '.join(NAMES)}")
        return stages

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        from verbalize.phrasing import KINDS, SETS

        known = (*SETS, *KINDS)
        for name in kinds:
            if name not in known:
                raise ValueError(f"no kind of document {name!r}; there are: {', '.join(known)}")
        return kinds

    @field_validator("corpus_formats")
    @classmethod
    def _known_formats(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        from verbalize.export import FORMATS

        for name in formats:
            if name not in FORMATS:
                raise ValueError(f"no corpus format {name!r}; there are: {', '.join(FORMATS)}")
        return formats

    @field_validator("efficacy_corpora")
    @classmethod
    def _known_corpora(cls, corpora: tuple[str, ...]) -> tuple[str, ...]:
        from verbalize.efficacy.corpora import parts
        from verbalize.errors import EfficacyError

        try:
            for name in corpora:
                parts(name)
        except EfficacyError as error:
            raise ValueError(str(error)) from error
        return corpora


def settings(beneath: Callable[[Path], Mapping[str, Any]] | None = None, **values: Any) -> Settings:
    """The settings with `values` on top; values that are None are left to the environment, then to
    `wareword.yaml` of the current folder, then to that of the home, then to what `beneath` tells of
    the home, then to the defaults.

    Raises:
        SettingsError: naming the first setting that is wrong, and what it can be.
    """
    given = {name: value for name, value in values.items() if value is not None}
    here = _stored(Path(FILE_NAME))
    _check_names(here, Path(FILE_NAME))
    try:
        said = Settings(**given)
        known = "home" in said.model_fields_set
        home = said.home if known else Path(here.get("home", said.home))
        there = _stored(home / FILE_NAME)
        _check_names(there, home / FILE_NAME)
        lower = {**(beneath(home) if beneath else {}), **there, **here}
        unsaid = {name: lower[name] for name in lower if name not in said.model_fields_set}
        return Settings(**unsaid, **given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        # What a validator of ours says names the value.
        reason = first["msg"].removeprefix("Value error, ")
        got = f" (got {first.get('input')!r})" if reason == first["msg"] else ""
        raise SettingsError(
            f"setting {name}: {reason}{got}; "
            f"correct it on the command line, in WAREWORD_{name.upper()} or in {FILE_NAME}"
        ) from error


def _check_names(said: dict[str, Any], path: Path) -> None:
    """Names in a file of settings that are none are told with the nearest ones."""
    for name in said:
        if name not in Settings.model_fields:
            near = get_close_matches(str(name), Settings.model_fields, n=1, cutoff=0.6)
            there = (
                f"is it {near[0]}?" if near else f"there are: {', '.join(Settings.model_fields)}"
            )
            raise SettingsError(f"{path}: no setting {name!r}; {there}")


def _stored(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is no YAML: {error}; correct or remove it") from error
    if not isinstance(found, dict):
        raise SettingsError(f"{path} holds no settings; write lines such as seed: 7")
    return found
