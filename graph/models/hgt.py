"""Heterogeneous Graph Transformer.

Hu, Dong, Wang, Sun 2020, "Heterogeneous Graph Transformer", WWW (arXiv:2003.01332): attention between
the endpoints of an edge with keys, queries and messages of their node types (equations 3 and 4), and
matrices of the edge's relation; a gated residual by node type (equation 5), as PyTorch Geometric's
HGTConv computes them. Left out: relative temporal encoding (times enter as features of nodes) and
HGSampling (neighbours are drawn by graph.sampling).
"""

import torch
from torch import Tensor, nn
from torch_geometric.nn import HGTConv

EdgeType = tuple[str, str, str]


class HGT(nn.Module):
    """Layers of relation-aware attention between sampled nodes, with normalised residuals.

    Input and output: [nodes of the type, hidden] for each node type.
    """

    def __init__(
        self, kinds: list[str], relations: list[EdgeType], hidden: int, heads: int, layers: int
    ) -> None:
        super().__init__()
        self.kinds, self.relations = kinds, relations
        self.convolutions = nn.ModuleList(
            HGTConv(hidden, hidden, (kinds, relations), heads=heads) for _ in range(layers)
        )
        self.norms = nn.ModuleList(
            nn.ModuleDict({kind: nn.LayerNorm(hidden) for kind in kinds}) for _ in range(layers)
        )

    def forward(
        self, inputs: dict[str, Tensor], edges: dict[EdgeType, Tensor]
    ) -> dict[str, Tensor]:
        empty = torch.empty(2, 0, dtype=torch.long, device=next(iter(inputs.values())).device)
        every = {key: edges.get(key, empty) for key in self.relations}
        states = inputs
        for convolution, norms in zip(self.convolutions, self.norms, strict=True):
            attended = convolution(states, every)
            # A type that no edge enters gets no update.
            states = {
                kind: norms[kind](state + attended[kind])
                if attended.get(kind) is not None
                else state
                for kind, state in states.items()
            }
        return states
