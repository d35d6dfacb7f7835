"""The questions of a study as tasks of the Language Model Evaluation Harness, and our models as
models of it.

Gao et al., https://github.com/EleutherAI/lm-evaluation-harness. With the tasks any model that the
harness knows is asked the same: `lm_eval --model hf --include_path FOLDER --tasks wareword`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from verbalize.efficacy.models import CausalModel
from verbalize.efficacy.probes import KINDS, Probe
from verbalize.errors import EfficacyError

GROUP = "wareword"


def write_tasks(folder: Path, probes: Sequence[Probe]) -> list[str]:
    """Writes a task of recall and one of multiple choice for each kind of question, with the facts
    that nobody guesses, and returns their names. `folder` is made; files of that name are
    replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for kind in KINDS:
        asked = [probe for probe in probes if probe.kind == kind and not probe.guessable]
        recall = [{"text": probe.prompt, "target": probe.answer + probe.after} for probe in asked]
        choice = [
            {
                "text": probe.prompt,
                "choices": [words + probe.after for words in (probe.answer, *probe.choices)],
                "target": 0,
            }
            for probe in asked
            if probe.choices
        ]
        for measure, rows in (("recall", recall), ("choice", choice)):
            if rows:
                names.append(f"{GROUP}_{measure}_{kind}")
                _write_task(folder, names[-1], measure, rows)
    _write(folder / f"{GROUP}.yaml", yaml.safe_dump({"group": GROUP, "task": names}))
    return names


def evaluate(model: CausalModel, folder: Path) -> dict[str, float]:
    """What the harness finds: accuracy of a model by name of the tasks that `write_tasks` wrote.

    Raises:
        EfficacyError: if the harness is not installed, or there are no tasks in `folder`.
    """
    try:
        from lm_eval.api.model import LM
        from lm_eval.evaluator import simple_evaluate
        from lm_eval.tasks import TaskManager
    except ImportError as error:
        raise EfficacyError(
            "the evaluation harness is not installed; install it with: "
            "pip install 'wareword[efficacy]'"
        ) from error
    if not (folder / f"{GROUP}.yaml").is_file():
        raise EfficacyError(f"{folder} holds no tasks; wareword efficacy writes some")

    class Asked(LM):
        """One of our models, as the harness asks it."""

        def loglikelihood(self, requests: list[Any]) -> list[tuple[float, bool]]:
            prompts, continuations = zip(*(request.args for request in requests), strict=True)
            scores = model.scores(prompts, continuations)
            return [(score.log_probability, score.greedy) for score in scores]

        def loglikelihood_rolling(self, requests: list[Any]) -> list[float]:
            texts = [request.args[0] for request in requests]
            return [score.log_probability for score in model.scores([""] * len(texts), texts)]

        def generate_until(self, requests: list[Any]) -> list[str]:
            written = model.complete([request.args[0] for request in requests], model.context)
            return [
                _before(text, request.args[1].get("until", []))
                for text, request in zip(written, requests, strict=True)
            ]

    manager = TaskManager(include_path=str(folder), include_defaults=False)
    found = simple_evaluate(Asked(), tasks=[GROUP], task_manager=manager, bootstrap_iters=0)
    return {
        name: float(figures["acc,none"])
        for name, figures in sorted(found["results"].items())
        if "acc,none" in figures
    }


def _write_task(folder: Path, name: str, measure: str, rows: Sequence[dict[str, Any]]) -> None:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    _write(folder / f"{name}.jsonl", lines)
    task: dict[str, Any] = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str((folder / f"{name}.jsonl").resolve())}},
        "test_split": "test",
        "output_type": "loglikelihood" if measure == "recall" else "multiple_choice",
        "doc_to_text": "{{text}}",
        "doc_to_target": "{{target}}" if measure == "recall" else "target",
        "target_delimiter": "",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
        "metadata": {"version": 1},
    }
    if measure == "choice":
        task["doc_to_choice"] = "choices"
    _write(folder / f"{name}.yaml", yaml.safe_dump(task, sort_keys=False))


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _before(text: str, stops: Sequence[str]) -> str:
    return min((text.split(stop, 1)[0] for stop in stops if stop), key=len, default=text)
