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
        known = ", ".join(KINDS[kind].columns_by_name) if kind else "any one kind"
        raise LoadError(
            f"--map and --set name {', '.join(sorted(named))}; the columns of {kind or 'it'} are: {known}"
        )
    matches = [_match(candidate, columns, mapping, constants) for candidate in candidates]
    whole = [found for found in matches if not _missing(found)]
    if whole:
        return max(whole, key=lambda found: len(found.columns) + len(found.constants))
    nearest = min(matches, key=lambda found: (len(_missing(found)), -len(found.columns)))
    raise LoadError(
        f"no column found for {', '.join(_missing(nearest))} of {nearest.kind.name} among: {', '.join(columns)}; "
        f"name it with --map {_missing(nearest)[0]}=COLUMN, or give one value with --set {_missing(nearest)[0]}=VALUE"
    )


def _match(
    kind: Kind, columns: tuple[str, ...], mapping: dict[str, str], constants: dict[str, str]
) -> Match:
    for name, column in mapping.items():
        if column not in columns:
            raise LoadError(
                f"--map {name}={column}: the file has no column {column!r}, only: {', '.join(columns)}"
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
