"""Two towers: vectors of those who ask and of products, whose inner product says what goes to
whom.

The one who asks (a household, or a product that is bought with others) attends, through a
Heterogeneous Graph Transformer (graph.models.hgt), to what lies around it in the graph, hop by
hop; a product attends to its type and maker. The towers are trained on what came next, by a
softmax over the products of the batch, corrected for how often each is drawn: Yi et al. 2019,
"Sampling-Bias- Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys,
equation 3. Left out: their streaming estimate of how often (the batch itself is counted), and
normalised vectors with a temperature.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from graph.build import EdgeType
from graph.models.hgt import HGT, embeddings
from graph.sampling import Index, Subgraph, sample

TYPE = ("category", "rev_productType", "product")
MAKER = ("manufacturer", "rev_manufacturer", "product")

_BLOCK = 512
_WEEK = 7 * 86_400


@dataclass(frozen=True)
class Shape:
    """Who asks, and hop by hop how many of the newest edges of each type are attended to; the
    first hop has one edge type, and its age counts. `sizes` has how many nodes of each type
    there are, 1 for a type whose nodes are all alike to the towers."""

    query: str
    hops: tuple[dict[EdgeType, int], ...]
    sizes: dict[str, int]


class Towers(nn.Module):
    """Vectors of those who ask and of products, and a bias of each product."""

    def __init__(self, shape: Shape, hidden: int, heads: int) -> None:
        super().__init__()
        self.shape = shape
        self.kinds = sorted(shape.sizes)
        self.embeddings = embeddings(shape.sizes, hidden, deviation=0.1)
        self.age = nn.Linear(1, hidden)
        self.bias = nn.Embedding(max(shape.sizes["product"], 1), 1)
        nn.init.zeros_(self.bias.weight)
        relations = sorted({key for hop in shape.hops for key in hop} | {TYPE, MAKER})
        self.transformer = HGT(self.kinds, relations, hidden, heads, layers=len(shape.hops))

    def queries(self, indexes: Mapping[EdgeType, Index], rows: np.ndarray, cut: int) -> Tensor:
        """[rows, hidden], from what was there before `cut`."""
        found = sample(indexes, self.shape.query, rows, np.full(len(rows), cut), self.shape.hops)
        (first,) = self.shape.hops[0]
        # A node is in each neighbourhood on its own, and has the age of its newest edge there.
        newest = np.full(len(found.nodes.get(first[0], ())), np.iinfo(np.int64).min)
        if first in found.edges:
            np.maximum.at(newest, found.edges[first][0], found.times[first])
        weeks = np.where(newest > 0, np.log1p(np.maximum(cut - newest, 0) / _WEEK), 0)
        states = self._states(found, {first[0]: weeks.astype(np.float32)})
        return states[self.shape.query][: len(rows)]

    def products(self, indexes: Mapping[EdgeType, Index], rows: np.ndarray, cut: int) -> Tensor:
        """[rows, hidden], from type and maker."""
        found = sample(indexes, "product", rows, np.full(len(rows), cut), [{TYPE: 1, MAKER: 1}])
        return self._states(found, {})["product"][: len(rows)]

    def loss(
        self,
        indexes: Mapping[EdgeType, Index],
        rows: np.ndarray,
        query: np.ndarray,
        product: np.ndarray,
        cut: int,
    ) -> Tensor:
        """Softmax loss of positives: `query` [N] are places in `rows`, `product` [N] products."""
        candidates, label, drawn = np.unique(product, return_inverse=True, return_counts=True)
        left = self.queries(indexes, rows, cut)  # [rows, hidden]
        right = self.products(indexes, candidates, cut)  # [candidates, hidden]
        bias = self.bias(torch.from_numpy(candidates).to(left.device)).squeeze(1)
        often = torch.from_numpy(np.log(drawn / len(product)).astype(np.float32)).to(left.device)
        logits = left @ right.T + bias - often  # [rows, candidates]
        chosen = logits[torch.from_numpy(query).to(left.device)]  # [N, candidates]
        found: Tensor = nn.functional.cross_entropy(chosen, torch.from_numpy(label).to(left.device))
        return found

    def vectors(
        self, indexes: Mapping[EdgeType, Index], queries: np.ndarray, cut: int
    ) -> dict[str, np.ndarray]:
        """`query` [queries, hidden], `product` [products, hidden] and `bias` [products]."""
        found = {"bias": self.bias.weight.detach().squeeze(1).cpu().numpy()}
        everything = np.arange(len(found["bias"]))
        with torch.no_grad():
            for name, ask, rows, size in (
                ("query", self.queries, queries, _BLOCK),
                ("product", self.products, everything, 16 * _BLOCK),
            ):
                parts = [
                    ask(indexes, rows[begin : begin + size], cut).cpu().numpy()
                    for begin in range(0, len(rows), size)
                ]
                empty = np.empty((0, self.age.out_features), dtype=np.float32)
                found[name] = np.concatenate([empty, *parts])
        return found

    def _states(self, found: Subgraph, ages: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
        device = self.bias.weight.device
        inputs = {}
        for kind in self.kinds:
            nodes = found.nodes.get(kind, np.empty(0, dtype=np.int64))
            nodes = nodes if self.shape.sizes[kind] > 1 else np.zeros_like(nodes)
            inputs[kind] = self.embeddings[kind](torch.from_numpy(nodes).to(device))
            if kind in ages:
                inputs[kind] = inputs[kind] + self.age(
                    torch.from_numpy(ages[kind]).to(device)[:, None]
                )
        edges = {key: torch.from_numpy(pairs).to(device) for key, pairs in found.edges.items()}
        states: dict[str, Tensor] = self.transformer(inputs, edges)
        return states
