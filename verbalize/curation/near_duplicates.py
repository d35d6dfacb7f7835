"""Near duplicates by MinHash and locality-sensitive hashing, each pair verified by its true
similarity.

Broder 1997, "On the resemblance and containment of documents"; banding as in Leskovec, Rajaraman
and Ullman, "Mining of Massive Datasets", section 3.4. Signatures come from the library rensa.
"""

import duckdb
import numpy as np
import pyarrow as pa
from rensa import RMinHash

SHINGLE_WORDS = 5
PERMUTATIONS = 112
BANDS = 14
BATCH = 20_000


def near_duplicates(connection: duckdb.DuckDBPyConnection, threshold: float, seed: int) -> pa.Table:
    """Table (document_id, kept) of the documents that are at least `threshold` similar to a kept
    one.

    Documents are compared within a language. Of two similar ones, the longer is kept, and of
    equally long ones that of the smaller identifier; a document is only given up for one that is
    kept.
    """
    documents, hashes, offsets = _shingles(connection)
    pairs = _candidates(hashes, offsets, seed)
    kept = np.arange(len(documents))
    for one, other in pairs:
        # Positions are in the order of preference, so `one` decides before `other` does.
        if (
            kept[one] == one
            and kept[other] == other
            and _similar(hashes, offsets, one, other, threshold)
        ):
            kept[other] = one
    given_up = np.flatnonzero(kept != np.arange(len(documents)))
    identifiers = np.array(documents, dtype=object)
    return pa.table(
        {
            "document_id": pa.array(identifiers[given_up], pa.string()),
            "kept": pa.array(identifiers[kept[given_up]], pa.string()),
        }
    )


def _shingles(connection: duckdb.DuckDBPyConnection) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Documents in order of preference, and the sorted shingle hashes of document i at offsets[i]
    to offsets[i + 1].

    Words keep their digits, so that documents that differ in a number differ. The language is part
    of each hash.
    """
    table = connection.execute(
        rf"""
        WITH worded AS (
            SELECT
                document_id, language, length(text) AS size,
                regexp_extract_all(lower(text), '[\w.]+') AS words
            FROM text.kept
        )
        SELECT
            document_id,
            list_sort(list_distinct(list_transform(
                range(1, greatest(len(words) - {SHINGLE_WORDS - 2}, 2)),
                lambda i: md5_number_lower(
                    concat(language, ' ', array_to_string(words[i:i + {SHINGLE_WORDS - 1}], ' '))
                )
            ))) AS shingles
        FROM worded ORDER BY size DESC, document_id
        """
    ).to_arrow_table()
    shingles = table["shingles"].combine_chunks()
    offsets = np.asarray(shingles.offsets, dtype=np.int64)
    return table["document_id"].to_pylist(), np.asarray(shingles.values), offsets


def _candidates(hashes: np.ndarray, offsets: np.ndarray, seed: int) -> list[tuple[int, int]]:
    """Pairs of documents that share a band of their signatures, the first being the preferred one
    of the band."""
    found: list[np.ndarray] = []
    signatures = _signatures(hashes, offsets, seed)
    width = PERMUTATIONS // BANDS
    for band in range(BANDS):
        rows = np.ascontiguousarray(signatures[:, band * width : (band + 1) * width])
        keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * width))).ravel()
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        other = np.flatnonzero(first[group] != np.arange(len(group)))
        found.append(np.stack([first[group[other]], other], axis=1))
    pairs = np.unique(np.concatenate(found), axis=0) if found else np.empty((0, 2), dtype=np.int64)
    return [(int(one), int(other)) for one, other in pairs]


def _signatures(hashes: np.ndarray, offsets: np.ndarray, seed: int) -> np.ndarray:
    """[documents, PERMUTATIONS] uint32."""
    blocks = [np.empty((0, PERMUTATIONS), dtype=np.uint32)]
    for begin in range(0, len(offsets) - 1, BATCH):
        part = offsets[begin : begin + BATCH + 1]
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(
            hashes[part[0] : part[-1]], (part - part[0]).astype(np.uint64), PERMUTATIONS, seed
        )
        blocks.append(np.array(matrix.to_rows(), dtype=np.uint32))
    return np.concatenate(blocks)


def _similar(
    hashes: np.ndarray, offsets: np.ndarray, one: int, other: int, threshold: float
) -> bool:
    """True where the Jaccard similarity of two shingle sets is at least `threshold`."""
    left = hashes[offsets[one] : offsets[one + 1]]
    right = hashes[offsets[other] : offsets[other + 1]]
    common = len(np.intersect1d(left, right, assume_unique=True))
    return bool(common >= threshold * (len(left) + len(right) - common))
