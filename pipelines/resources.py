"""The one resource: the settings of the main job, with what the launchpad says on top."""

from dagster import ConfigurableResource
from pydantic import Field

from pipelines.settings import Settings, settings
from pipelines.stages import remembered

# Stages share the one working copy of the warehouse, so they take turns.
POOL = "warehouse_writer"


def _about(name: str) -> str | None:
    return Settings.model_fields[name].description


class Job(ConfigurableResource[Settings]):
    """What a run in Dagster may change: each field of Settings, in types that the launchpad has.

    What is left open is as the environment, the settings file and the home say.
    """

    home: str | None = Field(default=None, description=_about("home"))
    seed: int | None = Field(default=None, description=_about("seed"))
    sample: bool | None = Field(default=None, description=_about("sample"))
    fraction: float | None = Field(default=None, description=_about("fraction"))
    inputs: list[str] = Field(default=[], description=_about("inputs"))
    source: str | None = Field(default=None, description=_about("source"))
    licences: dict[str, str] = Field(default={}, description=_about("licences"))
    as_of: str | None = Field(default=None, description=_about("as_of"))
    wait: float | None = Field(default=None, description=_about("wait"))
    trust: dict[str, float] = Field(default={}, description=_about("trust"))
    match_threshold: float | None = Field(default=None, description=_about("match_threshold"))
    question_budget: int | None = Field(default=None, description=_about("question_budget"))
    full: bool | None = Field(default=None, description=_about("full"))
    device: str | None = Field(default=None, description=_about("device"))
    precision: float | None = Field(default=None, description=_about("precision"))
    languages: list[str] = Field(default=[], description=_about("languages"))
    kinds: list[str] = Field(default=[], description=_about("kinds"))
    variants: int | None = Field(default=None, description=_about("variants"))
    segment_minimum: int | None = Field(default=None, description=_about("segment_minimum"))
    details: list[str] = Field(default=[], description=_about("details"))
    rewrite_limit: int | None = Field(default=None, description=_about("rewrite_limit"))
    rewrite_forms: list[str] = Field(default=[], description=_about("rewrite_forms"))
    rewrite_persona: str | None = Field(default=None, description=_about("rewrite_persona"))
    rewrite_length: str | None = Field(default=None, description=_about("rewrite_length"))
    duplicate_threshold: float | None = Field(
        default=None, description=_about("duplicate_threshold")
    )
    meaning_threshold: float | None = Field(default=None, description=_about("meaning_threshold"))
    curation_stages: list[str] = Field(default=[], description=_about("curation_stages"))
    corpus_filters: list[str] = Field(default=[], description=_about("corpus_filters"))
    benchmarks: list[str] = Field(default=[], description=_about("benchmarks"))
    overlap_words: int | None = Field(default=None, description=_about("overlap_words"))
    corpus_formats: list[str] = Field(default=[], description=_about("corpus_formats"))
    mix: str | None = Field(default=None, description=_about("mix"))
    shard_documents: int | None = Field(default=None, description=_about("shard_documents"))
    efficacy_corpora: list[str] = Field(default=[], description=_about("efficacy_corpora"))
    efficacy_products: int | None = Field(default=None, description=_about("efficacy_products"))
    efficacy_tokens: int | None = Field(default=None, description=_about("efficacy_tokens"))
    efficacy_layers: int | None = Field(default=None, description=_about("efficacy_layers"))
    efficacy_width: int | None = Field(default=None, description=_about("efficacy_width"))
    efficacy_model: str | None = Field(default=None, description=_about("efficacy_model"))
    efficacy_device: str | None = Field(default=None, description=_about("efficacy_device"))
    edits_from: str | None = Field(default=None, description=_about("edits_from"))
    edits_to: str | None = Field(default=None, description=_about("edits_to"))
    edits_limit: int | None = Field(default=None, description=_about("edits_limit"))

    def settings(self) -> Settings:
        """The settings of this run."""
        given = {name: getattr(self, name) for name in Settings.model_fields}
        said = {name: value for name, value in given.items() if value not in (None, [], {})}
        return settings(remembered, **said)
