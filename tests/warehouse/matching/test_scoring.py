"""Probabilities and the one-to-one answer."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from warehouse.matching.scoring import assign, probabilities

scored = arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    elements=st.floats(-30, 30, allow_nan=False),
)


@settings(deadline=None)
@given(scored)
def test_probabilities_of_a_column_sum_to_one_and_no_target_is_taken_twice(scores):
    chances = probabilities(scores)
    assert np.allclose(chances.sum(axis=1), 1)
    assert (chances >= 0).all()
    chosen = [place for place in assign(chances) if place is not None]
    assert len(chosen) == len(set(chosen))


def test_a_column_that_nothing_fits_has_no_match():
    assert assign(probabilities(np.array([[-5.0, -4.0]]))) == [None]


def test_of_two_columns_that_want_one_target_the_better_takes_it():
    assert assign(probabilities(np.array([[3.0, -9.0], [5.0, -9.0]]))) == [None, 0]


def test_the_second_best_target_of_all_is_taken_where_the_best_is_gone():
    assert assign(probabilities(np.array([[4.0, 3.0], [5.0, -9.0]]))) == [1, 0]
