"""Package sizes and other short literals to words: `24 CT` to "24-count", `6 PK/5 OZ` to "6 x 5 oz".

A size is written as it stands before the word "size": "in a 12-stem size". What is not understood for certain stays as the source
has it and is put in quotation marks.
"""

import csv
import re
from functools import cache

from verbalize.phrasing import TEMPLATES

_NUMBER = r"\d*\.?\d+|\d+ \d+/\d+|\d+"
_PLAIN = re.compile(rf"({_NUMBER}) ?([A-Z]+(?: [A-Z]+)?)\.?")
_HALF = re.compile(r"(1/2|1/4|3/4|\d+ [1-7]/[2-8]|\d+-[1-7]/[2-8]) ([A-Z]+)")
_PACKS = re.compile(rf"(\d+) ?(?:PK|P)[ /]+({_NUMBER}) ?([A-Z]+)")
_PACKS_LAST = re.compile(rf"({_NUMBER}) ?([A-Z]+)[ /]+(\d+) ?PK")
_COUNTED = re.compile(rf"(\d+) ?CT[ /]+({_NUMBER}) ?([A-Z]+)")
_AREA = re.compile(rf"({_NUMBER}) ?(?:IN)? ?X ?({_NUMBER}) ?(IN|FT|YD|CM|MM)")
_CONTAINED = re.compile(rf"({_NUMBER}) ?([A-Z]+) (BAG|BOX|BTL|CAN|JAR|POUCH|TUBE|POT)")
_NAMED = {
    "LARGE": "large", "MEDIUM": "medium", "MED": "medium", "SMALL": "small", "MINI": "mini", "X-LARGE": "extra-large", "KING": "king",
    "QUEEN": "queen", "TALL": "tall", "HALF GAL": "half-gallon", "GAL": "one-gallon", "PT": "one-pint", "QT": "one-quart",
    "LB": "one-pound", "L": "one-liter", "DZ": "one-dozen", "DOZ": "one-dozen",
}  # fmt: skip
_CONTAINERS = {"BTL": "bottle"}
_LARGEST = 99_999
_BAND = re.compile(r"(\d+)-(\d+)")
_OVER = re.compile(r"(\d+)\+")


def literal_words(slot: str, value: str, language: str = "en") -> str | None:
    """The words for a literal of a slot; None where it is said as it stands."""
    known = _values(language).get((slot, value))
    if known is not None:
        return known
    if slot == "size":
        return size_words(value, language)
    if slot == "segmentAge":
        band, over = _BAND.fullmatch(value), _OVER.fullmatch(value)
        return f"{band[1]} to {band[2]}" if band else f"{over[1]} and over" if over else None
    return None


def size_words(size: str, language: str = "en") -> str | None:
    """A package size as it stands before "size"; None where it follows no known pattern."""
    text = " ".join(size.upper().split())
    if text in _NAMED:
        return _NAMED[text]
    for pattern, worded in _PATTERNS.items():
        match = pattern.fullmatch(text)
        words = worded(match, _units(language)) if match else None
        if words:
            return words
    return None


def _measure(number: str, unit: str, units: dict[str, str]) -> str | None:
    if unit not in units or float(number.split("/")[0].split()[0].split("-")[0]) > _LARGEST:
        return None
    number = f"0{number}" if number.startswith(".") else number
    word = units[unit]
    symbol = word in {"oz", "fl oz", "lb", "ml", "L", "g", "kg", "mg", "cm", "mm", "sq ft"}
    return f"{number} {word}" if symbol else f"{number}-{word}"


def _times(count: str, measure: str | None) -> str | None:
    return f"{count} x {measure}" if measure else None


def _area(match: re.Match[str], units: dict[str, str]) -> str | None:
    measure = _measure(match[2], match[3], units)
    return f"{match[1]} x {measure}" if measure else None


def _counted(match: re.Match[str], units: dict[str, str]) -> str | None:
    measure = _measure(match[2], match[3], units)
    return f"{match[1]}-count, {measure}" if measure else None


def _contained(match: re.Match[str], units: dict[str, str]) -> str | None:
    measure = _measure(match[1], match[2], units)
    return f"{measure} {_CONTAINERS.get(match[3], match[3].lower())}" if measure else None


_PATTERNS = {
    _PLAIN: lambda match, units: _measure(match[1], match[2], units),
    _HALF: lambda match, units: _measure(match[1].replace("-", " "), match[2], units),
    _PACKS: lambda match, units: _times(match[1], _measure(match[2], match[3], units)),
    _PACKS_LAST: lambda match, units: _times(match[3], _measure(match[1], match[2], units)),
    _COUNTED: _counted,
    _AREA: _area,
    _CONTAINED: _contained,
}


@cache
def _units(language: str) -> dict[str, str]:
    return _table(language, "units")


@cache
def _values(language: str) -> dict[tuple[str, str], str]:
    with (TEMPLATES / language / "values.csv").open(encoding="utf-8", newline="") as file:
        return {(slot, value): words for slot, value, words in list(csv.reader(file))[1:]}


def _table(language: str, name: str) -> dict[str, str]:
    with (TEMPLATES / language / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return dict(list(csv.reader(file))[1:])
