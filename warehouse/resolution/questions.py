"""Which pairs to ask about, so that few answers take away most of the uncertainty.

The most valuable matching questions of Li et al. 2024 (MQsSP), "On Leveraging Large Language Models
for Enhancing Entity Resolution: A Cost-efficient Approach": the set of questions within a budget
that is expected to lower the entropy of the possible partitions most. That is the mutual
information of answers and partitions. Answers err independently of each other given the truth, so
it is monotone and submodular, and choosing greedily reaches (1 - 1/e) of the best where all
questions cost the same, and half of that where they do not.
"""

from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace

import numpy as np

from warehouse.resolution.partitions import Partitions, entropy, marginals

# Questions of one component that are chosen before the first of them is answered.
AT_ONCE = 6

# Bits that are not worth a question.
_NOTHING = 1e-6


@dataclass(frozen=True)
class Question:
    """`pair` is a place in `Partitions.pair`, `gain` the bits that its answer is expected to take
    away given the questions before it."""

    pair: int
    gain: float


def choose(
    partitions: Partitions,
    *,
    budget: float,
    error_rate: float = 0.0,
    costs: np.ndarray | None = None,
    allowed: np.ndarray | None = None,
) -> list[Question]:
    """The questions to ask next, the best first, for at most `budget` in all.

    `costs` [K] is what each question costs (default: 1, so that `budget` counts questions),
    `allowed` [K] which may be asked, `error_rate` the share of wrong answers that is expected. At
    most AT_ONCE questions are of one component: then their answers should come first.
    """
    even = np.ones(len(partitions.pair))
    if costs is None:
        return _greedy(partitions, budget, error_rate, even, even, allowed)
    # By bits for the cost, or by bits alone, whichever is worth more (Leskovec et al. 2007,
    # "Cost-effective Outbreak Detection in Networks", theorem 3).
    tried = [
        _greedy(partitions, budget, error_rate, costs, prices, allowed) for prices in (costs, even)
    ]
    return max(tried, key=lambda questions: sum(question.gain for question in questions))


def gains(partitions: Partitions, error_rate: float = 0.0) -> np.ndarray:
    """Bits [K] that the answer to each single question is expected to take away."""
    yes = marginals(partitions)
    said = yes * (1 - error_rate) + (1 - yes) * error_rate
    return np.maximum(_binary(said) - _binary(np.array(error_rate)), 0)


def expected_entropy(
    partitions: Partitions, component: int, pairs: list[int], error_rate: float
) -> float:
    """The entropy of a component, in bits, that is left on average once `pairs` are answered."""
    asked = _Asked(_Matched(partitions), component, error_rate)
    for pair in pairs:
        asked.add(pair)
    noise = len(pairs) * float(_binary(np.array(error_rate)))
    return float(entropy(partitions)[component]) - (_bits(asked.joint) - noise)


def _greedy(
    partitions: Partitions,
    budget: float,
    error_rate: float,
    costs: np.ndarray,
    prices: np.ndarray,
    allowed: np.ndarray | None,
) -> list[Question]:
    """Takes the question of the highest gain for its price, again and again.

    Gains only fall as questions are added, so an old gain is a bound, and only the question on top
    is weighed again (Minoux 1978, lazy greedy).
    """
    gain = gains(partitions, error_rate)
    cheapest = min(costs, default=0.0)
    open_pairs = np.flatnonzero((gain > _NOTHING) & (True if allowed is None else allowed))
    heap = [(-gain[pair] / prices[pair], int(pair), 0) for pair in open_pairs]
    heapify(heap)
    matched = _Matched(partitions)
    components: dict[int, _Asked] = {}
    chosen: list[Question] = []
    while heap and budget >= cheapest:
        worth, pair, known = heap[0]
        name = int(partitions.component[pair])
        asked = components.get(name) or _Asked(matched, name, error_rate)
        components[name] = asked
        if asked.count >= AT_ONCE or costs[pair] > budget or -worth * prices[pair] < _NOTHING:
            heappop(heap)
        elif known < asked.count:
            heapreplace(heap, (-asked.gain(pair) / prices[pair], pair, asked.count))
        else:
            heappop(heap)
            asked.add(pair)
            budget -= costs[pair]
            chosen.append(Question(pair, float(-worth * prices[pair])))
    return chosen


class _Matched:
    """Partitions, ready to be asked in which of them a pair is one product."""

    def __init__(self, partitions: Partitions) -> None:
        self.partitions = partitions
        order = np.argsort(partitions.matched_pair, kind="stable")
        self.states = partitions.matched_state[order]
        self.ends = np.searchsorted(
            partitions.matched_pair[order], np.arange(len(partitions.pair) + 1)
        )
        self.by_component = np.argsort(partitions.state_component, kind="stable")
        self.components = partitions.state_component[self.by_component]

    def of(self, pair: int) -> np.ndarray:
        return self.states[self.ends[pair] : self.ends[pair + 1]]

    def component(self, component: int) -> np.ndarray:
        begin, end = np.searchsorted(self.components, [component, component + 1])
        return self.by_component[begin:end]


class _Asked:
    """The questions of one component so far: `joint` [S, 2 ** count] is the probability of each
    partition together with each row of answers."""

    def __init__(self, matched: _Matched, component: int, error_rate: float) -> None:
        self.matched = matched
        self.error_rate = error_rate
        self.states = matched.component(component)
        self.joint = matched.partitions.probability[self.states][:, None]
        self.count = 0

    def gain(self, pair: int) -> float:
        """Bits that one more answer is expected to take away."""
        noise = float(_binary(np.array(self.error_rate)))
        return _bits(self._with(pair)) - _bits(self.joint) - noise

    def add(self, pair: int) -> None:
        self.joint = self._with(pair)
        self.count += 1

    def _with(self, pair: int) -> np.ndarray:
        same = np.isin(self.states, self.matched.of(pair))
        yes = np.where(same, 1 - self.error_rate, self.error_rate)[:, None]
        return np.concatenate([self.joint * yes, self.joint * (1 - yes)], axis=1)


def _bits(joint: np.ndarray) -> float:
    """Entropy of the answers."""
    shares = joint.sum(axis=0)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def _binary(share: np.ndarray) -> np.ndarray:
    """Entropy of a yes or no, in bits."""
    inner = np.clip(share, 1e-15, 1 - 1e-15)
    bits: np.ndarray = -inner * np.log2(inner) - (1 - inner) * np.log2(1 - inner)
    return bits
