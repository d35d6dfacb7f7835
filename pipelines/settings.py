"""Settings of the main job, typed: from the command line, the environment (WAREWORD_…) or a YAML
file, in that order."""

from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from warehouse.errors import WarewordError

FILE_NAME = "wareword.yaml"


class SettingsError(WarewordError):
    """A setting has a value that it cannot have."""


class Settings(BaseSettings):
    """Everything that a run can be told. `home` holds all that a run makes."""

    model_config = SettingsConfigDict(
        env_prefix="WAREWORD_", env_nested_delimiter="__", yaml_file=FILE_NAME, extra="forbid"
    )

    home: Path = Field(Path("workspace"), description="Folder that holds all that a run makes")
    seed: int = Field(0, description="Seed of all that is drawn by chance")
    sample: bool = Field(False, description="Load the embedded sample")
    fraction: float = Field(1.0, gt=0, le=1, description="Share of the sample's households")
    inputs: tuple[Path, ...] = Field((), description="Files to load")
    source: str = Field("shop", description="Who states what is in the files to load")
    as_of: datetime | None = Field(None, description="From when the files to load are valid")
    full: bool = Field(False, description="Train on every transaction, for as long as it takes")
    device: str = Field("cpu", description="Where to train: cpu or cuda")
    language: str = Field("en", description="Language of the documents")
    duplicate_threshold: float = Field(
        0.9, gt=0, le=1, description="Jaccard similarity from which documents are duplicates"
    )
    corpus_formats: tuple[str, ...] = Field(("dolma", "hf"), description="Formats to export")
    shard_documents: int = Field(50_000, gt=0, description="Documents a shard")
    edits_from: datetime | None = Field(
        None,
        description="Earlier of the two times that edits compare; default: four weeks before the later one",
    )
    edits_to: datetime | None = Field(
        None, description="Later of the two times; default: when the newest fact began"
    )
    edits_limit: int = Field(1_000, gt=0, description="Most edit requests to write")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls)


def settings(**values: Any) -> Settings:
    """The settings with `values` on top; values that are None are left to the environment and the
    file.

    Raises:
        SettingsError: naming the first setting that is wrong, and what it can be.
    """
    try:
        return Settings(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise SettingsError(
            f"setting {name}: {first['msg']} (got {first.get('input')!r}); "
            f"correct it on the command line, in WAREWORD_{name.upper()} or in {FILE_NAME}"
        ) from error
