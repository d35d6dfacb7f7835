"""What columns can be matched to: those of the canonical kinds, described by their names, meanings
and example values, or those of another table."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from warehouse.connection import memory, quoted
from warehouse.kinds import Kind
from warehouse.matching.profiles import Profile, profile

_EXAMPLES = Path(__file__).with_name("examples.csv")
_NUMBERS = tuple("12345678")


@dataclass(frozen=True)
class Targets:
    """Columns to match to. `names` are what each may be called, its own name first, `meanings` what
    it is in a sentence, or empty; those that are `required` are likely to be there."""

    columns: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    meanings: tuple[str, ...]
    profile: Profile
    required: tuple[bool, ...]
    kind: Kind | None = None


@cache
def canonical(kind: Kind) -> Targets:
    """The columns of a kind; `examples.csv` says what they mean, what sources also call them (too
    loosely for a load), and what values look like."""
    told = _told()
    columns = tuple(column.name for column in kind.columns)
    rows = [told.get((kind.name, name), {}) for name in columns]
    names = tuple(
        (column.name, *column.synonyms, *_also(row))
        for column, row in zip(kind.columns, rows, strict=True)
    )
    required = tuple(column.required for column in kind.columns)
    meanings = tuple(row.get("meaning", "") for row in rows)
    return Targets(columns, names, meanings, _examples(kind), required, kind)


def of_table(
    connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...]
) -> Targets:
    """The columns of another table."""
    names = tuple((name,) for name in columns)
    known = profile(connection, table, columns)
    return Targets(columns, names, ("",) * len(columns), known, (False,) * len(columns))


def _also(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(name.strip() for name in row.get("also", "").split(";") if name.strip())


def examples(kind: Kind) -> dict[str, tuple[str, ...]]:
    """The example values of each column of a kind, empty where none are told."""
    told = _told()
    rows = {column.name: told.get((kind.name, column.name), {}) for column in kind.columns}
    return {name: tuple(row.get(number, "") for number in _NUMBERS) for name, row in rows.items()}


def _examples(kind: Kind) -> Profile:
    """The profile of the examples of each column, as a table."""
    values = examples(kind)
    declared = ", ".join(f"{quoted(column)} VARCHAR" for column in values)
    # A cursor of its own, with a table that no other has: kinds may be asked for side by side.
    connection = _bench().cursor()
    connection.execute(f"CREATE OR REPLACE TEMP TABLE example_row (row_number INT, {declared})")
    connection.executemany(
        f"INSERT INTO example_row VALUES ({', '.join('?' * (len(values) + 1))})",
        [[number, *row] for number, row in enumerate(zip(*values.values(), strict=True), start=1)],
    )
    return profile(connection, "example_row", tuple(values))


@cache
def _bench() -> duckdb.DuckDBPyConnection:
    """A warehouse to profile examples in: one for all kinds, since making it takes longer."""
    return memory()


@cache
def _told() -> dict[tuple[str, str], dict[str, str]]:
    with _EXAMPLES.open(encoding="utf-8", newline="") as file:
        return {(row["kind"], row["column"]): row for row in csv.DictReader(file)}


def described() -> frozenset[tuple[str, str]]:
    """The kinds and columns that have a meaning and examples."""
    return frozenset(_told())
