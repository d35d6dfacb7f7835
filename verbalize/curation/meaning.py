"""Documents that say the same in other words: their sentence vectors are compared within cells, so
that the cost grows little faster than the documents.

Abbas et al. 2023, "SemDeDup". As there, vectors are clustered by k-means and compared within a
cluster only. Other than there, the longest document of a group is kept, not the one farthest from
the centre, since it says most; and documents with different numbers are never alike: to a sentence
model 8 oz and 16 oz mean nearly the same.
"""

from collections.abc import Iterator
from tempfile import TemporaryFile

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from verbalize.curation.near import Pairs, resolve
from verbalize.curation.stage import CurationSettings, Stage
from verbalize.curation.streaming import Places, batches
from warehouse.embeddings import WIDTH, Vectors, embed

CELL = 2_000
"""Most documents that are compared with each other at once; larger groups are clustered first."""

_ROUNDS = 10
_LEARNED = 20_000

# Documents in the order of preference, of which another has the same language and numbers.
_DOCUMENTS = r"""
WITH counted AS (
    SELECT
        *,
        md5(concat(
            language, ' ',
            array_to_string(list_sort(regexp_extract_all(text, '\d+(?:[.,]\d+)*')), ' ')
        )) AS numbers
    FROM text.kept
)
SELECT
    dense_rank() OVER (ORDER BY numbers) - 1 AS "group",
    document_id,
    text
FROM counted
SEMI JOIN (SELECT numbers FROM counted GROUP BY numbers HAVING count(*) > 1) USING (numbers)
ORDER BY length(text) DESC, document_id
"""


def duplicates(connection: duckdb.DuckDBPyConnection, threshold: float, seed: int) -> pa.Table:
    """Table (document_id, kept, similarity) of the documents whose vectors have a cosine of at
    least `threshold` with that of a kept one, and which have the same numbers.

    Raises:
        WarewordError: if the sentence model is not installed.
    """
    documents: list[pa.Array] = [pa.array([], pa.string())]
    groups: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    with TemporaryFile() as file:
        for batch in batches(connection, _DOCUMENTS):
            file.write(embed(batch["text"].to_pylist()).tobytes())
            documents.append(batch["document_id"].chunk(0))
            groups.append(batch["group"].to_numpy())
        file.flush()
        names = pa.concat_arrays(documents)
        if not len(names):
            return pa.table({"document_id": names, "kept": names, "similarity": pa.array([], "f8")})
        vectors = np.memmap(file, dtype=np.float32, mode="r", shape=(len(names), WIDTH))
        found = [
            _pairs(vectors, cell, threshold)
            for cell in _cells(vectors, np.concatenate(groups), seed)
        ]
        one, other, similarity = (np.concatenate(column) for column in zip(*found, strict=True))
    chosen = resolve(Pairs(one, other, similarity), len(names))
    return pa.table(
        {
            "document_id": names.take(chosen["place"]).combine_chunks(),
            "kept": names.take(chosen["kept"]).combine_chunks(),
            "similarity": chosen["similarity"],
        }
    )


def _cells(vectors: Vectors, groups: Places, seed: int) -> Iterator[Places]:
    """Places of documents that are compared with each other."""
    order = np.argsort(groups, kind="stable")
    edges = np.flatnonzero(np.diff(groups[order])) + 1
    for group in np.split(order, edges):
        if len(group) <= CELL:
            yield group
            continue
        label = _clustered(vectors, group, seed)
        for cluster in np.unique(label):
            yield group[label == cluster]


def _clustered(vectors: Vectors, places: Places, seed: int) -> Places:
    """The cluster of each place, by k-means on directions; twice as many as would fill cells."""
    draw = np.random.default_rng(seed)
    count = -(-2 * len(places) // CELL)
    learned = vectors[np.sort(draw.choice(places, min(_LEARNED, len(places)), replace=False))]
    centres = learned[draw.choice(len(learned), count, replace=False)]
    for _ in range(_ROUNDS):
        nearest = (learned @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, learned)
        filled = np.bincount(nearest, minlength=count) > 0
        centres[filled] = sums[filled] / np.linalg.norm(sums[filled], axis=1, keepdims=True)
    return np.concatenate(
        [
            (vectors[places[first : first + CELL]] @ centres.T).argmax(axis=1)
            for first in range(0, len(places), CELL)
        ]
    )


def _pairs(
    vectors: Vectors, cell: Places, threshold: float
) -> tuple[Places, Places, NDArray[np.float64]]:
    """The pairs of a cell that are alike, the preferred one first; in blocks, so that a large cell
    needs little memory."""
    parts: list[tuple[Places, Places, NDArray[np.float64]]] = []
    for first in range(0, len(cell), CELL):
        rows = vectors[cell[first : first + CELL]]
        for begin in range(first, len(cell), CELL):
            cosines = rows @ vectors[cell[begin : begin + CELL]].T
            one, other = np.nonzero(cosines >= threshold)
            before = one + first < other + begin
            one, other = one[before], other[before]
            parts.append((cell[one + first], cell[other + begin], cosines[one, other].astype("f8")))
    one, other, similarity = (np.concatenate(column) for column in zip(*parts, strict=True))
    return one, other, similarity


def _run(connection: duckdb.DuckDBPyConnection, settings: CurationSettings) -> None:
    found = duplicates(connection, settings.meaning_threshold, settings.seed)
    connection.register("meaning_found", found)
    connection.execute(
        """
        INSERT INTO text.removed
        SELECT
            document_id, 'meaning', 'same meaning', format('cosine {:.3f}', similarity), kept
        FROM meaning_found
        """
    )
    connection.unregister("meaning_found")


STAGE = Stage(
    "meaning",
    "Of documents with the same numbers that say the same in other words the longest is kept",
    "sentence vectors within cells (SemDeDup, Abbas et al. 2023)",
    _run,
)
