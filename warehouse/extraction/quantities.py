"""Quantities with units: what they measure, and whether two ways to write one are the same.

Only spellings that shops use count as units: Pint would read any word that begins with a prefix,
such as `pants`, as one.
"""

import re
from functools import cache
from typing import Any

import numpy as np

from warehouse.extraction.tokens import tokenize

# Spelling in lower case -> how Pint calls it.
_UNITS = {
    "mm": "mm", "cm": "cm", "m": "m", "meter": "m", "meters": "m", "metre": "m", "km": "km",
    "in": "inch", "inch": "inch", "inches": "inch", "ft": "foot", "feet": "foot", "foot": "foot",
    "yd": "yard", "yards": "yard",
    "mg": "mg", "g": "g", "gr": "g", "gram": "g", "grams": "g", "kg": "kg", "oz": "oz",
    "ounce": "oz", "ounces": "oz", "lb": "lb", "lbs": "lb", "pound": "lb", "pounds": "lb",
    "ml": "mL", "cl": "cL", "l": "L", "liter": "L", "liters": "L", "litre": "L", "litres": "L",
    "gal": "gallon", "gallon": "gallon", "gallons": "gallon", "pt": "pint", "qt": "quart",
    "w": "W", "watt": "W", "watts": "W", "kw": "kW", "v": "V", "volt": "V", "volts": "V",
    "mah": "mA*hour", "ah": "A*hour", "wh": "Wh", "hz": "Hz", "khz": "kHz", "mhz": "MHz",
    "ghz": "GHz", "mb": "MB", "gb": "GB", "tb": "TB", "sqm": "m**2", "sqft": "ft**2",
    "psi": "psi", "bar": "bar", "rpm": "rpm", "lm": "lm", "lumen": "lm", "lumens": "lm",
}  # fmt: skip
_QUANTITY = re.compile(r"\s*(\d+(?:[.,]\d+)?|\d+/\d+)\s*-?\s*([a-zA-Z]+)\.?\s*")


def quantity(text: str) -> tuple[float, str] | None:
    """The size in base units and the dimension of one number with a unit, such as `55mm`; None
    where `text` is anything else."""
    found = _QUANTITY.fullmatch(text)
    unit = _UNITS.get(found[2].lower()) if found else None
    if not found or not unit:
        return None
    factor, dimension = _base(unit)
    top, _, bottom = found[1].replace(",", ".").partition("/")
    if bottom and not float(bottom):
        return None
    return float(top) / float(bottom or 1) * factor, dimension


def same_quantity(one: str, other: str) -> bool:
    """Whether both are quantities of one dimension, and equal to a part in ten thousand."""
    left, right = quantity(one), quantity(other)
    if left is None or right is None or left[1] != right[1]:
        return False
    return abs(left[0] - right[0]) <= 1e-4 * max(abs(left[0]), abs(right[0]))


class _UnitKinds:
    """What the units of a spelling measure, by the hash of the spelling."""

    def of(self, hashes: np.ndarray) -> np.ndarray:
        """The number of the dimension of each lower-case token; 0 where it is no unit."""
        known, numbers = _unit_table()
        place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
        return np.where(known[place] == hashes, numbers[place], 0)


UNIT_KINDS = _UnitKinds()


@cache
def _unit_table() -> tuple[np.ndarray, np.ndarray]:
    spellings = sorted(_UNITS)
    dimensions = [_base(_UNITS[spelling])[1] for spelling in spellings]
    order = {dimension: place for place, dimension in enumerate(sorted(set(dimensions)), start=1)}
    hashes = tokenize(spellings).lower
    numbers = np.array([order[dimension] for dimension in dimensions])
    place = np.argsort(hashes)
    return hashes[place], numbers[place]


@cache
def _base(unit: str) -> tuple[float, str]:
    """How many base units one `unit` is, and its dimension."""
    base = _registry().Quantity(1, unit).to_base_units()
    return float(base.magnitude), str(base.units)


@cache
def _registry() -> Any:
    # Pint takes half a second to read its units.
    import pint

    return pint.UnitRegistry()
