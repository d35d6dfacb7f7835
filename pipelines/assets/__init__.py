"""An asset for each table and file that a run makes. The assets of a stage are made together, by its one function."""

from collections.abc import Iterator
from dataclasses import dataclass

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from pipelines.assets.metadata import file_metadata, table_metadata
from pipelines.resources import Job
from pipelines.stages import STAGES, ensure
from warehouse.connection import reader

# Assets that write share the one working copy of the warehouse, so they take turns.
POOL = "warehouse_writer"


@dataclass(frozen=True)
class Table:
    """A table of the warehouse as an asset; `plot` is a query of labels and values to draw."""

    name: str
    plot: str | None = None

    @property
    def key(self) -> AssetKey:
        return AssetKey(self.name.split("."))


@dataclass(frozen=True)
class File:
    """A file or folder under the home as an asset."""

    name: str
    description: str

    @property
    def key(self) -> AssetKey:
        return AssetKey(self.name.split("/"))


Made = dict[str, tuple[Table | File, ...]]


def assets_of(made: Made, upstream: Made) -> list[AssetsDefinition]:
    """One definition a stage of `made`; the stages that it reads are in `made` or `upstream`."""
    everything = upstream | made
    return [_stage_assets(stage, outputs, everything) for stage, outputs in made.items()]


def _stage_assets(
    stage: str, outputs: tuple[Table | File, ...], everything: Made
) -> AssetsDefinition:
    deps = [output.key for read in STAGES[stage].reads for output in everything[read]]
    specs = [
        AssetSpec(
            output.key,
            deps=deps,
            group_name=STAGES[stage].house,
            description=output.description
            if isinstance(output, File)
            else STAGES[stage].description,
            kinds={"duckdb"} if isinstance(output, Table) else {"file"},
        )
        for output in outputs
    ]

    @multi_asset(name=stage, specs=specs, pool=POOL)
    def make(context: AssetExecutionContext, job: Job) -> Iterator[MaterializeResult]:
        settings = job.settings()
        outcome = ensure(
            settings, stage, lambda what, done, total: context.log.info(f"{what} ({done}/{total})")
        )
        with reader(settings.home) as connection:
            for output in outputs:
                if isinstance(output, Table):
                    metadata = table_metadata(connection, output.name, output.plot)
                else:
                    metadata = file_metadata(settings.home / output.name)
                yield MaterializeResult(
                    asset_key=output.key,
                    metadata={
                        **metadata,
                        "seconds": outcome.seconds,
                        "done before": not outcome.ran,
                    },
                )

    return make
