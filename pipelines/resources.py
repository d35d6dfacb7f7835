"""The one resource: the settings of the main job, with what the launchpad says on top."""

from datetime import datetime
from pathlib import Path
from typing import Any

from dagster import ConfigurableResource
from pydantic import Field

from pipelines.settings import Settings, settings
from pipelines.stages import remembered


class Job(ConfigurableResource[Settings]):
    """What a run in Dagster may change; all else is as the environment, the settings file and the
    home say."""

    home: str | None = Field(default=None, description="Folder of all that is made")
    sample: bool | None = Field(default=None, description="Load the embedded sample")
    fraction: float | None = Field(default=None, description="Share of the sample's households")
    inputs: list[str] = Field(default=[], description="Files to load")
    source: str | None = Field(default=None, description="Who states what is in the files to load")
    as_of: str | None = Field(default=None, description="From when the files are valid, ISO 8601")
    full: bool | None = Field(default=None, description="Train on every transaction")
    seed: int | None = Field(default=None, description="Seed of all that is drawn by chance")

    def settings(self) -> Settings:
        """The settings of this run."""
        values: dict[str, Any] = {
            name: getattr(self, name) for name in ("sample", "fraction", "source", "full", "seed")
        }
        return settings(
            remembered,
            home=Path(self.home) if self.home else None,
            inputs=tuple(map(Path, self.inputs)) or None,
            as_of=datetime.fromisoformat(self.as_of) if self.as_of else None,
            **values,
        )
