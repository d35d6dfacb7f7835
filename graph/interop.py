"""The same graph as PyTorch Geometric's HeteroData, and the neighbourhood of a node as NetworkX."""

import networkx as nx
import numpy as np
import torch
from torch_geometric.data import HeteroData

from graph.build import ALWAYS, Edges, Graph, Sets
from warehouse.errors import WarewordError


def to_pyg(graph: Graph) -> HeteroData:
    """HeteroData with `node_id` by type, and `edge_index` [2, E] and `time` [E] by edge type; sets stand in `sets`."""
    data = HeteroData()
    for kind, identifiers in graph.nodes.items():
        data[kind].num_nodes = len(identifiers)
        data[kind].node_id = list(identifiers)
    for key, edges in graph.edges.items():
        data[key].edge_index = torch.from_numpy(np.stack([edges.source, edges.target]))
        data[key].time = torch.from_numpy(edges.time)
    data.sets = graph.sets
    return data


def from_pyg(data: HeteroData) -> Graph:
    """The graph that `to_pyg` was given."""
    sets: dict[str, Sets] = data.sets
    return Graph(
        nodes={kind: np.array(data[kind].node_id, dtype=object) for kind in data.node_types},
        edges={
            key: Edges(*data[key].edge_index.numpy(), data[key].time.numpy())
            for key in data.edge_types
        },
        sets=sets,
    )


def neighbourhood(graph: Graph, node_id: str, hops: int = 1, limit: int = 50) -> nx.MultiDiGraph:
    """The nodes within `hops` of a node, at most `limit` of them, nearest first, and the edges that lead to them.

    Nodes have `kind`; edges have `relation` and `time` (seconds since 1970, None where it always was).

    Raises:
        WarewordError: if the graph has no such node.
    """
    kind, position = _find(graph, node_id)
    found = nx.MultiDiGraph()
    found.add_node(node_id, kind=kind)
    frontier = [(kind, position)]
    for _ in range(hops):
        reached: list[tuple[str, int]] = []
        for owner in frontier:
            reached += _expand(graph, found, owner, limit)
        frontier = reached
    return found


def _expand(
    graph: Graph, found: nx.MultiDiGraph, owner: tuple[str, int], limit: int
) -> list[tuple[str, int]]:
    """Adds the edges of one node; returns the nodes that are new. Reverse relations lead to where it points."""
    kind, position = owner
    own = graph.nodes[kind][position]
    reached = []
    for (source_kind, relation, target_kind), edges in graph.edges.items():
        if target_kind != kind:
            continue
        begin, end = np.searchsorted(edges.target, [position, position + 1])
        for place in range(begin, min(end, begin + limit)):
            other_position = int(edges.source[place])
            other = graph.nodes[source_kind][other_position]
            if other not in found:
                if len(found) >= limit:
                    continue
                found.add_node(other, kind=source_kind)
                reached.append((source_kind, other_position))
            backwards = relation.startswith("rev_")
            ends = (own, other) if backwards else (other, own)
            time = None if edges.time[place] == ALWAYS else int(edges.time[place])
            name = relation.removeprefix("rev_")
            found.add_edge(*ends, key=f"{name}@{time}", relation=name, time=time)
    return reached


def _find(graph: Graph, node_id: str) -> tuple[str, int]:
    for kind, identifiers in graph.nodes.items():
        place = int(np.searchsorted(identifiers, node_id))
        if place < len(identifiers) and identifiers[place] == node_id:
            return kind, place
    raise WarewordError(
        f'the graph has no node {node_id}; find one with: wareword sql "FROM facts.node LIMIT 5"'
    )
