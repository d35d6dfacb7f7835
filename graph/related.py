"""Which products will be bought together: pairs that share baskets in the four weeks after a
time.

A pair is linked in a window if it shares at least MINIMUM baskets of it, and LIFT times as many
as if products fell into baskets by chance. Known of two products is how often they shared a
basket so far, also of late and against chance, whether they are of one type, how popular they
are, and whether the same households buy them. The towers see a product's newest baskets and what
else is in them.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix, diags

from graph.build import Graph, Sets, both_ways, sorted_edges
from graph.history import (
    FADING_WEEKS,
    WEEK,
    WINDOW,
    History,
    history,
    similarity,
    window_starts,
)
from graph.mixing import Block, Knowledge, LinkTask, Pairs, query_vectors
from graph.models.towers import MAKER, TYPE, Shape, Towers
from graph.purchases import timeless, types_of_products

MINIMUM = 3
LIFT = 2.0
ASKED_FROM = 60
"""Products are asked about that were in at least as many baskets."""

_HOLDS = ("basket", "holds", "product")
_HELD = ("product", "rev_holds", "basket")
_BASKETS, _PER_BASKET = 8, 6


@dataclass(frozen=True)
class RelatedKnowledge(Knowledge):
    """`baskets` [baskets, products] before the cut: 1, and as the imaginary part a weight that
    fades, so that one product of matrices counts both ways; how many baskets held each product;
    purchases of households; the type of each product."""

    baskets: csr_matrix
    held: np.ndarray
    bought: History
    type_of: np.ndarray

    def links(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        of_rows = self.baskets[:, rows].real.T.tocsr()  # [rows, baskets]
        count = (of_rows @ self.baskets).tocoo()  # [rows, products]
        other = count.col != rows[count.row]
        row, product = (x[other].astype(np.int64) for x in (count.row, count.col))
        shared, late = count.data.real[other], count.data.imag[other]
        one, two = self.held[rows[row]], self.held[product]
        lift = shared * max(self.baskets.shape[0], 1) / (one * two)
        features = [
            np.log1p(shared),
            np.log1p(late),
            np.log(lift),
            shared / one,
            shared / two,
        ]
        return row, product, [feature.astype(np.float32) for feature in features]

    def alike(self, rows: np.ndarray) -> list[np.ndarray]:
        same = (self.type_of[rows][:, None] == self.type_of[None, :]).astype(np.float32)
        return [similarity(self.bought, rows), same]


class Related(LinkTask):
    """Links between products that are bought in one basket."""

    name = "co_purchase"
    predicate = "isRelatedTo"

    def __init__(self, graph: Graph) -> None:
        self.graph = with_baskets(timeless(graph))
        kinds = ("product", "category", "manufacturer")
        sizes = {kind: len(graph.nodes[kind]) for kind in kinds} | {"basket": 1}
        hops = ({_HOLDS: _BASKETS}, {_HELD: _PER_BASKET}, {TYPE: 1, MAKER: 1})
        self.shape = Shape("product", hops, sizes)
        self.windows = window_starts(graph)

    def targets(self, cut: int) -> csr_matrix:
        time = self.graph.sets["basket"].time
        baskets = incidence(self.graph, (time >= cut) & (time < cut + WINDOW))
        shared = (baskets.T @ baskets).tocoo()
        held = np.asarray(baskets.sum(axis=0)).ravel()
        chance = held[shared.row] * held[shared.col] / max(baskets.shape[0], 1)
        linked = (shared.data >= MINIMUM) & (shared.data >= LIFT * chance)
        linked &= shared.row != shared.col
        ones = np.ones(linked.sum(), dtype=np.float32)
        return csr_matrix((ones, (shared.row[linked], shared.col[linked])), shape=shared.shape)

    def knowledge(self, cut: int, towers: Towers, rows: np.ndarray) -> Knowledge:
        time = self.graph.sets["basket"].time
        before = time < cut
        baskets = incidence(self.graph, before)
        fade = np.exp((time[before] - cut) / (FADING_WEEKS[1] * WEEK)).astype(np.float32)
        held = np.asarray(baskets.sum(axis=0)).ravel()
        lately = np.asarray(baskets.T @ fade).ravel()
        bought = history(self.graph, cut)
        vectors = query_vectors(self, towers, rows, cut)
        both = [np.log1p(held), np.log1p(lately)]
        products = np.stack([*both, vectors["bias"]], axis=1).astype(np.float32)
        return RelatedKnowledge(
            vectors,
            np.ascontiguousarray(products[:, :2]),
            products,
            held,
            (baskets + 1j * diags(fade) @ baskets).astype(np.complex64).tocsr(),
            np.maximum(held, 1),
            bought,
            types_of_products(self.graph)[0],
        )

    def baselines(self, told: Knowledge, block: Block) -> dict[str, np.ndarray]:
        alike = block.pairs[0]
        shared, _, lift, *_ = block.links
        baskets, unlikely = np.zeros_like(alike), np.zeros_like(alike)
        baskets[block.row, block.product] = np.expm1(shared)
        # As facts choose the best: shared baskets, weighed by how much more than chance they are.
        unlikely[block.row, block.product] = np.expm1(shared) * np.maximum(lift, 0)
        share = told.popular / max(told.popular.max(), 1)
        return {
            "popularity": np.broadcast_to(told.popular, alike.shape),
            "shared baskets": baskets + 1e-3 * share,
            "shared baskets by lift": unlikely,
            "item-to-item co-occurrence": alike,
        }

    def askable(self, cut: int) -> np.ndarray:
        baskets = incidence(self.graph, self.graph.sets["basket"].time < cut)
        return np.flatnonzero(np.asarray(baskets.sum(axis=0)).ravel() >= ASKED_FROM)

    def barred(self, rows: np.ndarray) -> Pairs:
        """A product with itself."""
        return np.arange(len(rows)), rows


def with_baskets(graph: Graph) -> Graph:
    """The graph with its baskets as nodes, each joined to the products that it holds."""
    baskets = graph.sets["basket"]
    holder = np.repeat(np.arange(len(baskets.keys)), np.diff(baskets.pointers))
    edges = sorted_edges(holder, baskets.members, baskets.time[holder])
    return replace(
        graph,
        nodes={**graph.nodes, "basket": baskets.keys},
        edges={**graph.edges, **both_ways({_HOLDS: edges})},
    )


def incidence(graph: Graph, chosen: np.ndarray) -> csr_matrix:
    """[chosen baskets, products]: 1 where a basket holds a product."""
    baskets: Sets = graph.sets["basket"]
    shape = (len(baskets.keys), len(graph.nodes["product"]))
    ones = np.ones(len(baskets.members), dtype=np.float32)
    every = csr_matrix((ones, baskets.members, baskets.pointers), shape=shape)
    return every[np.flatnonzero(chosen)]
