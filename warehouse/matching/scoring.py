"""Evidence to probabilities, and probabilities to one answer a column.

A column chooses among the targets and "no match" by a conditional logit (McFadden 1974): the
probability of a choice grows with the weighted sum of its evidence. As a target takes one column,
the choices of all columns are then balanced against each other (Sinkhorn and Knopp 1967), and the
answer is the most probable one-to-one assignment (Kuhn 1955). `weights.toml` holds weights that
`benchmarks/matching_weights.py` found.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.special import softmax

from warehouse.matching.evidence import FEATURES, Evidence, Numbers
from warehouse.matching.words import says_something

_WEIGHTS = Path(__file__).with_name("weights.toml")
_ROUNDS = 30
_LEAST = 1e-12


@dataclass(frozen=True)
class Weights:
    """How much each feature counts; `neutral` is what one that says nothing is taken for, and
    `nothing` the score of "no match"."""

    weight: Numbers
    neutral: Numbers
    nothing: float


@cache
def weights(use: str) -> Weights:
    """The weights for matching to the canonical schema (`schema`) or another table (`table`); those
    of `schema_unnamed` and `table_unnamed` are for names that say nothing."""
    told = tomllib.loads(_WEIGHTS.read_text())[use]
    return Weights(
        np.array([told["weight"][name] for name in FEATURES]),
        np.array([told["neutral"][name] for name in FEATURES]),
        told["nothing"],
    )


def contributions(evidence: Evidence, use: str) -> tuple[Numbers, Numbers]:
    """What each feature adds to each pair (columns, targets, features), and the score that "no
    match" has beside it (columns, targets).

    Where a name says nothing, as `c1` does, values count for more.
    """
    rows = np.array([not says_something(name) for name in evidence.columns], bool)
    targets = np.array([not says_something(name) for name in evidence.targets], bool)
    unnamed = rows[:, None] | targets[None, :]
    usual, other = weights(use), weights(f"{use}_unnamed")
    added = np.where(unnamed[:, :, None], _added(evidence, other), _added(evidence, usual))
    return added, np.where(unnamed, other.nothing, usual.nothing)


def scores(evidence: Evidence, use: str) -> Numbers:
    """The weighted sum of what speaks for each pair, less that of "no match"."""
    added, nothing = contributions(evidence, use)
    return np.asarray(added.sum(axis=2) - nothing)


def _added(evidence: Evidence, used: Weights) -> Numbers:
    """Evidence as the difference from what says nothing, weighted."""
    return np.nan_to_num(evidence.features - used.neutral, nan=0.0) * used.weight


def probabilities(scored: Numbers) -> Numbers:
    """How probable each target is for each column, the last place that of "no match"; rows sum to
    1, and no target is given to more than about one column."""
    columns, targets = scored.shape
    kernel = softmax(np.hstack([scored, np.zeros((columns, 1))]), axis=1)
    free = np.ones(targets)
    for _ in range(_ROUNDS):
        taken = kernel[:, :-1].sum(axis=0)
        # A target may also be left: only what is taken more than once is pressed back.
        free = np.minimum(1.0, 1.0 / np.maximum(taken, _LEAST))
        kernel[:, :-1] *= free
        kernel /= kernel.sum(axis=1, keepdims=True)
    return kernel


def assign(chances: Numbers) -> list[int | None]:
    """The most probable choice of all columns together in which each target is taken once at most;
    None for "no match"."""
    columns, targets = chances.shape[0], chances.shape[1] - 1
    cost = np.full((columns, targets + columns), -np.log(_LEAST))
    cost[:, :targets] = -np.log(np.maximum(chances[:, :-1], _LEAST))
    rows = np.arange(columns)
    cost[rows, targets + rows] = -np.log(np.maximum(chances[:, -1], _LEAST))
    _, places = linear_sum_assignment(cost)
    return [int(place) if place < targets else None for place in places]
