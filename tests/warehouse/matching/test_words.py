"""Names of columns as English words, whatever their spelling and language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.matching.words import says_something, telling, words


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("prodDesc", "product description"),
        ("PRODUCT_DESCRIPTION", "product description"),
        ("Produkt-Beschreibung", "product description"),
        ("Produktbeschreibung", "product description"),
        ("prix_produit", "price product"),
        ("Größe", "size"),
        ("groesse", "size"),
        ("categoría", "category"),
        ("itemid", "item id"),
        ("qty", "quantity"),
    ],
)
def test_a_name_is_read_as_the_words_that_it_is_made_of(name, said):
    assert " ".join(words(name)) == said


def test_a_word_that_nobody_knows_stays_as_it_is():
    assert words("frobnicator") == ("frobnicator",)


def test_words_that_every_name_has_do_not_tell_one_from_another():
    assert telling("product_colour") == telling("colors") == {"color"}
    assert telling("product") == {"product"}


@pytest.mark.parametrize(("name", "says"), [("c1", False), ("field_7", False), ("id", True)])
def test_a_name_that_says_nothing_is_known(name, says):
    assert says_something(name) is says


@given(st.text(max_size=60))
def test_any_text_can_be_a_name(name):
    assert all(word and not word.isspace() for word in words(name))


def test_names_in_another_alphabet_are_not_all_alike():
    assert words("价格") != words("品名")
