"""Exact and near duplicates among documents, at a cost that is linear in their number.

Two texts that are the same are exact duplicates. Near duplicates share most of their runs of three words (Jaccard similarity);
MinHash with banding proposes pairs (Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3), and the true
similarity of each pair decides. Numbers are words like any other, so a template alone does not make two documents alike.

What is never lost: a near duplicate is marked only if the document kept in its place tells the same things, times included, that is
the same predicates and objects; only identifiers (sku, gtin) may differ, as they do for one product listed twice.
"""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rensa import RMinHash

from verbalize.errors import VerbalizeError

THRESHOLD = 0.85
"""Common part of the three-word runs of two documents from which they are near duplicates."""

PERMUTATIONS = 64
BANDS = 8
BATCH = 25_000

_FIND = Path(__file__).parent
_MIX = np.uint64(0x9E3779B97F4A7C15)


def mark_duplicates(connection: duckdb.DuckDBPyConnection, *, threshold: float = THRESHOLD, seed: int = 0) -> dict[str, int]:
    """Sets `duplicate_of` of all documents anew; of a group of duplicates the one with the smallest identifier is kept.

    Returns how many are exact duplicates, how many pairs are similar, and how many documents are near duplicates.

    Raises:
        VerbalizeError: if there are no documents, or `threshold` is not above 0 and at most 1.
    """
    if not 0 < threshold <= 1:
        raise VerbalizeError(f"threshold is {threshold}; give a share above 0 and at most 1, such as {THRESHOLD}")
    connection.execute("SET VARIABLE text_threshold = ?", [threshold])
    connection.execute((_FIND / "exact.sql").read_text())
    row = connection.execute("SELECT coalesce(max(number), 0) FROM original").fetchone()
    originals = row[0] if row else 0
    if not originals:
        raise VerbalizeError("there are no documents to curate; render them first: wareword render")
    for first in range(1, originals + 1, BATCH):
        _add_bands(connection, first, seed)
    connection.execute((_FIND / "near.sql").read_text())
    pairs = connection.execute("SELECT number, other FROM replaceable ORDER BY number, other").fetchall()
    kept_for = _resolve(pairs)
    found = pa.table({"number": pa.array(kept_for.keys(), pa.int32()), "kept": pa.array(kept_for.values(), pa.int32())})
    connection.register("near_found", found)
    connection.execute((_FIND / "mark.sql").read_text())
    connection.unregister("near_found")
    counts = connection.execute(
        "SELECT (SELECT count(*) FROM exact), (SELECT count(*) FROM resembling), (SELECT count(*) FROM resembling WHERE NOT replaceable)"
    ).fetchone()
    for table in ("original", "exact", "shingle", "band", "resembling", "replaceable", "pair", "content"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
    assert counts is not None
    return {
        "exact_duplicates": counts[0],
        "similar_pairs": counts[1],
        "similar_pairs_with_own_facts": counts[2],
        "near_duplicates": len(kept_for),
    }


def minhash_bands(hashes: NDArray[np.uint64], offsets: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """One key a band for each document; documents with the same key in a band are proposed as a pair.

    `hashes` holds the shingles of all documents one after the other, `offsets` where each begins, and the end.
    """
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, PERMUTATIONS, seed)
    digests = np.array(matrix.to_rows(), dtype=np.uint64).reshape(-1, BANDS, PERMUTATIONS // BANDS)  # (documents, bands, rows)
    keys = np.zeros(digests.shape[:2], dtype=np.uint64)  # (documents, bands)
    for row in range(digests.shape[2]):
        keys = (keys ^ digests[:, :, row]) * _MIX
        keys ^= keys >> np.uint64(29)
    return keys


def _add_bands(connection: duckdb.DuckDBPyConnection, first: int, seed: int) -> None:
    rows = connection.execute(
        "SELECT number, shingles FROM shingle WHERE number BETWEEN ? AND ? ORDER BY number", [first, first + BATCH - 1]
    ).to_arrow_table()
    lists = rows["shingles"].combine_chunks()
    hashes = lists.flatten().to_numpy().astype(np.uint64, copy=False)
    offsets = np.concatenate([[0], np.cumsum(lists.value_lengths().to_numpy())]).astype(np.uint64)
    keys = minhash_bands(hashes, offsets, seed)
    found = pa.table(
        {
            "number": np.repeat(rows["number"].to_numpy(), BANDS),
            "band": np.tile(np.arange(BANDS, dtype=np.int32), len(keys)),
            "key": keys.reshape(-1),
        }
    )
    connection.register("found_bands", found)
    connection.execute("INSERT INTO band FROM found_bands")
    connection.unregister("found_bands")


def _resolve(pairs: list[tuple[Any, Any]]) -> dict[int, int]:
    """Document to the one kept in its place; in the order of numbers, each takes the first of its likes that is itself kept."""
    kept_for: dict[int, int] = {}
    for number, other in pairs:
        if number not in kept_for and other not in kept_for:
            kept_for[number] = other
    return kept_for
