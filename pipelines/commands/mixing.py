"""How a mixture is planned, shown, and then written."""

from typing import TYPE_CHECKING, Any

from rich.console import Console

from pipelines import work
from pipelines.console import answer, console, output, progress
from pipelines.settings import Settings
from warehouse.connection import writer

if TYPE_CHECKING:
    from verbalize.mixing import Mixture


def export_mixture(
    chosen: Settings,
    *,
    to: str | None,
    name: str | None,
    tokens: int | None,
    tokenizer: str | None,
    pack: int | None,
    only_plan: bool,
    as_json: bool,
) -> None:
    """Shows the plan and, unless only that is wanted, writes the corpus in each format.

    A writer is needed for the plan too: what is counted is kept.
    """
    stem = chosen.mix.stem if chosen.mix else "mixed"
    with (
        progress() as report,
        writer(chosen.home, chosen.wait, report) as connection,
    ):
        mixture = work.mixture(connection, chosen, report, tokens=tokens, tokenizer=tokenizer)
        told: dict[str, Any] = {"plan": mixture.rows(), "notes": mixture.notes()}
        if pack:
            told["packing"] = mixture.packing(chosen.shard_documents, pack)
        if not (only_plan and as_json):
            _show(mixture, told, on=output if only_plan else console)
        if not only_plan:
            told["corpus"] = {
                folder: work.export_mixed(mixture, chosen, form, folder, report, to=to, pack=pack)
                for form in chosen.corpus_formats
                for folder in [name or f"{stem}-{form}"]
            }
    for folder, datasheet in told.get("corpus", {}).items():
        console.print(
            f"{datasheet['documents']:,} documents, {datasheet['tokens']:,} tokens in "
            f"{to or chosen.home / 'corpus'}/{folder}",
            markup=False,
        )
    answer({"home": str(chosen.home), **told}, as_json)


def _show(mixture: "Mixture", told: dict[str, Any], on: Console) -> None:
    """The plan as a table, and below it what is not as one may expect."""
    columns = {
        "source": "source",
        "documents_available": "documents",
        "tokens_available": "tokens",
        "share": "share",
        "tokens_planned": "planned",
        "tokens": "drawn",
        "epochs": "epochs",
        "repeats": "repeated",
    }
    if mixture.plan.phases > 1:
        columns = {"phase": "phase", **columns}
    cells = [list(columns.values())]
    cells += [[_cell(name, row[name]) for name in columns] for row in told["plan"]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        # As plain lines: a table would cut numbers on a narrow terminal.
        padded = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        on.print("  ".join(padded), markup=False, soft_wrap=True)
    on.print(
        f"{mixture.tokens:,} tokens in {len(mixture.drawn):,} documents, counted by "
        f"{mixture.encoder.name}, drawn by seed {mixture.seed}",
        markup=False,
        soft_wrap=True,
    )
    packing = told.get("packing")
    if packing:
        on.print(
            f"{packing['sequences']:,} sequences of {packing['length']:,}: "
            f"{packing['padding']:.3%} padding, {packing['documents_cut']:,} documents cut "
            f"({packing['documents_cut_if_concatenated']:,} if all were cut in a row)",
            markup=False,
            soft_wrap=True,
        )
    for note in told["notes"]:
        on.print(f"Note: {note}", markup=False, soft_wrap=True)


def _cell(name: str, value: object) -> str:
    if name == "share":
        return f"{value:.1%}"
    return f"{value:.2f}" if name == "epochs" else f"{value:,}" if name != "source" else str(value)
