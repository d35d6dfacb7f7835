"""Confidence that means what it says: temperature scaling, isotonic regression, reliability, and
the threshold for a wanted precision.

Guo, Pleiss, Sun, Weinberger 2017, "On Calibration of Modern Neural Networks", ICML: one
temperature for all logits, fitted on validation (section 4.2); expected calibration error over
equal-width bins (equation 3).
"""

from math import exp, log

import duckdb
import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.isotonic import IsotonicRegression
from torch import Tensor, nn

from graph.evaluation import write_metrics

BINS = 15

ECE = "expected calibration error"
ECE_DEFINITION = (
    f"sum over {BINS} bins of equal width of the share of cases times |mean confidence - accuracy|"
)


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The temperature from 0.1 to 10 that gives validation `logits` [N, C] the least cross-entropy
    with `labels` [N]."""

    def loss(log_temperature: float) -> float:
        return float(nn.functional.cross_entropy(logits / exp(log_temperature), labels))

    return exp(minimize_scalar(loss, bounds=(-log(10), log(10)), method="bounded").x)


def reliability(confidence: np.ndarray, right: np.ndarray) -> list[tuple[int, float, float, int]]:
    """(bin, mean confidence, accuracy, cases) of each bin that has cases."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        (
            int(b),
            float(confidence[bins == b].mean()),
            float(right[bins == b].mean()),
            int((bins == b).sum()),
        )
        for b in np.unique(bins)
    ]


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """See ECE_DEFINITION."""
    cases = len(confidence)
    return (
        sum(n / cases * abs(c - a) for _, c, a, n in reliability(confidence, right))
        if cases
        else 0.0
    )


def write_calibration(
    connection: duckdb.DuckDBPyConnection,
    task: str,
    model: str,
    state: str,
    confidence: np.ndarray,
    right: np.ndarray,
) -> None:
    """Adds the reliability on the test split to `graph.calibration`, and its error to
    `graph.metric`; `state` is before or after calibration."""
    rows = [[task, model, state, *row] for row in reliability(confidence, right)]
    if rows:
        connection.executemany("INSERT INTO graph.calibration VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        error = {f"{ECE} {state}": expected_calibration_error(confidence, right)}
        write_metrics(
            connection, task, model, "test", "all", error, len(right), lambda name: ECE_DEFINITION
        )


def fit_isotonic(scores: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Knots (score, probability) of the increasing step function, made continuous, that fits
    validation best in squares (Zadrozny and Elkan 2002, KDD); read it with `np.interp`."""
    model = IsotonicRegression(y_min=1e-6, y_max=1 - 1e-6).fit(scores, right)
    return model.X_thresholds_.astype(np.float64), model.y_thresholds_.astype(np.float64)


def threshold_for(precision: float, scores: np.ndarray, right: np.ndarray) -> float:
    """The least score such that the answers from it upwards are right at `precision`, as far as
    their number tells; infinity if there is none.

    What must reach `precision` is the lower end of the one-sided 95 % interval of Wilson 1927,
    "Probable Inference, the Law of Succession, and Statistical Inference", JASA: a few right
    answers are no proof.
    """
    order = np.argsort(-scores, kind="stable")
    scores, right = scores[order], right[order]
    count = np.arange(1, len(right) + 1)
    # Equal scores stand or fall together.
    last = np.append(scores[1:] != scores[:-1], True)[: len(scores)]
    good = np.flatnonzero((wilson(np.cumsum(right), count) >= precision) & last)
    return float(scores[good[-1]]) if len(good) else np.inf


def wilson(right: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Lower end of the one-sided 95 % interval of the share of `right` among `count`."""
    share, z = right / count, 1.645
    middle = share + z**2 / (2 * count)
    spread = z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    found: np.ndarray = (middle - spread) / (1 + z**2 / count)
    return found
