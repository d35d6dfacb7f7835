"""What a household buys next: all products that it will buy in the four weeks after a time.

Known of a household and a product is how often, how long ago and how regularly the one bought the
other, how much it buys of the same type, how popular the product is, and how often it is bought by
households that buy the same things. The towers see a household's newest purchases.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix

from graph.build import ALWAYS, Graph, both_ways, sorted_edges, stated
from graph.history import PURCHASE, History, co_occurrence, history, popularity, window_starts
from graph.history import targets as bought_in
from graph.mixing import Block, Knowledge, LinkTask, query_vectors
from graph.models.towers import MAKER, TYPE, Shape, Towers

RECENT = 24

_BOUGHT = ("product", "rev_purchase", "customer")


@dataclass(frozen=True)
class PurchaseKnowledge(Knowledge):
    """`bought_of_type` [households, types] fades; `type_of` [products] is the type of each."""

    history: History
    bought_of_type: csr_matrix
    type_of: np.ndarray

    def links(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        known = self.history
        count = known.count[rows].tocoo()
        row, product = count.row.astype(np.int64), count.col.astype(np.int64)
        first, last = known.first[rows].data, known.last[rows].data
        again = np.maximum(count.data - 1, 0)
        interval = np.where(again > 0, (first - last) / np.maximum(again, 1), 0)
        due = np.where(again > 0, np.minimum(last / np.maximum(interval, 0.25), 8), 0)
        features = [
            np.log1p(count.data),
            *(np.log1p(matrix[rows].data) for matrix in known.fading),
            np.log1p(first),
            np.log1p(last),
            np.log1p(interval),
            due,
        ]
        return row, product, features

    def alike(self, rows: np.ndarray) -> list[np.ndarray]:
        of_type = np.log1p(self.bought_of_type[rows].toarray())[:, self.type_of]
        return [np.log1p(co_occurrence(self.history, rows)), of_type]


class Purchases(LinkTask):
    """Links from households to the products that they buy."""

    name = "next_purchase"
    predicate = "buys"

    def __init__(self, graph: Graph) -> None:
        self.graph = timeless(graph)
        kinds = ("customer", "product", "category", "manufacturer")
        sizes = {kind: len(graph.nodes[kind]) for kind in kinds}
        self.shape = Shape("customer", ({_BOUGHT: RECENT}, {TYPE: 1, MAKER: 1}), sizes)
        self.windows = window_starts(graph)

    def targets(self, cut: int) -> csr_matrix:
        return bought_in(self.graph, cut)

    def knowledge(self, cut: int, towers: Towers, rows: np.ndarray) -> Knowledge:
        known = history(self.graph, cut)
        popular, lately, of_late = (popularity(known, fading=place) for place in (None, 0, 1))
        buyers = np.asarray(known.bought.sum(axis=0)).ravel()
        vectors = query_vectors(self, towers, rows, cut)
        products = [*map(np.log1p, (popular, lately, of_late, buyers)), vectors["bias"]]
        first = known.first.copy()
        first.data = (first.data < 8).astype(np.float32)
        households = [
            np.log1p(np.asarray(matrix.sum(axis=1)).ravel())
            for matrix in (known.bought, known.fading[0], known.fading[1], first)
        ]
        type_of, types = types_of_products(self.graph)
        member = csr_matrix(
            (np.ones(len(type_of), dtype=np.float32), (np.arange(len(type_of)), type_of)),
            shape=(len(type_of), types),
        )
        return PurchaseKnowledge(
            vectors,
            np.stack(households, axis=1).astype(np.float32),
            np.stack(products, axis=1).astype(np.float32),
            popular,
            known,
            (known.fading[2] @ member).tocsr(),
            type_of,
        )

    def baselines(self, told: Knowledge, block: Block) -> dict[str, np.ndarray]:
        assert isinstance(told, PurchaseKnowledge)
        count, last = (m[block.rows].toarray() for m in (told.history.count, told.history.last))
        # Ties by latest week, then by popularity.
        own = count + np.where(count > 0, 1e-3 / (1 + np.floor(last.astype(np.float64))), 0)
        share = told.popular.astype(np.float64) / max(told.popular.max(), 1)
        return {
            "popularity": np.broadcast_to(told.popular, own.shape),
            "popularity of late": np.broadcast_to(told.products[:, 1], own.shape),
            "own repeat purchases": own + 1e-6 * share,
            "item-to-item co-occurrence": block.pairs[0],
        }

    def askable(self, cut: int) -> np.ndarray:
        edges = self.graph.edges[PURCHASE]
        return np.unique(edges.source[edges.time < cut])


def timeless(graph: Graph) -> Graph:
    """The graph with types and makers that products always had.

    Catalogs are often loaded later than their sales; what a product is does not come from what was
    bought of it, so it is taken as known at any time.
    """
    edges = {}
    for (source, relation, target), found in stated(graph).items():
        always = relation in ("productType", "manufacturer")
        time = np.full_like(found.time, ALWAYS) if always else found.time
        edges[source, relation, target] = sorted_edges(found.source, found.target, time)
    return replace(graph, edges=both_ways(edges))


def types_of_products(graph: Graph) -> tuple[np.ndarray, int]:
    """[products]: the type of each, the last number where there is none; and how many numbers
    there are."""
    none = len(graph.nodes["category"])
    found = np.full(len(graph.nodes["product"]), none)
    edges = graph.edges.get(("product", "productType", "category"))
    if edges is not None:
        found[edges.source] = edges.target
    return found, none + 1
