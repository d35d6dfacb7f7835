"""The `wareword` command line.

Every command takes --home and --json, and ends its errors with the next step.
"""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines import dev as development
from pipelines import doctor as health
from pipelines import query
from pipelines.console import answer, console, failures, progress
from pipelines.settings import Settings, settings
from pipelines.stages import run as run_stages
from warehouse.connection import FILE_NAME, reader, writer

app = typer.Typer(
    name="wareword",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Structured commerce data into language-model knowledge: a warehouse of facts, a graph with predictions, "
    "a text corpus with evidence, and knowledge edits.\n\n"
    "Begin with: [bold]wareword run --sample[/bold]",
)

Home = Annotated[
    Path | None,
    typer.Option(
        "--home", envvar="WAREWORD_HOME", help="Folder of all that is made (default: ./workspace)."
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object, last, on standard output.")
]
Seed = Annotated[int | None, typer.Option(help="Seed of all that is drawn by chance (default: 0).")]
Full = Annotated[
    bool | None, typer.Option("--full", help="Train on every transaction, for as long as it takes.")
]
Device = Annotated[str | None, typer.Option(help="Where to train: cpu or cuda (default: cpu).")]
AsOf = Annotated[
    datetime | None,
    typer.Option(help="From when the files are valid (default for the sample: its own time)."),
]
Source = Annotated[
    str | None,
    typer.Option(
        help="Shop or supplier that states the data; identifiers are unique within it (default: shop)."
    ),
]


@app.command()
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
    as_of: AsOf = None,
    full: Full = None,
    device: Device = None,
    seed: Seed = None,
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
            home=home, sample=sample, inputs=tuple(inputs) if inputs else None, fraction=fraction,
            source=source, as_of=as_of, full=full, device=device, seed=seed,
        )  # fmt: skip
        _run(chosen, None, as_json)
        if not as_json:
            _where(chosen)


@app.command()
def load(
    path: Annotated[
        str,
        typer.Argument(help="A file (delimited text, JSON lines, Parquet), or the word: sample."),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            help="product, category, customer, event, review or query (default: told by the header)."
        ),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="CANONICAL=COLUMN: the column of the file that holds it."),
    ] = None,
    constants: Annotated[
        list[str] | None, typer.Option("--set", help="CANONICAL=VALUE for all rows.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Separator of fields (default: found in the content).")
    ] = None,
    quote: Annotated[
        str | None, typer.Option(help="Quote of fields (default: found in the content).")
    ] = None,
    fraction: Annotated[float, typer.Option(help="Share of the sample's households.")] = 1.0,
    source: Source = None,
    as_of: AsOf = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Load a file into the warehouse; bad rows go to quarantine with the reason.

    Examples:

    wareword load products.csv --source shop --as-of 2024-01-31

    wareword load clicks.txt --kind event --map product=SKU --set event_type=click --as-of
    2024-01-31

    wareword load sample --fraction 0.1
    """
    with failures(as_json):
        from warehouse.facts import derive
        from warehouse.load import load as load_path
        from warehouse.sources.feed import Options

        chosen = settings(home=home)
        with progress() as report, writer(chosen.home) as connection:
            reports = load_path(
                connection, path, as_of=as_of, source=source, kind=kind, mapping=_pairs("--map", mapping),
                constants=_pairs("--set", constants), options=Options(delimiter, quote, fraction), progress=report,
            )  # fmt: skip
            if not all(loaded.unchanged for loaded in reports):
                derive(connection, progress=report)
        for loaded in reports:
            text = f"{loaded.kind}: {loaded.rows_loaded:,} of {loaded.rows_read:,} rows loaded"
            if loaded.unchanged:
                text = f"{loaded.kind}: the same content was loaded before; nothing changed"
            elif loaded.rows_rejected:
                text += f', {loaded.rows_rejected:,} rejected (see: wareword sql "FROM ops.reject")'
            if loaded.unmapped:
                text += f"; columns without a place: {', '.join(loaded.unmapped)}"
            console.print(text, markup=False)
        answer({"loads": [asdict(loaded) for loaded in reports]}, as_json)


@app.command()
def build(home: Home = None, as_json: Json = False) -> None:
    """Build the typed, timed graph and count it.

    Example:

      wareword build
    """
    _stage("build", as_json, home=home)


@app.command()
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
    if what not in ("attributes", "links", "all"):
        raise typer.BadParameter(f"{what!r}; give attributes, links or all")
    for stage in ("attributes", "links") if what == "all" else (what,):
        _stage(
            stage,
            as_json and stage == "links" or as_json and what != "all",
            home=home,
            full=full,
            device=device,
            seed=seed,
        )


@app.command()
def predict(home: Home = None, as_json: Json = False) -> None:
    """Predict missing attributes and next purchases; the sure ones become facts.

    Example:

      wareword predict
    """
    _stage("predict", as_json, home=home)


@app.command()
def render(
    language: Annotated[
        str | None, typer.Option(help="Language of the documents (default: en).")
    ] = None,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say the facts as documents, read them back, and drop duplicates.

    Example:

      wareword render --seed 7
    """
    _stage("curate", as_json, home=home, seed=seed, language=language)


@app.command()
def export(
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="dolma or hf; give it once a format (default: both)."),
    ] = None,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write the corpus as files that trainers read, with a datasheet.

    Example:

      wareword export --format dolma
    """
    _stage(
        "export", as_json, home=home, seed=seed, corpus_formats=tuple(formats) if formats else None
    )


@app.command()
def edits(
    earlier: Annotated[
        datetime | None,
        typer.Option("--from", help="Earlier time (default: four weeks before --to)."),
    ] = None,
    later: Annotated[
        datetime | None,
        typer.Option("--to", help="Later time (default: when the newest fact began)."),
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
    _stage(
        "edits",
        as_json,
        home=home,
        edits_from=earlier,
        edits_to=later,
        edits_limit=limit,
        seed=seed,
    )


@app.command()
def report(home: Home = None, as_json: Json = False) -> None:
    """Write the report, one HTML page with all pictures.

    Example:

      wareword report
    """
    _stage("report", as_json, home=home)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(help="SQL in DuckDB's dialect; reading only.")],
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    limit: Annotated[int, typer.Option(help="Rows to show in a table.")] = 100,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Ask the warehouse a question. docs/cookbook.md has many.

    Examples:

      wareword sql "SELECT predicate, count(*) FROM facts.current GROUP BY 1 ORDER BY 2 DESC"

      wareword sql "FROM ops.reject LIMIT 10" --format csv
    """
    if form not in query.FORMATS:
        raise typer.BadParameter(
            f"{form!r}; give one of {', '.join(query.FORMATS)}", param_hint="--format"
        )
    with failures(as_json), reader(settings(home=home).home) as connection:
        query.ask(connection, statement, "json" if as_json else form, limit)


@app.command()
def schema(
    name: Annotated[
        str | None, typer.Argument(help="A schema, table or view, such as facts.fact.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """What tables, views and columns there are, and what they mean.

    Examples:

      wareword schema

      wareword schema facts.fact
    """
    with failures(as_json), reader(settings(home=home).home) as connection:
        query.describe(connection, name, as_json)


@app.command()
def trace(
    document_id: Annotated[
        str, typer.Argument(help="Identifier of a document, such as document:0123456789abcdef.")
    ],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show the facts that each sentence of a document says.

    Example:

      wareword trace document:0123456789abcdef
    """
    with failures(as_json), reader(settings(home=home).home) as connection:
        from verbalize.trace import trace as trace_document

        query.show_trace(trace_document(connection, document_id), as_json)


@app.command()
def dev(
    port: Annotated[int, typer.Option(help="Port of the Dagster UI on this machine.")] = 3000,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Open the Dagster UI on the same assets, on loopback, without telemetry; Ctrl-C ends it.

    Example:

      wareword dev --port 3001
    """
    with failures(as_json):
        chosen = settings(home=home)
        answer({"url": development.url(port), "home": str(chosen.home)}, as_json)
        raise typer.Exit(development.serve(chosen.home, port))


@app.command()
def doctor(home: Home = None, as_json: Json = False) -> None:
    """Check Python, packages, disk, memory and the warehouse, and say how to mend what is wrong.

    Example:

      wareword doctor
    """
    with failures(as_json):
        checks = health.examine(settings(home=home).home)
        for check in checks:
            mark = "ok  " if check.ok else "FAIL" if check.needed else "note"
            console.print(f"{mark}  {check.name}: {check.found}", markup=False)
            if not check.ok:
                console.print(f"      {check.remedy}", markup=False)
        healthy = all(check.ok or not check.needed for check in checks)
        answer({"healthy": healthy, "checks": [asdict(check) for check in checks]}, as_json)
        if not healthy:
            raise typer.Exit(1)


def main() -> None:
    """Runs the command line."""
    app()


def _stage(name: str, as_json: bool, **values: Any) -> None:
    with failures(as_json):
        _run(settings(**values), name, as_json)


def _run(chosen: Settings, until: str | None, as_json: bool) -> None:
    outcomes = []
    with progress() as report:
        for outcome in run_stages(chosen, until, report):
            outcomes.append(outcome)
            took = f"{outcome.seconds:.1f} s" if outcome.ran else "done before"
            console.print(f"{outcome.stage:<12}{took}", markup=False)
    answer({"home": str(chosen.home), "stages": [asdict(outcome) for outcome in outcomes]}, as_json)


def _where(chosen: Settings) -> None:
    console.print("")
    for what, place in (
        ("report", chosen.home / "report.html"),
        ("warehouse", chosen.home / FILE_NAME),
        ("corpus", chosen.home / "corpus"),
        ("edits", chosen.home / "edits"),
        ("models", chosen.home / "models"),
    ):
        console.print(f"{what:<12}{place.resolve()}", markup=False)
    console.print(
        '\nNext: open the report, or ask: wareword sql "FROM catalog.product_wide LIMIT 5"',
        markup=False,
    )


def _pairs(option: str, values: list[str] | None) -> dict[str, str]:
    pairs = [value.partition("=") for value in values or []]
    for name, equals, _ in pairs:
        if not equals or not name:
            raise typer.BadParameter("give it as CANONICAL=VALUE", param_hint=option)
    return {name: value for name, _, value in pairs}


if __name__ == "__main__":
    main()
