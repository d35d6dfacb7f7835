"""Pairs with probabilities to possible partitions: who may be who, all taken together.

A partition puts every product into one entity; an entity has at most one product of a source, and
what is the same as the same thing is the same. Pairs fall into components that have nothing to do
with each other, so partitions are told by component. After Li et al. 2024, "On Leveraging Large
Language Models for Enhancing Entity Resolution: A Cost-efficient Approach", section 3; answers are
weighed in by Bayes' rule, as answers that may be wrong.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

# A pair less likely than the first is taken for different. Where a component has more products
# than LARGEST, it is cut at its least likely pairs, by one floor after the other.
FLOORS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 0.95)
LARGEST = 24
# Partitions of a component that are kept, the most probable ones.
LIMIT = 512
# No comparison is surer than this.
SUREST = 0.999

_NEVER = -1e9
# Log odds of two products that were never compared, but both with a third one: one pair in ten
# that is one product escapes blocking.
_UNSEEN = float(np.log(0.1))
_ROOM = 20_000_000


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs by the places of their products: `left` and `right` [P] int64, `log_odds` [P]
    float64 of being one (minus infinity: they are not), and the `source` [N] int64 of each
    product."""

    left: np.ndarray
    right: np.ndarray
    log_odds: np.ndarray
    source: np.ndarray


@dataclass(frozen=True)
class Partitions:
    """Possible partitions of every component, with probabilities that sum to 1 in each.

    `pair` [K] are the pairs that are uncertain, by their place in `Pairs`, and `component` [K] is
    where each belongs. Partition s is of `state_component[s]` and has `probability[s]`; in it, pair
    `matched_pair[e]` is one product if `matched_state[e]` is s. `exact` [C] tells that no partition
    was left out.
    """

    pair: np.ndarray
    component: np.ndarray
    state_component: np.ndarray
    probability: np.ndarray
    matched_pair: np.ndarray
    matched_state: np.ndarray
    exact: np.ndarray


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Log odds of probabilities, none surer than SUREST."""
    bounded = np.clip(probability, 1 - SUREST, SUREST)
    odds: np.ndarray = np.log(bounded) - np.log1p(-bounded)
    return odds


def possible_partitions(
    pairs: Pairs, *, limit: int = LIMIT, largest: int = LARGEST, asked: np.ndarray | None = None
) -> Partitions:
    """The possible partitions of the products of `pairs`; those of `asked` [A] (places of pairs)
    stay in, however unlikely.

    Exact for components with at most `limit` partitions. For others the partitions are grown one
    product at a time and the `limit` most probable ones are kept each time (beam search); what is
    left out counts as impossible. Components of more than `largest` products are cut first.
    """
    kept, node_component = _components(pairs, largest, asked)
    component = node_component[pairs.left[kept]]
    names, component = np.unique(component, return_inverse=True)
    order = np.argsort(component, kind="stable")
    kept, component = kept[order], component[order]
    place, sizes = _places(pairs, kept, node_component, names)
    found = [
        _of_size(pairs, kept, component, place, sizes, int(size), chunk, limit)
        for size in np.unique(sizes)
        for chunk in _chunks(np.flatnonzero(sizes == size), int(size), limit)
    ]
    return _together(kept, component, len(names), found)


def marginals(partitions: Partitions) -> np.ndarray:
    """Probability [K] of each pair to be one product, all partitions together."""
    weights = partitions.probability[partitions.matched_state]
    return np.bincount(partitions.matched_pair, weights, len(partitions.pair))


def entropy(partitions: Partitions) -> np.ndarray:
    """Uncertainty [C] of each component, in bits (Li et al. 2024, equation 3)."""
    p = partitions.probability
    bits = -p * np.log2(np.where(p > 0, p, 1))
    return np.bincount(partitions.state_component, bits, len(partitions.exact))


def weigh(partitions: Partitions, moved: np.ndarray) -> Partitions:
    """The partitions after answers, by Bayes' rule: `moved` [K] is how far the answers moved the
    log odds of each pair, see `answer_weight`."""
    change = np.bincount(
        partitions.matched_state, moved[partitions.matched_pair], len(partitions.probability)
    )
    with np.errstate(divide="ignore"):
        score = np.log(partitions.probability) + change
    return replace(
        partitions, probability=_normalised(score, partitions.state_component, partitions.exact)
    )


def answer_weight(yes: np.ndarray, error_rate: np.ndarray) -> np.ndarray:
    """How far answers move log odds: log((1 - e) / e) up for a yes, down for a no. Who is said
    never to err is taken to err once in a million answers."""
    error = np.maximum(error_rate, 1e-6)
    weight: np.ndarray = np.where(yes, 1, -1) * (np.log1p(-error) - np.log(error))
    return weight


def most_probable(partitions: Partitions, threshold: float) -> np.ndarray:
    """Which pairs [K] are one product in the most probable partition of their component; those less
    likely than `threshold` are left apart."""
    if not len(partitions.probability):
        return np.zeros(0, dtype=bool)
    order = np.lexsort((-partitions.probability, partitions.state_component))
    first = np.unique(partitions.state_component[order], return_index=True)[1]
    best = np.zeros(len(partitions.probability), dtype=bool)
    best[order[first]] = True
    chosen = np.zeros(len(partitions.pair), dtype=bool)
    chosen[partitions.matched_pair[best[partitions.matched_state]]] = True
    likely: np.ndarray = marginals(partitions) >= threshold
    return chosen & likely


def _components(
    pairs: Pairs, largest: int, asked: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs [K] that may be one product and the component [N] of each product."""
    must = np.zeros(len(pairs.left), dtype=bool)
    if asked is not None:
        must[asked] = True
    keep = must | (pairs.log_odds >= _log_odds(FLOORS[0]))
    for floor in FLOORS[1:]:
        keep &= must | (pairs.log_odds >= _log_odds(floor)) | ~_crowded(pairs, keep, largest)
    kept = np.flatnonzero(keep)
    return kept, _labels(pairs, kept)


def _log_odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _crowded(pairs: Pairs, keep: np.ndarray, largest: int) -> np.ndarray:
    """Which pairs [P] lie in a component of more than `largest` products."""
    labels = _labels(pairs, np.flatnonzero(keep))
    crowded: np.ndarray = (np.bincount(labels) > largest)[labels[pairs.left]]
    return crowded


def _labels(pairs: Pairs, kept: np.ndarray) -> np.ndarray:
    count = len(pairs.source)
    ones = np.ones(len(kept), dtype=np.int8)
    links = coo_array((ones, (pairs.left[kept], pairs.right[kept])), shape=(count, count))
    labels: np.ndarray = connected_components(links, directed=False)[1]
    return labels


def _places(
    pairs: Pairs, kept: np.ndarray, node_component: np.ndarray, names: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The place [N] of each product within its component, and the products [C] of each."""
    nodes = np.unique(np.concatenate([pairs.left[kept], pairs.right[kept]]))
    component = np.searchsorted(names, node_component[nodes])
    order = np.lexsort((nodes, pairs.source[nodes], component))
    sizes = np.bincount(component, minlength=len(names))
    starts = np.cumsum(sizes) - sizes
    place = np.zeros(len(pairs.source), dtype=np.int64)
    place[nodes[order]] = np.arange(len(nodes)) - starts[component[order]]
    return place, sizes


def _chunks(components: np.ndarray, size: int, limit: int) -> list[np.ndarray]:
    """Components in groups whose work fits into memory."""
    most = max(1, _ROOM // (limit * size * size))
    if size == 2:
        most = _ROOM
    return [components[begin : begin + most] for begin in range(0, len(components), most)]


@dataclass(frozen=True)
class _Found:
    """Partitions of components of one size; `pair` counts within the kept pairs, `state` here."""

    component: np.ndarray
    probability: np.ndarray
    matched_pair: np.ndarray
    matched_state: np.ndarray
    cut: np.ndarray


def _of_size(
    pairs: Pairs,
    kept: np.ndarray,
    component: np.ndarray,
    place: np.ndarray,
    sizes: np.ndarray,
    size: int,
    chosen: np.ndarray,
    limit: int,
) -> _Found:
    """The partitions of the `chosen` components, each of `size` products."""
    wanted = np.zeros(len(sizes), dtype=bool)
    wanted[chosen] = True
    own = np.flatnonzero(wanted[component])
    local = np.searchsorted(chosen, component[own])
    one, other = place[pairs.left[kept[own]]], place[pairs.right[kept[own]]]
    source = np.full((len(chosen), size), -1)
    source[local, one] = pairs.source[pairs.left[kept[own]]]
    source[local, other] = pairs.source[pairs.right[kept[own]]]
    odds = _odds(local, one, other, np.maximum(pairs.log_odds[kept[own]], _NEVER), source)
    of, labels, score, cut = _grow(odds, limit)
    probability = _normalised(score, of, np.zeros(len(chosen)))
    # Every pair of a component with every partition of it.
    counts = np.bincount(of, minlength=len(chosen))
    starts = np.cumsum(counts) - counts
    times = counts[local]
    pair = np.repeat(np.arange(len(own)), times)
    state = np.arange(len(pair)) - np.repeat(np.cumsum(times) - times - starts[local], times)
    together = labels[state, one[pair]] == labels[state, other[pair]]
    return _Found(
        chosen[of], probability, own[pair[together]], state[together], chosen[np.flatnonzero(cut)]
    )


def _odds(
    local: np.ndarray, one: np.ndarray, other: np.ndarray, given: np.ndarray, source: np.ndarray
) -> np.ndarray:
    """Log odds [C, n, n] of any two products of a component to be one."""
    count, size = source.shape
    compared = np.zeros((count, size, size), dtype=np.float32)
    compared[local, one, other] = compared[local, other, one] = 1
    odds = np.full((count, size, size), _NEVER)
    # Two that were not compared may be one through a third, of a third source.
    through = (compared @ compared > 0) & (source[:, :, None] != source[:, None, :])
    odds[through & (compared == 0)] = _UNSEEN
    odds[local, one, other] = odds[local, other, one] = given
    return odds


def _grow(odds: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Partitions grown one product at a time: it joins an entity or begins one.

    Returns the component [S], the entities [S, n] of its products, the log weight [S] of each, and
    which components [C] were cut to `limit`.
    """
    count, size, _ = odds.shape
    component = np.arange(count)
    labels = np.zeros((count, size), dtype=np.int16)
    score = np.zeros(count)
    cut = np.zeros(count, dtype=bool)
    for new in range(1, size):
        same = labels[:, :new, None] == np.arange(new)  # [S, products, entities]
        joined = np.einsum("sp,spe->se", odds[component, new, :new], same)
        joined = np.where(same.any(axis=1), joined, _NEVER)
        choices = np.concatenate([joined, np.zeros((len(joined), 1))], axis=1)
        state, entity = np.nonzero(choices > _NEVER / 2)
        score = score[state] + choices[state, entity]
        component, labels = component[state], labels[state]
        labels[:, new] = entity
        order = np.lexsort((-score, component))
        counts = np.bincount(component, minlength=count)
        rank = np.arange(len(order)) - (np.cumsum(counts) - counts)[component[order]]
        cut |= counts > limit
        kept = order[rank < limit]
        component, labels, score = component[kept], labels[kept], score[kept]
    return component, labels, score, cut


def _normalised(score: np.ndarray, component: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Log weights to probabilities that sum to 1 in each component; `of` [C] counts them."""
    most = np.full(len(of), -np.inf)
    np.maximum.at(most, component, score)
    weight = np.exp(score - most[component])
    total = np.bincount(component, weight, len(of))
    shares: np.ndarray = weight / total[component]
    return shares


def _together(
    kept: np.ndarray, component: np.ndarray, count: int, found: list[_Found]
) -> Partitions:
    sizes = [len(one.probability) for one in found]
    starts = np.cumsum([0, *sizes])[:-1]
    exact = np.ones(count, dtype=bool)
    for one in found:
        exact[one.cut] = False
    empty = np.zeros(0, dtype=np.int64)
    return Partitions(
        pair=kept,
        component=component,
        state_component=np.concatenate([empty, *(one.component for one in found)]),
        probability=np.concatenate([np.zeros(0), *(one.probability for one in found)]),
        matched_pair=np.concatenate([empty, *(one.matched_pair for one in found)]),
        matched_state=np.concatenate(
            [empty, *(one.matched_state + start for one, start in zip(found, starts, strict=True))]
        ),
        exact=exact,
    )
