"""Which pairs of two catalogs are worth comparing: those that share a rare model code, a GTIN, or
are among the nearest by their words. What no rule finds is never linked, so each rule's pairs are
counted, and its recall where the truth is known."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

# A code that more products have says little, and would pair all of them.
_PRODUCTS_OF_A_CODE = 20
# Words of more products than this do not choose neighbours; they count where pairs are compared.
_COMMON_WORD = 1_000
# Products that share this little are no neighbours, and most that share one word share no more.
_LEAST_COSINE = 0.05
# Up to so many pairs, all are compared: what sets matches apart is learned from pairs that are
# none, and of a few products the rules find hardly any of those. One pair alone teaches nothing.
_FEW_PAIRS = 10_000
_ROWS_AT_ONCE = 512

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Blocking:
    """How many pairs the rules found together, and each of them."""

    pairs: int
    pairs_by_rule: dict[str, int]


@dataclass(frozen=True)
class Words:
    """Words of the products of each side as rows of unit length, weighted by rarity (TF-IDF)."""

    left: sparse.csr_matrix
    right: sparse.csr_matrix
    products: NDArray[np.int64]


def weigh_words(scratch: duckdb.DuckDBPyConnection) -> Words:
    """The words and codes of all products, weighted by `(1 + ln count) * (1 + ln((1 + n) / (1 +
    products with the word)))`: what many products say tells little."""
    counted = scratch.execute(
        """
        WITH
        said AS (
            SELECT side, place, unnest(words) AS word FROM described
            UNION ALL
            SELECT side, place, '#' || unnest(codes) AS word FROM described
            UNION ALL
            SELECT side, place, '#' || unnest(description_codes) AS word FROM described
        ),
        counted AS (
            SELECT side = 'right' AS is_right, place, word, count(*) AS times FROM said GROUP BY ALL
        )
        SELECT is_right, place, dense_rank() OVER (ORDER BY word) - 1 AS word, times
        FROM counted
        ORDER BY is_right, place, word
        """
    ).fetchnumpy()
    sizes = dict(scratch.execute("SELECT side, count(*) FROM described GROUP BY side").fetchall())
    left, right = sizes["left"], sizes["right"]
    rows = counted["place"] + np.where(counted["is_right"], left, 0)
    products = np.bincount(counted["word"])
    rarity = 1 + np.log((1 + left + right) / (1 + products))
    weight = (1 + np.log(counted["times"])) * rarity[counted["word"]]
    weight /= np.sqrt(np.bincount(rows, weight**2, left + right))[rows]
    words = sparse.csr_matrix(
        (weight.astype(np.float32), (rows, counted["word"])),
        shape=(left + right, len(products)),
    )
    return Words(words[:left], words[left:], products)


def block(
    scratch: duckdb.DuckDBPyConnection, words: Words, neighbours: int, neighbours_back: int
) -> Blocking:
    """Makes the table `pair` (left_place, right_place, rules): the `neighbours` of each product of
    the smaller catalog, and `neighbours_back` of each of the larger one, are among them; so are all
    pairs of catalogs of a few products."""
    chosen = words.products <= _COMMON_WORD
    left, right = words.left[:, chosen], words.right[:, chosen]
    there, back = neighbours, neighbours_back
    if left.shape[0] > right.shape[0]:
        there, back = back, there
    found = [_nearest(left, right, there), _nearest(right, left, back)[::-1]]
    near = pa.table(
        {
            "left_place": np.concatenate([rows for rows, _ in found]),
            "right_place": np.concatenate([columns for _, columns in found]),
        }
    )
    scratch.register("near", near)
    scratch.execute(
        """
        CREATE TABLE pair AS
        WITH
        found AS (
            SELECT l.place AS left_place, r.place AS right_place, 'model code' AS rule
            FROM code AS l JOIN code AS r USING (code)
            WHERE l.side = 'left' AND r.side = 'right' AND l.products <= $most
            UNION ALL
            SELECT l.place, r.place, 'GTIN'
            FROM described AS l JOIN described AS r USING (gtin)
            WHERE l.side = 'left' AND r.side = 'right'
            UNION ALL
            SELECT left_place, right_place, 'words' FROM near
            UNION ALL
            SELECT l.place, r.place, 'all pairs'
            FROM described AS l CROSS JOIN described AS r
            WHERE l.side = 'left' AND r.side = 'right' AND $few
        )
        SELECT left_place, right_place, list_sort(list_distinct(list(rule))) AS rules
        FROM found
        GROUP BY ALL
        ORDER BY left_place, right_place
        """,
        {
            "most": _PRODUCTS_OF_A_CODE,
            "few": 1 < words.left.shape[0] * words.right.shape[0] <= _FEW_PAIRS,
        },
    )
    by_rule = scratch.execute(
        "SELECT rule, count(*) FROM (SELECT unnest(rules) AS rule FROM pair) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    total = scratch.execute("SELECT count(*) FROM pair").fetchall()[0][0]
    return Blocking(total, dict(by_rule))


def cosines(words: Words, left: Places, right: Places) -> NDArray[np.float64]:
    """The cosine of the words of each pair."""
    parts = [
        np.asarray(
            words.left[left[start : start + 16_384]]
            .multiply(words.right[right[start : start + 16_384]])
            .sum(axis=1)
        ).ravel()
        for start in range(0, len(left), 16_384)
    ]
    return np.concatenate(parts or [np.zeros(0)]).astype(np.float64)


def _nearest(
    rows: sparse.csr_matrix, columns: sparse.csr_matrix, count: int
) -> tuple[Places, Places]:
    """For each row the `count` columns with the largest cosine, the earlier ones where they are
    equal."""
    turned = columns.T.tocsr()
    parts = list(_nearest_parts(rows, turned, count))
    return (
        np.concatenate([found for found, _ in parts] or [np.zeros(0, np.int64)]),
        np.concatenate([found for _, found in parts] or [np.zeros(0, np.int64)]),
    )


def _nearest_parts(
    rows: sparse.csr_matrix, turned: sparse.csr_matrix, count: int
) -> Iterable[tuple[Places, Places]]:
    for start in range(0, rows.shape[0], _ROWS_AT_ONCE):
        product = (rows[start : start + _ROWS_AT_ONCE] @ turned).tocoo()
        near = product.data >= _LEAST_COSINE
        row, column = product.row[near].astype(np.int64), product.col[near].astype(np.int64)
        order = np.lexsort((column, -product.data[near], row))
        row, column = row[order], column[order]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        yield row[rank < count] + start, column[rank < count]
