"""Temporal neighbour sampling over a typed graph, in NumPy, for a whole batch of seeds at once.

Every seed has a time; its sampled neighbourhood holds only edges that began before it, and is
its own (the same node in two neighbourhoods counts as two), so no seed sees the future through
another. Memory follows the batch and the fan-outs, not the graph. Fan-outs by hop as in
Hamilton, Ying, Leskovec 2017 (GraphSAGE, NeurIPS); edges before the time of the seed as in Xu et
al. 2020 (TGAT, ICLR).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graph.build import ALWAYS, Edges, EdgeType, Graph

_TIME_BITS = 33
_LATEST = (1 << _TIME_BITS) - 1


@dataclass(frozen=True)
class Index:
    """Edges of one type, ready to be asked for those that enter a node before a time."""

    keys: np.ndarray
    source: np.ndarray
    time: np.ndarray


@dataclass(frozen=True)
class Subgraph:
    """Sampled neighbourhoods.

    `nodes[kind]` are positions in the graph, `seed[kind]` the seed whose neighbourhood a node is
    in; the seeds themselves come first. `edges[key]` [2, E] are positions in these lists,
    `times[key]` [E] when each began.
    """

    nodes: dict[str, np.ndarray]
    seed: dict[str, np.ndarray]
    edges: dict[EdgeType, np.ndarray]
    times: dict[EdgeType, np.ndarray]


def index(edges: Edges) -> Index:
    """Prepares edges that are sorted by target and time."""
    return Index((edges.target << _TIME_BITS) + _clipped(edges.time), edges.source, edges.time)


def index_all(graph: Graph) -> dict[EdgeType, Index]:
    """Prepares every edge type of a graph."""
    return {key: index(edges) for key, edges in graph.edges.items()}


def draw(
    found: Index, nodes: np.ndarray, before: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each of `nodes` [N], the newest `count` edges that enter it and began before `before`
    [N].

    Returns (row [K], place [K]): which of `nodes`, and which edge.
    """
    begin = np.searchsorted(found.keys, nodes << _TIME_BITS)
    end = np.searchsorted(found.keys, (nodes << _TIME_BITS) + _clipped(before))
    taken = np.minimum(np.maximum(end - begin, 0), count)
    row = np.repeat(np.arange(len(nodes)), taken)
    back = np.arange(taken.sum()) - np.repeat(np.cumsum(taken) - taken, taken)
    return row, end[row] - 1 - back


def sample(
    indexes: Mapping[EdgeType, Index],
    kind: str,
    seeds: np.ndarray,
    before: np.ndarray,
    fanouts: Sequence[Mapping[EdgeType, int]],
) -> Subgraph:
    """The neighbourhoods of `seeds` [N], nodes of `kind`, each before its own time `before` [N]
    (seconds since 1970).

    `fanouts` has, hop by hop, how many edges of each type may enter a node; the newest are taken.
    """
    nodes = {kind: np.asarray(seeds, dtype=np.int64)}
    owner = {kind: np.arange(len(seeds))}
    edges: dict[EdgeType, list[np.ndarray]] = {}
    times: dict[EdgeType, list[np.ndarray]] = {}
    frontier = {kind: np.arange(len(seeds))}
    for fanout in fanouts:
        reached: dict[str, list[np.ndarray]] = {}
        for key, count in fanout.items():
            source_kind, _, target_kind = key
            if key not in indexes or target_kind not in frontier:
                continue
            local = frontier[target_kind]
            row, place = draw(
                indexes[key],
                nodes[target_kind][local],
                before[owner[target_kind][local]],
                count,
            )
            target, found = local[row], indexes[key].source[place]
            mine = owner[target_kind][target]
            source = _place(nodes, owner, source_kind, found, mine, reached)
            edges.setdefault(key, []).append(np.stack([source, target]))
            times.setdefault(key, []).append(indexes[key].time[place])
        frontier = {source_kind: np.concatenate(new) for source_kind, new in reached.items()}
    return Subgraph(
        nodes,
        owner,
        {key: np.concatenate(parts, axis=1) for key, parts in edges.items()},
        {key: np.concatenate(parts) for key, parts in times.items()},
    )


def _place(
    nodes: dict[str, np.ndarray],
    owner: dict[str, np.ndarray],
    kind: str,
    positions: np.ndarray,
    seeds: np.ndarray,
    reached: dict[str, list[np.ndarray]],
) -> np.ndarray:
    """Local places of (node, seed) pairs; new ones are added to `nodes`, `owner` and `reached`."""
    known = nodes.get(kind, np.empty(0, dtype=np.int64))
    known_seed = owner.get(kind, np.empty(0, dtype=np.int64))
    stride = int(max(positions.max(initial=0), known.max(initial=0))) + 1
    pairs = np.concatenate([known_seed * stride + known, seeds * stride + positions])
    _, first, inverse = np.unique(pairs, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    place_of = np.empty_like(order)
    place_of[order] = np.arange(len(order))
    fresh = first[order] >= len(known)
    chosen = first[order][fresh] - len(known)
    nodes[kind] = np.concatenate([known, positions[chosen]])
    owner[kind] = np.concatenate([known_seed, seeds[chosen]])
    reached.setdefault(kind, []).append(np.arange(len(known), len(nodes[kind])))
    return place_of[inverse[len(known) :]]


def _clipped(time: np.ndarray) -> np.ndarray:
    """Times as numbers of _TIME_BITS bits; what always was is 0, before everything."""
    return np.where(time == ALWAYS, 0, np.clip(time, 1, _LATEST))
