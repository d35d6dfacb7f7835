"""A table's columns as numbers that can be compared: the forms of their values, how long and how
repeated they are, their sizes, letters and meanings, all from a sample of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from warehouse import embeddings
from warehouse.connection import literal, only_row, quoted

SAMPLED_ROWS = 500
_EXAMPLES = 5
# Values of a column whose letters and meaning are looked at, and how much of each.
_READ_VALUES = 100
_EMBEDDED_VALUES = 12
_READ_LETTERS = 80
_GRAM_SLOTS = 4_096
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

_UNITS = "g|kg|mg|ml|cl|l|ltr|oz|fl oz|lbs?|cm|mm|m|in|inch|grm|ct|pk|pack"
# The form of a value is the first whose pattern it has.
FORMS: dict[str, str] = {
    "picture": r"(?i)(https?://|/|www\.)\S+\.(jpe?g|png|gif|webp|svg)(\?\S*)?",
    "address": r"(?i)(https?://|www\.)\S+",
    "time": r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(\D.*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}(\D.*)?|1\d{12}",
    "clock": r"\d{1,2}:\d{2}(:\d{2})?(\s*[APap][Mm])?",
    "flag": r"(?i)true|false|yes|no|y|n",
    "whole number": r"[+-]?\d{1,15}",
    "number": r"[+-]?\d*[.,]\d{1,4}",
    "money": r"[$€£¥]\s*-?\d[\d.,]*|-?\d[\d.,]*\s*([$€£¥]|[A-Z]{3})",
    "currency": r"[A-Z]{3}",
    "quantity": rf"(?i)\d[\d.,]*\s*({_UNITS})",
    "markup": r"(?s).*<[a-zA-Z/][^>]*>.*",
    "path": r".*\S\s*(>|»|::)\s*\S.*|[^/\s][^/]*\S/\S[^/]*(/[^/]+)*",
    "long number": r"\d{16,}",
    "code": r"\S*\d\S*",
    "word": r"\S+",
    "phrase": r"\S+(\s+\S+){1,5}",
}
_REST = "text"

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Profile:
    """What a sample tells of the columns of a table, one row of each array a column.

    `filled` is the share of rows with a value, `repeated` that of values that came before; `forms`
    shares of FORMS (and the rest); `valid_gtin` the share of values that are GTINs; `shape` how
    values are written (shares of letters, capitals, digits, spaces, other signs; logarithms of
    letters and words); `sizes` quantiles of numbers as signed logarithms, NaN where most values
    are none. `values` are the distinct values in lower case, `examples` a few as they are.
    `sample` is the temporary table (place of the column, row_number, value) that all is made of.
    """

    sample: str
    columns: tuple[str, ...]
    filled: Numbers
    repeated: Numbers
    forms: Numbers
    valid_gtin: Numbers
    shape: Numbers
    sizes: Numbers
    values: tuple[tuple[str, ...], ...]
    examples: tuple[tuple[str, ...], ...]

    def chosen(self, places: Sequence[int | None]) -> "Profile":
        """The profile of the columns at some places; None is a column without values."""
        rows = [len(self.columns) if place is None else place for place in places]

        def rowwise(every: Numbers, empty: float = 0.0) -> Numbers:
            return np.concatenate([every, np.full_like(every[:1], empty)])[rows]

        return Profile(
            self.sample,
            tuple((*self.columns, "")[row] for row in rows),
            rowwise(self.filled),
            rowwise(self.repeated),
            rowwise(self.forms),
            rowwise(self.valid_gtin),
            rowwise(self.shape),
            rowwise(self.sizes, np.nan),
            tuple((*self.values, ())[row] for row in rows),
            tuple((*self.examples, ())[row] for row in rows),
        )

    @cached_property
    def grams(self) -> csr_matrix:
        """Counts of three letters in a row, hashed, each row of unit length (columns, slots)."""
        from sklearn.feature_extraction.text import HashingVectorizer

        hashing = HashingVectorizer(
            analyzer="char_wb", ngram_range=(3, 3), n_features=_GRAM_SLOTS, alternate_sign=False
        )
        return hashing.transform([" ".join(self._read(values)) for values in self.values])

    @cached_property
    def meanings(self) -> Numbers:
        """The mean vector of a column's values, of unit length; zero where there is none."""
        chosen = [self._read(values)[:_EMBEDDED_VALUES] for values in self.values]
        vectors = embeddings.embed([text for texts in chosen for text in texts])
        means = np.zeros((len(chosen), embeddings.WIDTH))
        start = 0
        for row, texts in enumerate(chosen):
            if texts:
                mean = vectors[start : start + len(texts)].mean(axis=0)
                means[row] = mean / np.linalg.norm(mean)
            start += len(texts)
        return means

    def _read(self, values: tuple[str, ...]) -> list[str]:
        step = max(1, len(values) // _READ_VALUES)
        return [value[:_READ_LETTERS] for value in values[::step][:_READ_VALUES]]


def profile(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...]) -> Profile:
    """Profiles columns of a table by rows taken at equal distances, which the column `row_number`
    of a landed table counts."""
    sample = quoted(f"sample of {table}")
    _sample(connection, table, columns, sample)
    forms = " ".join(
        f"WHEN regexp_full_match(value, {literal(pattern)}) THEN {place}"
        for place, pattern in enumerate(FORMS.values())
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE sampled_value AS
        SELECT
            place, row_number, value,
            CASE {forms} ELSE {len(FORMS)} END AS form,
            TRY_CAST(
                regexp_replace(replace(value, ',', '.'), '[$€£¥\\s]|[A-Z]{{3}}$', '', 'g')
                AS DOUBLE
            ) AS number
        FROM {sample}
        """
    )
    told = connection.execute(
        f"""
        SELECT
            place,
            count(*) AS filled,
            count(DISTINCT value) AS different,
            avg(gtin_valid(value)::INT) AS valid_gtin,
            [{", ".join(f"avg((form = {place})::INT)" for place in range(len(FORMS) + 1))}],
            [
                avg({_share("[a-zà-ÿ]")}), avg({_share("[A-ZÀ-Ý]")}), avg({_share("[0-9]")}),
                avg({_share("[ ]")}), avg({_share("[^a-zà-ÿA-ZÀ-Ý0-9 ]")}),
                avg(ln(1 + length(value))) / 4,
                avg(ln(1 + len(string_split(value, ' ')))) / 3
            ],
            CASE WHEN count(number) * 2 > count(*) THEN
                quantile_cont(sign(number) * ln(1 + abs(number)), {list(_QUANTILES)})
            END
        FROM sampled_value
        GROUP BY place
        ORDER BY place
        """
    ).fetchall()
    rows = _count(connection, "SELECT count(DISTINCT row_number) FROM sampled_row")
    return _profile(sample, columns, rows, told, _values(connection, len(columns)))


def _sample(
    connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...], sample: str
) -> None:
    """Makes the sample (place of the column, row, trimmed text) of some rows; empty text is no
    value."""
    rows = _count(connection, f"SELECT count(*) FROM {table}")
    step = max(1, rows // SAMPLED_ROWS)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE sampled_row AS
        SELECT * FROM {table} WHERE (row_number - 1) % {step} = 0
        ORDER BY row_number LIMIT {SAMPLED_ROWS}
        """
    )
    pairs = ", ".join(
        f"{{'place': {place}, 'value': {quoted(column)}::VARCHAR}}"
        for place, column in enumerate(columns)
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {sample} AS
        SELECT pair.place AS place, row_number, trim(pair.value, ' \t\r\n\u00a0') AS value
        FROM (SELECT row_number, unnest([{pairs}]) AS pair FROM sampled_row)
        WHERE trim(pair.value, ' \t\r\n\u00a0') <> ''
        """
    )


def _values(connection: duckdb.DuckDBPyConnection, columns: int) -> list[list[str]]:
    """The distinct values of each column, in the order in which they come first."""
    rows = connection.execute(
        """
        SELECT place, value FROM sampled_value
        GROUP BY place, value ORDER BY place, min(row_number), value
        """
    ).fetchall()
    values: list[list[str]] = [[] for _ in range(columns)]
    for place, value in rows:
        values[place].append(value)
    return values


def _profile(
    sample: str,
    columns: tuple[str, ...],
    rows: int,
    told: list[tuple[Any, ...]],
    values: list[list[str]],
) -> Profile:
    count = len(columns)
    filled, repeated, gtin = np.zeros(count), np.zeros(count), np.zeros(count)
    forms, shape = np.zeros((count, len(FORMS) + 1)), np.zeros((count, 7))
    sizes = np.full((count, len(_QUANTILES)), np.nan)
    for place, given, different, valid, shares, written, quantiles in told:
        filled[place] = given / rows
        repeated[place] = 1 - different / given
        gtin[place] = valid
        forms[place], shape[place] = shares, written
        if quantiles is not None:
            sizes[place] = quantiles
    return Profile(
        sample,
        columns,
        filled,
        repeated,
        forms,
        gtin,
        shape,
        sizes,
        tuple(tuple(dict.fromkeys(value.lower() for value in found)) for found in values),
        tuple(tuple(found[:_EXAMPLES]) for found in values),
    )


def _share(pattern: str) -> str:
    """The share of a value's characters that have a pattern, as SQL."""
    return f"1 - length(regexp_replace(value, {literal(pattern)}, '', 'g')) / length(value)"


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = only_row(connection, statement)
    return int(row[0])
