"""Near duplicates by MinHash and locality-sensitive hashing; each pair is verified by its true
similarity, so a chance collision removes nothing.

Broder 1997, "On the resemblance and containment of documents"; banding as in Leskovec, Rajaraman
and Ullman, "Mining of Massive Datasets", section 3.4. Documents stream through in batches: their
shingles go to a file, their bands to another one, and what stays in memory is the identifiers, a
few bytes a document and the pairs that are duplicates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as compute
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from verbalize.curation.stage import CurationSettings, Stage
from verbalize.curation.streaming import (
    EDGES,
    FACTOR,
    Numbers,
    Places,
    batches,
    gathered,
    hashed,
    sequences,
    spaced,
    split,
)
from warehouse.connection import first_row

SHINGLE_WORDS = 5
PERMUTATIONS = 112
BANDS = 14
"""Bands of 8 values: pairs of similarity 0.8 meet in one of them with probability 0.92, of 0.9 with
0.999."""

PAIRS_AT_ONCE = 20_000
# In a bucket a document is compared with the first and with so many that stand before it.
_NEIGHBOURS = 16
# A shingle is a hash of 44 bits; above it there is room for a place within a batch.
_BITS = np.uint64(44)
_HASH = np.uint64((1 << 44) - 1)

# Documents in the order of preference.
_DOCUMENTS = f"""
SELECT
    document_id,
    language,
    lower({spaced("text")}) AS text
FROM text.kept
ORDER BY length(text) DESC, document_id
"""
_BAND = pa.schema([("band", pa.uint64()), ("place", pa.int64())])


@dataclass(frozen=True)
class Pairs:
    """Pairs of places, the preferred one first, and the Jaccard similarity of each."""

    one: Places
    other: Places
    similarity: NDArray[np.float64]


_NONE = pa.schema(
    [
        ("document_id", pa.string()),
        ("kept", pa.string()),
        ("similarity", pa.float64()),
        ("cluster", pa.int64()),
    ]
)


def near_duplicates(connection: duckdb.DuckDBPyConnection, threshold: float, seed: int) -> pa.Table:
    """Table (document_id, kept, similarity, cluster) of the documents that are at least `threshold`
    similar to a kept one; `cluster` counts the documents of its cluster.

    Documents are compared within a language. Of two similar ones, the longer is kept, and of
    equally long ones that of the smaller identifier; a document is only given up for one that is
    kept, so one that is merely linked to it through others stays.
    """
    if not first_row(connection, "SELECT 1 FROM text.kept LIMIT 1"):
        return _NONE.empty_table()
    with TemporaryFile() as file:
        index = _Index(file)
        with gathered(connection, "near_band", _BAND, index.bands(connection, seed)):
            candidates = _candidates(connection)
        offsets = np.cumsum(np.concatenate(index.sizes))
        pairs = _similar(candidates, _mapped(file, offsets), offsets, threshold)
    found = resolve(pairs, len(offsets) - 1)
    names = pa.concat_arrays(index.names)
    return pa.table(
        [names.take(found["place"]), names.take(found["kept"]), *found.columns[2:]], schema=_NONE
    )


def resolve(pairs: Pairs, documents: int) -> pa.Table:
    """Table (place, kept, similarity, cluster) of the documents that give way.

    In the order of preference a document is kept unless a kept one before it is similar. All
    documents whose similar predecessors are decided are decided together, round by round.
    """
    one, other, similarity = pairs.one, pairs.other, pairs.similarity
    undecided = np.ones(documents, dtype=bool)
    gives_way = np.zeros(documents, dtype=bool)
    left = np.arange(len(one))
    while len(left):
        waits = np.zeros(documents, dtype=bool)
        waits[other[left]] = True
        firm = one[left][~waits[one[left]]]
        undecided[firm] = False
        by_kept = left[~undecided[one[left]] & ~gives_way[one[left]]]
        gives_way[other[by_kept]] = True
        undecided[other[by_kept]] = False
        # A pair whose first gives way decides nothing any more.
        left = left[undecided[other[left]] & ~gives_way[one[left]]]
    deciding = np.flatnonzero(gives_way[other] & ~gives_way[one])
    order = deciding[np.lexsort((one[deciding], -similarity[deciding], other[deciding]))]
    _, first = np.unique(other[order], return_index=True)
    chosen = order[first]
    links = coo_matrix((np.ones(len(one)), (one, other)), shape=(documents, documents))
    _, label = connected_components(links, directed=False)
    sizes = np.bincount(label, minlength=1)
    return pa.table(
        {
            "place": other[chosen],
            "kept": one[chosen],
            "similarity": similarity[chosen],
            "cluster": sizes[label[other[chosen]]] if documents else np.empty(0, np.int64),
        }
    )


def shingles(
    connection: duckdb.DuckDBPyConnection, texts: pa.Array, languages: pa.Array
) -> tuple[Numbers, Places]:
    """The different shingles of each text, sorted: those of text i stand at offsets[i] to
    offsets[i + 1].

    A shingle is a hash of five words that follow each other, or of all words of a shorter text, and
    of the language. Words keep their digits, so that documents that differ in a number differ.
    """
    words = split(texts)
    said = hashed(connection, compute.utf8_trim(words.words, EDGES))[words.ids]
    mixed, text = sequences(said, words.bounds, SHINGLE_WORDS)
    spoken = languages.dictionary_encode()
    mixed += hashed(connection, spoken.dictionary)[np.asarray(spoken.indices)][text]
    count = words.texts
    keys = text.astype(np.uint64) << _BITS | mixed >> np.uint64(64) - _BITS
    keys.sort()
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if count else keys
    offsets = np.searchsorted(keys, np.arange(count + 1, dtype=np.uint64) << _BITS)
    return keys & _HASH, offsets


def signatures(hashes: Numbers, offsets: Places, seed: int) -> NDArray[np.uint32]:
    """MinHash signatures [PERMUTATIONS, texts]: the least value of the shingles of a text under
    each of the permutations h -> a h + b modulo 2^32, a odd."""
    draw = np.random.default_rng(seed)
    factors = draw.integers(0, 1 << 31, PERMUTATIONS, dtype=np.uint32) * 2 + np.uint32(1)
    terms = draw.integers(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)
    found = np.empty((PERMUTATIONS, len(offsets) - 1), dtype=np.uint32)
    narrow = (hashes >> _BITS - np.uint64(32)).astype(np.uint32)
    # A thousand texts at once stay in the cache of a processor for all permutations.
    for first in range(0, len(offsets) - 1, 1_000):
        part = offsets[first : first + 1_001]
        own = narrow[part[0] : part[-1]]
        for row in range(PERMUTATIONS):
            found[row, first : first + 1_000] = np.minimum.reduceat(
                own * factors[row] + terms[row], part[:-1] - part[0]
            )
    return found


def similarities(
    hashes: Numbers, offsets: Places, one: Places, other: Places
) -> NDArray[np.float64]:
    """Jaccard similarity of the shingles of each pair of texts."""
    found = np.empty(len(one))
    for first in range(0, len(one), PAIRS_AT_ONCE):
        left, right = one[first : first + PAIRS_AT_ONCE], other[first : first + PAIRS_AT_ONCE]
        keys = np.concatenate([_keyed(hashes, offsets, left), _keyed(hashes, offsets, right)])
        keys.sort()
        twice = keys[1:][keys[1:] == keys[:-1]] >> _BITS
        common = np.bincount(twice.astype(np.int64), minlength=len(left))
        sizes = offsets[left + 1] - offsets[left] + offsets[right + 1] - offsets[right]
        found[first : first + PAIRS_AT_ONCE] = common / (sizes - common)
    return found


class _Index:
    """The shingles of all documents, in the order of preference: those of a document follow those
    of the one before in `file`; `names` are the documents, and `sizes` how many each has, after a
    zero."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.names: list[pa.Array] = []
        self.sizes = [np.zeros(1, dtype=np.int64)]

    def bands(self, connection: duckdb.DuckDBPyConnection, seed: int) -> Iterator[pa.Table]:
        """Fills the index, and gives the bands of each document."""
        first = 0
        for batch in batches(connection, _DOCUMENTS):
            texts, languages = batch["text"].chunk(0), batch["language"].chunk(0)
            hashes, offsets = shingles(connection, texts, languages)
            self.file.write(hashes.tobytes())
            self.names.append(batch["document_id"].chunk(0))
            self.sizes.append(np.diff(offsets))
            places = np.tile(np.arange(first, first + len(batch)), BANDS)
            first += len(batch)
            bands = _bands(signatures(hashes, offsets, seed))
            yield pa.table([bands.ravel(), places], schema=_BAND)


def _bands(signed: NDArray[np.uint32]) -> Numbers:
    """A hash of each band of each signature [BANDS, texts]."""
    width = PERMUTATIONS // BANDS
    found = np.repeat(np.arange(1, BANDS + 1, dtype=np.uint64)[:, None], signed.shape[1], axis=1)
    for row in range(width):
        found += signed[row::width]
        found *= FACTOR
        found ^= found >> np.uint64(29)
    return found


def _candidates(connection: duckdb.DuckDBPyConnection) -> tuple[Places, Places]:
    """Pairs of places that share a band: in a bucket each document with the first and with the
    nearest ones before it."""
    table = connection.sql(
        f"""
        WITH
        shared AS (
            SELECT band FROM near_band GROUP BY band HAVING count(*) > 1
        ),
        ranked AS (
            SELECT band, place, row_number() OVER (PARTITION BY band ORDER BY place) AS rank
            FROM near_band SEMI JOIN shared USING (band)
        )
        SELECT DISTINCT before.place AS one, after.place AS other
        FROM ranked AS before
        JOIN ranked AS after
            ON after.band = before.band
            AND after.rank > before.rank
            AND (before.rank = 1 OR after.rank - before.rank <= {_NEIGHBOURS})
        ORDER BY one, other
        """
    ).to_arrow_table()
    return table["one"].to_numpy(), table["other"].to_numpy()


def _similar(
    candidates: tuple[Places, Places], hashes: Numbers, offsets: Places, threshold: float
) -> Pairs:
    one, other = candidates
    similarity = similarities(hashes, offsets, one, other)
    enough = similarity >= threshold
    return Pairs(one[enough], other[enough], similarity[enough])


def _keyed(hashes: Numbers, offsets: Places, texts: Places) -> Numbers:
    """The shingles of some texts, each with the position of its text in front."""
    sizes = offsets[texts + 1] - offsets[texts]
    position = np.repeat(np.arange(len(texts)), sizes)
    within = np.arange(len(position)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return position.astype(np.uint64) << _BITS | hashes[offsets[texts][position] + within]


def _mapped(file: IO[bytes], offsets: Places) -> Numbers:
    """The shingles that were written, read from the disk where they are needed."""
    file.flush()
    if not offsets[-1]:
        return np.empty(0, dtype=np.uint64)
    return np.memmap(file, dtype=np.uint64, mode="r", shape=(int(offsets[-1]),))


def _run(connection: duckdb.DuckDBPyConnection, settings: CurationSettings) -> None:
    found = near_duplicates(connection, settings.near_threshold, settings.seed)
    connection.register("near_duplicate", found)
    connection.execute(
        """
        INSERT INTO text.removed
        SELECT
            document_id,
            'near',
            'similar words',
            format('similarity {:.3f}, one of {} linked documents', similarity, cluster),
            kept
        FROM near_duplicate
        """
    )
    connection.unregister("near_duplicate")


STAGE = Stage(
    "near",
    "Of documents that share most five-word sequences the longest is kept",
    "MinHash and locality-sensitive hashing (Broder 1997), pairs verified",
    _run,
)
