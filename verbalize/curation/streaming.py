"""Documents in batches, and words as numbers: what stages share that SQL alone is too slow for.

A query that streams holds its connection until it ends, and a temporary table that is dropped keeps
its memory until the transaction ends. So what a stage reads, and what it finds, stands in files.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from warehouse.connection import literal, quoted, spill_folder

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


def batches(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.Table]:
    """The rows of a query, in its order; meanwhile the connection is free."""
    with _file(connection) as path:
        connection.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH, use_threads=False):
                yield pa.Table.from_batches([batch])


@contextmanager
def gathered(
    connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, rows: Iterable[pa.Table]
) -> Iterator[None]:
    """For the block, a temporary view `name` of all the rows."""
    with _file(connection) as path:
        with parquet.ParquetWriter(path, schema) as file:
            for some in rows:
                file.write_table(some)
        # A folder above may be called as one of the columns: language=de.
        rows_of = f"read_parquet({literal(str(path))}, hive_partitioning = false)"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS FROM {rows_of}")
        try:
            yield
        finally:
            # A transaction that failed takes the view back itself, and refuses to do more.
            with suppress(duckdb.TransactionException):
                connection.execute(f"DROP VIEW temp.{quoted(name)}")


@contextmanager
def _file(connection: duckdb.DuckDBPyConnection) -> Iterator[Path]:
    with TemporaryDirectory(dir=spill_folder(connection)) as folder:
        yield Path(folder) / "rows.parquet"


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
