"""How a new file differs from what was there before: columns that most likely have another name
now, and columns whose values are not what they were."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from warehouse.contracts import Contract, drift
from warehouse.kinds import KINDS
from warehouse.matching.evidence import compare
from warehouse.matching.profiles import FORMS, Profile, profile
from warehouse.matching.scoring import assign, probabilities, scores
from warehouse.matching.targets import Targets, canonical

LEAST_CONFIDENCE = 0.5
# From where on a difference is worth a word: shares of rows, and factors of a typical number.
_SHARE = 0.2
_FACTOR = 1.5
_MEDIAN = 2
_ALL = 1 - 1e-9


@dataclass(frozen=True)
class Renamed:
    """A column that is missing, and the new one that most likely took its place."""

    old: str
    new: str
    confidence: float

    def __str__(self) -> str:
        return f"{self.old!r} may be called {self.new!r} now ({self.confidence:.0%})"


@dataclass(frozen=True)
class Shift:
    """A column whose values differ from before: `measure` says in what."""

    column: str
    measure: str
    before: float
    now: float

    def __str__(self) -> str:
        return f"column {self.column!r}: {self.measure} was {self.before:g} and is {self.now:g} now"


def differences(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: str,
    columns: tuple[str, ...],
) -> list[str]:
    """In words, all in which a landed table differs from a contract: columns that are missing, new,
    or of another type, and what the missing ones may be called now."""
    types = logical_types(profile(connection, table, columns))
    differing = drift(contract, types)
    return [*map(str, differing), *map(str, renamed(connection, contract, table, columns))]


def logical_types(seen: Profile) -> dict[str, str]:
    """The logical type of each column that all values of a sample have: integer, number, timestamp
    or string; empty where there is no value."""
    return {
        column: _logical(seen, place) if seen.filled[place] else ""
        for place, column in enumerate(seen.columns)
    }


def _logical(seen: Profile, place: int) -> str:
    forms = dict(zip(FORMS, seen.forms[place], strict=False))
    if forms["whole number"] > _ALL:
        return "integer"
    if forms["whole number"] + forms["number"] > _ALL:
        return "number"
    return "timestamp" if forms["time"] > _ALL else "string"


def renamed(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: str,
    columns: Sequence[str],
) -> tuple[Renamed, ...]:
    """The new columns of a landed table that most likely took the place of missing ones.

    A column that the contract promises and the file lacks is known by its own name, by the names of
    the canonical columns that it fills, and by their example values.
    """
    promised = [field.name for field in contract.fields] or list(contract.columns.values())
    missing = [name for name in promised if name not in columns]
    new = tuple(name for name in columns if name not in promised)
    if not missing or not new:
        return ()
    found = profile(connection, table, new)
    targets = _missing(canonical(KINDS[contract.kind]), contract, missing)
    chances = probabilities(scores(compare(connection, found, targets), "schema"))
    pairs = [
        Renamed(missing[place], new[row], round(float(chances[row, place]), 4))
        for row, place in enumerate(assign(chances))
        if place is not None and chances[row, place] >= LEAST_CONFIDENCE
    ]
    return tuple(sorted(pairs, key=lambda pair: missing.index(pair.old)))


def shifts(
    connection: duckdb.DuckDBPyConnection,
    before: str,
    table: str,
    columns: Sequence[str],
) -> tuple[Shift, ...]:
    """What is of note in the values of columns that two landed tables have, by samples of both."""
    described = connection.execute(f"DESCRIBE {before}").fetchall()
    known = {name for name, *_ in described}
    both = tuple(name for name in columns if name in known)
    if not both:
        return ()
    old, new = profile(connection, before, both), profile(connection, table, both)
    return tuple(shift for place in range(len(both)) for shift in _shifts(old, new, place))


def _shifts(old: Profile, new: Profile, place: int) -> list[Shift]:
    column, found = old.columns[place], []

    def note(measure: str, before: float, now: float) -> None:
        found.append(Shift(column, measure, round(float(before), 3), round(float(now), 3)))

    if abs(old.filled[place] - new.filled[place]) >= _SHARE:
        note("the share of rows with a value", old.filled[place], new.filled[place])
    if not old.filled[place] or not new.filled[place]:
        return found
    change = new.forms[place] - old.forms[place]
    form = int(np.argmax(np.abs(change)))
    if abs(change[form]) >= _SHARE:
        name = [*FORMS, "text"][form]
        note(
            f"the share of values of the form {name!r}",
            old.forms[place, form],
            new.forms[place, form],
        )
    sizes = old.sizes[place, _MEDIAN], new.sizes[place, _MEDIAN]
    if not np.isnan(sizes).any() and abs(sizes[0] - sizes[1]) >= np.log(_FACTOR):
        note("the median", *(np.sign(size) * np.expm1(abs(size)) for size in sizes))
    return found


def _missing(known: Targets, contract: Contract, missing: Sequence[str]) -> Targets:
    """The missing columns as targets, each described by the canonical column that it fills."""
    fills = {column: name for name, column in contract.columns.items()}
    places = [known.columns.index(fills[column]) if column in fills else None for column in missing]
    names = tuple(
        (column, *(known.names[place] if place is not None else ()))
        for column, place in zip(missing, places, strict=True)
    )
    meanings = tuple(known.meanings[place] if place is not None else "" for place in places)
    required = tuple(place is not None and known.required[place] for place in places)
    return Targets(tuple(missing), names, meanings, known.profile.chosen(places), required)
