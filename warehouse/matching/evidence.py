"""What speaks for and against each pair of a column and a target: names, forms of values, their
sizes, letters and meanings, each a number from 0 to 1."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import duckdb
import numpy as np
from numpy.typing import NDArray

from warehouse import embeddings
from warehouse.checks import problem, typed
from warehouse.connection import quoted
from warehouse.kinds import Column, Kind
from warehouse.matching.profiles import Profile
from warehouse.matching.targets import Targets
from warehouse.matching.words import telling, words

# What is compared, and how a person would say it.
FEATURES: dict[str, str] = {
    "name": "the name is the same",
    "synonym": "the name is a synonym",
    "words": "words of the names",
    "letters": "letters of the names",
    "naming": "meaning of the names",
    "forms": "forms of the values",
    "shape": "how values are written",
    "repeats": "how often values repeat",
    "sizes": "sizes of the numbers",
    "values": "values in common",
    "grams": "letters of the values",
    "content": "meaning of the values",
    "checks": "values pass the checks",
    "gtin": "values are GTINs",
    "required": "rows must have it",
}

_OF_VALUES = frozenset(
    ("forms", "shape", "repeats", "sizes", "values", "grams", "content", "checks", "gtin")
)

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """`features` has one number a column, target and feature (columns, targets, FEATURES); NaN
    where nothing can be said, as of a column without values."""

    columns: tuple[str, ...]
    targets: tuple[str, ...]
    features: Numbers


def compare(connection: duckdb.DuckDBPyConnection, found: Profile, targets: Targets) -> Evidence:
    """Compares each column with each target; `connection` is the one that made the profile."""
    known = targets.profile
    layers = _names(found.columns, targets)
    layers["forms"] = np.minimum(found.forms[:, None, :], known.forms[None, :, :]).sum(axis=2)
    distance = np.abs(found.shape[:, None, :] - known.shape[None, :, :]).sum(axis=2)
    layers["shape"] = np.exp(-2 * distance)
    layers["repeats"] = 1 - np.abs(found.repeated[:, None] - known.repeated[None, :])
    layers["sizes"] = _sizes(found.sizes, known.sizes)
    layers["values"] = _values(found.values, known.values)
    layers["grams"] = np.asarray((found.grams @ known.grams.T).todense())
    layers["gtin"] = np.minimum(found.valid_gtin[:, None], known.valid_gtin[None, :])
    if embeddings.available():
        layers["content"] = found.meanings @ known.meanings.T
    if targets.kind:
        layers["checks"] = _checks(connection, targets.kind, found)
    shape = (len(found.columns), len(targets.columns))
    layers["required"] = np.broadcast_to(np.array(targets.required, float), shape)
    unknown = np.full(shape, np.nan)
    features = np.stack([layers.get(name, unknown) for name in FEATURES], axis=2)
    empty = (found.filled == 0)[:, None] | (known.filled == 0)[None, :]
    of_values = [place for place, name in enumerate(FEATURES) if name in _OF_VALUES]
    features[:, :, of_values] = np.where(empty[:, :, None], np.nan, features[:, :, of_values])
    return Evidence(found.columns, targets.columns, features)


def _names(columns: Sequence[str], targets: Targets) -> dict[str, Numbers]:
    """What the names tell."""
    said = [" ".join(words(column)) for column in columns]
    told = [telling(column) for column in columns]
    shape = (len(columns), len(targets.columns))
    found = {name: np.zeros(shape) for name in ("name", "synonym", "words", "letters")}
    for target, (own, *synonyms) in enumerate(targets.names):
        names = [own, *synonyms]
        phrases = [" ".join(words(name)) for name in names]
        for column in range(len(columns)):
            found["name"][column, target] = said[column] == phrases[0]
            found["synonym"][column, target] = said[column] in phrases[1:]
            found["words"][column, target] = max(
                _dice(told[column], telling(name)) for name in names
            )
            found["letters"][column, target] = max(
                _dice(_trigrams(said[column]), _trigrams(phrase)) for phrase in phrases
            )
    if embeddings.available():
        found["naming"] = _naming(said, targets)
    return found


def _naming(said: list[str], targets: Targets) -> Numbers:
    """The cosine of a name and that which is nearest of a target's names and meaning."""
    phrases = [
        [" ".join(words(name)) for name in names] + [meaning] * bool(meaning)
        for names, meaning in zip(targets.names, targets.meanings, strict=True)
    ]
    left = _embedded(tuple(said))
    right = _embedded(tuple(phrase for own in phrases for phrase in own))
    starts = np.cumsum([0, *(len(own) for own in phrases)])[:-1]
    return np.maximum.reduceat(left @ right.T, starts, axis=1).clip(0).astype(np.float64)


@lru_cache(maxsize=32)
def _embedded(texts: tuple[str, ...]) -> embeddings.Vectors:
    return embeddings.embed(texts)


def _sizes(left: Numbers, right: Numbers) -> Numbers:
    """How near the quantiles are; 0 where only one of the columns is of numbers."""
    distance = np.abs(left[:, None, :] - right[None, :, :]).mean(axis=2)
    numbers = ~np.isnan(left[:, 0])[:, None], ~np.isnan(right[:, 0])[None, :]
    near = np.where(numbers[0] & numbers[1], np.exp(-np.nan_to_num(distance)), 0.0)
    near[~numbers[0] & ~numbers[1]] = np.nan
    return near


def _values(left: Sequence[tuple[str, ...]], right: Sequence[tuple[str, ...]]) -> Numbers:
    """The share of the shorter list of distinct values that is in the other."""
    sets = [frozenset(values) for values in left], [frozenset(values) for values in right]
    return np.array(
        [
            [len(one & other) / (min(len(one), len(other)) or 1) for other in sets[1]]
            for one in sets[0]
        ]
    ).reshape(len(left), len(right))


def _checks(connection: duckdb.DuckDBPyConnection, kind: Kind, found: Profile) -> Numbers:
    """The share of each column's values that pass the checks of each canonical column; NaN where
    the column takes every text."""
    shares = np.full((len(found.columns), len(kind.columns)), np.nan)
    for target, column in enumerate(kind.columns):
        if column.type in ("text", "path") and not (
            column.choices or column.pattern or column.gtin
        ):
            continue
        shares[:, target] = 0
        for place, share in _passing(connection, column, found.sample):
            shares[place, target] = share
    return shares


def _passing(
    connection: duckdb.DuckDBPyConnection, column: Column, sample: str
) -> list[tuple[int, float]]:
    free = replace(column, reference=None, limit=1 << 30)
    return connection.execute(
        f"""
        SELECT place, avg(({problem(free, "given", "VARCHAR")} IS NULL)::INT)
        FROM (
            SELECT place, value AS given, {typed(free, "value", "VARCHAR")} AS {quoted(free.name)}
            FROM {sample}
        )
        GROUP BY place
        """
    ).fetchall()


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other) or 1)


def _trigrams(text: str) -> frozenset[str]:
    padded = f"  {text} "
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))
