"""The ranker learns from a handful of titles what answers a question, and when nothing does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.extraction.questions import Questions
from warehouse.extraction.ranker import fit

COLORS = ("Red", "Blue", "Green", "Black")
BRANDS = (
    "Acme", "Zenit", "Orbis", "Kolor", "Sonnet", "Vertex", "Halden", "Norfolk", "Tessera", "Quill",
    "Umbra", "Lumen",
)  # fmt: skip


def shop():
    """Titles `BRAND COLOR Lamp NUMBERmm`; every third says no color."""
    texts, rows = [], []
    for number in range(96):
        brand, color = BRANDS[number % 12], COLORS[number // 12 % 4]
        says = number % 3 > 0
        length = f"{20 + number}mm"
        texts.append(f"{brand} {color + ' ' if says else ''}Lamp {length}")
        rows += [
            (number, "Brand", [brand]),
            (number, "Color", [color] if says else []),
            (number, "Length", [length]),
        ]
    return texts, rows


def questions(rows):
    return Questions(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=object),
        np.array(["Lamp"] * len(rows), dtype=object),
    )


def said(ranker, texts, rows):
    found = ranker.answer(texts, questions(rows))
    return [
        texts[row[0]][begin:end] if stated else None
        for row, begin, end, stated in zip(rows, found.begin, found.end, found.stated, strict=True)
    ]


@pytest.fixture(scope="module")
def ranker():
    texts, rows = shop()
    return fit(texts, questions(rows), [row[2] for row in rows])


def test_it_finds_values_it_has_seen_and_numbers_it_has_not(ranker):
    texts = ["Zenit Green Lamp 95mm", "Acme Blue Lamp 7mm"]
    rows = [(text, name, []) for text in (0, 1) for name in ("Brand", "Color", "Length")]
    assert said(ranker, texts, rows) == ["Zenit", "Green", "95mm", "Acme", "Blue", "7mm"]


def test_it_finds_a_brand_it_has_never_seen_where_brands_stand(ranker):
    assert said(ranker, ["Miralux Red Lamp 33mm"], [(0, "Brand", [])]) == ["Miralux"]


def test_it_says_that_a_title_does_not_state_an_attribute(ranker):
    assert said(ranker, ["Orbis Lamp 61mm"], [(0, "Color", [])]) == [None]


def test_answers_do_not_depend_on_what_else_is_asked_or_in_which_order(ranker):
    texts, rows = shop()
    alone = [said(ranker, texts, [row])[0] for row in rows[:12]]
    assert said(ranker, texts, rows[:12][::-1])[::-1] == alone


def test_the_same_titles_teach_the_same_weights():
    texts, rows = shop()
    first, second = (fit(texts, questions(rows), [row[2] for row in rows]) for _ in range(2))
    assert first.weights.tobytes() == second.weights.tobytes()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_an_answer_is_a_piece_of_its_text_whatever_the_text_is(ranker, texts):
    rows = [(text, name, []) for text in range(len(texts)) for name in ("Brand", "Unheard of")]
    found = ranker.answer(texts, questions(rows))
    for (text, *_), begin, end, probability, stated in zip(
        rows, found.begin, found.end, found.probability, found.stated, strict=True
    ):
        assert 0 <= probability <= 1 + 1e-6
        assert not stated or 0 <= begin < end <= len(texts[text])


def test_nothing_asked_is_nothing_answered(ranker):
    assert len(ranker.answer([], questions([])).begin) == 0
