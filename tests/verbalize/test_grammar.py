"""Right English: articles, numbers, lists, and how lists are read again."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verbalize.grammar import LIST_PARTS, article, heading, listing, noun


@pytest.mark.parametrize(
    "words",
    [
        "an 8 oz", "an 11 oz", "an 11.4 oz", "an 18 ct", "an 18-count", "an 80-count", "an 8,000",
        "a 1 lb", "a 1.8 L", "a 110-count", "a 180-count", "a 0.8 oz", "a 4 x 8 oz", "a 1/2 oz",
        "an apple", "a pear", "an hour", "an heirloom", "a one-gallon", "a unit", "a universal",
        "a European", "an umbrella", "an unusual", "a useful", "a USB", "an LCD", "an SPF 30",
        "a Müller", "a Nestlé", "an Évian", "a Häagen-Dazs",
        "an MLB", "an X-large", "a national-brand", "a “28 CT/SZ3”", "an “L 4 OZ”", "a “SOFT”",
    ],
)  # fmt: skip
def test_the_article_follows_the_sound(words):
    assert article(words.split(" ", 1)[1]) == words


def test_one_thing_and_several_things_have_their_forms():
    forms = [noun(count, "product", "products") for count in ("0", "1", "2", "1,001")]
    assert forms == ["products", "product", "products", "products"]


def test_lists_read_as_english():
    assert listing(["tea", "milk", "jam"]) == "tea, milk, and jam"
    assert listing(["tea", "milk"]) == "tea as well as milk"
    assert listing(["tea, green", "milk"]) == "tea, green; and milk"


def test_a_heading_has_no_article_and_a_large_first_letter():
    assert heading("the 8 oz green tea") == "8 oz green tea"
    assert heading("green tea") == "Green tea"


@given(
    st.lists(
        st.from_regex(r"[a-z]+( [a-z]+|, [a-z]+| and [a-z]+)?", fullmatch=True).filter(
            lambda words: not words.startswith("and ")
        ),
        min_size=2,
        max_size=6,
    )
)
def test_a_list_can_be_taken_apart_into_its_items(items):
    words = listing(items)
    parts = next(parts for mark, parts in LIST_PARTS.items() if mark in words)
    assert re.split(parts, words) == items
