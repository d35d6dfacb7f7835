"""Metrics, each one function with one definition, which is stored beside every value.

Rankings are over all candidates; none are sampled (Krichene and Rendle 2020, "On Sampled Metrics for
Item Recommendation").
"""

from collections.abc import Callable

import duckdb
import numpy as np
from sklearn.metrics import f1_score

# Scores that differ by less are ties, a place.
TIE = 1e-9

DEFINITIONS = {
    "accuracy": "share of cases whose best answer is the true one",
    "macro-F1": "mean over the classes that occur in the true answers of the harmonic mean of precision and recall",
    "MRR": "mean over cases of 1 / rank of the best ranked relevant candidate",
    "Hits@10": "share of cases with a relevant candidate among the first 10",
    "NDCG@10": "mean over cases of sum of 1 / log2(rank + 1) over relevant candidates in the first 10, "
    "divided by the most that is possible",
    "Recall@10": "mean over cases of the share of relevant candidates that are among the first 10",
}


def accuracy(predicted: np.ndarray, true: np.ndarray) -> float:
    """See DEFINITIONS."""
    return float((predicted == true).mean())


def macro_f1(predicted: np.ndarray, true: np.ndarray) -> float:
    """See DEFINITIONS."""
    return float(
        f1_score(true, predicted, labels=np.unique(true), average="macro", zero_division=0)
    )


def ranking(
    scores: np.ndarray, relevant: np.ndarray, allowed: np.ndarray | None = None, k: int = 10
) -> np.ndarray:
    """[cases, 4]: reciprocal rank, hits@k, NDCG@k, recall@k of each case.

    `scores` [cases, candidates] ranks all candidates that are `allowed` (default: all); those within
    TIE of each other rank by position; `relevant` [cases, candidates] is boolean. Cases without a relevant candidate are left out.
    """
    scores = scores.astype(np.float64) - TIE * np.arange(scores.shape[1])
    if allowed is not None:
        scores, relevant = np.where(allowed, scores, -np.inf), relevant & allowed
    cases = relevant.any(axis=1)
    scores, relevant = scores[cases], relevant[cases]
    if not len(scores):
        return np.empty((0, 4))
    k = min(k, scores.shape[1])
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    first = (scores > best).sum(axis=1) + 1
    top = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    top = np.take_along_axis(
        top, np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1), axis=1
    )
    hit = np.take_along_axis(relevant, top, axis=1)
    gain = 1 / np.log2(np.arange(2, k + 2))
    total = relevant.sum(axis=1)
    ideal = np.concatenate([[0], np.cumsum(gain)])[np.minimum(total, k)]
    rows = [1 / first, hit.any(axis=1), (hit * gain).sum(axis=1) / ideal, hit.sum(axis=1) / total]
    return np.stack(rows, axis=1)


def ranking_metrics(rows: np.ndarray) -> dict[str, float]:
    """Means of the rows of `ranking` by the names of DEFINITIONS."""
    means = rows.mean(axis=0) if len(rows) else np.zeros(4)
    return dict(zip(("MRR", "Hits@10", "NDCG@10", "Recall@10"), map(float, means), strict=True))


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
    connection.executemany(
        "INSERT INTO graph.metric VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [task, model, split, scope, name, value, define(name), cases]
            for name, value in values.items()
        ],
    )
