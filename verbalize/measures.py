"""Sizes and other short literals to words: `24 CT` to "24-count", `6 PK/5 OZ` to "6 x 5 oz".

A size is written as it stands before the word "size": "in a 12-stem size". What is not understood
for certain has no words here, and stays as the source has it.
"""

import re
from collections.abc import Callable

from verbalize.tables import table

_COUNT = r"(\d{1,5})"
_NUMBER = r"(\d{1,5}[ -][1-9]\d?/(?:2|3|4|8|16)|1/2|1/4|3/4|\d{0,5}\.\d+|\d{1,5})"
_UNIT = r"([A-Z]+(?: [A-Z]+)?)"
_MEASURE = rf"{_NUMBER}[ -]?{_UNIT}"
_SYMBOLS = {"oz", "fl oz", "lb", "ml", "L", "g", "kg", "mg", "cm", "mm", "sq ft"}
_DENOMINATORS = {"2", "3", "4", "5", "6", "8", "10", "16", "32"}
_BAND = re.compile(r"(\d+)-(\d+)")
_OVER = re.compile(r"(\d+)\+")


def literal_words(slot: str, value: str, language: str = "en") -> str | None:
    """The words for a literal of a slot; None where it is said as it stands."""
    known = table(language, "values").get((slot, value))
    if known is not None:
        return known
    if slot == "size":
        return size_words(value, language)
    if slot == "segmentAge":
        band, over = _BAND.fullmatch(value), _OVER.fullmatch(value)
        return f"{band[1]} to {band[2]}" if band else f"{over[1]} and over" if over else None
    return None


def size_words(size: str, language: str = "en") -> str | None:
    """A package size as it stands before "size"; None where it is not understood."""
    text = " ".join(size.upper().split()).rstrip(".*")
    known = table(language, "values").get(("size", text))
    if known is not None:
        return known
    for pattern, worded in _PATTERNS:
        match = re.fullmatch(pattern, text)
        words = worded(language, *match.groups()) if match else None
        if words:
            return words
    return None


def _measure(language: str, number: str, unit: str) -> str | None:
    """12 oz, or 12-count."""
    word = table(language, "units").get((unit,))
    if word is None:
        return None
    number = f"0{number}" if number.startswith(".") else number.replace("-", " ")
    return f"{number} {word}" if word in _SYMBOLS else f"{number}-{word}"


def _packs(language: str, count: str, number: str, unit: str) -> str | None:
    measure = _measure(language, number, unit)
    return f"{count} x {measure}" if measure else None


def _slashed(language: str, count: str, number: str, unit: str) -> str | None:
    """`10/6.75 OZ` is ten of them; `2/3 OZ` could as well be a fraction."""
    fraction = number in _DENOMINATORS and int(count) < int(number)
    return None if fraction else _packs(language, count, number, unit)


def _dashed(language: str, low: str, high: str, unit: str) -> str | None:
    """`42-48 CT` is a range; `6-12 OZ` could as well be six of them."""
    if int(low) >= int(high) or unit not in ("CT", "STEM", "IN"):
        return None
    return f"{low}-to-{_measure(language, high, unit)}"


def _both(language: str, *measures: str) -> str | None:
    """Two measures of one package: `6 CT/10 OZ`."""
    one, other = _measure(language, *measures[:2]), _measure(language, *measures[2:])
    return f"{one}, {other}" if one and other else None


def _pounds(language: str, pounds: str, ounces: str) -> str | None:
    return f"{_measure(language, pounds, 'LB')} {_measure(language, ounces, 'OZ')}"


def _area(language: str, one: str, own: str | None, other: str, unit: str) -> str | None:
    if own and own != unit:
        return f"{_measure(language, one, own)} by {_measure(language, other, unit)}"
    return f"{one} x {_measure(language, other, unit)}"


def _contained(language: str, number: str, unit: str, container: str) -> str | None:
    measure = _measure(language, number, unit)
    word = table(language, "abbreviations").get((container,), container.lower())
    return f"{measure} {word}" if measure else None


_LENGTH = "IN|FT|YD|CM|MM"
_PATTERNS: tuple[tuple[str, Callable[..., str | None]], ...] = (
    (_MEASURE, _measure),
    (rf"{_COUNT} ?(?:PK|P)[ /]+{_MEASURE}", _packs),
    (rf"{_COUNT} ?/ ?{_MEASURE}", _slashed),
    (rf"{_COUNT}-{_COUNT} {_UNIT}", _dashed),
    (rf"{_COUNT} LB {_NUMBER} OZ", _pounds),
    (rf"{_MEASURE} ?[/ ] ?{_MEASURE}", _both),
    (rf"{_NUMBER} ?({_LENGTH})? ?X ?{_NUMBER} ?({_LENGTH})", _area),
    (rf"{_MEASURE} (BAG|BOX|BTL|CAN|JAR|POUCH|TUBE|POT)", _contained),
)
