"""Thresholds keep their promise on validation; calibration does not change the order of answers."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.calibration import (
    expected_calibration_error,
    fit_isotonic,
    fit_temperature,
    threshold_for,
    wilson,
)

answers = st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.5, 0.9]), st.booleans()), max_size=30)


@settings(max_examples=200, deadline=None)
@given(answers, st.sampled_from([0.3, 0.5, 0.75, 0.9]))
def test_from_the_threshold_upwards_answers_are_surely_as_precise_as_wanted(cases, precision):
    scores = np.array([score for score, _ in cases])
    right = np.array([true for _, true in cases], dtype=bool)
    threshold = threshold_for(precision, scores, right)

    def sure(least: float) -> float:
        chosen = right[scores >= least]
        return float(wilson(np.array([chosen.sum()]), np.array([len(chosen)]))[0])

    assert not (scores >= threshold).any() or sure(threshold) >= precision
    for lower in scores[scores < threshold]:
        assert sure(lower) < precision


def test_few_right_answers_are_no_proof_and_many_are():
    assert threshold_for(0.9, np.arange(5.0), np.ones(5, dtype=bool)) == np.inf
    assert threshold_for(0.9, np.arange(50.0), np.ones(50, dtype=bool)) == 0
    # 90 of 100: Wilson's one-sided 95 % interval begins at 0.8405 (computed by hand).
    assert abs(wilson(np.array([90]), np.array([100]))[0] - 0.8405) < 1e-3


def test_isotonic_probabilities_rise_with_the_score_and_fit_the_cases():
    generator = np.random.default_rng(0)
    scores = generator.normal(size=5_000)
    right = generator.random(5_000) < 1 / (1 + np.exp(-2 * scores - 1))
    knots = fit_isotonic(scores, right)
    found = np.interp(np.linspace(-5, 5, 50), *knots)
    assert (np.diff(found) >= 0).all() and found[0] > 0 and found[-1] < 1
    assert expected_calibration_error(np.interp(scores, *knots), right) < 0.01


def test_a_temperature_makes_the_too_sure_less_sure():
    generator = np.random.default_rng(0)
    true = torch.from_numpy(generator.integers(0, 3, 3_000))
    logits = torch.zeros(3_000, 3)
    logits[torch.arange(3_000), true] = 1.0
    wrong = torch.from_numpy(generator.random(3_000) < 0.3)
    logits[wrong] = logits[wrong].roll(1, dims=1)
    # Of three classes, 70 % right: the odds are 0.7 to 0.15 each, so the logit should be 1.54.
    assert abs(10 / fit_temperature(10 * logits, true) - np.log(0.7 / 0.15)) < 0.1
