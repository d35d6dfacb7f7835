"""Right English: articles, numbers, lists, and how lists are read again."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verbalize.grammar import article, grammar, noun
from verbalize.tables import languages


@pytest.mark.parametrize(
    "words",
    [
        "an 8 oz", "an 11 oz", "an 11.4 oz", "an 18 ct", "an 18-count", "an 80-count", "an 8,000",
        "a 1 lb", "a 1.8 L", "a 110-count", "a 180-count", "a 0.8 oz", "a 4 x 8 oz", "a 1/2 oz",
        "an apple", "a pear", "an hour", "an heirloom", "a one-gallon", "a unit", "a universal",
        "a European", "an umbrella", "an unusual", "a useful", "a USB", "an LCD", "an SPF 30",
        "a Müller", "a Nestlé", "an Évian", "a Häagen-Dazs",
        "an RCA", "an MSI", "an NEC", "an SVAT", "an HDMI", "an LG", "an HP-85", "an MSI/NEC",
        "a VXI", "a SONY", "a LEGO", "a NASA", "a MAX", "a MAX-Pro", "a SLIM", "a FLEX", "a RAM",
        "a NIKON", "a SHARP", "a Nec", "a UPS", "an SPF", "an R2D2", "an H2O", "an LED",
        "an MLB", "an X-large", "a national-brand", "a “28 CT/SZ3”", "an “L 4 OZ”", "a “SOFT”",
    ],
)  # fmt: skip
def test_the_article_follows_the_sound(words):
    assert article(words.split(" ", 1)[1]) == words


def test_one_thing_and_several_things_have_their_forms():
    forms = [noun(count, "product", "products") for count in ("0", "1", "2", "1,001")]
    assert forms == ["products", "product", "products", "products"]


@pytest.mark.parametrize(
    ("language", "three", "two", "with_comma"),
    [
        ("en", "tea, milk, and jam", "tea as well as milk", "tea, green; and milk"),
        ("de", "tea, milk sowie jam", "tea sowie milk", "tea, green; sowie milk"),
        ("es", "tea, milk, así como jam", "tea, así como milk", "tea, green; así como milk"),
        ("zh", "tea、milk和jam", "tea和milk", "tea, green和milk"),
    ],
)
def test_lists_read_as_the_language_has_them(language, three, two, with_comma):
    listing = grammar(language).list
    assert listing(["tea", "milk", "jam"]) == three
    assert listing(["tea", "milk"]) == two
    assert listing(["tea, green", "milk"]) == with_comma


def test_a_heading_has_no_article_and_a_large_first_letter():
    heading = grammar("en").heading
    assert heading("the 8 oz green tea") == "8 oz green tea"
    assert heading("green tea") == "Green tea"


@pytest.mark.parametrize("language", languages())
@given(
    st.lists(
        st.from_regex(
            r"[a-z]+( [a-z]+|, [a-z]+| and [a-z]+| sowie [a-z]+|、[a-z]+|和[a-z]+)?", fullmatch=True
        ).filter(lambda words: not words.startswith(("and ", "sowie ", "así "))),
        min_size=2,
        max_size=6,
    )
)
def test_a_list_can_be_taken_apart_into_its_items(language, items):
    listing = grammar(language).list
    words = listing(items)
    parts = next(parts for mark, parts in listing.parts.items() if mark in words)
    assert re.split(parts, words) == items
