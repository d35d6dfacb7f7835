"""Metrics, each one function with one definition, which is stored beside every value.

Rankings are over all candidates; none are sampled (Krichene and Rendle 2020, "On Sampled Metrics
for Item Recommendation", KDD). Score matrices come block by block; `Ranked` keeps what the metrics
need.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from sklearn.metrics import f1_score

K = 10


@dataclass(frozen=True)
class Ranked:
    """Where the relevant candidates of each case came.

    `first` [cases] is the rank of the best one, `hits` [cases, k] tells which of the first k are
    relevant, `relevant` [cases] how many there are.
    """

    first: np.ndarray
    hits: np.ndarray
    relevant: np.ndarray


def top(scores: np.ndarray, k: int = K) -> np.ndarray:
    """[cases, k]: the best candidates, best first; of equal scores the lower position is first."""
    k = min(k, scores.shape[1])
    least = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]
    above, equal = scores > least, scores == least
    crowded = np.flatnonzero(above.sum(axis=1) + equal.sum(axis=1) > k)
    room = k - above[crowded].sum(axis=1, keepdims=True)
    equal[crowded] &= np.cumsum(equal[crowded], axis=1) <= room
    chosen = np.nonzero(above | equal)[1].reshape(len(scores), k)
    order = np.argsort(-np.take_along_axis(scores, chosen, axis=1), axis=1, kind="stable")
    return np.take_along_axis(chosen, order, axis=1)


def rank(
    scores: np.ndarray, relevant: np.ndarray, allowed: np.ndarray | None = None, k: int = K
) -> Ranked:
    """Ranks all `allowed` candidates (default: all) of each case by `scores` [cases, candidates].

    Equal scores rank by position. `relevant` [cases, candidates] is boolean; cases without a
    relevant candidate are left out.
    """
    if allowed is not None:
        scores, relevant = np.where(allowed, scores, -np.inf), relevant & allowed
    total = relevant.sum(axis=1)
    cases = total > 0
    scores, relevant, total = scores[cases], relevant[cases], total[cases]
    if not len(scores):
        return Ranked(np.empty(0, dtype=int), np.empty((0, k), dtype=bool), total)
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    equal = scores == best
    place = np.argmax(equal & relevant, axis=1)
    before = equal & (np.arange(scores.shape[1]) < place[:, None])
    first = (scores > best).sum(axis=1) + before.sum(axis=1) + 1
    chosen = top(scores, k)
    hits = np.take_along_axis(relevant, chosen, axis=1)
    hits = np.pad(hits, ((0, 0), (0, k - hits.shape[1])))
    return Ranked(first, hits, total)


def together(parts: Sequence[Ranked]) -> Ranked:
    """The cases of several blocks as one."""
    return Ranked(
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.hits for part in parts]),
        np.concatenate([part.relevant for part in parts]),
    )


def accuracy(predicted: np.ndarray, true: np.ndarray) -> float:
    """See DEFINITIONS."""
    return float((predicted == true).mean())


def macro_f1(predicted: np.ndarray, true: np.ndarray) -> float:
    """See DEFINITIONS."""
    return float(
        f1_score(true, predicted, labels=np.unique(true), average="macro", zero_division=0)
    )


def mean_reciprocal_rank(ranked: Ranked) -> float:
    """See DEFINITIONS."""
    return float((1 / ranked.first).mean())


def hits_at_k(ranked: Ranked) -> float:
    """See DEFINITIONS."""
    return float(ranked.hits.any(axis=1).mean())


def ndcg_at_k(ranked: Ranked) -> float:
    """See DEFINITIONS."""
    gain = 1 / np.log2(np.arange(2, ranked.hits.shape[1] + 2))
    ideal = np.concatenate([[0], np.cumsum(gain)])[np.minimum(ranked.relevant, len(gain))]
    return float(((ranked.hits * gain).sum(axis=1) / ideal).mean())


def recall_at_k(ranked: Ranked) -> float:
    """See DEFINITIONS."""
    return float((ranked.hits.sum(axis=1) / ranked.relevant).mean())


RANKING: dict[str, Callable[[Ranked], float]] = {
    "MRR": mean_reciprocal_rank,
    f"Hits@{K}": hits_at_k,
    f"NDCG@{K}": ndcg_at_k,
    f"Recall@{K}": recall_at_k,
}

DEFINITIONS = {
    "accuracy": "share of cases whose best answer is the true one",
    "macro-F1": "mean over the classes that occur in the true answers of the harmonic mean of "
    "precision and recall",
    "MRR": "mean over cases of 1 / rank of the best ranked relevant candidate",
    f"Hits@{K}": f"share of cases with a relevant candidate among the first {K}",
    f"NDCG@{K}": f"mean over cases of the sum of 1 / log2(rank + 1) over the relevant candidates "
    f"among the first {K}, divided by the most that is possible",
    f"Recall@{K}": f"mean over cases of the share of relevant candidates that are among the "
    f"first {K}",
}


def ranking_metrics(ranked: Ranked) -> dict[str, float]:
    """Every metric of RANKING; none where there are no cases."""
    if not len(ranked.first):
        return {}
    return {name: metric(ranked) for name, metric in RANKING.items()}


# Written by graph.prediction, so training leaves them alone.
OF_FACTS = {
    "precision of facts": "share of right ones among the answers that are sure enough for a fact",
    "share sure enough": "share of the answers that are sure enough for a fact",
}


def forget(connection: duckdb.DuckDBPyConnection, tasks: list[str]) -> None:
    """Removes what an earlier training measured of some tasks."""
    connection.execute("DELETE FROM graph.learning_curve WHERE list_contains(?, task)", [tasks])
    connection.execute("DELETE FROM graph.calibration WHERE list_contains(?, task)", [tasks])
    connection.execute(
        """
        DELETE FROM graph.metric WHERE list_contains(?, task) AND NOT list_contains(?, metric)
        """,
        [tasks, list(OF_FACTS)],
    )


def write_metrics(
    connection: duckdb.DuckDBPyConnection,
    task: str,
    model: str,
    split: str,
    scope: str,
    values: dict[str, float],
    cases: int,
    define: Callable[[str], str] = DEFINITIONS.__getitem__,
) -> None:
    """Adds values to `graph.metric`."""
    if values:
        connection.executemany(
            "INSERT INTO graph.metric VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                [task, model, split, scope, name, value, define(name), cases]
                for name, value in values.items()
            ],
        )
