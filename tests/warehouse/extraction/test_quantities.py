"""Quantities are read with their units, and words are not taken for units."""

import pytest

from warehouse.extraction.quantities import quantity, same_quantity


@pytest.mark.parametrize(
    ("one", "other"),
    [("55mm", "5.5 cm"), ("1 lb", "16 OZ"), ("1/2 inch", "12.7mm"), ("1,5 L", "1500 ml")],
)
def test_two_ways_to_write_a_quantity_are_the_same(one, other):
    assert same_quantity(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("55mm", "55 g"), ("55mm", "56mm"), ("5", "5"), ("", "")]
)
def test_other_quantities_are_not(one, other):
    assert not same_quantity(one, other)


@pytest.mark.parametrize("text", ["2 pants", "mm", "1/0 inch", "55mm 3g", "9" * 400 + "x", "٣mmm"])
def test_what_is_no_quantity_is_none(text):
    assert quantity(text) is None
