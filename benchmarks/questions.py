"""Which questions tell most: entropy and F1 against the number of answers, on two real pairs of
catalogs, for questions chosen as a set (MQsSP), by uncertainty alone, and by chance.

The answerer is simulated from the known matches: it gives the wrong answer to a share of the pairs,
the same pairs for every strategy. All strategies weigh answers in the same way. Questions are
chosen 25 at a time, or all at once, as for a batch that is answered a day later.
"""

import csv
import json
from collections.abc import Callable
from datetime import datetime
from itertools import product
from pathlib import Path

import duckdb
import numpy as np
from side_by_side import parser

from warehouse.connection import memory
from warehouse.load import load
from warehouse.resolution.beliefs import Beliefs, beliefs
from warehouse.resolution.linking import link
from warehouse.resolution.partitions import (
    Partitions,
    answer_weight,
    entropy,
    marginals,
    most_probable,
    weigh,
)
from warehouse.resolution.questions import choose

DATA = Path(__file__).parents[2] / "shared" / "data"
CATALOGS = {"abt_buy": ("abt", "buy"), "walmart_amazon": ("walmart", "amazon")}
BUDGETS = (0, 25, 50, 100, 200, 400)
ERRORS = (0.0, 0.05, 0.1)
SEEDS = (0, 1, 2)
# Questions that are chosen together, before their answers are known.
ROUND, ALL = 25, 10**6

Choose = Callable[[Partitions, np.ndarray, int, float, np.random.Generator], np.ndarray]


def mqssp(
    partitions: Partitions, allowed: np.ndarray, count: int, error: float, _: np.random.Generator
) -> np.ndarray:
    """The set that is expected to take away most entropy."""
    chosen = choose(partitions, budget=count, error_rate=error, allowed=allowed)
    return np.array([question.pair for question in chosen], dtype=np.int64)


def uncertainty(
    partitions: Partitions, allowed: np.ndarray, count: int, error: float, _: np.random.Generator
) -> np.ndarray:
    """The pairs whose probability is nearest to one half."""
    order = np.argsort(np.abs(marginals(partitions) - 0.5), kind="stable")
    return order[allowed[order]][:count]


def chance(
    partitions: Partitions, allowed: np.ndarray, count: int, error: float, draw: np.random.Generator
) -> np.ndarray:
    """Any pairs."""
    open_pairs = np.flatnonzero(allowed)
    return draw.permutation(open_pairs)[:count]


STRATEGIES: dict[str, Choose] = {"MQsSP": mqssp, "uncertainty": uncertainty, "random": chance}


def read(name: str) -> tuple[Beliefs, np.ndarray, int]:
    """What is believed of two catalogs before any question, which of its pairs are right, and the
    number of known matches."""
    left, right = CATALOGS[name]
    connection = memory()
    for source in (left, right):
        path = DATA / name / f"{source}.csv"
        load(connection, path, source=source, kind="product", as_of=datetime(2024, 1, 1))
    link(connection, left, right)
    believed = beliefs(connection)
    known = _known(connection, DATA / name / "matches.csv", left, right)
    pairs = zip(
        believed.products[believed.pairs.left],
        believed.products[believed.pairs.right],
        strict=True,
    )
    return believed, np.array([frozenset(pair) in known for pair in pairs]), len(known)


def _known(
    connection: duckdb.DuckDBPyConnection, path: Path, left: str, right: str
) -> set[frozenset[str]]:
    rows = connection.execute("SELECT source, key, product_id FROM catalog.product").fetchall()
    found = {(source, key): product_id for source, key, product_id in rows}
    with path.open() as file:
        return {
            frozenset((found[left, row["D1"].strip()], found[right, row["D2"].strip()]))
            for row in csv.DictReader(file, delimiter="|")
        }


def ask(
    believed: Beliefs,
    right: np.ndarray,
    known: int,
    strategy: str,
    error: float,
    seed: int,
    together: int,
) -> dict[str, list[float]]:
    """Entropy in bits and F1 after each number of questions of BUDGETS, of which `together` are
    chosen before the first of them is answered."""
    told: dict[str, list[float]] = {"bits": [], "f1": []}
    draw = np.random.default_rng(seed)
    wrong = draw.random(len(right)) < error
    partitions = believed.partitions
    truth, misled = right[partitions.pair], wrong[partitions.pair]
    allowed = np.ones(len(partitions.pair), dtype=bool)
    done = 0
    for budget in BUDGETS:
        if together == ALL:
            partitions, done = believed.partitions, 0
            allowed[:] = True
        while done < budget:
            count = min(together, budget - done)
            chosen = STRATEGIES[strategy](partitions, allowed, count, error, draw)
            if not len(chosen):
                break
            moved = np.zeros(len(partitions.pair))
            yes = truth[chosen] ^ misled[chosen]
            moved[chosen] = answer_weight(yes, np.full(len(chosen), error))
            partitions = weigh(partitions, moved)
            allowed[chosen] = False
            done += len(chosen)
        matched = most_probable(partitions, 0.5)
        told["bits"].append(float(entropy(partitions).sum()))
        told["f1"].append(float(2 * truth[matched].sum() / (matched.sum() + known)))
    return told


def measure(name: str) -> list[dict[str, object]]:
    """One row a share of wrong answers, strategy and size of rounds: the means over SEEDS."""
    believed, right, known = read(name)
    rows: list[dict[str, object]] = []
    for error, strategy, together in product(ERRORS, STRATEGIES, (ROUND, ALL)):
        if strategy == "random" and together == ALL:
            continue
        runs = [ask(believed, right, known, strategy, error, seed, together) for seed in SEEDS]
        rows.append(
            {
                "catalogs": name,
                "wrong": error,
                "strategy": strategy + (" at once" if together == ALL else ""),
                **{
                    measure: np.mean([run[measure] for run in runs], axis=0).round(4).tolist()
                    for measure in ("bits", "f1")
                },
            }
        )
    return rows


def main() -> None:
    options = parser(__doc__).parse_args()
    rows = [row for name in CATALOGS for row in measure(name)]
    if options.json:
        print(json.dumps({"questions": BUDGETS, "rows": rows}))
        return
    for measured, form in (("bits", ".1f"), ("f1", ".3f")):
        print(f"\n| catalogs | wrong | {measured} after questions | ", end="")
        print(f"{' | '.join(map(str, BUDGETS))} |\n|---|--:|---|{'--:|' * len(BUDGETS)}")
        for row in rows:
            values = " | ".join(format(value, form) for value in row[measured])
            print(f"| {row['catalogs']} | {row['wrong']:.0%} | {row['strategy']} | {values} |")


if __name__ == "__main__":
    main()
