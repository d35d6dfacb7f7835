"""Columns of a file to canonical columns, by their names: what the user says, else the declared
names and synonyms. A kind that the user does not name is guessed only where the header is evidence
of it, since rows of a wrong kind would take the place of good ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.errors import HeaderError, LoadError
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
    """Matches the header of a file to a kind; where none is given, to that which takes most
    columns, if the header leaves no doubt of it.

    `mapping` names the file's column for canonical columns; `constants` gives one value for all
    rows.

    Raises:
        HeaderError: if a named column does not exist, a required one finds no match, or the header
        does not tell the kind.
        LoadError: if there is no such kind.
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
        raise HeaderError(f"--map and --set name {', '.join(sorted(named))}; {known}")
    both = sorted(mapping.keys() & constants.keys())
    if both:
        raise LoadError(f"both --map and --set name {', '.join(both)}; give one of them")
    matches = [_match(candidate, columns, mapping, constants) for candidate in candidates]
    whole = [found for found in matches if not _missing(found)]
    if whole and len(matches) == 1:
        return whole[0]
    if whole:
        return _guess(matches, columns)
    nearest = min(matches, key=lambda found: (len(_missing(found)), -len(found.columns)))
    first, *_ = missing = _missing(nearest)
    other = "" if kind else f". If these are no {nearest.kind.name} rows, say what they are {_SAY}"
    raise HeaderError(
        f"no column found for {', '.join(missing)} of {nearest.kind.name} "
        f"among: {', '.join(columns)}; "
        f"name it with --map {first}=COLUMN, or give one value with --set {first}=VALUE{other}. "
        f"{_FIND_OUT}"
    )


_SAY = f"with --kind, one of {', '.join(KINDS)}"
_FIND_OUT = "Or: wareword match FILE finds out what the columns mean, and writes a contract"


def _guess(matches: list[Match], columns: tuple[str, ...]) -> Match:
    """The kind that the header tells.

    It must have a column that is typical of it and a place for at least half of the columns; no
    other kind may take as many, nor one that lacks a required column more.
    """
    told = [found for found in matches if not _missing(found) and _is_told(found)]
    best = max(told, key=_fit, default=None)
    if (
        best is not None
        and len(best.unmapped) <= _fit(best)
        and not any(_fit(found) >= _fit(best) for found in told if found is not best)
        and not any(_fit(found) > _fit(best) for found in matches if _missing(found))
    ):
        return best
    candidates = sorted(filter(lambda found: found.columns, matches), key=_fit, reverse=True)[:3]
    raise HeaderError(
        f"the columns {', '.join(columns)} do not tell what the rows are. They may be "
        f"{'; or '.join(map(_candidate, candidates))}. Say what they are {_SAY}. {_FIND_OUT}"
    )


def _fit(found: Match) -> int:
    return len(found.columns) + len(found.constants)


def _is_told(found: Match) -> bool:
    """Whether some column is typical of the kind, by a header that says so."""
    kind = found.kind
    return not kind.told_by or any(
        name in found.constants
        or name in found.columns
        and _normal(found.columns[name]) not in kind.columns_by_name[name].vague
        for name in kind.told_by
    )


def _candidate(found: Match) -> str:
    text = f"{found.kind.name} ({', '.join(found.columns.values())}"
    if found.unmapped:
        text += f"; no place for {', '.join(found.unmapped)}"
    if missing := _missing(found):
        text += f"; {', '.join(missing)} is missing"
    return text + ")"


def _match(
    kind: Kind, columns: tuple[str, ...], mapping: dict[str, str], constants: dict[str, str]
) -> Match:
    for name, given in mapping.items():
        if given not in columns:
            raise HeaderError(
                f"--map {name}={given}: the file has no column {given!r}, "
                f"only: {', '.join(columns)}"
            )
    for name, value in constants.items():
        if wanted := kind.columns_by_name[name].wrong(value):
            raise LoadError(f"--set {name}={value}: expected {wanted}; give such a value")
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
