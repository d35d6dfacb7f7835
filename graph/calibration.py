"""Confidence that means what it says: temperature scaling, reliability, and the threshold for a wanted precision.

Guo, Pleiss, Sun, Weinberger 2017, "On Calibration of Modern Neural Networks", ICML: one temperature
for all logits, fitted on validation (section 4.2); expected calibration error over equal-width bins
(equation 3).
"""

import numpy as np
import torch
from torch import Tensor

BINS = 15

ECE_DEFINITION = (
    f"sum over {BINS} bins of equal width of the share of cases times |mean confidence - accuracy|"
)


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The temperature that gives validation `logits` [N, C] the least cross-entropy with `labels` [N]."""
    candidates = torch.logspace(-1, 1, 81).tolist()
    losses = [
        float(torch.nn.functional.cross_entropy(logits / temperature, labels))
        for temperature in candidates
    ]
    return float(candidates[int(np.argmin(losses))])


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


def threshold_for(precision: float, confidence: np.ndarray, right: np.ndarray) -> float | None:
    """The least confidence such that the validation answers from it upwards are right at `precision`; None if there is none."""
    order = np.argsort(-confidence, kind="stable")
    so_far = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(so_far >= precision)
    return float(confidence[order][good[-1]]) if len(good) else None
