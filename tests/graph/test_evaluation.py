"""Metrics agree with slow ones written from their definitions, one candidate at a time."""

from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from graph.evaluation import (
    DEFINITIONS,
    RANKING,
    accuracy,
    macro_f1,
    rank,
    ranking_metrics,
    together,
    top,
    write_metrics,
)

K = 10


def slow_metrics(scores, relevant, allowed):
    sums, cases = {"MRR": 0.0, "Hits@10": 0.0, "NDCG@10": 0.0, "Recall@10": 0.0}, 0
    for row in range(len(scores)):
        candidates = [c for c in range(len(scores[row])) if allowed[row][c]]
        wanted = {c for c in candidates if relevant[row][c]}
        if not wanted:
            continue
        cases += 1
        # sorted() is stable, so of equal scores the lower position comes first.
        order = sorted(candidates, key=lambda c, row=row: -scores[row][c])
        places = [place for place, c in enumerate(order, start=1) if c in wanted]
        early = [place for place in places if place <= K]
        ideal = sum(1 / log2(place + 1) for place in range(1, min(K, len(wanted)) + 1))
        sums["MRR"] += 1 / places[0]
        sums["Hits@10"] += bool(early)
        sums["NDCG@10"] += sum(1 / log2(place + 1) for place in early) / ideal
        sums["Recall@10"] += len(early) / len(wanted)
    return {name: value / cases for name, value in sums.items()} if cases else {}


@st.composite
def rankings(draw):
    shape = (draw(st.integers(1, 6)), draw(st.integers(1, 25)))
    # Few different scores, so that ties are common.
    scores = draw(arrays(np.float64, shape, elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0])))
    boolean = arrays(np.bool_, shape)
    return scores, draw(boolean), draw(boolean)


@settings(max_examples=150, deadline=None)
@given(rankings())
def test_metrics_equal_their_definitions(case):
    scores, relevant, allowed = case
    found = ranking_metrics(rank(scores, relevant, allowed))
    assert found == pytest.approx(slow_metrics(scores, relevant, allowed))


@settings(max_examples=50, deadline=None)
@given(rankings())
def test_metrics_do_not_depend_on_blocks(case):
    scores, relevant, allowed = case
    blocks = [
        rank(scores[row : row + 1], relevant[row : row + 1], allowed[row : row + 1])
        for row in range(len(scores))
    ]
    whole = rank(scores, relevant, allowed)
    assert ranking_metrics(together(blocks)) == pytest.approx(ranking_metrics(whole))


def test_of_equal_scores_the_lower_position_comes_first():
    assert top(np.array([[1.0, 2.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]]), 3).tolist() == [
        [1, 2, 0],
        [0, 1, 2],
    ]


def test_accuracy_and_macro_f1_by_hand():
    predicted, true = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1])
    assert accuracy(predicted, true) == 0.5
    # Class 0: precision 1/2, recall 1; class 1: precision 1, recall 1/3; class 2 never occurs.
    assert macro_f1(predicted, true) == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_definitions_are_stored_beside_values(connection):
    ranked = rank(np.array([[3.0, 2.0, 1.0]]), np.array([[False, True, False]]))
    write_metrics(connection, "task", "model", "test", "all", ranking_metrics(ranked), 1)
    rows = connection.execute(
        "SELECT metric, value, definition FROM graph.metric ORDER BY metric"
    ).fetchall()
    assert {name for name, _, _ in rows} == set(RANKING)
    assert all(definition == DEFINITIONS[name] for name, _, definition in rows)
    assert {name: value for name, value, _ in rows}["MRR"] == 0.5
