"""Sizes and other short literals to words: `24 CT` to "24-count", `6 PK/5 OZ` to "6 x 5 oz".

A size is written as it stands in the templates, in English before the word "size": "in a 12-stem
size". `units.csv` has the words of units, `[measures]` of the grammar how they stand together. What
is not understood for certain has no words here, and stays as the source has it.
"""

import re
from collections.abc import Callable

from verbalize.grammar import Grammar, grammar, noun
from verbalize.locales import with_decimal_sign
from verbalize.tables import FIRST, table

_COUNT = r"(\d{1,5})"
_NUMBER = r"(\d{1,5}[ -][1-9]\d?/(?:2|3|4|8|16)|1/2|1/4|3/4|\d{0,5}\.\d+|\d{1,5})"
_UNIT = r"([A-Z]+(?: [A-Z]+)?)"
_MEASURE = rf"{_NUMBER}[ -]?{_UNIT}"
_SYMBOLS = {"oz", "fl oz", "lb", "ml", "l", "L", "g", "kg", "mg", "cm", "mm", "sq ft"}
_DENOMINATORS = {"2", "3", "4", "5", "6", "8", "10", "16", "32"}
_FRACTION = re.compile(r"\d/\d")
_BAND = re.compile(r"(\d+)-(\d+)")
_OVER = re.compile(r"(\d+)\+")
_PREDICATE = re.compile("[a-z]+(?:[A-Z][a-z]+)*")
_HUMP = re.compile("([a-z])([A-Z])")
# Where Shopify keeps a field of one's own: "Fabric (product.metafields.custom.fabric)".
_METAFIELD = re.compile(r"_(?:product|variant)\.metafields\..*")


def literal_words(slot: str, value: str, language: str = "en") -> str | None:
    """The words for a literal of a slot; None where it is said as it stands."""
    known = table(language, "values").get((slot, value))
    if known is not None:
        return known
    if slot == "size":
        return size_words(value, language)
    if slot == "dimensions":
        return dimension_words(value, language)
    if slot == "segmentAge":
        band, over = _BAND.fullmatch(value), _OVER.fullmatch(value)
        said = grammar(language).ages
        if band:
            return said["between"].format(low=band[1], high=band[2])
        return said["over"].format(low=over[1]) if over else None
    if slot == "relation" and language == FIRST and _PREDICATE.fullmatch(value):
        return _HUMP.sub(r"\1 \2", value).lower()
    return None


def column_words(predicate: str) -> str:
    """The column of a feed that a predicate is named after, in the words of the feed: "shipping
    weight" of `google:shipping_weight`, "option (Fit)" of `shopify:option.Fit`."""
    column, _, member = _METAFIELD.sub("", predicate.rpartition(":")[2]).partition(".")
    words, more = (" ".join(part.replace("_", " ").split()) for part in (column, member))
    if words[:1].islower():
        words = _HUMP.sub(r"\1 \2", words).lower()
    return f"{words} ({more})" if more else words


def size_words(size: str, language: str = "en") -> str | None:
    """A package size as it stands before "size"; None where it is not understood."""
    text = " ".join(size.upper().split()).rstrip(".*")
    known = table(language, "values").get(("size", text))
    if known is not None:
        return known
    for pattern, worded in _PATTERNS:
        match = re.fullmatch(pattern, text)
        words = worded(grammar(language), *match.groups()) if match else None
        if words:
            return words
    return None


def dimension_words(size: str, language: str = "en") -> str | None:
    """A size that is lengths, as it stands behind "measures": 7.6 x 4.8 x 1.4 inches; None for any
    other one."""
    match = re.fullmatch(_SIDES, " ".join(size.upper().split()).rstrip("."))
    if match is None:
        return None
    spoken = grammar(language)
    *sides, unit = filter(None, match.groups())
    _, _, many = table(language, "units")[(unit,)].rpartition("|")
    word = table(language, "values").get(("dimension", unit), many)
    first, *others = (with_decimal_sign(_number(side), spoken) for side in reversed(sides))
    words = spoken.measures["symbol"].format(number=first, unit=word)
    for side in others:
        words = spoken.measures["packs"].format(count=side, measure=words)
    return words


def _number(number: str) -> str:
    """A number as it is written in words: 0.5 for .5, and 2 3/4 for 2-3/4."""
    return f"0{number}" if number.startswith(".") else number.replace("-", " ")


def _measure(spoken: Grammar, number: str, unit: str) -> str | None:
    """12 oz, or 12-count."""
    forms = table(spoken.language, "units").get((unit,))
    if forms is None:
        return None
    one, _, many = forms.partition("|")
    less_than_one = _FRACTION.fullmatch(number) is not None
    word = noun("1" if less_than_one else number, one, many or one)
    pattern = spoken.measures["symbol" if word in _SYMBOLS else "word"]
    return pattern.format(number=with_decimal_sign(_number(number), spoken), unit=word)


def _packs(spoken: Grammar, count: str, number: str, unit: str) -> str | None:
    measure = _measure(spoken, number, unit)
    return spoken.measures["packs"].format(count=count, measure=measure) if measure else None


def _slashed(spoken: Grammar, count: str, number: str, unit: str) -> str | None:
    """`10/6.75 OZ` is ten of them; `2/3 OZ` could as well be a fraction."""
    fraction = number in _DENOMINATORS and int(count) < int(number)
    return None if fraction else _packs(spoken, count, number, unit)


def _dashed(spoken: Grammar, low: str, high: str, unit: str) -> str | None:
    """`42-48 CT` is a range; `6-12 OZ` could as well be six of them."""
    if int(low) >= int(high) or unit not in ("CT", "STEM", "IN"):
        return None
    return spoken.measures["range"].format(low=low, measure=_measure(spoken, high, unit))


def _both(spoken: Grammar, *measures: str) -> str | None:
    """Two measures of one package: `6 CT/10 OZ`."""
    one, other = _measure(spoken, *measures[:2]), _measure(spoken, *measures[2:])
    return spoken.measures["both"].format(one=one, other=other) if one and other else None


def _pounds(spoken: Grammar, pounds: str, ounces: str) -> str | None:
    one, other = _measure(spoken, pounds, "LB"), _measure(spoken, ounces, "OZ")
    return spoken.measures["sum"].format(one=one, other=other)


def _area(spoken: Grammar, one: str, own: str | None, other: str, unit: str) -> str | None:
    measure = _measure(spoken, other, unit)
    if own and own != unit:
        return spoken.measures["sides"].format(one=_measure(spoken, one, own), other=measure)
    count = with_decimal_sign(_number(one), spoken)
    return spoken.measures["packs"].format(count=count, measure=measure)


def _volume(spoken: Grammar, one: str, other: str, last: str, unit: str) -> str:
    count = with_decimal_sign(_number(one), spoken)
    area = _area(spoken, other, None, last, unit)
    return spoken.measures["packs"].format(count=count, measure=area)


def _contained(spoken: Grammar, number: str, unit: str, container: str) -> str | None:
    measure = _measure(spoken, number, unit)
    word = table(spoken.language, "values").get(("container", container))
    if not measure or not word:
        return None
    return spoken.measures["contained"].format(measure=measure, container=word)


_LENGTH = (
    "INCHES|INCH|IN|FEET|FOOT|FT|YARDS|YARD|YD|CENTIMETERS|CENTIMETER|CM|MILLIMETERS|MILLIMETER|MM"
)
_SIDES = rf"{_NUMBER} ?X ?{_NUMBER}(?: ?X ?{_NUMBER})? ?({_LENGTH})"
"""Two or three lengths in one unit; `is_dimensions` of documents/known.sql tells the same."""
_PATTERNS: tuple[tuple[str, Callable[..., str | None]], ...] = (
    (_MEASURE, _measure),
    (rf"{_COUNT} ?(?:PK|P)[ /]+{_MEASURE}", _packs),
    (rf"{_COUNT} ?/ ?{_MEASURE}", _slashed),
    (rf"{_COUNT}-{_COUNT} {_UNIT}", _dashed),
    (rf"{_COUNT} LB {_NUMBER} OZ", _pounds),
    (rf"{_MEASURE} ?[/ ] ?{_MEASURE}", _both),
    (rf"{_NUMBER} ?({_LENGTH})? ?X ?{_NUMBER} ?({_LENGTH})", _area),
    (rf"{_NUMBER} ?X ?{_NUMBER} ?X ?{_NUMBER} ?({_LENGTH})", _volume),
    (rf"{_MEASURE} (BAG|BOX|BTL|CAN|JAR|POUCH|TUBE|POT)", _contained),
)
