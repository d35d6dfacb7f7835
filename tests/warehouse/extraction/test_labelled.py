"""Labelled files are read line by line, and a wrong one is named with its line and field."""

import json

import pytest

from warehouse.errors import LoadError
from warehouse.extraction.labelled import read_labelled

LINE = {"input": "Acme Red Lamp", "category": "Lamp", "target_scores": {"Color": {"Red": 1}}}


def write(tmp_path, *lines):
    path = tmp_path / "titles.jsonl"
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    )
    return path


def test_values_are_read_as_the_paper_scores_them(tmp_path):
    targets = {"A": {"n/a": 1, "x": 1}, "B": {" x ": 1, "n/a": 1, "y": 1}, "C": {"n/a": 1}}
    found = read_labelled(write(tmp_path, LINE, "", {**LINE, "target_scores": targets}))
    assert found.values == (("Red",), (), ("x", "y"), ())
    assert found.questions.text.tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: no JSON"),
        ("[" * 100_000, "line 2: no JSON"),
        ("[]", "line 2: no JSON object"),
        ({**LINE, "input": None}, "line 2, input: must be a text"),
        ({**LINE, "category": 3}, "line 2, category"),
        ({**LINE, "target_scores": []}, "line 2, target_scores"),
        ({**LINE, "target_scores": {"Color": {}}}, "line 2, target_scores.Color"),
    ],
    ids=["torn", "deep", "list", "no title", "number", "no targets", "no value"],
)
def test_a_wrong_line_is_named_with_its_field(tmp_path, line, message):
    with pytest.raises(LoadError, match=message):
        read_labelled(write(tmp_path, LINE, line))


def test_a_file_that_is_missing_empty_or_no_text_says_so(tmp_path):
    with pytest.raises(LoadError, match="cannot be read"):
        read_labelled(tmp_path / "none.jsonl")
    with pytest.raises(LoadError, match="asks for no attribute"):
        read_labelled(write(tmp_path, ""))
    (tmp_path / "odd").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LoadError, match="not UTF-8"):
        read_labelled(tmp_path / "odd")


def test_a_part_takes_the_share_of_each_category(tmp_path):
    lines = [
        {**LINE, "input": f"Lamp {number}", "category": f"c{number % 3}"} for number in range(60)
    ]
    found = read_labelled(write(tmp_path, *lines))
    part = found.part(0.2)
    assert sorted(part.questions.category.tolist()) == ["c0"] * 4 + ["c1"] * 4 + ["c2"] * 4
    assert part.questions.text.tolist() == found.part(0.2).questions.text.tolist()
