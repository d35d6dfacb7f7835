"""Columns that hold several targets, and columns that are one target only together: merged and
split columns, told by values that begin or end with those of another column, by names joined with
"and", and by forms that belong together."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warehouse.matching.profiles import FORMS, Profile
from warehouse.matching.targets import Targets
from warehouse.matching.words import telling, unaccented

# A column is part of another where this share of the other's values begins or ends with one of its.
LEAST_SHARE = 0.6
_MOST_EQUAL = 0.2
_LONGEST_PART = 6
_READ_VALUES = 200
_JOINED = re.compile(r"(?i)\s*[&+/]\s*|(?:^|[\s_-])(?:and|und|et|y)(?:$|[\s_-])")
_SIGN = re.compile(r"[^\w.]+")
_FORM = {name: place for place, name in enumerate(FORMS)}


@dataclass(frozen=True)
class Part:
    """`whole` holds what `part` holds, and more; `reason` says how that is told, with the share of
    values where it was seen."""

    whole: str
    part: str
    reason: str
    share: float


def within(wholes: Profile, parts: Profile) -> list[Part]:
    """Columns of `wholes` whose values begin or end with values of a column of `parts`."""
    known = [frozenset(" ".join(_tokens(value)) for value in values) for values in parts.values]
    found = []
    for whole, values in zip(wholes.columns, wholes.values, strict=True):
        read = [tokens for value in values[:_READ_VALUES] if len(tokens := _tokens(value)) > 1]
        if 2 * len(read) <= min(len(values), _READ_VALUES):
            continue
        for part, own in zip(parts.columns, known, strict=True):
            if wholes is parts and whole == part or len(own) < 2:
                continue
            equal = sum(" ".join(tokens) in own for tokens in read) / len(read)
            for place, cuts in (("begin", _beginnings), ("end", _endings)):
                share = sum(any(cut in own for cut in cuts(tokens)) for tokens in read) / len(read)
                if share >= LEAST_SHARE and equal <= _MOST_EQUAL:
                    reason = f"values {place} with those of {part}"
                    found.append(Part(whole, part, reason, round(share, 3)))
    return found


def named(columns: Sequence[str], targets: Targets) -> list[Part]:
    """Columns such as `brand_and_name`, whose names join those of several targets."""
    found = []
    for column in columns:
        pieces = [piece for piece in _JOINED.split(column) if piece]
        held = [
            target
            for target, names in zip(targets.columns, targets.names, strict=True)
            if any(telling(piece) == telling(name) for piece in pieces for name in names)
        ]
        if len(pieces) > 1 and len(held) > 1:
            found += [Part(column, target, "the name joins several", 1.0) for target in held]
    return found


def by_form(found: Profile) -> Iterator[Part]:
    """What the forms of values tell: amounts with their currency, and days apart from hours."""
    days, hours = [], []
    for column, forms, values in zip(found.columns, found.forms, found.values, strict=True):
        if forms[_FORM["money"]] >= LEAST_SHARE:
            share = round(float(forms[_FORM["money"]]), 3)
            yield Part(column, "currency", "amounts are written with their currency", share)
        if forms[_FORM["time"]] >= LEAST_SHARE and not any(":" in value for value in values):
            days.append(column)
        if forms[_FORM["clock"]] >= LEAST_SHARE:
            hours.append(column)
    if len(days) == len(hours) == 1:
        for column in (*days, *hours):
            yield Part("time", column, "the day and the hour stand in two columns", 1.0)


def _tokens(value: str) -> list[str]:
    return [token for token in _SIGN.split(unaccented(value)) if token]


def _beginnings(tokens: list[str]) -> Iterator[str]:
    return (" ".join(tokens[:count]) for count in range(1, min(len(tokens), _LONGEST_PART + 1)))


def _endings(tokens: list[str]) -> Iterator[str]:
    return (" ".join(tokens[-count:]) for count in range(1, min(len(tokens), _LONGEST_PART + 1)))
