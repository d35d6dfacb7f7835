"""Choosing questions: what they are worth, and that greedy choice keeps what it promises."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.resolution.test_partitions import pairs
from warehouse.resolution.partitions import (
    Pairs,
    answer_weight,
    entropy,
    log_odds,
    marginals,
    possible_partitions,
    weigh,
)
from warehouse.resolution.questions import choose, expected_entropy, gains

few = settings(max_examples=25, deadline=None)


def left_after(partitions, component, pair, error):
    """Bits that are left on average after one answer, by weighing both answers."""
    likely = marginals(partitions)[pair]
    bits = 0.0
    for yes in (True, False):
        right = likely if yes else 1 - likely
        said = right * (1 - error) + (1 - right) * error
        moved = answer_weight(np.array(yes), np.array(error)) * (
            np.arange(len(partitions.pair)) == pair
        )
        bits += said * entropy(weigh(partitions, moved))[component]
    return bits


@few
@given(pairs(), st.floats(0.01, 0.5))
def test_a_gain_is_the_entropy_that_an_answer_takes_away_on_average_and_never_negative(
    found, error
):
    partitions = possible_partitions(found)
    for pair, gain in enumerate(gains(partitions, error)):
        component = partitions.component[pair]
        expected = entropy(partitions)[component] - left_after(partitions, component, pair, error)
        assert gain >= 0
        assert np.isclose(gain, expected, atol=1e-6)


@few
@given(pairs(), st.floats(0.0, 0.4), st.integers(1, 4))
def test_gains_of_chosen_questions_add_up_to_what_they_take_away_together(found, error, budget):
    partitions = possible_partitions(found)
    questions = choose(partitions, budget=budget, error_rate=error)
    assert len(questions) <= budget
    by_component: dict[int, list[int]] = {}
    for question in questions:
        by_component.setdefault(int(partitions.component[question.pair]), []).append(question.pair)
    taken = sum(
        entropy(partitions)[component] - expected_entropy(partitions, component, asked, error)
        for component, asked in by_component.items()
    )
    assert np.isclose(sum(question.gain for question in questions), taken, atol=1e-6)


@few
@given(pairs(), st.floats(0.0, 0.3), st.integers(1, 3))
def test_greedy_choice_reaches_its_share_of_the_best_set(found, error, budget):
    partitions = possible_partitions(found)
    reached = sum(q.gain for q in choose(partitions, budget=budget, error_rate=error))
    best = 0.0
    for chosen in combinations(range(len(partitions.pair)), min(budget, len(partitions.pair))):
        worth = 0.0
        for component in {int(partitions.component[pair]) for pair in chosen}:
            own = [pair for pair in chosen if partitions.component[pair] == component]
            worth += entropy(partitions)[component]
            worth -= expected_entropy(partitions, component, own, error)
        best = max(best, worth)
    assert reached >= (1 - 1 / np.e) * best - 1e-6


def test_a_question_whose_answer_follows_from_another_is_not_asked_with_it():
    # Product 0 is 1 or 2, and surely one of them: the second question tells nothing new.
    found = Pairs(
        np.array([0, 0, 3]),
        np.array([1, 2, 4]),
        log_odds(np.array([0.998, 0.998, 0.9])),
        np.array([0, 1, 1, 0, 1]),
    )
    partitions = possible_partitions(found)
    asked = [tuple(p) for p in [partitions.pair[[q.pair for q in choose(partitions, budget=2)]]]]
    assert 2 in asked[0]


def test_with_costs_the_budget_holds_and_cheap_questions_come_first():
    found = Pairs(
        np.array([0, 1, 2]),
        np.array([3, 4, 5]),
        log_odds(np.array([0.5, 0.5, 0.5])),
        np.array([0, 0, 0, 1, 1, 1]),
    )
    partitions = possible_partitions(found)
    costs = np.array([100.0, 20.0, 20.0])[partitions.pair]
    questions = choose(partitions, budget=50, costs=costs)
    assert sorted(partitions.pair[[q.pair for q in questions]]) == [1, 2]
    assert choose(partitions, budget=10, costs=costs) == []


@pytest.mark.parametrize("error", [0.0, 0.5])
def test_an_answerer_who_guesses_is_not_asked(error):
    found = Pairs(np.array([0]), np.array([1]), log_odds(np.array([0.5])), np.array([0, 1]))
    questions = choose(possible_partitions(found), budget=5, error_rate=error)
    assert len(questions) == (1 if error == 0 else 0)
