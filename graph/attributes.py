"""Attribute prediction: category, product type, brand and package size of products that lack
them.

What is asked for is masked on the product asked about, and labels of validation and test
products are masked on everybody (graph.products); the model is graph.models.pointer. Its
log-probabilities are divided by one temperature, fitted on validation.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import torch
from torch import Tensor

from graph.baselines import backoff, commonest, majority, text_regression
from graph.build import Graph, build
from graph.calibration import fit_temperature, write_calibration
from graph.evaluation import accuracy, forget, macro_f1, write_metrics
from graph.models.pointer import Pointer, mixed
from graph.products import (
    GROUPS,
    TASKS,
    TEST,
    TRAIN,
    VALIDATION,
    WORDS,
    Groups,
    Products,
    read_products,
)
from graph.storage import Answers, arrays, load, save, tensors
from warehouse.connection import transaction
from warehouse.devices import check_device, one_thread

Progress = Callable[[str, int, int], None]

MODEL = "hgt-attributes-1"
FILE = "attributes.pt"

# Asked together, since they are masked together.
_MASKS = (("category", "productType"), ("size",), ("brand",))
_BLOCK = 2_048


@dataclass(frozen=True)
class AttributeSettings:
    """`neighbours` are drawn for each relation; `batch` products are asked about at a time, and of
    their brand, which is soon learned, only a share of them."""

    seed: int = 0
    device: str = "cpu"
    hidden: int = 64
    heads: int = 4
    epochs: int = 2
    batch: int = 768
    neighbours: int = 8
    rate: float = 6e-3
    share_for_brand: float = 0.25


@dataclass(frozen=True)
class AttributeModel:
    """What predicts the attributes of products."""

    graph: Graph
    products: Products
    groups: Groups
    network: Pointer
    settings: AttributeSettings

    def logits(self, task: str, seeds: np.ndarray) -> Tensor:
        """[seeds, classes]: log-probabilities, with what is asked for masked."""
        generator = np.random.default_rng(self.settings.seed)
        parts = [torch.empty(0, len(self.products.classes[task]))]
        with torch.no_grad():
            for begin in range(0, len(seeds), _BLOCK):
                rows = seeds[begin : begin + _BLOCK]
                states = self.network.states(*self.inputs(rows, TASKS[task][1], generator))
                copied = self._tensor(self.groups.shares(task, rows))
                gate = self.gate(task, states, rows)
                parts.append(mixed(gate, self.network.generated(task, states), copied).cpu())
        return torch.cat(parts)

    def loss(self, task: str, states: Tensor, seeds: np.ndarray) -> Tensor | None:
        """Mean cross-entropy over the `seeds` that have a label; None where none has one."""
        codes = self.products.codes[task][seeds]
        labelled = np.flatnonzero(codes)
        if not len(labelled):
            return None
        rows, codes = seeds[labelled], codes[labelled]
        own = states[torch.from_numpy(labelled).to(states.device)]
        true = self._tensor(codes - 1)[:, None]
        generated = self.network.generated(task, own).gather(1, true).squeeze(1)  # [N]
        copied = self._tensor(self.groups.shares_of(task, rows, codes).T)  # [relations, N]
        return -mixed(self.gate(task, own, rows), generated, copied).mean()

    def gate(self, task: str, states: Tensor, seeds: np.ndarray) -> Tensor:
        """[seeds, 1 + relations], see graph.models.pointer."""
        return self.network.gate(task, states, self._tensor(self.groups.statistics(task, seeds)))

    def inputs(
        self, seeds: np.ndarray, masked: tuple[str, ...], generator: np.random.Generator
    ) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Tensor]]:
        """Attributes of the seeds, of products drawn for them, and the edges between."""
        drawn = self.groups.draw(seeds, masked, self.settings.neighbours, generator)
        none = [np.empty(0, dtype=np.int64)]
        others = np.unique(np.concatenate([product for _, product in drawn.values()] or none))
        edges = {
            relation: self._tensor(np.stack([np.searchsorted(others, product), row]))
            for relation, (row, product) in drawn.items()
        }
        asked = {
            name: np.where(name in masked, 0, codes[seeds])
            for name, codes in self.products.codes.items()
        }
        known = {name: self.products.shown(name)[others] for name in self.products.codes}
        return self._columns(asked, seeds), self._columns(known, others), edges

    def _columns(self, columns: dict[str, np.ndarray], rows: np.ndarray) -> dict[str, Tensor]:
        words, offsets = self.products.words_of(rows)
        found = {
            **columns,
            "price": self.products.price[rows],
            "words": words,
            "offsets": offsets,
        }
        return {name: self._tensor(column) for name, column in found.items()}

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.settings.device)


@dataclass(frozen=True)
class TrainedAttributes:
    """The model, the temperature of each task, and its answers to validation and test."""

    model: AttributeModel
    temperatures: dict[str, float]
    checks: dict[str, dict[str, Answers]]


def train_attributes(
    connection: duckdb.DuckDBPyConnection,
    models: Path,
    settings: AttributeSettings,
    *,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Trains, calibrates and measures attribute prediction, with the baselines in the same tables.

    Writes `graph.metric`, `graph.learning_curve`, `graph.calibration` and `models/attributes.pt`.
    Tasks with fewer than two classes, or without cases in a split, are skipped, and named in what
    is returned.
    """
    check_device(settings.device)
    tell = progress or (lambda what, done, total: None)
    graph = build(connection)
    products = read_products(connection, graph, settings.seed)
    tasks = [task for task in TASKS if _measurable(products, task)]
    with transaction(connection), one_thread():
        forget(connection, list(TASKS))
        content: dict[str, Any] = {"temperatures": {}, "checks": {}, "weights": {}}
        if tasks:
            model = _model(graph, products, tasks, settings)
            for curve in _train(model, tasks, tell):
                connection.execute("INSERT INTO graph.learning_curve VALUES (?, ?, ?, ?, ?)", curve)
            for place, task in enumerate(tasks):
                tell("measuring attributes against baselines", place, len(tasks))
                temperature, checks = _measure(connection, model, task)
                content["temperatures"][task] = temperature
                content["checks"][task] = {split: tensors(checks[split]) for split in checks}
            content["weights"] = model.network.state_dict()
    save(models / FILE, {"settings": asdict(settings), **content}, graph)
    return {
        "products": len(products.split),
        "products_trained_on": int((products.split == TRAIN).sum()) if tasks else 0,
        "tasks": ", ".join(tasks),
        "skipped_tasks": ", ".join(task for task in TASKS if task not in tasks),
    }


def load_attributes(
    connection: duckdb.DuckDBPyConnection, models: Path, graph: Graph
) -> TrainedAttributes | None:
    """What `train_attributes` wrote; None if all was skipped.

    Raises:
        WarewordError: if the graph has other nodes than the one that it was trained on.
    """
    content = load(models / FILE, graph)
    if not content["temperatures"]:
        return None
    settings = AttributeSettings(**{**content["settings"], "device": "cpu"})
    products = read_products(connection, graph, settings.seed)
    model = _model(graph, products, list(content["temperatures"]), settings)
    model.network.load_state_dict(content["weights"])
    model.network.eval()
    checks = {
        task: {split: arrays(saved) for split, saved in splits.items()}
        for task, splits in content["checks"].items()
    }
    return TrainedAttributes(model, content["temperatures"], checks)


def _model(
    graph: Graph, products: Products, tasks: list[str], settings: AttributeSettings
) -> AttributeModel:
    groups = Groups(graph, products)
    sizes = {name: len(found) for name, found in products.classes.items()}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = Pointer(
            sizes, tasks, list(groups.group), len(GROUPS), WORDS, settings.hidden, settings.heads
        )
    return AttributeModel(graph, products, groups, network.to(settings.device), settings)


def _measurable(products: Products, task: str) -> bool:
    splits = (TRAIN, VALIDATION, TEST)
    enough = all(len(products.cases(task, split)) for split in splits)
    return enough and len(products.classes[task]) > 1


def _train(
    model: AttributeModel, tasks: list[str], tell: Progress
) -> Iterator[tuple[str, str, int, str, float]]:
    """Trains, and gives rows of `graph.learning_curve`."""
    settings, network = model.settings, model.network
    generator = np.random.default_rng(settings.seed)
    steps = len(_steps(model.products, tasks, settings, np.random.default_rng(0)))
    optimiser = torch.optim.Adam(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.rate, total_steps=settings.epochs * steps + 1
    )
    for epoch in range(1, settings.epochs + 1):
        losses: dict[str, list[float]] = {task: [] for task in tasks}
        what = f"training attributes, epoch {epoch} of {settings.epochs}"
        for place, (asked, rows) in enumerate(_steps(model.products, tasks, settings, generator)):
            tell(what, place, steps)
            states = network.states(*model.inputs(rows, TASKS[asked[0]][1], generator))
            found = {task: model.loss(task, states, rows) for task in asked}
            known = {task: loss for task, loss in found.items() if loss is not None}
            if known:
                optimiser.zero_grad()
                torch.stack(list(known.values())).sum().backward()
                optimiser.step()
            schedule.step()
            for task, loss in known.items():
                losses[task].append(float(loss.detach()))
        for task in tasks:
            rows = model.products.cases(task, VALIDATION)[:_BLOCK]
            right = model.logits(task, rows).argmax(1).numpy() == _true(model, task, rows)
            yield task, MODEL, epoch, "training loss", float(np.mean(losses[task] or [0]))
            yield task, MODEL, epoch, "validation accuracy", float(right.mean())


def _steps(
    products: Products,
    tasks: list[str],
    settings: AttributeSettings,
    generator: np.random.Generator,
) -> list[tuple[list[str], np.ndarray]]:
    """Tasks and products of each step of an epoch, in any order: every training product once for
    the tasks of each mask that it has a label of, but for the brand a share of them."""
    found = []
    for mask in _MASKS:
        asked = [task for task in mask if task in tasks]
        rows = generator.permutation(np.flatnonzero(products.split == TRAIN))
        labelled = np.stack([products.codes[task][rows] > 0 for task in asked or mask]).any(axis=0)
        rows = rows[labelled] if asked else rows[:0]
        if mask == ("brand",):
            rows = rows[: round(len(rows) * settings.share_for_brand) + 1]
        for begin in range(0, len(rows), settings.batch):
            found.append((asked, rows[begin : begin + settings.batch]))
    return [found[place] for place in generator.permutation(len(found))]


def _true(model: AttributeModel, task: str, rows: np.ndarray) -> np.ndarray:
    true: np.ndarray = model.products.codes[task][rows] - 1
    return true


def _measure(
    connection: duckdb.DuckDBPyConnection, model: AttributeModel, task: str
) -> tuple[float, dict[str, Answers]]:
    """Writes metrics of the model and of the baselines, and the reliability before and after
    calibration; returns the temperature, and the answers to both splits."""
    products, seed = model.products, model.settings.seed
    rows = {"validation": products.cases(task, VALIDATION), "test": products.cases(task, TEST)}
    logits = {split: model.logits(task, rows[split]) for split in rows}
    true = {split: _true(model, task, rows[split]) for split in rows}
    temperature = fit_temperature(logits["validation"], torch.from_numpy(true["validation"]))
    answers = {
        MODEL: logits["test"].argmax(1).numpy(),
        "majority": majority(products, task, rows["test"]),
        "commonest of the maker": commonest(products, task, rows["test"], ("manufacturer",)),
        "commonest of the group, with backoff": backoff(products, task, rows["test"]),
        "text logistic regression": text_regression(products, task, rows["test"], seed),
    }
    for name, found in answers.items():
        values = {
            "accuracy": accuracy(found, true["test"]),
            "macro-F1": macro_f1(found, true["test"]),
        }
        write_metrics(connection, task, name, "test", "all", values, len(found))
    write_calibration(connection, task, MODEL, "before", *_answers(logits["test"], true["test"]))
    checks = {split: _answers(logits[split] / temperature, true[split]) for split in rows}
    write_calibration(connection, task, MODEL, "after", *checks["test"])
    return temperature, checks


def _answers(logits: Tensor, true: np.ndarray) -> Answers:
    """Confidence of the best answers, and whether each is right."""
    confidence, found = torch.softmax(logits, 1).max(1)
    return confidence.numpy(), found.numpy() == true
