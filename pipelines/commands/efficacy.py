"""What corpora teach a language model: efficacy."""

from typing import Annotated, Any

import typer

from pipelines import work
from pipelines.commands.options import Device, Home, Json, Seed
from pipelines.console import answer, console, failures, progress, stop_if_interrupted
from pipelines.settings import settings
from pipelines.stages import remembered
from pipelines.stages import run as run_stages

_KINDS = ("trained", "unseen", "template")
_NOISE = 0.1


def efficacy(
    corpora: Annotated[
        list[str] | None,
        typer.Option(
            "--corpus",
            help="documents, key-value, json, one-template, duplicated or stated-only; +N behind "
            "it is N percent of general text. Give it once a corpus (default: the first four).",
        ),
    ] = None,
    products: Annotated[
        int | None, typer.Option(help="Products that the corpora tell (default: 48).")
    ] = None,
    tokens: Annotated[
        int | None, typer.Option(help="Tokens to read of each corpus (default: 2000000).")
    ] = None,
    layers: Annotated[
        int | None, typer.Option(help="Layers of the model that learns (default: 2).")
    ] = None,
    width: Annotated[int | None, typer.Option(help="Its width (default: 64).")] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Name or folder of a Hugging Face causal model that learns instead."),
    ] = None,
    harness: Annotated[
        bool,
        typer.Option(
            "--harness",
            help="Ask the models once more by the Language Model Evaluation Harness "
            "(pip install 'wareword\\[efficacy]').",
        ),
    ] = False,
    device: Device = None,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Train a small language model on corpora of the same facts, and ask what it knows.

    Results are kept by corpus: a study that was stopped goes on where it was.

    Examples:

      wareword efficacy

      wareword efficacy --corpus documents --corpus documents+50

      wareword efficacy --products 400 --tokens 20000000 --layers 4 --width 128 --device cuda

      wareword efficacy --harness
    """
    with failures(as_json):
        chosen = settings(
            remembered,
            home=home,
            seed=seed,
            efficacy_corpora=tuple(corpora) if corpora else None,
            efficacy_products=products,
            efficacy_tokens=tokens,
            efficacy_layers=layers,
            efficacy_width=width,
            efficacy_model=model,
            efficacy_device=device,
        )
        with progress() as report:
            found: dict[str, Any] = {}
            for outcome in run_stages(chosen, "efficacy", progress=report):
                found = outcome.metadata
                stop_if_interrupted()
        if "skipped" in found:
            console.print(f"Nothing was compared: {found['skipped']}", markup=False)
        elif max(row["recall"] for row in found["corpora"]) < _NOISE:
            console.print(
                "No corpus taught much yet: all recall is under "
                f"{_NOISE}, where differences are noise; read more --tokens, or fewer --products",
                markup=False,
            )
        told = _table(found["corpora"]) if found["corpora"] else ""
        if harness:
            found = {**found, "harness": work.ask_by_harness(chosen, found.get("models", {}))}
            told = f"{told}\n\n{_harness_table(found['harness'])}"
        answer({"home": str(chosen.home), **found}, as_json, told)


def _harness_table(accuracy: dict[str, dict[str, float]]) -> str:
    """Accuracy by corpus and task of the harness."""
    return "\n".join(
        f"{corpus:<18}{task:<32}{value:>8.3f}"
        for corpus, tasks in accuracy.items()
        for task, value in tasks.items()
    )


def _table(corpora: list[dict[str, Any]]) -> str:
    """Recall by corpus for people, by how far the question is from what was taught."""
    heads = ("corpus", *_KINDS, "facts", "facts a million tokens")
    lines = [f"{heads[0]:<18}" + "".join(f"{head:>{max(len(head), 8) + 2}}" for head in heads[1:])]
    for row in corpora:
        recall = {
            one["scope"]: f"{one['value']:.3f}"
            for one in row["measures"]
            if one["measure"] == "recall" and one["slot"] == "all"
        }
        cells = [recall.get(kind, "-") for kind in _KINDS]
        cells += [f"{row['facts']:,}", f"{row['recall_per_million_tokens']:.1f}"]
        lines.append(
            f"{row['corpus']:<18}"
            + "".join(
                f"{cell:>{max(len(head), 8) + 2}}"
                for head, cell in zip(heads[1:], cells, strict=True)
            )
        )
    return "\n".join(lines)
