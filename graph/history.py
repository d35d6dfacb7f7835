"""What is known of households and products before a time, as sparse matrices; nothing after it
can enter.

A window is four weeks that begin on a Monday. The last window of the data is for test, the one
before for validation, those before for training; each is told only by what came before its
beginning.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from graph.build import Graph

DAY = 86_400
WEEK = 7 * DAY
WINDOW = 4 * WEEK

PURCHASE = ("customer", "purchase", "product")

# Monday 1969-12-29 began three days before the epoch.
_MONDAY = 3 * DAY


@dataclass(frozen=True)
class History:
    """Purchases before `cut`, [households, products] each: how often, how many weeks before `cut`
    the first and the last were, and counts that fade (by e in each of FADING_WEEKS).

    All have the same pairs in the same order, so their `data` are columns of one table.
    """

    cut: int
    count: csr_matrix
    first: csr_matrix
    last: csr_matrix
    fading: tuple[csr_matrix, ...]

    @property
    def bought(self) -> csr_matrix:
        """1 where the household bought the product before."""
        return (self.count > 0).astype(np.float32)


FADING_WEEKS = (2, 8, 26)
SHRINKAGE = 20


def window_starts(graph: Graph) -> list[int]:
    """Beginnings of the windows of the data, the newest first; before the first one lie at least
    four weeks of history."""
    edges = graph.edges.get(PURCHASE)
    if edges is None:
        return []
    begin = (int(edges.time.min()) + _MONDAY) // WEEK * WEEK - _MONDAY
    end = ((int(edges.time.max()) + _MONDAY) // WEEK + 1) * WEEK - _MONDAY
    return list(range(end - WINDOW, begin + WINDOW - 1, -WINDOW))


def history(graph: Graph, cut: int) -> History:
    """Everything that was bought before `cut`, in seconds since 1970."""
    edges = graph.edges[PURCHASE]
    known = edges.time < cut
    household, product, time = edges.source[known], edges.target[known], edges.time[known]
    shape = (len(graph.nodes["customer"]), len(graph.nodes["product"]))

    def summed(values: np.ndarray) -> csr_matrix:
        return csr_matrix((values.astype(np.float32), (household, product)), shape=shape)

    order = np.lexsort((time, product, household))
    pair = np.stack([household[order], product[order]])
    changes = np.flatnonzero(np.any(pair[:, 1:] != pair[:, :-1], axis=0))
    firsts = np.concatenate([[0], changes + 1]) if len(order) else np.empty(0, dtype=int)
    lasts = np.concatenate([changes, [len(order) - 1]]) if len(order) else np.empty(0, dtype=int)

    def chosen(places: np.ndarray) -> csr_matrix:
        weeks_ago = ((cut - time[order][places]) / WEEK).astype(np.float32)
        return csr_matrix((weeks_ago, (pair[0][places], pair[1][places])), shape=shape)

    ago = (cut - time) / WEEK
    return History(
        cut,
        summed(np.ones(len(time))),
        chosen(firsts),
        chosen(lasts),
        tuple(summed(np.exp(-ago / weeks)) for weeks in FADING_WEEKS),
    )


def targets(graph: Graph, cut: int) -> csr_matrix:
    """[households, products], 1 where the household bought the product in the window that begins
    at `cut`."""
    edges = graph.edges[PURCHASE]
    inside = (edges.time >= cut) & (edges.time < cut + WINDOW)
    shape = (len(graph.nodes["customer"]), len(graph.nodes["product"]))
    found = csr_matrix(
        (np.ones(inside.sum(), dtype=np.float32), (edges.source[inside], edges.target[inside])),
        shape=shape,
    )
    return (found > 0).astype(np.float32)


def co_occurrence(known: History, rows: np.ndarray) -> np.ndarray:
    """Item-to-item scores [rows, products]: the sum over what the household bought, as often as it
    did, of the cosine of the two products' buyers, with SHRINKAGE buyers more of each product,
    which keep the rare from looking alike by chance.

    Computed over households in the place of products: x C = (x D^-1/2 X^T) X D^-1/2.
    """
    bought = known.bought
    buyers = np.asarray(bought.sum(axis=0)).ravel()
    scale = 1 / np.sqrt(buyers + SHRINKAGE).astype(np.float32)
    alike = (known.count[rows].multiply(scale[None, :]).tocsr() @ bought.T).toarray()
    scaled = bought.multiply(scale[None, :]).tocsr()
    return np.ascontiguousarray((scaled.T @ alike.T).T, dtype=np.float32)


def similarity(known: History, rows: np.ndarray) -> np.ndarray:
    """[rows, products]: the cosine of the buyers of each product of `rows` and of each product."""
    bought = known.bought.tocsc()
    length = np.sqrt(np.maximum(np.asarray(bought.sum(axis=0)).ravel(), 1)).astype(np.float32)
    alike = (bought[:, rows].T @ known.bought).toarray()
    return np.asarray(alike / length[rows][:, None] / length[None, :], dtype=np.float32)


def popularity(known: History, fading: int | None = None) -> np.ndarray:
    """[products]: purchases before the cut, all alike or fading by FADING_WEEKS[fading]."""
    counts = known.count if fading is None else known.fading[fading]
    return np.asarray(counts.sum(axis=0), dtype=np.float32).ravel()
