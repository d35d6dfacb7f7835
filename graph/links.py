"""Link prediction: what a household buys next, and which products are first bought together.

Two steps. A Heterogeneous Graph Transformer (graph.models.hgt) over sampled neighbourhoods gives every
household and product a vector: households attend to their newest purchases, products to their type and
maker. Then a small network (graph.ranker) mixes the product of the two vectors with what is known of the
pair: how often, how long ago and how regularly it was bought, how popular the product is, and how often
it is bought by the same households as what the household buys. The transformer is trained on earlier
windows than the mixture, the mixture on earlier ones than validation and test, and each is told only
what came before the beginning of its window (graph.history).
"""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import torch
from torch import Tensor, nn

from graph.build import Graph, build
from graph.calibration import (
    ECE_DEFINITION,
    expected_calibration_error,
    reliability,
)
from graph.evaluation import ranking, ranking_metrics, write_metrics
from graph.history import (
    PURCHASE,
    WEEK,
    History,
    co_occurrence,
    history,
    popularity,
    targets,
    window_starts,
)
from graph.models.hgt import HGT
from graph.ranker import BLOCK, Ranker, fit_ranker
from graph.sampling import Index, Subgraph, index_all, sample
from warehouse.connection import transaction

Progress = Callable[[str, int, int], None]

TASK = "next_purchase"
MODEL = "hgt-links-1"
FILE = "links.pt"

_KINDS = ["customer", "product", "category", "manufacturer"]
_BOUGHT = ("product", "rev_purchase", "customer")
_TYPE = ("category", "rev_productType", "product")
_MAKER = ("manufacturer", "rev_manufacturer", "product")


@dataclass(frozen=True)
class LinkSettings:
    """`windows` are the training windows of four weeks (None: all there are); `recent` purchases a household attends to.

    `epochs` go over all households of a window; `negatives` are drawn a household for the mixture.
    """

    seed: int = 0
    device: str = "cpu"
    hidden: int = 48
    heads: int = 4
    epochs: int = 3
    windows: int | None = 5
    batch: int = 256
    recent: int = 24
    positives: int = 12
    negatives: int = 300
    ranker_epochs: int = 12


class Vectors(nn.Module):
    """Vectors of households and products; their inner product is the score of a purchase."""

    def __init__(self, sizes: dict[str, int], settings: LinkSettings) -> None:
        super().__init__()
        hidden = settings.hidden
        self.embeddings = nn.ModuleDict(
            {kind: nn.Embedding(sizes[kind], hidden) for kind in _KINDS}
        )
        for embedding in self.embeddings.values():
            nn.init.normal_(embedding.weight, std=0.1)
        self.age = nn.Linear(1, hidden)
        self.bias = nn.Embedding(sizes["product"], 1)
        nn.init.zeros_(self.bias.weight)
        self.transformer = HGT(_KINDS, [_BOUGHT, _TYPE, _MAKER], hidden, settings.heads, layers=2)
        self.settings = settings

    def households(self, indexes: dict[Any, Index], rows: np.ndarray, cut: int) -> Tensor:
        """[rows, hidden], from what each household bought before `cut`."""
        fanouts = [{_BOUGHT: self.settings.recent}, {_TYPE: 1, _MAKER: 1}]
        found = sample(indexes, "customer", rows, np.full(len(rows), cut), fanouts)
        weeks = np.zeros(len(found.nodes.get("product", ())), dtype=np.float32)
        if _BOUGHT in found.edges:
            # A product's place in a neighbourhood is its own, so its age can be; the newest edge comes first.
            np.maximum.at(weeks, found.edges[_BOUGHT][0], (found.times[_BOUGHT] - cut) / WEEK + 1e4)
            weeks = np.log1p(np.clip(1e4 - weeks, 0, None))
        return self._states(found, weeks)["customer"][: len(rows)]

    def products(self, indexes: dict[Any, Index], rows: np.ndarray, cut: int) -> Tensor:
        """[rows, hidden], from type and maker."""
        found = sample(indexes, "product", rows, np.full(len(rows), cut), [{_TYPE: 1, _MAKER: 1}])
        return self._states(found, np.zeros(len(found.nodes["product"]), dtype=np.float32))[
            "product"
        ][: len(rows)]

    def _states(self, found: Subgraph, weeks: np.ndarray) -> dict[str, Tensor]:
        device = self.bias.weight.device
        inputs = {
            kind: self.embeddings[kind](
                torch.from_numpy(found.nodes.get(kind, np.empty(0, dtype=np.int64))).to(device)
            )
            for kind in _KINDS
        }
        inputs["product"] = inputs["product"] + self.age(
            torch.from_numpy(weeks).to(device)[:, None]
        )
        edges = {key: torch.from_numpy(pairs).to(device) for key, pairs in found.edges.items()}
        states: dict[str, Tensor] = self.transformer(inputs, edges)
        return states


def train_links(
    connection: duckdb.DuckDBPyConnection,
    models: Path,
    settings: LinkSettings,
    *,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Trains, calibrates and measures next-purchase prediction, with the baselines in the same tables.

    Writes `graph.metric`, `graph.learning_curve`, `graph.calibration` and `models/links.pt`; returns the
    share of purchases that training saw as targets, and what was skipped.
    """
    tell = progress or (lambda what, done, total: None)
    graph = build(connection)
    with transaction(connection):
        for table in ("metric", "learning_curve", "calibration"):
            connection.execute(f"DELETE FROM graph.{table} WHERE task IN ('{TASK}', 'co_purchase')")
        starts = window_starts(graph.edges[PURCHASE]) if PURCHASE in graph.edges else []
        if len(starts) < 4:
            _write(models / FILE, {"skipped": True})
            return {"skipped": "link prediction needs purchases of at least 20 weeks"}
        test, validation, mixing, *earlier = starts
        chosen = earlier[: settings.windows]
        curve: list[tuple[str, int, float]] = []
        vectors = _train_vectors(graph, chosen, settings, curve, tell)
        ranker = _train_ranker(graph, vectors, mixing, settings, curve, tell)
        connection.executemany(
            "INSERT INTO graph.learning_curve VALUES (?, ?, ?, ?, ?)",
            [[TASK, MODEL, step, quantity, value] for quantity, step, value in curve],
        )
        _measure(connection, graph, vectors, ranker, validation, "validation", tell)
        confident = _measure(connection, graph, vectors, ranker, test, "test", tell)
        _write_reliability(connection, *confident)
    _write(
        models / FILE,
        {
            "settings": asdict(settings),
            "vectors": vectors.state_dict(),
            "ranker": ranker.state_dict(),
        },
    )
    time = graph.edges[PURCHASE].time
    seen = sum(int(((time >= cut) & (time < cut + 4 * WEEK)).sum()) for cut in [*chosen, mixing])
    return {
        "purchases": len(time),
        "share_of_purchases_as_targets": round(seen / len(time), 4),
        "share_of_purchases_as_history": round(float((time < test).mean()), 4),
        "windows": len(chosen),
    }


def load_model(models: Path, graph: Graph) -> tuple[Vectors, Ranker] | None:
    """The model that `train_links` wrote; None where it was skipped."""
    stored = torch.load(models / FILE, weights_only=True)
    if stored.get("skipped"):
        return None
    vectors = Vectors(_sizes(graph), LinkSettings(**stored["settings"]))
    vectors.load_state_dict(stored["vectors"])
    ranker = Ranker(FEATURES)
    ranker.load_state_dict(stored["ranker"])
    return vectors.eval(), ranker.eval()


def score(
    graph: Graph, vectors: Vectors, ranker: Ranker, known: History
) -> Callable[[np.ndarray], np.ndarray]:
    """A function from households to the log-odds [rows, products] that each buys each product in the next four weeks."""
    features = _features(graph, vectors, known)

    def scored(rows: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            found: np.ndarray = ranker(features(rows)).numpy()
        return found

    return scored


FEATURES = 11


def _features(graph: Graph, vectors: Vectors, known: History) -> Callable[[np.ndarray], Tensor]:
    """Features [rows, products, FEATURES] of what is known before the cut."""
    indexes = index_all(graph)
    everyone = _all_vectors(vectors, indexes, known.cut, graph)
    popular = np.log1p(popularity(known))
    lately = np.log1p(popularity(known, fading=0))

    def features(rows: np.ndarray) -> Tensor:
        count, first, last = (m[rows].toarray() for m in (known.count, known.first, known.last))
        fading = [np.log1p(m[rows].toarray()) for m in known.fading]
        again = np.maximum(count - 1, 0)
        interval = np.where(again > 0, (first - last) / np.maximum(again, 1), 0)
        due = np.where(again > 0, np.minimum(last / np.maximum(interval, 0.25), 8), 0)
        alike = np.log1p(co_occurrence(known, rows))
        shape = count.shape
        vector = everyone["customer"][rows] @ everyone["product"].T + everyone["bias"]
        parts = [
            np.log1p(count), *fading, np.where(count > 0, np.log1p(last), 5), due, (count > 0).astype(np.float32),
            alike, np.broadcast_to(popular, shape), np.broadcast_to(lately, shape), vector,
        ]  # fmt: skip
        return torch.from_numpy(np.stack(parts, axis=-1).astype(np.float32))

    return features


def _all_vectors(
    vectors: Vectors, indexes: dict[Any, Index], cut: int, graph: Graph
) -> dict[str, np.ndarray]:
    found = {}
    with torch.no_grad():
        for kind, ask, batch in (
            ("customer", vectors.households, 512),
            ("product", vectors.products, 8_192),
        ):
            rows = np.arange(len(graph.nodes[kind]))
            parts = [
                ask(indexes, rows[b : b + batch], cut).cpu() for b in range(0, len(rows), batch)
            ]
            found[kind] = torch.cat(parts).numpy()
        found["bias"] = vectors.bias.weight.squeeze(1).cpu().numpy()
    return found


def _sizes(graph: Graph) -> dict[str, int]:
    return {kind: max(len(graph.nodes[kind]), 1) for kind in _KINDS}


def _train_vectors(
    graph: Graph,
    cuts: list[int],
    settings: LinkSettings,
    curve: list[tuple[str, int, float]],
    tell: Progress,
) -> Vectors:
    """Softmax over the batch's products, corrected for how often each is drawn (Yi et al. 2019, RecSys, equation 3)."""
    indexes = index_all(graph)
    generator = np.random.default_rng(settings.seed)
    wanted = {cut: targets(graph, cut) for cut in cuts}
    steps = [
        (cut, rows)
        for cut in cuts
        for rows in np.array_split(
            np.flatnonzero(wanted[cut].getnnz(axis=1)),
            max(1, len(graph.nodes["customer"]) // settings.batch),
        )
        if len(rows)
    ]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        vectors = Vectors(_sizes(graph), settings).to(settings.device)
        optimiser = torch.optim.Adam(vectors.parameters(), lr=5e-3)
        for epoch in range(1, settings.epochs + 1):
            losses = []
            for place, step in enumerate(generator.permutation(len(steps))):
                tell(f"training links, epoch {epoch} of {settings.epochs}", place, len(steps))
                cut, rows = steps[step]
                household, product = _draw_positives(
                    wanted[cut], rows, settings.positives, generator
                )
                losses.append(_step(vectors, optimiser, indexes, rows, household, product, cut))
            curve.append(("training loss of vectors", epoch, float(np.mean(losses))))
    return vectors.eval()


def _draw_positives(
    wanted: Any, rows: np.ndarray, count: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Up to `count` bought products of each row: (place in rows, product)."""
    found = wanted[rows].tocoo()
    order = np.lexsort((generator.random(found.nnz), found.row))
    row, column = found.row[order], found.col[order]
    begin = np.searchsorted(row, np.arange(len(rows)))
    keep = np.arange(len(row)) - begin[row] < count
    return row[keep].astype(np.int64), column[keep].astype(np.int64)


def _step(
    vectors: Vectors,
    optimiser: torch.optim.Optimizer,
    indexes: dict[Any, Index],
    rows: np.ndarray,
    household: np.ndarray,
    product: np.ndarray,
    cut: int,
) -> float:
    candidates, label, drawn = np.unique(product, return_inverse=True, return_counts=True)
    left = vectors.households(indexes, rows, cut)
    right = vectors.products(indexes, candidates, cut)
    device = left.device
    bias = vectors.bias(torch.from_numpy(candidates).to(device)).squeeze(1)
    often = torch.from_numpy(np.log(drawn / len(product)).astype(np.float32)).to(device)
    logits = left @ right.T + bias - often
    true = torch.from_numpy(label).to(device)
    loss = nn.functional.cross_entropy(logits[torch.from_numpy(household).to(device)], true)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return float(loss.detach())


def _train_ranker(
    graph: Graph,
    vectors: Vectors,
    cut: int,
    settings: LinkSettings,
    curve: list[tuple[str, int, float]],
    tell: Progress,
) -> Ranker:
    tell("training the mixture", 0, 1)
    known, wanted = history(graph, cut), targets(graph, cut)
    return fit_ranker(
        _features(graph, vectors, known),
        np.flatnonzero(wanted.getnnz(axis=1)),
        lambda rows: wanted[rows].toarray() > 0,
        lambda rows: known.count[rows].toarray() > 0,
        negatives=settings.negatives,
        epochs=settings.ranker_epochs,
        seed=settings.seed,
        note=lambda epoch, loss: curve.append(("training loss of mixture", epoch, loss)),
    )


def _measure(
    connection: duckdb.DuckDBPyConnection,
    graph: Graph,
    vectors: Vectors,
    ranker: Ranker,
    cut: int,
    split: str,
    tell: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    """Ranks all products for each household that buys in the window; returns confidence and truth of the first ten."""
    known, wanted = history(graph, cut), targets(graph, cut)
    scored = score(graph, vectors, ranker, known)
    popular = popularity(known).astype(np.float64)
    share = popular / max(popular.max(), 1)
    rows = np.flatnonzero(wanted.getnnz(axis=1))
    results: dict[tuple[str, str], list[np.ndarray]] = {}
    confidence, right = [], []
    for begin in range(0, len(rows), BLOCK):
        tell(f"ranking all products ({split})", begin, len(rows))
        block = rows[begin : begin + BLOCK]
        true, count = wanted[block].toarray() > 0, known.count[block].toarray()
        own = count + np.where(count > 0, 1e-3 / (1 + np.floor(known.last[block].toarray())), 0)
        answers = {
            MODEL: scored(block),
            "popularity": np.broadcast_to(popular, true.shape),
            "own repeat purchases": own + 1e-6 * share,
            "item-to-item co-occurrence": co_occurrence(known, block),
        }
        for model, scores in answers.items():
            results.setdefault((model, "all"), []).append(ranking(scores, true))
            results.setdefault((model, "new"), []).append(ranking(scores, true, count == 0))
        top = np.argpartition(-answers[MODEL], 9, axis=1)[:, :10]
        confidence.append(
            1 / (1 + np.exp(-np.take_along_axis(answers[MODEL], top, axis=1))).ravel()
        )
        right.append(np.take_along_axis(true, top, axis=1).ravel())
    for (model, scope), parts in results.items():
        found = np.concatenate(parts)
        write_metrics(connection, TASK, model, split, scope, ranking_metrics(found), len(found))
    return np.concatenate(confidence), np.concatenate(right)


def _write_reliability(
    connection: duckdb.DuckDBPyConnection, confidence: np.ndarray, right: np.ndarray
) -> None:
    connection.executemany(
        "INSERT INTO graph.calibration VALUES (?, ?, 'after', ?, ?, ?, ?)",
        [[TASK, MODEL, *row] for row in reliability(confidence, right)],
    )
    error = {"expected calibration error": expected_calibration_error(confidence, right)}
    write_metrics(
        connection, TASK, MODEL, "test", "all", error, len(right), lambda name: ECE_DEFINITION
    )


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    torch.save(content, draft)
    os.replace(draft, path)
