"""Finds the weights of schema matching, and writes them to `warehouse/matching/weights.toml`.

Likelihood of the right answers of the tuning half (see matching_tasks.py) under a conditional logit
is maximised by gradient, with weights that are not negative and pulled towards nought. The half
that is held out is not read.
"""

import sys
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import softmax

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from matching_tasks import Task, header_pairs, header_variants, renamed_sample  # noqa: E402

from warehouse.connection import memory  # noqa: E402
from warehouse.matching.evidence import FEATURES, compare  # noqa: E402

# Chosen among 0.0003 to 0.03 by six folds of the tuning half.
PULL = 0.001
# What names such as `c1` give as evidence.
SAYS_NOTHING = {"name": 0.0, "synonym": 0.0, "words": 0.0, "letters": 0.05, "naming": 0.25}
TO = Path(__file__).parents[1] / "warehouse" / "matching" / "weights.toml"

Case = tuple[np.ndarray, np.ndarray]


def cases(connection, tasks: list[Task]) -> list[Case]:  # type: ignore[no-untyped-def]
    """The evidence of each judged column (targets, features), and which targets are right; the
    last place is that of "no match"."""
    found = []
    for task in tasks:
        features = compare(connection, task.found, task.targets).features
        for row, column in enumerate(task.found.columns):
            if column in task.gold:
                right = np.array([name in task.gold[column] for name in task.targets.columns])
                found.append((features[row], np.append(right, not right.any())))
    return found


def unnamed(found: list[Case]) -> list[Case]:
    """The same cases as they would be if no name said anything."""
    made = []
    for features, right in found:
        copied = features.copy()
        for name, value in SAYS_NOTHING.items():
            copied[:, list(FEATURES).index(name)] = value
        made.append((copied, right))
    return made


def fit(found: list[Case]) -> tuple[np.ndarray, np.ndarray, float]:
    """Weights, what counts as neutral, and the score of "no match"."""
    every = np.vstack([features for features, _ in found])
    told = ~np.isnan(every)
    neutral = np.nan_to_num(every).sum(axis=0) / np.maximum(told.sum(axis=0), 1)
    centred = [(np.nan_to_num(features - neutral), right) for features, right in found]

    def loss(given: np.ndarray) -> tuple[float, np.ndarray]:
        weight, nothing = given[:-1], given[-1]
        total, slope = 0.0, np.zeros_like(given)
        for features, right in centred:
            chance = softmax(np.append(features @ weight, nothing))
            good = chance * right
            pull = good / good.sum() - chance
            total -= np.log(good.sum())
            slope[:-1] -= pull[:-1] @ features
            slope[-1] -= pull[-1]
        total, slope = total / len(found), slope / len(found)
        slope[:-1] += 2 * PULL * weight
        return total + PULL * (weight**2).sum(), slope

    start = np.append(np.ones(len(FEATURES)), 1.0)
    bounds = [(0, None)] * len(FEATURES) + [(None, None)]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return best.x[:-1], neutral, float(best.x[-1])


def told(use: str, weight: np.ndarray, neutral: np.ndarray, nothing: float) -> str:
    """Weights as TOML."""
    text = f"\n[{use}]\nnothing = {nothing:.3f}\n"
    for title, numbers in (("weight", weight), ("neutral", neutral)):
        text += f"\n[{use}.{title}]\n"
        for name, number in zip(FEATURES, numbers, strict=True):
            text += f"{name} = {number:.3f}\n"
    return text


def main() -> None:
    """Writes the weights, and prints how likely the right answers of the tuning half are."""
    text = "# Found by benchmarks/matching_weights.py on the tuning half of its tasks.\n"
    with memory() as connection:
        for use, sets in (
            ("schema", (header_variants,)),
            ("table", (renamed_sample, header_pairs)),
        ):
            tuning = [task for tasks in sets for task in tasks(connection) if not task.held_out]
            found = cases(connection, tuning)
            text += told(use, *fit(found))
            text += told(f"{use}_unnamed", *fit(unnamed(found)))
            print(f"{use}: {len(found)} columns of {len(tuning)} tables")
    TO.write_text(text)


if __name__ == "__main__":
    main()
