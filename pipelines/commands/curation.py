"""Which documents are kept, and why others are not: curate."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from pipelines import work
from pipelines.commands.job import run_until
from pipelines.commands.options import Home, Json, Seed
from pipelines.console import answer, console, failures, progress
from pipelines.settings import Settings, settings
from pipelines.stages import remembered
from warehouse.connection import FILE_NAME, reader, writer
from warehouse.errors import WarewordError


def curate(
    stages: Annotated[
        list[str] | None,
        typer.Option(
            "--stage",
            help="A stage to run; give it once a stage (default: all but meaning, which is slow). "
            "docs/curation.md shows each.",
        ),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            help="What leaves a document out, such as 'words < 3', in the place of the usual "
            "filters; give it once a filter (default: toxic words and words to a language model: "
            "'toxic_words > 0' and 'instructions > 0').",
        ),
    ] = None,
    benchmarks: Annotated[
        list[Path] | None,
        typer.Option(
            "--benchmark",
            help="A file of evaluation items (JSON lines or text) that no document may give away; "
            "give it once a file.",
        ),
    ] = None,
    duplicate_threshold: Annotated[
        float | None,
        typer.Option(help="Jaccard similarity of near duplicates (default: 0.9).", min=0, max=1),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be left out; change nothing.")
    ] = False,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Mask personal data, leave out duplicates and what filters and benchmarks name, count tokens.

    What is left out stays in text.document; text.removed says why. What is not given here stays as
    it was when the home was made.

    Examples:

      wareword curate --filter 'words < 3' --filter 'toxic_words > 0' --dry-run

      wareword curate --benchmark questions.jsonl
    """
    values: dict[str, Any] = {
        "home": home,
        "seed": seed,
        "curation_stages": tuple(stages) if stages else None,
        "corpus_filters": tuple(filters) if filters else None,
        "benchmarks": tuple(path.resolve() for path in benchmarks) if benchmarks else None,
        "duplicate_threshold": duplicate_threshold,
    }
    with failures(as_json):
        if dry_run:
            chosen = settings(remembered, **values)
            found = _tried(chosen)
            answer(found, as_json, _table(found, _ran(chosen)))
            return
    run_until("curate", as_json=as_json, **values)
    if not as_json:
        from verbalize.curation import counts

        chosen = settings(remembered, home=home)
        with failures(as_json), reader(chosen.home) as connection:
            answer({}, as_json, _table(counts(connection), _ran(chosen)))


def _tried(chosen: Settings) -> dict[str, Any]:
    """What curation would find; it runs on a copy that is thrown away."""
    if not (chosen.home / FILE_NAME).exists():
        raise WarewordError(f"{chosen.home} holds no documents yet; make some: wareword render")
    with progress() as report, TemporaryDirectory(prefix=".curate-", dir=chosen.home) as folder:
        shutil.copyfile(chosen.home / FILE_NAME, Path(folder) / FILE_NAME)
        with writer(Path(folder)) as connection:
            found = work.curate(
                connection, chosen.model_copy(update={"home": Path(folder)}), report
            )
    console.print("Nothing was changed.")
    return found


def _ran(chosen: Settings) -> tuple[str, ...]:
    """The stages that settings run."""
    from verbalize.curation import CurationSettings

    return chosen.curation_stages or CurationSettings.stages


def _table(found: dict[str, Any], ran: tuple[str, ...]) -> str:
    """Counts by kind of the stages that ran, and how others are switched on, for people."""
    from verbalize.coverage import in_words
    from verbalize.curation import STAGES

    lines = []
    for name, stage in STAGES.items():
        if name not in ran:
            continue
        lines.append(f"{name:<14}{stage.description}")
        lines += [
            f"{'':<14}{row['documents']:>9,}  {row['kind']}: {row['reason']}"
            for row in found["removed"]
            if row["stage"] == name
        ]
        if name == "personal":
            lines += [
                f"{'':<14}{count:>9,}  {kind} masked" for kind, count in found["masked"].items()
            ]
    others = [name for name in STAGES if name not in ran]
    if others:
        wanted = " ".join(f"--stage {name}" for name in STAGES)
        lines.append(
            f"\nNot run: {', '.join(others)}; --stage chooses which run. "
            f"All: wareword curate {wanted}"
        )
    lines.append(
        f"\n{found['kept']:,} of {found['documents']:,} documents are kept, "
        f"{found['tokens']:,} tokens; {found['facts_only_in_removed']:,} facts stand only in "
        "documents that were left out"
    )
    lines.append(in_words(found["stated_facts"]))
    return "\n".join(lines)
