"""Shouted, abbreviated labels and package sizes in words."""

import csv
from pathlib import Path

import pytest

import verbalize
from verbalize.labels import readable
from verbalize.measures import dimension_words, literal_words, size_words
from verbalize.tables import TEMPLATES
from warehouse.connection import only_row

DOCUMENTS = Path(verbalize.__file__).parent / "documents"


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("GROCERY", "grocery"),
        ("FRZN CHEDR/SWISS", "frozen cheddar and swiss"),
        ("FRZN MEAT/MEAT DINNERS", "frozen meat and meat dinners"),
        ("BEERALEMALT LIQUORS", "beer, ale, and malt liquors"),
        ("GREETING CARDS/WRAP/PARTY SPLY", "greeting cards, wrap, and party supplies"),
        ("MENS HAIR SPRAYS/TONICS/CREAMS", "men's hair sprays, tonics, and creams"),
        ("TV/MOVIE-MAGAZINE", "TV and movie magazines"),
        ("ITALIAN FOODS", "Italian foods"),
        ("CANDY W/O FLOUR", "candy without flour"),
        ("Loose Leaf Tea", "Loose Leaf Tea"),
        ("iPad & Co", "iPad & Co"),
    ],
)
def test_shouted_labels_become_words(label, words):
    assert readable(label) == words


@pytest.mark.parametrize("label", ["/", "(", "()", "-", " & ", "(((", ")", "- ("])
def test_a_label_that_is_only_punctuation_keeps_some(label):
    assert readable(label).strip()


def test_a_label_that_is_no_shouting_is_left_alone():
    assert readable("Value") == "Value"


@pytest.mark.parametrize("name", ["abbreviations", "labels", "units", "values"])
def test_the_tables_are_sorted_out_no_key_stands_twice(name):
    with (TEMPLATES / "en" / f"{name}.csv").open(newline="") as file:
        keys = [tuple(row[:-1]) for row in csv.reader(file)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("12 OZ", "12 oz"),
        ("12OZ", "12 oz"),
        ("12 OZ.", "12 oz"),
        (".5 OZ", "0.5 oz"),
        ("2-3/4 OZ", "2 3/4 oz"),
        ("24 CT", "24-count"),
        ("1 GA", "1-gallon"),
        ("GAL", "one-gallon"),
        ("6 PK/5 OZ", "6 x 5 oz"),
        ("10/6.75 OZ", "10 x 6.75 oz"),
        ("12 OZ/6 CT", "12 oz, 6-count"),
        ("144 OZ/12 PK", "144 oz, 12-pack"),
        ("42-48 CT", "42-to-48-count"),
        ("2 LB 3 OZ", "2 lb 3 oz"),
        ("2 IN X 55 YD", "2-inch by 55-yard"),
        ("12 X60 IN", "12 x 60-inch"),
        ("7.6 x 4.8 x 1.4 inches", "7.6 x 4.8 x 1.4-inch"),
        ("3-LB BAG", "3 lb bag"),
        ("8 OZ BTL", "8 oz bottle"),
        ("LARGE", "large"),
    ],
)
def test_package_sizes_stand_before_the_word_size(size, words):
    assert size_words(size) == words


@pytest.mark.parametrize("size", ["2/3 OZ", "6-12 OZ", "AB 8 OZ", "971788  PK", "12 ZORK", "", "?"])
def test_a_size_that_is_not_understood_for_certain_has_no_words(size):
    assert size_words(size) is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "7.6 x 4.8 x 0.4 inches"),
        ("de", "7,6 x 4,8 x 0,4 Zoll"),
        ("es", "7,6 x 4,8 x 0,4 pulgadas"),
        ("zh", "7.6×4.8×0.4英寸"),
    ],
)
def test_lengths_are_dimensions_and_have_their_unit_in_each_language(language, words):
    assert dimension_words("7.6 x 4.8 x .4 inches", language) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("12 X60 IN", "12 x 60 inches"),
        ("8 x 10 ft.", "8 x 10 feet"),
        ("20 x 30 cm", "20 x 30 cm"),
        ("2 IN X 55 YD", None),
        ("6 x 5 oz", None),
        ("12 in", None),
        ("1 x 2 x 3 x 4 in", None),
    ],
)
def test_only_lengths_of_one_unit_are_dimensions(connection, size, words):
    assert dimension_words(size) == words
    known = (DOCUMENTS / "known.sql").read_text()
    macro = known[known.index("CREATE OR REPLACE TEMP MACRO is_dimensions") :]
    connection.execute(macro[: macro.index(";")])
    row = only_row(connection, "SELECT is_dimensions(?)", [size])
    assert row == (words is not None,)


def test_age_bands_and_brands_have_words():
    assert literal_words("segmentAge", "25-34") == "25 to 34"
    assert literal_words("segmentAge", "65+") == "65 and over"
    assert literal_words("brand", "National") == "national brand"


def test_a_bare_letter_is_a_size_of_clothes():
    assert [size_words(letter) for letter in "SML"] == ["small", "medium", "large"]
    assert size_words("XL") == "extra-large" and size_words("2 L") == "2 L"
    assert literal_words("color", "green") is None
