"""Attribute values from text: extract."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.commands.job import run_until
from pipelines.commands.options import Home, Json
from pipelines.console import answer, failures


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
    """
    if (train is None) != (test is None):
        raise typer.BadParameter("give both --train and --test, or neither", param_hint="--train")
    if train is None or test is None:
        run_until("extract", as_json=as_json, home=home)
        return
    with failures(as_json):
        from warehouse.extraction.study import study

        found = study(train, test, share=share)
        answer(found, as_json, _told(found))


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
