"""The same graph as PyTorch Geometric's HeteroData and as NetworkX, and back.

PyG takes the arrays as they are. NetworkX is for looking: the neighbourhood of a node, or a whole
graph that is small.
"""

import networkx as nx
import numpy as np
import torch
from torch_geometric.data import HeteroData

from graph.build import ALWAYS, Edges, EdgeType, Graph, Sets, both_ways, sorted_edges, stated
from warehouse.errors import WarewordError

Node = tuple[str, int]


def to_pyg(graph: Graph) -> HeteroData:
    """HeteroData with `node_id` by type, `edge_index` [2, E] and `time` [E] by edge type, and
    `sets`."""
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
    nodes = {kind: np.array(data[kind].node_id, dtype=object) for kind in data.node_types}
    edges = {}
    for key in data.edge_types:
        source, target = data[key].edge_index.numpy()
        edges[key] = Edges(source, target, data[key].time.numpy())
    return Graph(nodes, edges, sets)


def to_networkx(graph: Graph) -> nx.MultiDiGraph:
    """The whole graph, for small ones: nodes with `kind`; edges with `relation` and `time`, in
    seconds since 1970, None where it always was. Sets are left out."""
    found = nx.MultiDiGraph()
    for kind, identifiers in graph.nodes.items():
        found.add_nodes_from(identifiers, kind=kind)
    for key, edges in stated(graph).items():
        _add(found, graph, key, edges, np.arange(len(edges.time)))
    return found


def from_networkx(found: nx.MultiDiGraph) -> Graph:
    """The graph of what `to_networkx` or `neighbourhood` made; it has no sets."""
    kinds: dict[str, list[str]] = {}
    for node_id, kind in found.nodes(data="kind"):
        kinds.setdefault(kind, []).append(node_id)
    nodes = {kind: np.array(sorted(names), dtype=object) for kind, names in kinds.items()}
    places = {name: (kind, place) for kind in nodes for place, name in enumerate(nodes[kind])}
    rows: dict[EdgeType, list[tuple[int, int, int]]] = {}
    for source, target, data in found.edges(data=True):
        (source_kind, begin), (target_kind, end) = places[source], places[target]
        time = ALWAYS if data["time"] is None else data["time"]
        key = (source_kind, data["relation"], target_kind)
        rows.setdefault(key, []).append((begin, end, time))
    edges = {key: sorted_edges(*np.array(rows[key], dtype=np.int64).T) for key in sorted(rows)}
    return Graph(nodes, both_ways(edges), {})


def neighbourhood(graph: Graph, node_id: str, hops: int = 1, limit: int = 50) -> nx.MultiDiGraph:
    """At most `limit` nodes within `hops` of a node, nearest first and by newest edge, with all
    the edges among them; attributes as in `to_networkx`.

    Raises:
        WarewordError: if the graph has no such node.
    """
    start = _find(graph, node_id)
    reached: dict[Node, None] = {start: None}
    frontier = [start]
    for _ in range(hops):
        known = len(reached)
        for node in frontier:
            if len(reached) < limit:
                for other in _neighbours(graph, node, limit):
                    if len(reached) < limit:
                        reached.setdefault(other)
        frontier = list(reached)[known:]
    return _among(graph, list(reached))


def _neighbours(graph: Graph, node: Node, limit: int) -> list[Node]:
    """Up to `limit` nodes of each relation, by turns over the relations, newest edge first."""
    kind, position = node
    turns: list[tuple[int, int, Node]] = []
    for relation, (key, edges) in enumerate(graph.edges.items()):
        if key[2] == kind:
            begin, end = np.searchsorted(edges.target, [position, position + 1])
            newest = dict.fromkeys(edges.source[begin:end][::-1].tolist())
            for turn, other in enumerate(list(newest)[:limit]):
                turns.append((turn, relation, (key[0], other)))
    return [other for _, _, other in sorted(turns)]


def _among(graph: Graph, reached: list[Node]) -> nx.MultiDiGraph:
    """The graph of these nodes, in their order, and the edges whose two ends are among them."""
    found = nx.MultiDiGraph()
    positions: dict[str, list[int]] = {}
    for kind, position in reached:
        found.add_node(graph.nodes[kind][position], kind=kind)
        positions.setdefault(kind, []).append(position)
    for key, edges in stated(graph).items():
        sources, targets = positions.get(key[0], []), np.sort(positions.get(key[2], []))
        begin = np.searchsorted(edges.target, targets)
        end = np.searchsorted(edges.target, targets + 1)
        spans = [np.arange(a, b) for a, b in zip(begin, end, strict=True)]
        entering = np.concatenate([np.empty(0, dtype=np.int64), *spans])
        _add(found, graph, key, edges, entering[np.isin(edges.source[entering], sources)])
    return found


def _add(
    found: nx.MultiDiGraph, graph: Graph, key: EdgeType, edges: Edges, places: np.ndarray
) -> None:
    """Adds the edges of one type at `places`."""
    source_kind, relation, target_kind = key
    found.add_edges_from(
        (source, target, {"relation": relation, "time": None if time == ALWAYS else time})
        for source, target, time in zip(
            graph.nodes[source_kind][edges.source[places]],
            graph.nodes[target_kind][edges.target[places]],
            edges.time[places].tolist(),
            strict=True,
        )
    )


def _find(graph: Graph, node_id: str) -> Node:
    for kind, identifiers in graph.nodes.items():
        place = int(np.searchsorted(identifiers, node_id))
        if place < len(identifiers) and identifiers[place] == node_id:
            return kind, place
    raise WarewordError(
        f'the graph has no node {node_id}; find one with: wareword sql "FROM facts.node LIMIT 5"'
    )
