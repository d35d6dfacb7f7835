"""Candidates are pieces of their text, wherever they come from and whatever the text is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from warehouse.extraction.spans import hashes_of, spans
from warehouse.extraction.tokens import tokenize

NOTHING = np.empty(0, dtype=np.uint64)
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.text(alphabet="aA1 .,-\n\u0301é字\u202e\ud800\U0001f600", max_size=40),
    ),
    max_size=5,
)


def pieces(texts, known=NOTHING):
    found = spans(texts, known)
    owner = np.repeat(np.arange(len(texts)), np.diff(found.offsets))
    return [
        (text, int(begin), int(end), int(value))
        for text, begin, end, value in zip(owner, found.begin, found.end, found.value, strict=True)
    ]


@given(TEXTS)
def test_every_candidate_lies_in_its_text_and_has_no_space_at_its_edges(texts):
    for text, begin, end, _ in pieces(texts):
        assert 0 <= begin < end <= len(texts[text])
        piece = texts[text][begin:end]
        assert piece == piece.strip()


@given(TEXTS)
def test_a_candidate_has_the_same_hash_wherever_its_characters_stand(texts):
    found = pieces(texts)
    # Runs of different white space between the same words are one value.
    written = [" ".join(texts[text][begin:end].split()) for text, begin, end, _ in found]
    assert [value for _, _, _, value in found] == hashes_of(written).tolist()


@given(TEXTS)
def test_what_stands_beside_a_text_changes_nothing_of_it(texts):
    together = spans(texts, NOTHING)
    for number, text in enumerate(texts):
        alone = spans([text], NOTHING)
        own = slice(together.offsets[number], together.offsets[number + 1])
        assert np.array_equal(together.features[own], alone.features)
        assert np.array_equal(together.begin[own], alone.begin)
        words = slice(together.word_offsets[number], together.word_offsets[number + 1])
        assert np.array_equal(together.words[words], alone.words)


def test_numbers_units_and_marks_are_tokens_of_their_own():
    text = "Lure 3.5g, 55mm UV-400 café"
    tokens = tokenize([text])
    words = [text[b:e] for b, e in zip(tokens.begin, tokens.end, strict=True)]
    assert words == ["Lure", "3.5", "g", ",", "55", "mm", "UV", "-", "400", "café"]


def test_a_known_value_is_a_candidate_within_a_longer_word():
    known = np.unique(hashes_of(["Print"]))
    text = "Printed Shorts"
    assert text[0:5] in {text[b:e] for _, b, e, _ in pieces([text], known)}
    assert text[0:5] not in {text[b:e] for _, b, e, _ in pieces([text])}


def test_a_text_without_words_has_no_candidates():
    assert pieces(["", " \t\n", "!!! ---", "\u200b"]) == []
    assert pieces([]) == []
