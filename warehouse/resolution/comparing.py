"""The comparisons that fit products, each with its levels: how rare the shared words and model
codes are, whether model numbers, brands, quantities and colours agree or contradict, how far prices
and further attributes lie apart, and how near the titles are in meaning."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from warehouse.connection import literal, quoted
from warehouse.embeddings import Vectors
from warehouse.resolution.blocking import Places, Words, cosines

_STATEMENTS = Path(__file__).with_name("compare.sql").read_text()

# A field is compared where at least this share of the products of each side has it.
_COMMON_FIELD = 0.1
# A field is numbers where at least this share of its values has a digit.
_NUMERIC = 0.8


@dataclass(frozen=True)
class Comparison:
    """One thing in which two products are compared: the first level whose condition holds counts;
    where the value is null, nothing is known and nothing counts.

    `levels` are names and SQL conditions on `{value}`, a column of the table `compared`. The last
    `contradicting` ones weigh `most_bits` at most, whatever a few products seem to show; levels
    that are `ordered` agree less and less, and none weighs more than the one before.
    """

    name: str
    column: str
    levels: tuple[tuple[str, str], ...]
    ordered: bool = False
    most_bits: float = 0.0
    contradicting: int = 1


def at_least(name: str, column: str, edges: Sequence[float]) -> Comparison:
    """Levels by falling similarity."""
    levels = [(f"at least {edge:g}", f"{{value}} >= {edge}") for edge in edges]
    return Comparison(name, column, (*levels, ("less", "ELSE")))


def at_most(name: str, column: str, edges: Sequence[tuple[str, float]]) -> Comparison:
    """Levels by growing distance, named."""
    levels = [(label, f"{{value}} <= {edge}") for label, edge in edges]
    return Comparison(name, column, (*levels, ("farther", "ELSE")), ordered=True)


def one_of(name: str, column: str, values: Sequence[str], most_bits: float = 0.0) -> Comparison:
    """Levels by what was found; the last one is all else."""
    levels = [(value, f"{{value}} = {literal(value)}") for value in values[:-1]]
    return Comparison(name, column, (*levels, (values[-1], "ELSE")), most_bits=most_bits)


# Variants of one product have all in common but this: what differs in it is hardly ever the same.
_VARIANT_BITS = -8.0
# Sellers have codes of their own, so that other codes are less against a match than variants are.
_CODE_BITS = -4.0


_RATIOS = (
    ("the same to 2 %", 0.02),
    ("within 10 %", 0.1),
    ("within 20 %", 0.2),
    ("within 40 %", 0.35),
    ("within 80 %", 0.6),
    ("within 2.7 times", 1.0),
    ("within 4.5 times", 1.5),
)

COMPARISONS = (
    at_least(
        "words",
        "words",
        (0.9, 0.8, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15),
    ),
    one_of(
        "model code",
        "code",
        (
            "shared by these two only",
            "shared by up to 5 products",
            "shared by up to 20 products",
            "within the other title",
            "one begins or ends the other",
            "in the description",
            "shared by many products",
            "none",
            "different",
        ),
        _CODE_BITS,
    ),
    one_of("model number", "model", ("equal", "one in the other", "same beginning", "different")),
    one_of("GTIN", "gtin", ("equal", "different"), _VARIANT_BITS),
    at_most("price", "price", _RATIOS),
    one_of("brand", "brand", ("equal", "in the other title", "different")),
    Comparison(
        "quantities",
        "shared_quantities",
        tuple(
            (
                f"{shared} shared, {different} different",
                f"{{value}} = {shared} AND different_quantities_l = {different}",
            )
            for shared in (2, 1, 0)
            for different in (0, 1, 2)
            if (shared, different) != (0, 2)
        )
        + (("0 shared, 2 different", "ELSE"),),
        contradicting=2,
    ),
    one_of("colour", "colour", ("shared", "different"), _VARIANT_BITS),
)
_MEANING = at_least(
    "meaning", "meaning", (0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.4, 0.3)
)
_NUMBERS = (
    ("the same to 5 %", 0.05),
    ("within 15 %", 0.15),
    ("within 35 %", 0.3),
    ("within 80 %", 0.6),
)
_TEXTS = (("the same words", 0.0), ("a third different", 0.34), ("two thirds different", 0.67))


def compare(
    scratch: duckdb.DuckDBPyConnection, words: Words, vectors: tuple[Vectors, Vectors] | None
) -> tuple[Comparison, ...]:
    """Makes the table `compared`, one row a pair (left_place, right_place and a column a
    comparison), and returns the comparisons that these two catalogs allow.

    `vectors` are those of the titles of the left and the right products.
    """
    scratch.execute(_STATEMENTS)
    places = scratch.execute("SELECT left_place, right_place FROM compared").fetchnumpy()
    left, right = np.asarray(places["left_place"]), np.asarray(places["right_place"])
    measured: dict[str, NDArray[np.float64]] = {"words": cosines(words, left, right)}
    comparisons = list(COMPARISONS)
    if vectors:
        measured["meaning"] = _products(*vectors, left, right)
        comparisons.append(_MEANING)
    for place, (field, is_numeric) in enumerate(_fields(scratch)):
        column = f"field_{place}"
        measured[column] = _differences(scratch, field, is_numeric)
        comparisons.append(_field(field, column, is_numeric))
    scratch.register("measured", pa.table({"pair": np.arange(len(left)), **measured}))
    values = ", ".join(
        f"CASE WHEN NOT isnan({quoted(name)}) THEN {quoted(name)} END AS {quoted(name)}"
        for name in measured
    )
    scratch.execute(
        f"""
        CREATE TABLE numbered AS
        SELECT pair, * EXCLUDE (pair) FROM (
            SELECT row_number() OVER (ORDER BY left_place, right_place) - 1 AS pair, *
            FROM compared
        ) JOIN (SELECT pair, {values} FROM measured) USING (pair)
        ORDER BY pair
        """
    )
    scratch.execute("DROP TABLE compared")
    scratch.execute("ALTER TABLE numbered RENAME TO compared")
    known = ", ".join(f"count({quoted(found.column)})" for found in comparisons)
    counts = scratch.execute(f"SELECT {known} FROM compared").fetchall()[0]
    return tuple(found for found, count in zip(comparisons, counts, strict=True) if count)


def _field(field: str, column: str, is_numeric: bool) -> Comparison:
    """How far a further field lies apart; another size never speaks for a match."""
    found = at_most(field, column, _NUMBERS if is_numeric else _TEXTS)
    return replace(found, contradicting=len(found.levels) - 1) if field == "size" else found


def _products(
    left: Vectors,
    right: Vectors,
    left_places: Places,
    right_places: Places,
) -> NDArray[np.float64]:
    """The cosine of the vectors of each pair."""
    parts = [
        np.einsum(
            "ij,ij->i",
            left[left_places[start : start + 65_536]],
            right[right_places[start : start + 65_536]],
        )
        for start in range(0, len(left_places), 65_536)
    ]
    return np.concatenate(parts or [np.zeros(0, np.float32)]).astype(np.float64)


def _fields(scratch: duckdb.DuckDBPyConnection) -> list[tuple[str, bool]]:
    """Further fields that both sides state of many products, and whether they are numbers."""
    found: list[tuple[str, bool]] = scratch.execute(
        """
        WITH
        entry AS (
            SELECT side, unnest(map_entries(attributes), recursive := true) FROM described
        ),
        sized AS (
            SELECT side, count(*) AS products FROM described GROUP BY side
        )
        SELECT key, avg(regexp_matches(value, '[0-9]')::INTEGER) >= $numeric
        FROM entry
        JOIN sized USING (side)
        GROUP BY key
        HAVING count(DISTINCT side) = 2
            AND count(*) FILTER (side = 'left')
                >= $common * any_value(products) FILTER (side = 'left')
            AND count(*) FILTER (side = 'right')
                >= $common * any_value(products) FILTER (side = 'right')
            AND count(DISTINCT value) > 1
        ORDER BY key
        """,
        {"numeric": _NUMERIC, "common": _COMMON_FIELD},
    ).fetchall()
    return found


def _differences(
    scratch: duckdb.DuckDBPyConnection, field: str, is_numeric: bool
) -> NDArray[np.float64]:
    """How far the values of a field lie apart in each pair, NaN where one is not stated: the
    largest logarithm of the ratio of their numbers, by size, or the share of words that only one of
    them has. Sizes with a unit are among the quantities."""
    value = (
        "list_sort(regexp_extract_all(attributes[$field], '[0-9]+(?:\\.[0-9]+)?')::DOUBLE[])"
        if is_numeric
        else "words(plain(attributes[$field]))"
    )
    difference = (
        """
        CASE
            WHEN len(l.value) = len(r.value) AND len(l.value) > 0 THEN list_max(
                list_transform(
                    list_zip(l.value, r.value),
                    lambda two: abs(ln((two[1] + 0.1) / (two[2] + 0.1)))
                )
            )
        END
        """
        if is_numeric
        else """
        1 - len(list_intersect(l.value, r.value))
            / greatest(len(list_distinct(list_concat(l.value, r.value))), 1)
        """
    )
    found = scratch.execute(
        f"""
        WITH valued AS (
            SELECT side, place, {value} AS value FROM described
            WHERE attributes[$field] IS NOT NULL
                AND NOT ($field = 'size' AND has_unit(attributes[$field]))
        )
        SELECT coalesce({difference}, 'nan'::DOUBLE) AS difference
        FROM compared
        LEFT JOIN valued AS l ON l.side = 'left' AND l.place = left_place
        LEFT JOIN valued AS r ON r.side = 'right' AND r.place = right_place
        ORDER BY left_place, right_place
        """,
        {"field": field},
    ).fetchnumpy()
    return np.asarray(found["difference"], dtype=np.float64)
