"""Link prediction: what a household buys next, and which products are bought together.

Windows of four weeks keep time apart: the towers are trained on earlier ones than the mixture,
the mixture on an earlier one than validation, and that before test; each is told only what came
before the beginning of its window (graph.history). Log-odds are calibrated by isotonic
regression on the ten best answers to each case of validation.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from graph.build import Graph, build
from graph.calibration import fit_isotonic, write_calibration
from graph.evaluation import K, Ranked, forget, rank, ranking_metrics, together, top, write_metrics
from graph.history import PURCHASE
from graph.mixing import (
    BLOCK,
    Block,
    Knowledge,
    LinkSettings,
    LinkTask,
    Mixture,
    Progress,
    drawn,
    new_towers,
    restored,
    stored,
    train_mixture,
    train_towers,
)
from graph.models.towers import Towers
from graph.purchases import Purchases
from graph.related import Related
from graph.storage import Answers, arrays, load, save, tensors
from warehouse.connection import transaction
from warehouse.devices import check_device, one_thread

MODEL = "hgt-links-1"
BLIND = "the same without the graph transformer"
FILE = "links.pt"

TASKS: dict[str, Callable[[Graph], LinkTask]] = {
    Purchases.name: Purchases,
    Related.name: Related,
}

FEWEST_WINDOWS = 4


@dataclass(frozen=True)
class LinkModel:
    """What predicts the links of a task; `knots` turn log-odds into probabilities, and `checks`
    are the K best answers to each case of validation and test."""

    task: LinkTask
    towers: Towers
    mixture: Mixture
    knots: Answers
    checks: dict[str, Answers]

    def best(self, told: Knowledge, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The K best products [rows, K] for each query, and their log-odds [rows, K]."""
        scores = self.mixture.score(told, told.block(rows))
        scores[self.task.barred(rows)] = -np.inf
        chosen = top(scores, K)
        return chosen, np.take_along_axis(scores, chosen, axis=1)

    def probability(self, scores: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of log-odds."""
        return np.interp(scores, *self.knots)


def train_links(
    connection: duckdb.DuckDBPyConnection,
    models: Path,
    settings: LinkSettings,
    *,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Trains, calibrates and measures both tasks, with the baselines in the same tables.

    Writes `graph.metric`, `graph.learning_curve`, `graph.calibration` and `models/links.pt`;
    returns which share of the purchases was trained on, and what was skipped.
    """
    check_device(settings.device)
    tell = progress or (lambda what, done, total: None)
    graph = build(connection)
    content: dict[str, Any] = {}
    told: dict[str, Any] = {"purchases": 0}
    skipped = []
    with transaction(connection), one_thread():
        forget(connection, list(TASKS))
        for name, make in TASKS.items():
            task = make(graph)
            if lacking := _lacking(task):
                skipped.append(f"{name}: {lacking}")
                continue
            test, _, mixing, *earlier = task.windows
            chosen = earlier[: settings.windows]
            content[name] = _train(connection, task, chosen, settings, tell)
            told |= {
                "purchases": len(task.graph.edges[PURCHASE].time),
                "share_of_purchases_in_training_windows": task.share_inside([*chosen, mixing]),
                "share_of_purchases_known_at_test": task.share_before(test),
                "training_windows": len(chosen) + 1,
                "links_drawn_a_query_and_epoch": settings.positives or "all",
            }
    save(models / FILE, {"settings": asdict(settings), "tasks": content}, graph)
    return {**told, "skipped": "; ".join(skipped)}


def load_links(models: Path, graph: Graph) -> list[LinkModel]:
    """The models that `train_links` wrote, those that were not skipped.

    Raises:
        WarewordError: if the graph has other nodes than the one that they were trained on.
    """
    content = load(models / FILE, graph)
    settings = LinkSettings(**{**content["settings"], "device": "cpu"})
    found = []
    for name, saved in content["tasks"].items():
        task = TASKS[name](graph)
        towers = new_towers(task, settings)
        towers.load_state_dict(saved["towers"])
        mixture, knots = restored(saved["mixture"]), arrays(saved["knots"])
        checks = {split: arrays(answers) for split, answers in saved["checks"].items()}
        found.append(LinkModel(task, towers.eval(), mixture, knots, checks))
    return found


def _lacking(task: LinkTask) -> str:
    """Why a task can not be learned and measured; empty if it can."""
    if len(task.windows) < FEWEST_WINDOWS:
        return "purchases of at least 20 weeks are needed"
    cuts = task.windows[:FEWEST_WINDOWS]
    if not all(task.targets(cut).nnz and len(task.askable(cut)) for cut in cuts):
        return "each of the last four windows of four weeks needs links, and someone to ask about"
    return ""


def _train(
    connection: duckdb.DuckDBPyConnection,
    task: LinkTask,
    cuts: list[int],
    settings: LinkSettings,
    tell: Progress,
) -> dict[str, Any]:
    test, validation, mixing, *_ = task.windows

    def note(quantity: str, epoch: int, value: float) -> None:
        row = [task.name, MODEL, epoch, quantity, value]
        connection.execute("INSERT INTO graph.learning_curve VALUES (?, ?, ?, ?, ?)", row)

    towers = train_towers(task, cuts, settings, note, tell)
    mixture, blind = train_mixture(task, towers, mixing, settings, note, tell)
    checks = {
        split: _measure(connection, task, towers, mixtures, cut, split, settings, tell)
        for split, cut, mixtures in (
            ("validation", validation, {MODEL: mixture}),
            ("test", test, {MODEL: mixture, BLIND: blind}),
        )
    }
    knots = fit_isotonic(*checks["validation"])
    scores, right = checks["test"]
    for state, confidence in (
        ("before", 1 / (1 + np.exp(-scores))),
        ("after", np.interp(scores, *knots)),
    ):
        write_calibration(connection, task.name, MODEL, state, confidence, right)
    return {
        "towers": towers.state_dict(),
        "mixture": stored(mixture),
        "knots": tensors(knots),
        "checks": {split: tensors(answers) for split, answers in checks.items()},
    }


def _measure(
    connection: duckdb.DuckDBPyConnection,
    task: LinkTask,
    towers: Towers,
    mixtures: dict[str, Mixture],
    cut: int,
    split: str,
    settings: LinkSettings,
    tell: Progress,
) -> Answers:
    """Ranks all products for each case of a window, and writes the metrics, on test those of the
    baselines too; returns the log-odds of the K best answers of MODEL, and whether each is right.
    """
    wanted = task.targets(cut)
    rows = drawn(task.askable(cut), settings)
    told = task.knowledge(cut, towers, rows)
    ranked: dict[tuple[str, str], list[Ranked]] = {}
    best: list[Answers] = []
    for begin in range(0, len(rows), BLOCK):
        tell(f"ranking all products for {task.name}, {split}", begin, len(rows))
        block = told.block(rows[begin : begin + BLOCK])
        true = wanted[block.rows].toarray() > 0
        answers = {name: one.score(told, block) for name, one in mixtures.items()}
        best.append(_best(task, block.rows, answers[MODEL], true))
        if split == "test":
            answers |= task.baselines(told, block)
        for scope, allowed in _scopes(task, block).items():
            for name, scores in answers.items():
                ranked.setdefault((name, scope), []).append(rank(scores, true, allowed))
    for (name, scope), parts in ranked.items():
        found = together(parts)
        values = ranking_metrics(found)
        write_metrics(connection, task.name, name, split, scope, values, len(found.first))
    scores, right = (np.concatenate(column) for column in zip(*best, strict=True))
    return scores, right


def _scopes(task: LinkTask, block: Block) -> dict[str, np.ndarray]:
    """Which pairs [rows, products] are ranked: all that can be linked, or those never linked."""
    every = np.ones(block.pairs[0].shape, dtype=bool)
    every[task.barred(block.rows)] = False
    new = every.copy()
    new[block.row, block.product] = False
    return {"all": every, "new": new}


def _best(task: LinkTask, rows: np.ndarray, scores: np.ndarray, true: np.ndarray) -> Answers:
    """The scores of the K best answers to each query, and whether each is right."""
    scores = scores.copy()
    scores[task.barred(rows)] = -np.inf
    chosen = top(scores, K)
    found = np.take_along_axis(scores, chosen, axis=1).ravel()
    possible = np.isfinite(found)
    return found[possible], np.take_along_axis(true, chosen, axis=1).ravel()[possible]
