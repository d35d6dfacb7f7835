"""What each stage calls: one public function of a house, with the settings that it takes."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.memory import give_back_freed_memory
from pipelines.settings import Settings
from warehouse.connection import first_row
from warehouse.errors import WarewordError

if TYPE_CHECKING:
    from pipelines.stages import Progress
    from verbalize.mixing import Mixture

# Houses are imported where they are called: PyTorch alone takes seconds, and most commands need
# none of it.


def load(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from warehouse.contracts import kept_contracts
    from warehouse.load import load as load_path

    contracts = kept_contracts(settings.home, settings.source) if settings.inputs else []
    reports = []
    if settings.sample:
        reports += load_path(connection, "sample", fraction=settings.fraction, progress=progress)
    for path in settings.inputs:
        reports += load_path(
            connection,
            path,
            source=settings.source,
            licence=settings.licences.get(settings.source),
            as_of=settings.as_of,
            contracts=contracts,
            progress=progress,
        )
    return {"loads": [asdict(report) for report in reports]}


def facts(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from warehouse.facts import derive

    return {"facts": derive(connection, progress=progress)}


def extract(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from warehouse.extraction.catalog import extract as extract_all

    return extract_all(connection, precision=settings.precision, progress=progress)


def resolve(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from warehouse.resolution.publishing import PublishSettings
    from warehouse.resolution.resolving import resolve as resolve_all

    chosen = PublishSettings(threshold=settings.match_threshold, trust=settings.trust)
    return resolve_all(connection, chosen, questions=settings.question_budget, progress=progress)


def build(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from graph.build import build as build_graph
    from graph.build import summarise

    return dict(summarise(connection, build_graph(connection)))


def attributes(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from graph.attributes import AttributeSettings, train_attributes

    chosen = AttributeSettings(
        seed=settings.seed,
        device=settings.device,
        share_for_brand=1.0 if settings.full else AttributeSettings.share_for_brand,
    )
    return train_attributes(connection, settings.home / "models", chosen, progress=progress)


def links(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from graph.links import train_links
    from graph.mixing import LinkSettings

    chosen = LinkSettings(
        seed=settings.seed,
        device=settings.device,
        windows=None if settings.full else LinkSettings.windows,
        cases=None if settings.full else LinkSettings.cases,
        positives=None if settings.full else LinkSettings.positives,
    )
    return train_links(connection, settings.home / "models", chosen, progress=progress)


def predict(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from graph.prediction import predict as predict_all

    return predict_all(
        connection, settings.home / "models", precision=settings.precision, progress=progress
    )


def kinds_of(settings: Settings) -> tuple[str, ...]:
    """The kinds of documents that the settings name."""
    from verbalize.phrasing import kinds_meant

    return kinds_meant(settings.kinds)


def render(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    progress: "Progress",
    *,
    keep_others: bool = False,
) -> dict[str, Any]:
    """Documents of the kinds and languages of the settings; others are kept only if that is
    said."""
    give_back_freed_memory()
    from verbalize.phrasing import kinds_of as written_in
    from verbalize.render import never_said
    from verbalize.render import render as render_all

    wanted = kinds_of(settings)
    before = _documents_by_language(connection)
    found = render_all(
        connection,
        seed=settings.seed,
        languages=settings.languages,
        kinds=wanted,
        variants=settings.variants,
        segment_minimum=settings.segment_minimum,
        details=settings.details,
        keep_others=keep_others,
        progress=progress,
    )
    lacking = {
        language: [kind for kind in wanted if kind not in written_in(language)]
        for language in settings.languages
    }
    notes = never_said(settings.languages, wanted)
    notes += [
        f"{language} has no templates of {', '.join(kinds)}; see docs/languages.md"
        for language, kinds in lacking.items()
        if kinds
    ]
    after = _documents_by_language(connection)
    notes += [
        f"{count:,} documents in {language} are gone, which is not among the languages to write "
        f"({', '.join(settings.languages)}); to have them too, set languages in wareword.yaml or "
        "give --language"
        for language, count in before.items()
        if language not in after and language not in settings.languages
    ]
    return {**found, "notes": notes}


def _documents_by_language(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return dict(
        connection.execute(
            "SELECT language, count(*) FROM text.document GROUP BY language ORDER BY language"
        ).fetchall()
    )


def rewrite(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from verbalize.rewriting import Wish, remove
    from verbalize.rewriting import rewrite as rewrite_all

    remove(connection)
    if not settings.rewrite_limit:
        return {"skipped": "nothing is to be rewritten; see: wareword rewrite --help"}
    from warehouse.llm import needed_client

    client = needed_client(connection, "turn rewriting off: wareword rewrite --limit 0")
    rewritten = {
        f"{form} ({language})": rewrite_all(
            connection,
            client,
            Wish(form, settings.rewrite_persona, settings.rewrite_length),
            language=language,
            limit=settings.rewrite_limit,
            progress=progress,
        )
        for form in settings.rewrite_forms
        for language in settings.languages
    }
    notes = []
    for what, found in rewritten.items():
        reasons = [f"{reason}: {count:,}" for reason, count in found["rejected"].items()]
        kept = f"{found['kept']:,} of {found['asked']:,} kept"
        notes.append("; ".join([f"{what} by {found['model']}: {kept}", *reasons]))
    return {"rewritten": rewritten, "notes": notes}


def curate(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    give_back_freed_memory()
    from verbalize.curation import CurationSettings
    from verbalize.curation import curate as curate_all

    chosen = CurationSettings(
        stages=settings.curation_stages or CurationSettings.stages,
        near_threshold=settings.duplicate_threshold,
        meaning_threshold=settings.meaning_threshold,
        filters=settings.corpus_filters,
        benchmarks=settings.benchmarks,
        overlap_words=settings.overlap_words,
        seed=settings.seed,
    )
    return curate_all(connection, _tokenizer(settings), chosen, progress=progress)


def mixture(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    progress: "Progress",
    *,
    tokens: int | None = None,
    tokenizer: str | None = None,
) -> "Mixture":
    """The mixture of settings.mix, or of all documents, counted by the tokenizer that is given, or
    that of the mix file, or that of the corpus."""
    from verbalize.curation.tokens import open_tokenizer
    from verbalize.mixing import every_document, read_mix
    from verbalize.mixing import mixture as mix

    said = read_mix(settings.mix) if settings.mix else every_document()
    named = tokenizer or said.tokenizer_name
    encoder = open_tokenizer(named or _tokenizer(settings))
    return mix(
        connection,
        said,
        encoder,
        folder=settings.home / "mixing",
        tokens=tokens,
        seed=settings.seed,
        by_own_tokenizer=named is None,
        progress=progress,
    )


def export_mixed(
    mixture: "Mixture",
    settings: Settings,
    form: str,
    name: str,
    progress: "Progress",
    *,
    to: str | None = None,
    pack: int | None = None,
) -> dict[str, Any]:
    """A mixture in one format: `corpus/NAME`, or NAME at the address `to`."""
    from verbalize.mixing import export_mixture

    return export_mixture(
        mixture,
        to or settings.home / "corpus",
        format=form,
        name=name,
        shard_documents=settings.shard_documents,
        pack=pack,
        progress=progress,
    )


def export(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    if settings.mix:
        mixed = mixture(connection, settings, progress)
        written = {
            name: export_mixed(mixed, settings, name, name, progress)
            for name in settings.corpus_formats
        }
        return {**written, "notes": mixed.notes()}
    return {
        name: export_as(connection, settings, name, name, progress)
        for name in settings.corpus_formats
    }


def export_as(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    form: str,
    name: str,
    progress: "Progress",
    *,
    to: str | None = None,
    since: datetime | None = None,
    tokenizer: str | None = None,
) -> dict[str, Any]:
    """One corpus in one format: `corpus/NAME`, or NAME at the address `to`."""
    from verbalize.export import export as export_corpus

    return export_corpus(
        connection,
        to or settings.home / "corpus",
        format=form,
        name=name,
        seed=settings.seed,
        shard_documents=settings.shard_documents,
        since=since,
        tokenizer=tokenizer or _tokenizer(settings),
        progress=progress,
    )


def efficacy(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from verbalize.efficacy.network import Size
    from verbalize.efficacy.study import StudySettings, study

    chosen = StudySettings(
        corpora=settings.efficacy_corpora,
        products=settings.efficacy_products,
        tokens=settings.efficacy_tokens,
        seed=settings.seed,
        language=settings.languages[0],
        size=Size(layers=settings.efficacy_layers, width=settings.efficacy_width),
        model=settings.efficacy_model,
        device=settings.efficacy_device,
    )
    return study(connection, settings.home / "models" / "efficacy", chosen, progress=progress)


def ask_by_harness(settings: Settings, models: dict[str, str]) -> dict[str, dict[str, float]]:
    """Accuracy by task of the evaluation harness, of the models of a study by their corpora."""
    from verbalize.efficacy.harness import evaluate
    from verbalize.efficacy.models import load_model

    folder = settings.home / "models" / "efficacy"
    return {
        corpus: evaluate(load_model(folder / file), folder / "tasks")
        for corpus, file in models.items()
    }


def edits(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from editing.export import export_edits
    from editing.requests import write_requests

    earlier, later = edit_times(connection, settings)
    written = write_requests(
        connection,
        earlier,
        later,
        limit=settings.edits_limit,
        seed=settings.seed,
        progress=progress,
    )
    return {"requests": written, "files_written": export_edits(connection, settings.home / "edits")}


def report(
    connection: duckdb.DuckDBPyConnection, settings: Settings, progress: "Progress"
) -> dict[str, Any]:
    from pipelines.report import write_report

    path = write_report(connection, settings.home / "report.html", progress=progress)
    return {"bytes": path.stat().st_size}


def _tokenizer(settings: Settings) -> Path:
    return settings.home / "models" / "tokenizer.json"


def edit_times(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> tuple[datetime, datetime]:
    """The two times that edits compare: as set, or the newest beginning of a fact and four weeks
    before."""
    later = settings.edits_to
    if later is None:
        row = first_row(
            connection, "SELECT max(valid_from) FROM facts.fact WHERE provenance = 'stated'"
        )
        if row is None or row[0] is None:
            raise WarewordError(
                "there are no facts yet; load something first: wareword run --sample"
            )
        later = row[0]
    return settings.edits_from or later - timedelta(days=28), later
