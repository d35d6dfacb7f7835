"""Attribute values from text: extract."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import duckdb
import typer

from pipelines.commands.job import run_until
from pipelines.commands.options import Home, Json
from pipelines.console import answer, failures
from pipelines.settings import settings
from warehouse.connection import writer

if TYPE_CHECKING:
    from warehouse.llm import Client


def extract(
    train: Annotated[
        Path | None, typer.Option(help="JSON lines of titles with known values, to learn from.")
    ] = None,
    test: Annotated[
        Path | None, typer.Option(help="JSON lines of titles with known values, to measure.")
    ] = None,
    share: Annotated[
        float, typer.Option(help="Share of the titles of each category to learn from.")
    ] = 1.0,
    by: Annotated[
        str,
        typer.Option(help="ranker, or llm-list or llm-schema: a language model (docs/llm.md)."),
    ] = "ranker",
    limit: Annotated[
        int,
        typer.Option(
            min=1, help="Most products of the warehouse that a language model is asked about."
        ),
    ] = 100,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Find attribute values in titles and descriptions: those that products of the warehouse lack,
    or those of a labelled file, measured.

    A line of both files is {"input": TITLE, "category": NAME, "target_scores": {ATTRIBUTE: {VALUE:
    1}}}; the value n/a says that the title does not state the attribute.

    Examples:

      wareword extract

      wareword extract --train train.jsonl --test test.jsonl --json

      wareword extract --by llm-schema --limit 20
    """
    if (train is None) != (test is None):
        raise typer.BadParameter("give both --train and --test, or neither", param_hint="--train")
    if by not in ("ranker", "llm-list", "llm-schema"):
        raise typer.BadParameter(f"{by!r}; give ranker, llm-list or llm-schema", param_hint="--by")
    if train is not None and test is not None:
        _study(train, test, share, by, home, as_json)
    elif by == "ranker":
        run_until("extract", as_json=as_json, home=home)
    else:
        _ask(by, limit, home, as_json)


def _study(
    train: Path, test: Path, share: float, by: str, home: Path | None, as_json: bool
) -> None:
    with failures(as_json):
        from warehouse.extraction.study import study

        if by == "ranker":
            found = study(train, test, share=share)
        else:
            with writer(settings(home=home).home) as connection:
                found = study(
                    train,
                    test,
                    share=share,
                    client=_needed(connection),
                    form=by.removeprefix("llm-"),
                )
        answer(found, as_json, _told(found))


def _ask(by: str, limit: int, home: Path | None, as_json: bool) -> None:
    with failures(as_json):
        from warehouse.extraction.written import extract_by_llm

        with writer(settings(home=home).home) as connection:
            found = extract_by_llm(
                connection, _needed(connection), form=by.removeprefix("llm-"), limit=limit
            )
        text = (
            f"{found['facts']:,} values of {found['products']:,} products were found by "
            f"{found['model']}; {found['refused']:,} were refused, since no text says them"
        )
        answer(found, as_json, text)


def _needed(connection: duckdb.DuckDBPyConnection) -> "Client":
    """The language model that the environment sets.

    Raises:
        WarewordError: if it sets none.
    """
    from warehouse.llm import needed_client

    return needed_client(connection, "use --by ranker")


def _told(found: dict[str, Any]) -> str:
    """The scores as a table."""
    lines = [f"{'':<28}{'F1':>8}{'precision':>11}{'recall':>9}{'questions':>11}"]
    whole = {"f1": found["micro_f1"], **found}
    groups = {
        "all": {"all": whole},
        "by value": {"seen in training": found["seen"], "not seen": found["unseen"]},
        "by category": found["categories"],
        "by attribute": found["attributes"],
    }
    for group, rows in groups.items():
        lines += [""] if group == "all" else ["", group]
        for name, row in rows.items():
            figures = f"{row['f1']:>8.3f}{row['precision']:>11.3f}{row['recall']:>9.3f}"
            lines.append(f"{name[:27]:<28}{figures}{row['questions']:>11,}")
    return "\n".join(lines)
