"""Mixes what is known of one who asks and of a product into the log-odds of a link between them.

Two parts, trained apart, each on the cross-entropy of all its pairs, so that their log-odds
compare. Products that were linked before are few, and a small network sees all features of each.
For the many others the score is a + b + sum of c_j x_j, where x_j are a few features of the
pair, a and c_j come from the product's own features, and b from those of the one who asks: a
full ranking then costs one product and sum a pair and feature. Of these pairs training takes
every positive, and draws negatives, the popular more often; the log of the chance to be drawn,
taken off the log-odds in training, makes up for it (case-control sampling: King and Zeng 2001,
"Logistic Regression in Rare Events Data", Political Analysis, section 4.1).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Cases:
    """Pairs to train on: `inputs` [N, features] each, `label` [N], and `chance` [N] with which a
    pair like this is drawn if it is a negative."""

    inputs: tuple[np.ndarray, ...]
    label: np.ndarray
    chance: np.ndarray


def joined(parts: Sequence[Cases]) -> Cases:
    """The cases of several blocks as one."""
    inputs = zip(*(part.inputs for part in parts), strict=True)
    return Cases(
        tuple(np.concatenate(columns) for columns in inputs),
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.chance for part in parts]),
    )


class Standard(nn.Module):
    """Features with mean 0 and deviation 1 in training, and never beyond what was seen there: what
    grows with the length of history would else carry the network where it has learned nothing."""

    mean: Tensor
    scale: Tensor
    least: Tensor
    most: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        self.register_buffer("least", torch.full((features,), -torch.inf))
        self.register_buffer("most", torch.full((features,), torch.inf))

    def fit(self, features: Tensor) -> None:
        self.mean.copy_(features.mean(0))
        self.scale.copy_(features.std(0, unbiased=False).clamp(min=1e-3))
        self.least.copy_(features.amin(0))
        self.most.copy_(features.amax(0))

    def forward(self, features: Tensor) -> Tensor:
        found: Tensor = (features.clamp(self.least, self.most) - self.mean) / self.scale
        return found


class Known(nn.Module):
    """Log-odds [N] of a link that was there before, from features [N, F]."""

    def __init__(self, features: int, hidden: int = 32) -> None:
        super().__init__()
        self.standards = nn.ModuleList([Standard(features)])
        self.layers = nn.Sequential(
            nn.Linear(features, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        found: Tensor = self.layers(self.standards[0](features)).squeeze(-1)  # [N]
        return found


class Fresh(nn.Module):
    """Log-odds of a link that was not there before.

    From features of the pair [N, X], of the product [N, P] and of the one who asks [N, Q].
    """

    def __init__(self, pair: int, product: int, query: int, hidden: int = 16) -> None:
        super().__init__()
        self.standards = nn.ModuleList([Standard(n) for n in (pair, product, query)])
        self.product = nn.Sequential(
            nn.Linear(product, hidden), nn.ReLU(), nn.Linear(hidden, 1 + pair)
        )
        self.query = nn.Sequential(nn.Linear(query, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, pair: Tensor, product: Tensor, query: Tensor) -> Tensor:
        pair, product, query = (
            standard(x) for standard, x in zip(self.standards, (pair, product, query), strict=True)
        )
        weights = self.product(product)  # [N, 1 + X]
        found: Tensor = (
            weights[:, 0] + self.query(query).squeeze(-1) + (weights[:, 1:] * pair).sum(-1)
        )
        return found

    def every(self, pair: list[np.ndarray], product: np.ndarray, query: np.ndarray) -> np.ndarray:
        """Log-odds [rows, products] from X features [rows, products] of pairs, [products, P] and
        [rows, Q]."""
        with torch.no_grad():
            weights = self.product(self.standards[1](torch.from_numpy(product)))  # [products, 1+X]
            seen: Any = self.standards[0]
            scale, mean = seen.scale, seen.mean
            slopes = weights[:, 1:] / scale  # [products, X]
            level = (weights[:, 0] - (slopes * mean).sum(-1)).numpy()  # [products]
            offset = self.query(self.standards[2](torch.from_numpy(query)))  # [rows, 1]
        scores: np.ndarray = level[None, :] + offset.numpy()  # [rows, products]
        for place, feature in enumerate(pair):
            least, most = float(seen.least[place]), float(seen.most[place])
            scores += slopes[:, place].numpy()[None, :] * np.clip(feature, least, most)
        return scores


def fit(
    model: nn.Module,
    cases: Cases,
    *,
    epochs: int,
    seed: int,
    note: Callable[[int, float], None],
    batch: int = 4_096,
) -> nn.Module:
    """Trains by cross-entropy; `note` is told the mean loss of each epoch."""
    inputs = [torch.from_numpy(x) for x in cases.inputs]
    label = torch.from_numpy(cases.label)
    offset = -torch.from_numpy(cases.chance).log()
    for standard, x in zip(model.standards, inputs, strict=True):  # type: ignore[arg-type]
        standard.fit(x)
    optimiser = torch.optim.Adam(model.parameters(), lr=4e-3)
    batch = max(64, min(batch, len(label) // 20))
    steps = max(1, epochs * (len(label) // batch + 1))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - 0.95 * step / steps)
    generator = torch.Generator().manual_seed(seed)
    for epoch in range(1, epochs + 1):
        order, total = torch.randperm(len(label), generator=generator), 0.0
        for begin in range(0, len(order), batch):
            chosen = order[begin : begin + batch]
            loss = nn.functional.binary_cross_entropy_with_logits(
                model(*(x[chosen] for x in inputs)) + offset[chosen], label[chosen]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(chosen)
        note(epoch, total / max(len(label), 1))
    return model.eval()


def negative_chances(popularity: np.ndarray, count: int) -> np.ndarray:
    """[products]: chance that each is drawn, so that about `count` are, the popular more often."""
    weight = (popularity + 1.0) ** 0.75
    return np.minimum(1, count * weight / weight.sum()).astype(np.float32)
