"""An asset for each table and file that a run makes; those of a stage are made together, by its one
call. Nothing is computed here: what stands on an asset is read from what the stage published."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from pipelines.assets.documents import tell_parts
from pipelines.assets.metadata import column_schema, file_metadata, table_metadata
from pipelines.resources import POOL, Job
from pipelines.stages import STAGES, ensure
from warehouse.connection import memory, reader


@dataclass(frozen=True)
class Table:
    """A table of the warehouse as an asset; `plot` is a query of labels and values to draw."""

    name: str
    plot: str | None = None

    @property
    def key(self) -> AssetKey:
        return AssetKey(self.name.split("."))

    @property
    def description(self) -> str:
        return _comments()[self.name]

    @property
    def kind(self) -> str:
        return "duckdb"


@dataclass(frozen=True)
class File:
    """A file or folder under the home as an asset."""

    name: str
    description: str

    @property
    def key(self) -> AssetKey:
        return AssetKey(self.name.split("/"))

    @property
    def kind(self) -> str:
        return "file"


Made = Mapping[str, tuple[Table | File, ...]]


def assets_of(made: Made) -> list[AssetsDefinition]:
    """One definition a stage; `made` says what each stage makes."""
    return [_stage_assets(stage, made) for stage in made]


def _stage_assets(stage: str, made: Made) -> AssetsDefinition:
    outputs = made[stage]
    deps = [output.key for read in STAGES[stage].reads for output in made[read]]
    specs = [
        AssetSpec(
            output.key,
            deps=deps,
            group_name=STAGES[stage].house,
            description=output.description,
            kinds={output.kind},
            metadata=column_schema(output.name) if isinstance(output, Table) else {},
        )
        for output in outputs
    ]

    @multi_asset(name=stage, specs=specs, pool=POOL, description=STAGES[stage].description)
    def make(context: AssetExecutionContext, job: Job) -> Iterator[MaterializeResult]:
        settings = job.settings()
        outcome = ensure(
            settings, stage, lambda what, done, total: context.log.info(f"{what} ({done}/{total})")
        )
        told = {"seconds": outcome.seconds, "done before": not outcome.ran}
        with reader(settings.home) as connection:
            for output in outputs:
                if isinstance(output, Table):
                    metadata = table_metadata(connection, output.name, output.plot)
                else:
                    metadata = file_metadata(settings.home / output.name)
                yield MaterializeResult(asset_key=output.key, metadata={**metadata, **told})
            if stage == "render":
                tell_parts(connection, context.log_event)

    return make


@cache
def _comments() -> dict[str, str]:
    """What the schema says of each table."""
    with memory() as connection:
        return dict(
            connection.execute(
                "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables()"
            ).fetchall()
        )
