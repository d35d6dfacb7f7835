"""Columns of a file to canonical columns, by their names: what the user says, else the declared
names and synonyms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.errors import LoadError
from warehouse.kinds import KINDS, Kind


@dataclass(frozen=True)
class Match:
    """Which column of the file fills which canonical column, and what is left over."""

    kind: Kind
    columns: dict[str, str]
    constants: dict[str, str]
    unmapped: tuple[str, ...]


def match(
    columns: tuple[str, ...],
    kind: str | None = None,
    mapping: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
) -> Match:
    """Matches the header of a file to a kind; the kind that takes most columns, where none is
    given.

    `mapping` names the file's column for canonical columns; `constants` gives one value for all
    rows.

    Raises:
        LoadError: if a named kind or column does not exist, or a required column finds no match.
    """
    if kind is not None and kind not in KINDS:
        raise LoadError(f"no kind {kind!r}; --kind is one of {', '.join(KINDS)}")
    mapping, constants = dict(mapping or {}), dict(constants or {})
    named = {*mapping, *constants}
    candidates = [
        candidate
        for candidate in ([KINDS[kind]] if kind else KINDS.values())
        if named <= candidate.columns_by_name.keys()
    ]
    if not candidates:
        known = (
            f"the columns of {kind} are: {', '.join(KINDS[kind].columns_by_name)}"
            if kind
            else (f"no kind has all of these columns; name one with --kind: {', '.join(KINDS)}")
        )
        raise LoadError(f"--map and --set name {', '.join(sorted(named))}; {known}")
    both = sorted(mapping.keys() & constants.keys())
    if both:
        raise LoadError(f"both --map and --set name {', '.join(both)}; give one of them")
    matches = [_match(candidate, columns, mapping, constants) for candidate in candidates]
    whole = [found for found in matches if not _missing(found)]
    if whole:
        return max(whole, key=lambda found: len(found.columns) + len(found.constants))
    nearest = min(matches, key=lambda found: (len(_missing(found)), -len(found.columns)))
    first, *_ = missing = _missing(nearest)
    raise LoadError(
        f"no column found for {', '.join(missing)} of {nearest.kind.name} "
        f"among: {', '.join(columns)}; "
        f"name it with --map {first}=COLUMN, or give one value with --set {first}=VALUE"
    )


def _match(
    kind: Kind, columns: tuple[str, ...], mapping: dict[str, str], constants: dict[str, str]
) -> Match:
    for name, given in mapping.items():
        if given not in columns:
            raise LoadError(
                f"--map {name}={given}: the file has no column {given!r}, "
                f"only: {', '.join(columns)}"
            )
    free = {
        _normal(column): column for column in reversed(columns) if column not in mapping.values()
    }
    found = dict(mapping)
    # A column's own name goes before any synonym, so that `category` is never taken by another
    # column's synonym.
    for synonyms in (False, True):
        for column in kind.columns:
            if column.name not in found and column.name not in constants:
                for name in column.synonyms if synonyms else (column.name,):
                    if name in free:
                        found[column.name] = free.pop(name)
                        break
    unmapped = tuple(column for column in columns if column not in found.values())
    return Match(kind, found, constants, unmapped)


def _missing(found: Match) -> list[str]:
    return [
        column.name
        for column in found.kind.columns
        if column.required
        and column.name not in found.columns
        and column.name not in found.constants
    ]


def _normal(column: str) -> str:
    """`Product ID`, `productId` and `product-id` are one name."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.strip())
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
