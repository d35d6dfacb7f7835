"""Documents in batches, and words as numbers: what stages share that SQL alone is too slow for.

A query that streams holds its connection until it ends, and another connection does not see what
the transaction of curation has done so far. So the texts go to a temporary table, which DuckDB may
spill, and come from there in ranges.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as compute
from numpy.typing import NDArray

from warehouse.connection import quoted

BATCH = 10_000
SPACELESS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
"""Scripts that write no spaces between words, as a pattern; each of their letters is a word."""

EDGES = ".,;:!?()[]{}<>\"'`´‘’“”„‹›«»…-–—"
"""Marks around words that do not count."""

Numbers = NDArray[np.uint64]
Places = NDArray[np.int64]
FACTOR = np.uint64(0x9E3779B97F4A7C15)


def spaced(text: str) -> str:
    """SQL of a text in which white space separates all words; `text` is SQL."""
    # Most texts are of ASCII only, and this is the fast way to see it.
    return (
        f"CASE WHEN strlen({text}) > length({text}) AND regexp_matches({text}, '{SPACELESS}') "
        f"THEN regexp_replace({text}, '({SPACELESS})', ' \\1 ', 'g') ELSE {text} END"
    )


def batches(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[pa.Table]:
    """The rows of a temporary table by its column `place`, which counts from 0; then the table is
    dropped."""
    first = 0
    while True:
        batch = connection.sql(
            f"""
            SELECT * FROM temp.{quoted(table)}
            WHERE place >= $first AND place < $last ORDER BY place
            """,
            params={"first": first, "last": first + BATCH},
        ).to_arrow_table()
        if not len(batch):
            break
        yield batch.combine_chunks()
        first += BATCH
    connection.execute(f"DROP TABLE temp.{quoted(table)}")


def append(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Adds rows to a temporary table, which is made if there is none."""
    connection.register("appended", rows)
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {quoted(table)} AS FROM appended LIMIT 0")
    connection.execute(f"INSERT INTO temp.{quoted(table)} FROM appended")
    connection.unregister("appended")


@dataclass(frozen=True)
class Words:
    """The words of some texts: `ids` into `words`; those of text i stand at bounds[i] to
    bounds[i + 1]. Every text has one, if an empty one."""

    words: pa.Array
    ids: NDArray[np.int32]
    bounds: Places

    @property
    def texts(self) -> int:
        """How many texts there are."""
        return len(self.bounds) - 1


def split(texts: pa.Array) -> Words:
    """The words of texts between white space."""
    words = compute.utf8_split_whitespace(texts)
    encoded = words.flatten().dictionary_encode()
    bounds = np.asarray(words.offsets, dtype=np.int64)
    return Words(encoded.dictionary, np.asarray(encoded.indices), bounds - bounds[0])


def hashed(connection: duckdb.DuckDBPyConnection, words: pa.Array) -> Numbers:
    """A hash of each word that is the same on every machine."""
    connection.register("hashing", pa.table({"word": words}))
    table = connection.sql("SELECT md5_number_lower(word) FROM hashing").to_arrow_table()
    connection.unregister("hashing")
    return np.array(table[0].to_numpy(), dtype=np.uint64)


def sequences(said: Numbers, bounds: Places, length: int) -> tuple[Numbers, Places]:
    """A hash of each `length` words that follow each other, of a shorter text of all its words, and
    the text of each."""
    padded = np.concatenate([said, np.zeros(length, dtype=np.uint64)])
    rolled = np.zeros(len(said) + 1, dtype=np.uint64)
    for step in range(length):
        rolled *= FACTOR
        rolled += padded[step : step + len(rolled)]
    sizes = np.diff(bounds)
    for size in range(1, length):
        texts = np.flatnonzero(sizes == size)
        short = np.zeros(len(texts), dtype=np.uint64)
        for step in range(size):
            short = short * FACTOR + said[bounds[texts] + step]
        rolled[bounds[texts]] = short
    numbers = np.maximum(sizes - (length - 1), 1)
    text = np.repeat(np.arange(len(sizes)), numbers)
    begin = np.arange(len(text)) - np.repeat(np.cumsum(numbers) - numbers - bounds[:-1], numbers)
    mixed = rolled[begin]
    mixed ^= mixed >> np.uint64(31)
    mixed *= FACTOR
    return mixed, text
