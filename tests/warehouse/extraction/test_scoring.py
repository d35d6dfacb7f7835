"""Scores follow the five classes of ExtractGPT, counted here by hand."""

import pytest

from warehouse.extraction.scoring import classify, score, strict_score

VALUES = [("red",), ("red", "dark red"), (), (), ("55mm",), ("oak",)]
ANSWERS = ["red", "dark red", None, "blue", None, "pine"]


def test_each_question_falls_into_one_of_five_classes():
    found = [classify(*pair) for pair in zip(VALUES, ANSWERS, strict=True)]
    assert found == ["VC", "VC", "NN", "NV", "VN", "VW"]


def test_precision_and_recall_are_those_of_the_paper():
    found = score(VALUES, ANSWERS)
    assert found.precision == pytest.approx(2 / 4)
    assert found.recall == pytest.approx(2 / 4)
    assert found.f1 == pytest.approx(0.5)


def test_the_strict_score_wants_every_value_of_a_question():
    found = strict_score(VALUES, ANSWERS)
    assert (found.right, found.answered, found.stated) == (2, 4, 5)


def test_nothing_right_is_nought_and_no_error():
    assert score([("a",), ()], [None, None]).f1 == 0
    assert score([], []).f1 == 0


def test_case_and_spelling_count():
    assert score([("Red",)], ["red"]).right == 0
