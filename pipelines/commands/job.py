"""The main job, whole or by stage: run, build, train, predict, render, export, edits, report."""

import shlex
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines import work
from pipelines.commands.mixing import export_mixture
from pipelines.commands.options import (
    AsOf,
    Device,
    Full,
    Home,
    Json,
    Licence,
    Seed,
    Source,
    Wait,
    time,
)
from pipelines.console import answer, console, failures, progress, stop_if_interrupted
from pipelines.settings import FILE_NAME as SETTINGS_FILE
from pipelines.settings import Settings, settings
from pipelines.stages import Outcome, remembered, renew
from pipelines.stages import run as run_stages
from warehouse.connection import FILE_NAME, reader
from warehouse.errors import WarewordError

TRAINED = ("attributes", "links")


def run(
    sample: Annotated[
        bool | None,
        typer.Option("--sample", help="Load the embedded sample, a real grocer's year."),
    ] = None,
    inputs: Annotated[
        list[Path] | None, typer.Option("--input", help="A file to load; give it once a file.")
    ] = None,
    fraction: Annotated[
        float | None, typer.Option(help="Share of the sample's households (default: 1).")
    ] = None,
    source: Source = None,
    licence: Licence = None,
    as_of: AsOf = None,
    full: Full = None,
    device: Device = None,
    seed: Seed = None,
    wait: Wait = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """The whole main job: load, graph, predictions, corpus, edits, report.

    Stages that are done are not done again; a run that was stopped goes on where it was.

    Examples:

      wareword run --sample

      wareword run --sample --fraction 0.02 --home /tmp/try

      wareword run --input products.csv --input orders.csv --as-of 2024-01-31
    """
    with failures(as_json):
        chosen = settings(
            home=home,
            sample=sample,
            inputs=tuple(inputs) if inputs else None,
            fraction=fraction,
            source=source,
            as_of=as_of,
            full=full,
            device=device,
            seed=seed,
            wait=wait,
        )
        if licence is not None:
            if not chosen.inputs:
                raise WarewordError(
                    "--licence is that of the files of --input; name the files too, or state it "
                    "with: wareword load FILE --licence"
                )
            stated = {**chosen.licences, chosen.source: licence}
            chosen = chosen.model_copy(update={"licences": stated})
        _run(chosen, as_json=as_json)
        console.print("")
        for what, place in _outputs(chosen).items():
            console.print(f"{what:<12}{place}", markup=False)
        console.print(f"\nNext: open the report, or ask: {_question(chosen)}", markup=False)


def build(home: Home = None, as_json: Json = False) -> None:
    """Build the typed, timed graph and count it.

    Example:

      wareword build
    """
    run_until("build", as_json=as_json, home=home)


def train(
    what: Annotated[str, typer.Argument(help="attributes, links or all.")] = "all",
    full: Full = None,
    device: Device = None,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Train attribute and link prediction, and measure them against baselines.

    Examples:

      wareword train

      wareword train links --full --device cuda
    """
    if what not in (*TRAINED, "all"):
        raise typer.BadParameter(f"{what!r}; give attributes, links or all", param_hint="what")
    names = TRAINED if what == "all" else (what,)
    run_until(*names, as_json=as_json, home=home, full=full, device=device, seed=seed)


def predict(home: Home = None, as_json: Json = False) -> None:
    """Predict missing attributes and next purchases; the sure ones become facts.

    Example:

      wareword predict
    """
    run_until("predict", as_json=as_json, home=home)


def render(
    languages: Annotated[
        list[str] | None,
        typer.Option(
            "--language",
            help="Language of documents: de, en, es or zh; give it once a language (default: en). "
            "docs/languages.md tells more.",
        ),
    ] = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            help="A kind of document to write, usual or all; give it once a kind. It holds for "
            "later runs (default: usual: all but neighbourhood, and of the question forms only "
            "product_questions). docs/documents.md shows each.",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Only tell how each phrasing is said: by SQL, or by Jinja2 and why "
            "(docs/templates.md).",
        ),
    ] = False,
    variants: Annotated[
        int | None,
        typer.Option(
            min=1, help="Most documents of a kind and subject, each in other words (default: 1)."
        ),
    ] = None,
    segment_minimum: Annotated[
        int | None,
        typer.Option(
            min=20,
            help="Fewest members of a group of households of which a document may speak (default: "
            "20); what follows from baskets always has 20 households behind it.",
        ),
    ] = None,
    details: Annotated[
        list[str] | None,
        typer.Option(
            "--detail",
            help="A column without a place that product documents tell, such as shop:care or "
            "'shop:*'; give it once a column. Later commands of this home keep to it, but for "
            "wareword run, which reads wareword.yaml (default: none; '' for none again).",
        ),
    ] = None,
    keep_others: Annotated[
        bool,
        typer.Option(
            "--keep-others",
            help="Write only these kinds and languages anew, and keep all other documents as they "
            "are; docs/documents.md tells for how long.",
        ),
    ] = False,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say the facts as documents, read them back, and mark duplicates.

    Examples:

      wareword render --seed 7

      wareword render --kind product --kind comparison

      wareword render --explain

      wareword render --language en --language de --variants 3

      wareword render --kind brand --language de --keep-others

      wareword render --detail shop:care --detail 'google:product_detail*'
    """
    if explain:
        with failures(as_json):
            chosen = tuple(languages) if languages else None
            _explain(settings(home=home, languages=chosen).languages, as_json)
        return
    whole = {
        "seed": seed,
        "variants": variants,
        "segment_minimum": segment_minimum,
        "details": tuple(filter(None, details)) if details else None,
    }
    part = {
        "languages": tuple(languages) if languages else None,
        "kinds": tuple(kinds) if kinds else None,
    }
    with failures(as_json):
        if not keep_others:
            new = settings(remembered, home=home, **whole, **part)
            _check_templates(new)
            _check_details(new)
            _tell_coverage(_run(new, "curate", as_json=as_json), as_json)
            return
        if any(value is not None for value in whole.values()):
            raise WarewordError(
                "--keep-others keeps documents as they were made; leave out --seed, --variants, "
                "--segment-minimum and --detail, or leave out --keep-others"
            )
        stays = settings(remembered, home=home)
        wanted = settings(remembered, home=home, **part)
        _check_templates(wanted)
        with progress() as report:
            found = renew(stays, wanted, report)
        console.print(
            f"{found['anew']:,} documents written anew and read back, {found['kept']:,} kept",
            markup=False,
        )
        for note in (*found["notes"], *_kept_for_how_long(found["current"], stays, wanted)):
            console.print(note, markup=False)
        _tell_coverage(_run(stays, "curate", after="render", as_json=as_json), as_json)


def _kept_for_how_long(current: bool, stays: Settings, wanted: Settings) -> list[str]:
    """What a later run will do with the documents that are kept, or are beside the settings."""
    found = []
    if not current:
        found.append(
            "The documents that are kept are older than the data, settings, templates or tables "
            f"of now: the next command that needs them writes all in {', '.join(stays.languages)}"
        )
    beside = [language for language in wanted.languages if language not in stays.languages]
    usual = work.kinds_of(stays)
    kinds = [kind for kind in work.kinds_of(wanted) if kind not in usual]
    if kinds:
        found.append(
            f"Documents of {', '.join(kinds)} go when all are written anew, unless kinds in "
            f"{SETTINGS_FILE} has them too"
        )
    if beside:
        found.append(
            f"{', '.join(beside)} goes when all documents are written anew, unless languages in "
            f"{SETTINGS_FILE} has it: languages: [{', '.join((*stays.languages, *beside))}]"
        )
    return found


def _check_templates(chosen: Settings) -> None:
    """A template that breaks a rule is told before anything is done for it."""
    from verbalize.render import checked_templates

    checked_templates(chosen.languages, work.kinds_of(chosen))


def _check_details(chosen: Settings) -> None:
    """A column that is none is told before anything is done for it."""
    from verbalize.render import details_told

    if chosen.details and (chosen.home / FILE_NAME).exists():
        with reader(chosen.home) as connection:
            details_told(connection, chosen.details)


def _tell_coverage(outcomes: list[Outcome], as_json: bool) -> None:
    """How many of the stated facts the documents say, for people; --json has it under `curate`."""
    from verbalize.coverage import in_words

    found = outcomes[-1].metadata.get("stated_facts")
    if found and not as_json:
        answer({}, as_json, in_words(found))


def _explain(languages: tuple[str, ...], as_json: bool) -> None:
    from verbalize.writing import explain

    told = [one for language in languages for one in explain(language)]
    lines = [
        f"{one.kind}.{one.statement} {one.phrasing}: {one.by}"
        + (f", because {one.reason}" if one.reason else "")
        for one in told
    ]
    answer({"phrasings": [asdict(one) for one in told]}, as_json, "\n".join(lines))


def export(
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            help="dolma, jsonl, hf, mds, megatron, webdataset, text or chat; give it once a "
            "format (default: dolma and hf). docs/export.md tells who reads what.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Folder under corpus/ (default: the name of the format).")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="Another folder than corpus/, or an address such as s3://bucket/corpora; secrets "
            "come from the environment only.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="T",
            help="Only what changed since: the as_of of the datasheet of the corpus that you have, "
            "or its name under corpus/. tombstones.jsonl names what is gone.",
        ),
    ] = None,
    mix: Annotated[
        Path | None,
        typer.Option(
            help="Mix the corpus as this file says: sources, weights, epochs, phases "
            "(docs/mixing.md)."
        ),
    ] = None,
    tokens: Annotated[
        int | None,
        typer.Option(min=1, help="Tokens of the corpus (default: as the mix file says)."),
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            help="Tokens by this tokenizer.json, or by tiktoken:NAME (default: as the mix file "
            "says, else models/tokenizer.json)."
        ),
    ] = None,
    pack: Annotated[
        int | None,
        typer.Option(min=2, help="With --format hf: write packed sequences of so many tokens."),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", "--dry-run", help="Show what would be mixed; write nothing.")
    ] = False,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write the corpus as files that trainers read, with a datasheet.

    Examples:

      wareword export

      wareword export --format dolma --name spring

      wareword export --format dolma --since spring --name summer

      wareword export --format mds --to s3://bucket/corpora

      wareword export --format chat

      wareword export --format hf --mix mix.yaml --tokens 2000000 --plan

      wareword export --format hf --mix mix.yaml --tokens 2000000 --pack 2048
    """
    with failures(as_json):
        from verbalize.export import since_of, tokenized

        if not any((formats, name, to, since, tokenizer, mix, tokens, pack, plan)):
            _run(settings(remembered, home=home, seed=seed), "export", as_json=as_json)
            return
        if name and len(formats or ()) != 1:
            raise WarewordError(
                "a name is for one format; with --name give one --format, such as --format dolma"
            )
        if since and (mix or tokens or pack or plan):
            raise WarewordError(
                "what changed since is not mixed; leave out --since, or --mix, --tokens, --pack "
                "and --plan"
            )
        chosen = settings(
            remembered,
            home=home,
            seed=seed,
            mix=mix,
            corpus_formats=tuple(formats) if formats else None,
        )
        if tokenizer and not (mix or tokens or pack or plan or tokenized(chosen.corpus_formats)):
            raise WarewordError(
                f"{', '.join(chosen.corpus_formats)}: no tokens are written; leave out "
                "--tokenizer, or give --format megatron, or --tokens N for a mixture that is "
                "counted by it"
            )
        if chosen.mix:
            from verbalize.mixing import read_mix

            read_mix(chosen.mix)
        _run(chosen, "curate")
        if mix or tokens or pack or plan:
            export_mixture(
                chosen,
                to=to,
                name=name,
                tokens=tokens,
                tokenizer=tokenizer,
                pack=pack,
                only_plan=plan,
                as_json=as_json,
            )
            return
        state = since_of(chosen.home / "corpus", since) if since else None
        ending = f"-since-{state:%Y%m%dT%H%M%S}" if state else ""
        with progress() as report, reader(chosen.home) as connection:
            written = {
                name or form + ending: work.export_as(
                    connection,
                    chosen,
                    form,
                    name or form + ending,
                    report,
                    to=to,
                    since=state,
                    tokenizer=tokenizer,
                )
                for form in chosen.corpus_formats
            }
        for folder, datasheet in written.items():
            gone = f", {datasheet['withdrawn']:,} withdrawn" if state else ""
            place = f"{to or chosen.home / 'corpus'}/{folder}"
            holds = "documents" if "documents" in datasheet else "conversations"
            console.print(f"{datasheet[holds]:,} {holds}{gone} in {place}", markup=False)
            if "repeated_questions" in datasheet:
                console.print(
                    f"left out: {datasheet['documents_without_questions']:,} documents without "
                    f"questions, {datasheet['repeated_questions']:,} questions that are there "
                    "already with the same answer",
                    markup=False,
                )
            console.print(f"the next delta: --since {datasheet['as_of']}", markup=False)
        answer({"home": str(chosen.home), "corpus": written}, as_json)


def edits(
    earlier: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            parser=time,
            metavar="TIME",
            help="Earlier time (default: four weeks before --to).",
        ),
    ] = None,
    later: Annotated[
        datetime | None,
        typer.Option(
            "--to",
            parser=time,
            metavar="TIME",
            help="Later time (default: when the newest fact began).",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="Most requests to write (default: 1000).")
    ] = None,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write what changed between two times as knowledge edits (CounterFact, EasyEdit).

    Example:

      wareword edits --from 2017-12-04 --to 2018-01-01
    """
    run_until(
        "edits",
        as_json=as_json,
        home=home,
        edits_from=earlier,
        edits_to=later,
        edits_limit=limit,
        seed=seed,
    )


def report(home: Home = None, as_json: Json = False) -> None:
    """Write the report, one HTML page with all pictures.

    Example:

      wareword report
    """
    run_until("report", as_json=as_json, home=home)


def run_until(*names: str, as_json: bool, **values: Any) -> None:
    """Some stages with all that they read, by the settings that the home was made with."""
    with failures(as_json):
        _run(settings(remembered, **values), *names, as_json=as_json)


def _run(
    chosen: Settings, *until: str, after: str | None = None, as_json: bool = False
) -> list[Outcome]:
    outcomes = []
    with progress() as report:
        for outcome in run_stages(chosen, *until, after=after, progress=report):
            outcomes.append(outcome)
            took = f"{outcome.seconds:.1f} s" if outcome.ran else "done before"
            why = outcome.metadata.get("skipped") if outcome.stage in until else None
            told = f"; nothing was done: {why}" if why else ""
            console.print(f"{outcome.stage:<12}{took}{told}", markup=False)
            for note in _notes(outcome):
                console.print(f"{'':<12}{note}", markup=False)
            stop_if_interrupted()
    stages = [asdict(outcome) for outcome in outcomes]
    answer({"home": str(chosen.home), "outputs": _outputs(chosen), "stages": stages}, as_json)
    return outcomes


def _notes(outcome: Outcome) -> list[str]:
    """What a stage took for granted."""
    loads = outcome.metadata.get("loads", ())
    return [
        *(f"{load['file']}: {note}" for load in loads for note in load.get("notes", ())),
        *outcome.metadata.get("notes", ()),
    ]


def _question(chosen: Settings) -> str:
    """A command for the same home, from this folder."""
    home = "" if chosen.home == Path("workspace") else f" --home {shlex.quote(str(chosen.home))}"
    return f'wareword sql{home} "FROM catalog.product_wide LIMIT 5"'


def _outputs(chosen: Settings) -> dict[str, str]:
    """Where what a run makes lies."""
    home = chosen.home.resolve()
    return {
        "report": str(home / "report.html"),
        "warehouse": str(home / FILE_NAME),
        "corpus": str(home / "corpus"),
        "edits": str(home / "edits"),
        "models": str(home / "models"),
    }
