"""A small network that mixes features of (row, candidate) pairs into one score, trained for full rankings.

Each row's positives and all its known candidates are trained on, and of the others a uniform draw that
is weighted back to their number, so that the loss is that of all candidates and the score a log-odds.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

# [rows] -> features [rows, candidates, F] of these rows
Features = Callable[[np.ndarray], Tensor]

BLOCK = 64


class Ranker(nn.Module):
    """Standardised features [..., F] to a score [...]."""

    def __init__(self, features: int, hidden: int = 32) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        self.layers = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, features: Tensor) -> Tensor:
        found: Tensor = self.layers((features - self.mean) / self.scale).squeeze(-1)
        return found


def fit_ranker(
    features: Features,
    rows: np.ndarray,
    positives: Callable[[np.ndarray], np.ndarray],
    known: Callable[[np.ndarray], np.ndarray],
    *,
    negatives: int,
    epochs: int,
    seed: int,
    note: Callable[[int, float], None],
) -> Ranker:
    """Trains on `rows`; `positives` and `known` give [rows, candidates] booleans; `note` is told the loss of each epoch."""
    generator = np.random.default_rng(seed)
    collected, labels, weights = [], [], []
    for begin in range(0, len(rows), BLOCK):
        block = rows[begin : begin + BLOCK]
        found, true, seen = features(block), positives(block), known(block)
        chance = negatives / max(found.shape[1], 1)
        drawn = generator.random(true.shape) < chance
        sure = true | seen
        pairs = np.nonzero(sure | drawn)
        collected.append(found[pairs])
        labels.append(torch.from_numpy(true[pairs].astype(np.float32)))
        weights.append(torch.from_numpy(np.where(sure[pairs], 1, 1 / chance).astype(np.float32)))
    x, y, w = torch.cat(collected), torch.cat(labels), torch.cat(weights)
    return _optimise(x, y, w, epochs, seed, note)


def _optimise(
    x: Tensor, y: Tensor, w: Tensor, epochs: int, seed: int, note: Callable[[int, float], None]
) -> Ranker:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Ranker(x.shape[1])
        model.mean.copy_(x.mean(0))
        model.scale.copy_(x.std(0).clamp(min=1e-6))
        optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
        batch = max(256, min(8_192, len(x) // 100))
        for epoch in range(1, epochs + 1):
            order, total = torch.randperm(len(x)), 0.0
            for begin in range(0, len(x), batch):
                chosen = order[begin : begin + batch]
                loss = (
                    nn.functional.binary_cross_entropy_with_logits(
                        model(x[chosen]), y[chosen], weight=w[chosen], reduction="sum"
                    )
                    / w[chosen].sum()
                )
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                total += float(loss.detach()) * len(chosen)
            note(epoch, total / len(x))
    return model.eval()
