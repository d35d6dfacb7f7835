"""Which products of two catalogs are one and the same: resolve."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import Json
from pipelines.console import answer, console, failures

if TYPE_CHECKING:
    from warehouse.resolution.files import Resolved


def resolve(
    left: Annotated[str, typer.Argument(help="A file of products.")],
    right: Annotated[str, typer.Argument(help="A file of products of another source.")],
    gold: Annotated[
        Path | None,
        typer.Option(help="A file of the right pairs (two columns of identifiers): measure."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="A file of labelled pairs (two identifiers and 1 or 0): calibrates the others."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the matches to this file, as CSV.")
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="Probability from which a pair is a match.", min=0, max=1)
    ] = 0.5,
    meaning: Annotated[
        bool | None,
        typer.Option(
            "--meaning/--no-meaning",
            help="Compare titles by the sentence model too (default: where it is installed, up to "
            "50,000 products).",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Find the products of two files that are one and the same; no labels are needed.

    Examples:

      wareword resolve abt.csv buy.csv --out matches.csv

      wareword resolve abt.csv buy.csv --gold matches.csv --json
    """
    with failures(as_json):
        from warehouse.resolution.files import resolve_files
        from warehouse.resolution.linking import Settings

        resolved = resolve_files(
            left, right, Settings(threshold=threshold, meaning=meaning), gold=gold, labels=labels
        )
        if out:
            resolved.write(out)
            console.print(f"{resolved.matches.num_rows:,} matches written to {out}", markup=False)
        answer(resolved.told(), as_json, _table(resolved))


def _table(resolved: "Resolved") -> str:
    """The first matches and the measures, for people."""
    shown = resolved.matches.sort_by([("probability", "descending")]).slice(0, 20).to_pylist()
    lines = [
        f"{row['probability']:.3f}  {row['left_key']}: {row['left_title'][:60]}"
        f"\n       {row['right_key']}: {row['right_title'][:60]}"
        for row in shown
    ]
    told = resolved.told()
    lines.append(
        f"{told['matches']:,} matches among {told['pairs_compared']:,} pairs that were compared "
        f"({told['left_rows']:,} and {told['right_rows']:,} products), {told['seconds']:.1f} s"
    )
    if "f1" in told:
        lines.append(
            f"precision {told['precision']:.3f}, recall {told['recall']:.3f}, "
            f"F1 {told['f1']:.3f}; blocking recall {told['blocking_recall']:.3f}"
        )
    return "\n".join(lines)
