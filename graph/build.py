"""Facts and events to a typed, timed graph, straight from Arrow columns."""

from dataclasses import dataclass

import numpy as np

EdgeType = tuple[str, str, str]

# The time of an edge that always was.
ALWAYS = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Edges:
    """Edges of one type: `source` and `target` are positions in the node lists of their types, [E] int64; `time` is when each
    begins, seconds since 1970, [E] int64, ALWAYS where it has no beginning. Sorted by target, then time, then source."""

    source: np.ndarray
    target: np.ndarray
    time: np.ndarray


@dataclass(frozen=True)
class Sets:
    """Sets of nodes of one type, such as baskets: the members of set i are `members[pointers[i]:pointers[i + 1]]`.

    `keys` [S] names the sets, `time` [S] is when each came to be, `owner` [S] is a position among customers, or -1.
    """

    keys: np.ndarray
    pointers: np.ndarray
    members: np.ndarray
    time: np.ndarray
    owner: np.ndarray


@dataclass(frozen=True)
class Graph:
    """`nodes` has the identifiers of each type, sorted, [N] of str; `edges` goes from source type over relation to target type;
    `sets` has baskets and coupons, whose members are products."""

    nodes: dict[str, np.ndarray]
    edges: dict[EdgeType, Edges]
    sets: dict[str, Sets]
