"""What the figures mean, on answers that are known."""

import json

import pytest

from warehouse.errors import LoadError
from warehouse.matching.candidates import Answer, Candidate
from warehouse.matching.measures import measure, read_gold


def answer(column, *candidates):
    return Answer(column, tuple(Candidate(target, chance) for target, chance in candidates), ())


ANSWERS = (
    answer("a", ("x", 0.9), ("y", 0.1)),
    answer("b", (None, 0.6), ("y", 0.4)),
    answer("c", (None, 0.9), ("z", 0.1)),
)


def test_figures_follow_their_definitions():
    gold = {"a": frozenset(["x"]), "b": frozenset(["y"]), "c": frozenset()}
    assert measure(ANSWERS, gold) == {
        "accuracy_at_1": 0.5,
        "accuracy_at_5": 1.0,
        "recall_at_ground_truth": 1.0,
        "no_match_accuracy": 1.0,
    }


def test_columns_that_gold_does_not_name_are_not_judged():
    assert measure(ANSWERS, {"b": frozenset(["y"])})["accuracy_at_1"] == 0.0


def test_gold_of_a_column_that_there_is_not_is_refused():
    with pytest.raises(LoadError, match="the gold mapping names d; the file has: a, b, c"):
        measure(ANSWERS, {"d": frozenset(["x"])})


@pytest.mark.parametrize(
    "text",
    [
        "left,right\na,x\na,y\nb,\n",
        "left\tright\na\tx\na\ty\nb\t\n",
        "right,left\nx,a\ny,a\n,b\n",
        json.dumps({"a": ["x", "y"], "b": []}),
        json.dumps(
            [{"left": "a", "right": "x"}, {"left": "a", "right": "y"}, {"left": "b", "right": None}]
        ),
    ],
)
def test_gold_is_read_from_text_and_json(tmp_path, text):
    path = tmp_path / "gold"
    path.write_text(text)
    assert read_gold(path) == {"a": {"x", "y"}, "b": frozenset()}


def test_a_row_of_gold_that_ends_early_names_no_column(tmp_path):
    path = tmp_path / "gold"
    path.write_text("right,left\nx,a\ny\n")
    with pytest.raises(LoadError, match="the gold mapping names"):
        measure(ANSWERS, read_gold(path))


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "{", "[1]", "[]"])
def test_what_is_no_gold_says_what_gold_is(tmp_path, text):
    path = tmp_path / "gold"
    path.write_text(text)
    with pytest.raises(LoadError, match="columns left and right, or JSON"):
        read_gold(path)
