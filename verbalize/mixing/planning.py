"""What is taken of each source: the arithmetic of a mixture, before anything is written.

Weights are kept whatever happens: where a source would be needed more often than its epochs allow,
the whole becomes smaller, not the others larger, and the plan says which source it was.
"""

from dataclasses import dataclass

import numpy as np

from verbalize.mixing.mixfile import Mix, MixError


@dataclass(frozen=True)
class Available:
    """What a source has: documents and tokens of one epoch."""

    documents: int
    tokens: int


@dataclass(frozen=True)
class PlannedSource:
    """A source in the plan; `by_phase` are its tokens in each phase, `most` what its epochs allow,
    `is_limit` whether it is why the corpus is smaller than asked for."""

    name: str
    available: Available
    most: int
    by_phase: tuple[int, ...]
    is_limit: bool

    @property
    def tokens(self) -> int:
        return sum(self.by_phase)

    @property
    def epochs(self) -> float:
        return self.tokens / self.available.tokens if self.available.tokens else 0.0


@dataclass(frozen=True)
class Plan:
    """How many tokens of each source in each phase; `asked` is None where all was asked for."""

    asked: int | None
    sources: tuple[PlannedSource, ...]

    @property
    def tokens(self) -> int:
        return sum(source.tokens for source in self.sources)

    @property
    def phases(self) -> int:
        return len(self.sources[0].by_phase)

    def share(self, source: PlannedSource) -> float:
        return source.tokens / self.tokens if self.tokens else 0.0


def plan_mixture(mix: Mix, available: dict[str, Available], tokens: int | None) -> Plan:
    """Divides `tokens`, or those of the mix file, or as many as the epochs allow.

    Raises:
        MixError: if the budgets alone are more than the tokens, or a source has nothing.
    """
    for name, one in available.items():
        if not one.tokens:
            raise MixError(
                f"sources.{name} has no documents; correct its files or filters, or take it out"
            )
    asked = tokens or mix.tokens
    most = {name: int(one.epochs * available[name].tokens) for name, one in mix.sources.items()}
    budgets = {
        name: min(one.tokens, most[name])
        for name, one in mix.sources.items()
        if one.tokens is not None
    }
    weighted = {name: one for name, one in most.items() if name not in budgets}
    left = None if asked is None else asked - sum(budgets.values())
    if left is not None and left < 0:
        raise MixError(
            f"the budgets of {', '.join(budgets)} are {-left:,} tokens more than the "
            f"{asked:,} of the whole; raise --tokens, or lower sources.{next(iter(budgets))}.tokens"
        )
    shares = _shares(mix, {name: available[name].tokens for name in weighted})
    whole, limit = _whole(shares, weighted, left)
    divided = {name: _rounded(whole * parts) for name, parts in shares.items()}
    divided |= {name: (budget,) for name, budget in budgets.items()}
    return Plan(
        asked,
        tuple(
            PlannedSource(
                name,
                available[name],
                most[name],
                divided[name],
                name == limit or bool(one.tokens and budgets[name] < one.tokens),
            )
            for name, one in mix.sources.items()
        ),
    )


def _shares(mix: Mix, sizes: dict[str, int]) -> dict[str, np.ndarray]:
    """The share of the whole of each source in each phase; together they are 1.

    Without weights, a source of n tokens is drawn in proportion to n to the power of 1 / T, with
    the temperature T (Raffel et al. 2020, T5, section 3.5.2): 1 follows the sizes, a higher one
    evens them out.
    """
    if mix.phases:
        total = sum(phase.share for phase in mix.phases)
        rows = [
            (phase.share / total, {name: phase.weights.get(name, 0.0) for name in sizes})
            for phase in mix.phases
        ]
    elif any(one.weight is not None for one in mix.sources.values()):
        rows = [(1.0, {name: mix.sources[name].weight or 0.0 for name in sizes})]
    else:
        rows = [(1.0, {name: size ** (1 / (mix.temperature or 1)) for name, size in sizes.items()})]
    parts = {name: np.zeros(len(rows)) for name in sizes}
    for place, (share, weights) in enumerate(rows):
        every = sum(weights.values()) or 1.0
        for name, weight in weights.items():
            parts[name][place] = share * weight / every
    return parts


def _whole(
    shares: dict[str, np.ndarray], most: dict[str, int], asked: int | None
) -> tuple[float, str | None]:
    """The most tokens, not above `asked`, of which no source exceeds what it has, and the source
    that decided it."""
    bounds = {name: most[name] / parts.sum() for name, parts in shares.items() if parts.sum()}
    if not bounds:
        return 0.0, None
    limit = min(bounds, key=lambda name: bounds[name])
    if asked is not None and asked <= bounds[limit]:
        return float(asked), None
    return bounds[limit], limit if asked is not None else None


def _rounded(tokens: np.ndarray) -> tuple[int, ...]:
    """Whole tokens by phase; rounding never adds up over the phases, and never rounds a source up
    over what it has."""
    ends = np.floor(np.cumsum(tokens) + 1e-6).astype(np.int64)
    return tuple(np.diff(ends, prepend=0).tolist())
