"""Heterogeneous Graph Transformer.

Hu, Dong, Wang, Sun 2020, "Heterogeneous Graph Transformer", WWW (arXiv:2003.01332): attention
between the endpoints of an edge, with keys, queries and values of their node types, and matrices
of the edge's relation (equations 3 and 4); a gated residual by node type (equation 5). The
numbers are those of PyTorch Geometric's HGTConv; here each relation is a product of matrices of
its own, since HGTConv without compiled extras copies all states once a relation and head when it
goes backward. Left out: relative temporal encoding (times enter as features of nodes) and
HGSampling (neighbours are drawn by graph.sampling).
"""

from math import sqrt

import torch
from torch import Tensor, nn
from torch_geometric.utils import scatter, softmax

EdgeType = tuple[str, str, str]


class Attention(nn.Module):
    """One layer: [nodes of the type, hidden] for each node type that an edge may enter."""

    def __init__(
        self, kinds: list[str], relations: list[EdgeType], hidden: int, heads: int
    ) -> None:
        super().__init__()
        self.relations, self.heads, self.size = relations, heads, hidden // heads
        self.project = nn.ModuleDict({kind: nn.Linear(hidden, 3 * hidden) for kind in kinds})
        self.keys = nn.ParameterDict({_name(key): self._matrix() for key in relations})
        self.values = nn.ParameterDict({_name(key): self._matrix() for key in relations})
        self.priors = nn.ParameterDict(
            {_name(key): nn.Parameter(torch.ones(heads)) for key in relations}
        )
        entered = sorted({key[2] for key in relations})
        self.out = nn.ModuleDict({kind: nn.Linear(hidden, hidden) for kind in entered})
        self.gates = nn.ParameterDict({kind: nn.Parameter(torch.ones(1)) for kind in entered})

    def _matrix(self) -> nn.Parameter:
        matrix = torch.empty(self.heads, self.size, self.size)
        return nn.Parameter(nn.init.xavier_uniform_(matrix))

    def forward(
        self, states: dict[str, Tensor], edges: dict[EdgeType, Tensor]
    ) -> dict[str, Tensor]:
        parts = {
            kind: self.project[kind](state).view(len(state), 3, self.heads, self.size).unbind(1)
            for kind, state in states.items()
        }
        found = {}
        for kind in self.out:
            scores, values, targets = [], [], []
            for key in self.relations:
                if key[2] != kind or key not in edges:
                    continue
                source, target = edges[key]  # [E], [E]
                k, _, v = parts[key[0]]  # [N, heads, size]
                k = torch.einsum("nhd,hde->nhe", k, self.keys[_name(key)])
                v = torch.einsum("nhd,hde->nhe", v, self.values[_name(key)])
                score = (parts[kind][1][target] * k[source]).sum(-1)  # [E, heads]
                scores.append(score * self.priors[_name(key)] / sqrt(self.size))
                values.append(v[source])  # [E, heads, size]
                targets.append(target)
            mixed = torch.zeros_like(states[kind])
            if targets:
                target = torch.cat(targets)
                share = softmax(torch.cat(scores), target, num_nodes=len(mixed))  # [E, heads]
                message = (torch.cat(values) * share[:, :, None]).flatten(1)  # [E, hidden]
                mixed = scatter(message, target, dim_size=len(mixed))
            gate = self.gates[kind].sigmoid()
            changed = self.out[kind](nn.functional.gelu(mixed))
            found[kind] = gate * changed + (1 - gate) * states[kind]
        return found


class HGT(nn.Module):
    """Layers of relation-aware attention between sampled nodes, with normalised residuals.

    Input and output: [nodes of the type, hidden] for each node type.
    """

    def __init__(
        self, kinds: list[str], relations: list[EdgeType], hidden: int, heads: int, layers: int
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            Attention(kinds, relations, hidden, heads) for _ in range(layers)
        )
        self.norms = nn.ModuleList(
            nn.ModuleDict({kind: nn.LayerNorm(hidden) for kind in kinds}) for _ in range(layers)
        )

    def forward(
        self, inputs: dict[str, Tensor], edges: dict[EdgeType, Tensor]
    ) -> dict[str, Tensor]:
        states = inputs
        for layer, norms in zip(self.layers, self.norms, strict=True):
            attended = layer(states, edges)
            # A type that no edge enters gets no update.
            states = {
                kind: norms[kind](state + attended[kind]) if kind in attended else state  # type: ignore[index]
                for kind, state in states.items()
            }
        return states


def embeddings(rows: dict[str, int], hidden: int, deviation: float) -> nn.ModuleDict:
    """A vector for each of `rows[name]` things of each name, at least one."""
    found = nn.ModuleDict({name: nn.Embedding(max(n, 1), hidden) for name, n in rows.items()})
    for embedding in found.values():
        nn.init.normal_(embedding.weight, std=deviation)  # type: ignore[arg-type]
    return found


def _name(key: EdgeType) -> str:
    return "__".join(key)
