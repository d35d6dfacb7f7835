"""How much each comparison tells, learned without labels.

Splink gives the model (Fellegi and Sunter 1969) and its start by expectation maximisation. Its
expectation takes pairs as independent, but two catalogs that do not repeat themselves match one to
one: a pair is less likely where a rival is likelier. So the expectation is repeated under that
constraint, and the m and u that follow go back into Splink, which weighs every pair.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from warehouse.connection import quoted
from warehouse.resolution.blocking import Places
from warehouse.resolution.comparing import Comparison

Numbers = NDArray[np.float64]
Labels = NDArray[np.int8]
UNKNOWN, OTHER, MATCH = -1, 0, 1

# Comparisons of the same text are not independent, and their weights would add up to too much.
TEMPER = 0.7
_SPLINK_ROUNDS = 1
_ROUNDS = 30
# Rounds of messages: while weights change a few do, in the end the sums of all are to be right.
_MESSAGES = 8
_LAST_MESSAGES = 60
_SMOOTHING = 0.05
_SAMPLED_PAIRS = 1_000_000
# Labels count beside this many matches that are expected without them.
_EXPECTED_MATCHES = 30
# Cuts in bits, the ones that change least first.
_CUTS = np.array(sorted(np.arange(-6, 6.01, 0.25), key=abs))
# Odds beyond these bits are the same to us, and sums of them stay finite.
_LEAST_BITS, _MOST_BITS = -40, 36
# Splink compares rows of two tables; here both are the table of pairs, so that each pair is met
# once, whatever rule found it.
_SAME_PAIR = "l.pair = r.pair"


@dataclass(frozen=True)
class Pairs:
    """The pairs that are weighed: places on both sides, and the sizes of these."""

    left: Places
    right: Places
    lefts: int
    rights: int


@dataclass(frozen=True)
class Weighed:
    """What every pair weighs, in bits: `prior`, one column of `weights` for each comparison,
    `rivals` (never positive) and `labels` sum up to the logarithm of the odds of `probability`.

    `levels` are the levels that were found, -1 where nothing is known.
    """

    prior: float
    weights: Numbers  # (pairs, comparisons)
    rivals: Numbers
    labels: Numbers
    probability: Numbers
    levels: NDArray[np.int64]  # (pairs, comparisons)


def weigh(
    scratch: duckdb.DuckDBPyConnection,
    comparisons: tuple[Comparison, ...],
    pairs: Pairs,
    labels: Labels | None = None,
) -> Weighed:
    """Learns the weights from the table `compared` itself and applies them to its pairs.

    `labels` of pairs (MATCH, OTHER or UNKNOWN), where there are some, are held fixed while the
    weights are learned, and calibrate the probabilities of all others.
    """
    if not len(pairs.left):
        return _nothing(len(comparisons))
    if labels is None:
        labels = np.full(len(pairs.left), UNKNOWN, np.int8)
    linker = _linker(scratch, _settings(comparisons, pairs))
    linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=0)
    linker.training.estimate_parameters_using_expectation_maximisation(
        _SAME_PAIR, fix_probability_two_random_records_match=True
    )
    model = linker.misc.save_model_to_json()
    found = _predicted(linker)
    levels = np.column_stack(
        [_levels(found[f"gamma_{comparison.column}"], comparison) for comparison in comparisons]
    )
    start = exclusive(_odds(_told(found["match_weight"], labels)), pairs)
    prior, tables = _one_to_one(levels, comparisons, start, pairs, labels)
    found = _predicted(_linker(scratch, _with_tables(model, tables)))
    weights = TEMPER * np.column_stack(
        [found[f"mw_{comparison.column}"] for comparison in comparisons]
    )
    alone = prior + weights.sum(axis=1)
    untold = _bits(exclusive(_odds(alone), pairs))
    bits = calibrated(untold, pairs, labels)
    probability = _odds(bits) / (1 + _odds(bits))
    return Weighed(prior, weights, untold - alone, bits - untold, probability, levels)


def exclusive(odds: Numbers, pairs: Pairs, messages: int = _LAST_MESSAGES) -> Numbers:
    """Probability of each pair where a product has one partner at most, from the odds that each
    pair would have alone.

    These are the marginals of a random matching in which a set of pairs is as likely as the product
    of its odds, by belief propagation (Huang and Jebara 2009, "Approximating the permanent with
    belief propagation"): exact where no cycle of pairs is, and close elsewhere.
    """
    to_right, to_left = odds.copy(), odds.copy()
    for _ in range(messages):
        rivals = _sums(pairs.left, to_left, pairs.lefts) - to_left
        rivals_back = _sums(pairs.right, to_right, pairs.rights) - to_right
        # The mean of two rounds does not swing to and fro.
        to_right, to_left = (
            np.sqrt(to_right * odds / (1 + np.maximum(rivals, 0))),
            np.sqrt(to_left * odds / (1 + np.maximum(rivals_back, 0))),
        )
    ratio = to_right * to_left / odds
    result: Numbers = ratio / (1 + ratio)
    return result


def _one_to_one(
    levels: NDArray[np.int64],
    comparisons: Sequence[Comparison],
    probability: Numbers,
    pairs: Pairs,
    labels: Labels,
) -> tuple[float, list[tuple[Numbers, Numbers]]]:
    """Expectation maximisation under the constraint: the prior in bits, and m and u of the levels
    of each comparison.

    The prior is that of Sadinle (2017), "Bayesian estimation of bipartite matchings for record
    linkage": the share of the smaller catalog that has a partner is uniform on [0, 1].
    """
    smaller = min(pairs.lefts, pairs.rights)
    a_product = len(probability) / smaller
    for _ in range(_ROUNDS):
        matched = min(probability.sum(), smaller)
        prior = float(np.log2((matched + 1) / (smaller - matched + 1) / a_product))
        bits = np.full(len(probability), prior)
        tables = []
        for found, comparison in zip(levels.T, comparisons, strict=True):
            known = found >= 0
            count = len(comparison.levels)
            u = _shares(found[known], 1 - probability[known], count)
            m = sensible(_shares(found[known], probability[known], count), u, comparison)
            bits[known] += TEMPER * np.log2(m / u)[found[known]]
            tables.append((m, u))
        probability = exclusive(_odds(_told(bits, labels)), pairs, _MESSAGES)
    return prior, tables


def sensible(m: Numbers, u: Numbers, comparison: Comparison) -> Numbers:
    """The m of the levels, moved so that what agrees less never weighs more, and what contradicts
    never speaks for a match.

    Neighbours in the wrong order have the ratio that they have together (Ayer et al. 1955, "An
    empirical distribution function for sampling with incomplete information").
    """
    pools: list[list[float]] = []
    for of_matches, of_others in zip(m, u, strict=True):
        pools.append([of_matches, of_others, 1])
        while (
            comparison.ordered
            and len(pools) > 1
            and pools[-1][0] * pools[-2][1] > pools[-2][0] * pools[-1][1]
        ):
            last = pools.pop()
            pools[-1] = [one + other for one, other in zip(pools[-1], last, strict=True)]
    ratios = np.repeat([pool[0] / pool[1] for pool in pools], [int(pool[2]) for pool in pools])
    against = ratios[-comparison.contradicting :]
    np.minimum(against, 2 ** (comparison.most_bits / TEMPER), out=against)
    moved: Numbers = ratios * u
    return moved


def calibrated(bits: Numbers, pairs: Pairs, labels: Labels) -> Numbers:
    """The log odds in bits after the labels: those of the labelled pairs as they say, those of
    their rivals as the constraint says, and all others moved by what makes a half the cut with the
    best F1."""
    if (labels == UNKNOWN).all():
        return bits
    known, match = labels != UNKNOWN, labels == MATCH
    moved = bits - _best_cut(bits[known], match[known], bits[~known])
    taken = np.isin(pairs.left, pairs.left[match]) | np.isin(pairs.right, pairs.right[match])
    moved[taken] = _LEAST_BITS
    return np.clip(_told(moved, labels), _LEAST_BITS, _MOST_BITS)


def _best_cut(bits: Numbers, match: NDArray[np.bool_], others: Numbers) -> float:
    """The cut with the highest F1 on labelled pairs, to which as many matches as a few dozen labels
    would bring are added as the probabilities of the `others` expect them: a few labels move the
    cut little."""
    probability = 1 / (1 + np.exp2(-others))
    share = _EXPECTED_MATCHES / max(probability.sum(), _EXPECTED_MATCHES)
    scores = [
        2
        * (match[bits >= cut].sum() + share * probability[others >= cut].sum())
        / ((bits >= cut).sum() + share * (others >= cut).sum() + match.sum() + _EXPECTED_MATCHES)
        for cut in _CUTS
    ]
    return float(_CUTS[int(np.argmax(scores))])


def _told(bits: Numbers, labels: Labels) -> Numbers:
    """The log odds with those of labelled pairs as certain as can be."""
    told = np.where(labels == MATCH, float(_MOST_BITS), bits)
    return np.where(labels == OTHER, float(_LEAST_BITS), told)


def _bits(probability: Numbers) -> Numbers:
    bits: Numbers = np.log2(probability) - np.log2(1 - probability)
    return bits


def _nothing(comparisons: int) -> Weighed:
    """What no pairs weigh."""
    none, table = np.zeros(0), np.zeros((0, comparisons))
    return Weighed(0.0, table, none, none, none, table.astype(np.int64))


def _shares(levels: NDArray[np.int64], weight: Numbers, count: int) -> Numbers:
    """The share of the weight that each level has; none is quite impossible."""
    counted = np.bincount(levels, weight, count) + _SMOOTHING
    shares: Numbers = counted / counted.sum()
    return shares


def _sums(places: Places, values: Numbers, count: int) -> Numbers:
    """For each pair, the sum over all pairs of the same product."""
    sums: Numbers = np.asarray(np.bincount(places, values, count), np.float64)[places]
    return sums


def _odds(bits: Numbers) -> Numbers:
    odds: Numbers = np.exp2(np.clip(bits, _LEAST_BITS, _MOST_BITS))
    return odds


def _levels(gamma: Numbers, comparison: Comparison) -> NDArray[np.int64]:
    """Splink counts levels from the last one, and gives -1 where nothing is known."""
    gamma = gamma.astype(np.int64)
    return np.where(gamma < 0, -1, len(comparison.levels) - 1 - gamma)


def _settings(comparisons: tuple[Comparison, ...], pairs: Pairs) -> dict[str, Any]:
    """A Splink model in which half of the smaller catalog is expected to have a partner."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": "pair",
        "blocking_rules_to_generate_predictions": [_SAME_PAIR],
        "comparisons": [_splink_comparison(comparison) for comparison in comparisons],
        # A start is wanted, not the end: what Splink converges to takes no rivals into account.
        "max_iterations": _SPLINK_ROUNDS,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "probability_two_random_records_match": (
            0.5 * min(1.0, min(pairs.lefts, pairs.rights) / len(pairs.left))
        ),
    }


def _splink_comparison(comparison: Comparison) -> dict[str, Any]:
    value = quoted(f"{comparison.column}_l")
    null = {
        "sql_condition": f"{value} IS NULL",
        "label_for_charts": "not known",
        "is_null_level": True,
    }
    levels = [
        {"sql_condition": condition.format(value=value), "label_for_charts": label}
        for label, condition in comparison.levels
    ]
    return {"output_column_name": comparison.column, "comparison_levels": [null, *levels]}


def _with_tables(model: dict[str, Any], tables: list[tuple[Numbers, Numbers]]) -> dict[str, Any]:
    """The model with the m and u that were learned under the constraint."""
    for comparison, (m, u) in zip(model["comparisons"], tables, strict=True):
        levels = [
            level for level in comparison["comparison_levels"] if not level.get("is_null_level")
        ]
        for level, of_matches, of_others in zip(levels, m, u, strict=True):
            level["m_probability"], level["u_probability"] = float(of_matches), float(of_others)
    return model


def _linker(scratch: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> Any:
    from splink import DuckDBAPI, Linker

    database = DuckDBAPI(scratch)
    sides = [database.register("compared", dataset_display_name=side) for side in ("left", "right")]
    return Linker(sides, settings, log_level=logging.ERROR)


def _predicted(linker: Any) -> dict[str, Numbers]:
    """What Splink finds for each pair, in their order."""
    found = linker.inference.predict(warning_mode="never").as_duckdbpyrelation()
    columns: dict[str, Numbers] = found.order("pair_l").fetchnumpy()
    return columns
