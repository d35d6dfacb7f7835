"""What any link prediction needs: what is known before a time, its towers, and the mixture.

Two steps. The towers (graph.models.towers) are trained on what was linked in earlier windows.
Then the mixture (graph.models.mixture), trained on a later window, adds what else is known of
the pair. A task (graph.purchases, graph.related) says what counts as a link, and what is known.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix

from graph.build import EdgeType, Graph
from graph.history import PURCHASE, WINDOW
from graph.models.mixture import Cases, Fresh, Known, fit, joined, negative_chances
from graph.models.towers import Shape, Towers
from graph.sampling import Index, index_all

Progress = Callable[[str, int, int], None]
# What was measured, epoch, value.
Note = Callable[[str, int, float], None]
Pairs = tuple[np.ndarray, np.ndarray]

BLOCK = 64
"""Queries that are scored against all products at a time."""


@dataclass(frozen=True)
class Block:
    """What is known of some queries, `rows`, and all products.

    `pairs` are features [rows, products], the first item-to-item co-occurrence and the last the
    score of the towers. Earlier links are `row` [N] (a place in `rows`) and `product` [N], and
    `links` their features [N] each, the first how often, as log(1 + count).
    """

    rows: np.ndarray
    pairs: list[np.ndarray]
    row: np.ndarray
    product: np.ndarray
    links: list[np.ndarray]


@dataclass(frozen=True)
class LinkSettings:
    """`windows` of four weeks train the towers (None: all there are), in `epochs` over at most
    `cases` queries of each (None: all); `positives` are drawn a query, and `negatives` for each
    part of the mixture, which goes over them in `known_epochs` and `fresh_epochs`.
    """

    seed: int = 0
    device: str = "cpu"
    hidden: int = 48
    heads: int = 4
    epochs: int = 3
    windows: int | None = 5
    cases: int | None = 2_500
    batch: int = 256
    rate: float = 5e-3
    positives: int | None = 12
    negatives: int = 300
    known_epochs: int = 8
    fresh_epochs: int = 20


@dataclass(frozen=True)
class Knowledge(ABC):
    """What is known before a time: features of queries [queries, Q] and products [products, P],
    the last of which is the bias of the tower, and how `popular` [products] each product is."""

    vectors: dict[str, np.ndarray]
    queries: np.ndarray
    products: np.ndarray
    popular: np.ndarray

    @abstractmethod
    def links(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        """Earlier links of queries: place in `rows`, product, features, as `Block` has them."""

    @abstractmethod
    def alike(self, rows: np.ndarray) -> list[np.ndarray]:
        """Features [rows, products] of all pairs but the last, as `Block` has them."""

    def block(self, rows: np.ndarray) -> Block:
        """All that is known of some queries."""
        towers = self.vectors["query"][rows] @ self.vectors["product"].T + self.vectors["bias"]
        return Block(rows, [*self.alike(rows), towers], *self.links(rows))


class LinkTask(ABC):
    """A kind of link to predict: `name` of the task, `predicate` of its facts, its `graph`, the
    `shape` of its towers, and the beginnings of its `windows`, the newest first."""

    name: str
    predicate: str
    graph: Graph
    shape: Shape
    windows: list[int]

    @abstractmethod
    def targets(self, cut: int) -> csr_matrix:
        """[queries, products], 1 for links of the window that begins at `cut`."""

    @abstractmethod
    def knowledge(self, cut: int, towers: Towers, rows: np.ndarray) -> Knowledge:
        """What is known before `cut`; vectors of the queries `rows`, zeros for others."""

    @abstractmethod
    def baselines(self, told: Knowledge, block: Block) -> dict[str, np.ndarray]:
        """Scores [rows, products] of simple answers."""

    @abstractmethod
    def askable(self, cut: int) -> np.ndarray:
        """Queries for which predictions are wanted at `cut`, whatever comes of it."""

    def barred(self, rows: np.ndarray) -> Pairs:
        """Pairs that cannot be linked: place in `rows`, product."""
        none = np.empty(0, dtype=np.int64)
        return none, none

    @cached_property
    def indexes(self) -> dict[EdgeType, Index]:
        """The edges of the graph, ready to be sampled."""
        return index_all(self.graph)

    @property
    def end(self) -> int:
        """When the last window ends."""
        return self.windows[0] + WINDOW

    def share_inside(self, cuts: list[int]) -> float:
        """Share of all purchases that lie in the windows that begin at `cuts`."""
        time = self.graph.edges[PURCHASE].time
        seen = sum(int(((time >= cut) & (time < cut + WINDOW)).sum()) for cut in cuts)
        return round(seen / len(time), 4)

    def share_before(self, cut: int) -> float:
        """Share of all purchases that came before `cut`."""
        return round(float((self.graph.edges[PURCHASE].time < cut).mean()), 4)


def drawn(rows: np.ndarray, settings: LinkSettings) -> np.ndarray:
    """At most `settings.cases` of `rows`, by the seed."""
    if settings.cases is None or len(rows) <= settings.cases:
        return rows
    generator = np.random.default_rng(settings.seed)
    return np.sort(generator.choice(rows, settings.cases, replace=False))


def query_vectors(
    task: LinkTask, towers: Towers, rows: np.ndarray, cut: int
) -> dict[str, np.ndarray]:
    """Vectors of the towers, those of queries at their positions in the graph."""
    found = towers.vectors(task.indexes, rows, cut)
    queries = len(task.graph.nodes[task.shape.query])
    every = np.zeros((queries, found["query"].shape[1]), np.float32)
    every[rows] = found["query"]
    return {**found, "query": every}


def train_towers(
    task: LinkTask, cuts: list[int], settings: LinkSettings, note: Note, tell: Progress
) -> Towers:
    """Trains the towers on the links of the windows that begin at `cuts`."""
    generator = np.random.default_rng(settings.seed)
    wanted = {cut: task.targets(cut) for cut in cuts}
    steps = []
    for cut in cuts:
        linked_rows = np.flatnonzero(wanted[cut].getnnz(axis=1))
        rows = generator.permutation(drawn(linked_rows, settings))
        steps += [
            (cut, np.sort(rows[begin : begin + settings.batch]))
            for begin in range(0, len(rows), settings.batch)
        ]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        towers = new_towers(task, settings)
    optimiser = torch.optim.Adam(towers.parameters(), lr=settings.rate)
    for epoch in range(1, settings.epochs + 1):
        losses = []
        for place, step in enumerate(generator.permutation(len(steps))):
            tell(
                f"training towers for {task.name}, epoch {epoch} of {settings.epochs}",
                place,
                len(steps),
            )
            cut, rows = steps[step]
            query, product = draw_positives(wanted[cut], rows, settings.positives, generator)
            loss = towers.loss(task.indexes, rows, query, product, cut)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(float(loss.detach()))
        note("training loss of towers", epoch, float(np.mean(losses)))
    return towers.eval()


def new_towers(task: LinkTask, settings: LinkSettings) -> Towers:
    """Towers that have learned nothing yet."""
    return Towers(task.shape, settings.hidden, settings.heads).to(settings.device)


def draw_positives(
    wanted: csr_matrix, rows: np.ndarray, count: int | None, generator: np.random.Generator
) -> Pairs:
    """Up to `count` linked products of each row (None: all): place in rows [N], product [N]."""
    found = wanted[rows].tocoo()
    count = found.nnz if count is None else count
    order = np.lexsort((generator.random(found.nnz), found.row))
    row, column = found.row[order], found.col[order]
    begin = np.searchsorted(row, np.arange(len(rows)))
    keep = np.arange(len(row)) - begin[row] < count
    return row[keep].astype(np.int64), column[keep].astype(np.int64)


@dataclass(frozen=True)
class Mixture:
    """The two parts of graph.models.mixture; one that is `blind` does not see the towers."""

    known: Known
    fresh: Fresh
    blind: bool = False

    def score(self, told: Knowledge, block: Block) -> np.ndarray:
        """Log-odds [rows, products] of a link in the window after what is `told`."""
        products = told.products
        if self.blind:
            block, products = replace(block, pairs=block.pairs[:-1]), products[:, :-1]
        scores = self.fresh.every(block.pairs, products, told.queries[block.rows])
        if len(block.row):
            features = torch.from_numpy(linked(told, block))
            with torch.no_grad():
                scores[block.row, block.product] = self.known(features).numpy()
        return scores

    def sizes(self) -> list[list[int]]:
        """How many features each part takes."""
        return [
            [len(standard.mean) for standard in part.standards]  # type: ignore[arg-type]
            for part in (self.known, self.fresh)
        ]


def linked(told: Knowledge, block: Block) -> np.ndarray:
    """All features [N, F] of the pairs that were linked before."""
    every = [
        *block.links,
        *told.products[block.product, :2].T,
        *told.queries[block.rows[block.row]].T,
        *(feature[block.row, block.product] for feature in block.pairs),
    ]
    return np.stack(every, axis=1).astype(np.float32)


def train_mixture(
    task: LinkTask, towers: Towers, cut: int, settings: LinkSettings, note: Note, tell: Progress
) -> tuple[Mixture, Mixture]:
    """Trains on the links of the window that begins at `cut`, which the towers did not see; gives
    the mixture, and one that does not see the towers either."""
    cases = _collect(task, towers, cut, settings, tell)
    tell(f"training the mixture for {task.name}", 0, 1)
    # Features of pairs and of products end with what the towers say.
    without = [
        replace(part, inputs=(*(x[:, :-1] for x in part.inputs[:2]), *part.inputs[2:]))
        for part in cases
    ]
    silent: Note = lambda quantity, epoch, value: None  # noqa: E731
    return (
        Mixture(*_fit(cases, settings, note)),
        Mixture(*_fit(without, settings, silent), blind=True),
    )


def _collect(
    task: LinkTask, towers: Towers, cut: int, settings: LinkSettings, tell: Progress
) -> list[Cases]:
    """Pairs to train the two parts on."""
    generator = np.random.default_rng(settings.seed)
    wanted = task.targets(cut)
    rows = drawn(task.askable(cut), settings)
    told = task.knowledge(cut, towers, rows)
    chances = negative_chances(told.popular, settings.negatives)
    known, fresh = [], []
    for begin in range(0, len(rows), BLOCK):
        tell(f"collecting pairs for {task.name}", begin, len(rows))
        block = told.block(rows[begin : begin + BLOCK])
        true = wanted[block.rows].toarray() > 0
        label = true[block.row, block.product]
        known.append(_drawn_known(linked(told, block), label, len(block.rows), settings, generator))
        kept = (generator.random(true.shape, dtype=np.float32) < chances) | true
        kept[block.row, block.product] = kept[task.barred(block.rows)] = False
        row, product = np.nonzero(kept)
        inputs = (
            np.stack([pair[row, product] for pair in block.pairs], axis=1),
            told.products[product],
            told.queries[block.rows[row]],
        )
        fresh.append(Cases(inputs, true[row, product].astype(np.float32), chances[product]))
    return [joined(known), joined(fresh)]


def _drawn_known(
    features: np.ndarray,
    label: np.ndarray,
    queries: int,
    settings: LinkSettings,
    generator: np.random.Generator,
) -> Cases:
    """Every positive, and about `settings.negatives` others a query."""
    chance = min(1.0, settings.negatives * queries / max(len(label), 1))
    kept = (generator.random(len(label)) < chance) | label
    chances = np.full(kept.sum(), chance, dtype=np.float32)
    return Cases((features[kept],), label[kept].astype(np.float32), chances)


def _fit(cases: list[Cases], settings: LinkSettings, note: Note) -> tuple[Known, Fresh]:
    sizes = [[x.shape[1] for x in part.inputs] for part in cases]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        known, fresh = Known(*sizes[0]), Fresh(*sizes[1])
    for name, part, given, epochs in (
        ("linked", known, cases[0], settings.known_epochs),
        ("other", fresh, cases[1], settings.fresh_epochs),
    ):
        fit(
            part,
            given,
            epochs=epochs,
            seed=settings.seed,
            note=lambda epoch, loss, name=name: note(  # type: ignore[misc]
                f"training loss of mixture, {name} pairs", epoch, loss
            ),
        )
    return known, fresh


def stored(mixture: Mixture) -> dict[str, Any]:
    """A mixture as what `torch.save` takes; `restored` reads it."""
    parts = {"known": mixture.known.state_dict(), "fresh": mixture.fresh.state_dict()}
    return {"sizes": mixture.sizes(), **parts}


def restored(content: dict[str, Any]) -> Mixture:
    """The mixture that `stored` was given."""
    known, fresh = Known(*content["sizes"][0]), Fresh(*content["sizes"][1])
    known.load_state_dict(content["known"])
    fresh.load_state_dict(content["fresh"])
    return Mixture(known.eval(), fresh.eval())
