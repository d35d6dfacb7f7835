"""The candidates of each column of a file, with evidence and confidence, and one answer: a target
or "no match".

Nothing here changes a load: what is found is shown to a person, who edits and keeps it as a
contract.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from scipy.special import softmax

from warehouse.errors import LoadError
from warehouse.kinds import KINDS, Kind
from warehouse.matching import parts
from warehouse.matching.evidence import FEATURES, Evidence, Numbers, compare
from warehouse.matching.parts import Part
from warehouse.matching.profiles import Profile, profile
from warehouse.matching.scoring import assign, contributions, probabilities, scores
from warehouse.matching.targets import Targets, canonical, of_table

# Candidates that are kept for a column, and what a feature must add to be told as evidence.
KEPT = 5
_TOLD = 0.25
_MOST_TOLD = 3
# What the want of a required column, or of every column that is typical, takes from a kind.
_WANTING = 3.0


@dataclass(frozen=True)
class Candidate:
    """A target, or None for "no match"; `confidence` is its probability, `evidence` what speaks
    for it most, and `meaning` what it is."""

    target: str | None
    confidence: float
    evidence: tuple[str, ...] = ()
    meaning: str = ""


@dataclass(frozen=True)
class Answer:
    """What is found for a column: its candidates, the chosen one first."""

    column: str
    candidates: tuple[Candidate, ...]
    examples: tuple[str, ...]

    @property
    def target(self) -> str | None:
        return self.candidates[0].target

    @property
    def confidence(self) -> float:
        return self.candidates[0].confidence


@dataclass(frozen=True)
class Matching:
    """The answers for all columns; `kind` is the kind of rows that they were matched to, with the
    probability of each kind, or None where they were matched to another table."""

    answers: tuple[Answer, ...]
    parts: tuple[Part, ...]
    kind: str | None = None
    kinds: tuple[tuple[str, float], ...] = ()

    @property
    def columns(self) -> dict[str, str]:
        """The file's column of each target that was found."""
        return {found.target: found.column for found in self.answers if found.target}

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns of the kind that no column fills."""
        if self.kind is None:
            return ()
        filled = self.columns
        return tuple(
            column.name
            for column in KINDS[self.kind].columns
            if column.required and column.name not in filled
        )


def to_schema(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: tuple[str, ...],
    kind: str | None = None,
) -> Matching:
    """Matches the columns of a landed table to those of a kind; where none is given, to that which
    explains the columns best as a whole.

    Raises:
        LoadError: if there is no such kind.
    """
    if kind is not None and kind not in KINDS:
        raise LoadError(f"no kind {kind!r}; --kind is one of {', '.join(KINDS)}")
    found = profile(connection, table, columns)
    tried = {}
    for candidate in [KINDS[kind]] if kind else KINDS.values():
        targets = canonical(candidate)
        evidence = compare(connection, found, targets)
        scored = scores(evidence, "schema")
        tried[candidate.name] = (targets, evidence, scored, _coherence(candidate, scored))
    chances = softmax(np.array([coherence for *_, coherence in tried.values()]))
    kinds = sorted(zip(tried, chances.tolist(), strict=True), key=lambda pair: -pair[1])
    best = kinds[0][0]
    targets, evidence, scored, _ = tried[best]
    answers = _answers(found, targets, evidence, probabilities(scored), "schema")
    own = [*parts.within(found, found), *parts.named(columns, targets), *parts.by_form(found)]
    held = tuple(part for part in own if part.part in (*columns, *targets.columns))
    return Matching(answers, held, best, tuple(kinds))


def to_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: tuple[str, ...],
    other: str,
    others: tuple[str, ...],
) -> Matching:
    """Matches the columns of a landed table to those of another."""
    found, targets = profile(connection, table, columns), of_table(connection, other, others)
    evidence = compare(connection, found, targets)
    chances = probabilities(scores(evidence, "table"))
    held = (*parts.within(found, targets.profile), *parts.within(targets.profile, found))
    return Matching(_answers(found, targets, evidence, chances, "table"), held)


def ranked(found: Sequence[Answer]) -> list[tuple[str, str, float]]:
    """All pairs of a column and a target, the surest first; answers go before other candidates."""
    pairs = [
        (place > 0, -candidate.confidence, answer.column, candidate.target)
        for answer in found
        for place, candidate in enumerate(answer.candidates)
        if candidate.target
    ]
    return [(column, target, -least) for _, least, column, target in sorted(pairs)]


def _answers(
    found: Profile, targets: Targets, evidence: Evidence, chances: Numbers, use: str
) -> tuple[Answer, ...]:
    added, _ = contributions(evidence, use)
    chosen = assign(chances)
    count = len(targets.columns)

    def candidate(row: int, place: int) -> Candidate:
        confidence = round(float(chances[row, place]), 4)
        if place == count:
            return Candidate(None, confidence)
        told = _told(evidence.features[row, place], added[row, place])
        return Candidate(targets.columns[place], confidence, told, _meaning(targets, place))

    answers = []
    for row, column in enumerate(found.columns):
        answer = chosen[row]
        choice = count if answer is None else answer
        others = (int(place) for place in np.argsort(-chances[row]) if place != choice)
        candidates = [candidate(row, place) for place in (choice, *others)][: KEPT + 1]
        answers.append(Answer(column, tuple(candidates), found.examples[row]))
    return tuple(answers)


def _meaning(targets: Targets, place: int) -> str:
    """What a target means; of a column of another table, what it holds."""
    return targets.meanings[place] or f"such as {', '.join(targets.profile.examples[place])}"


def _told(features: Numbers, added: Numbers) -> tuple[str, ...]:
    """What adds most to a pair, in words."""
    texts = list(FEATURES.values())
    most = [place for place in np.argsort(-added) if added[place] >= _TOLD][:_MOST_TOLD]
    return tuple(
        texts[place] if features[place] == 1 else f"{texts[place]} {features[place]:.0%}"
        for place in most
    )


def _coherence(kind: Kind, scored: Numbers) -> float:
    """How much better a kind explains all columns together than "no match" does."""
    chosen = assign(probabilities(scored))
    pairs = [(row, place) for row, place in enumerate(chosen) if place is not None]
    filled = {kind.columns[place].name for _, place in pairs}
    wanting = sum(column.required and column.name not in filled for column in kind.columns)
    wanting += bool(kind.told_by) and not filled & set(kind.told_by)
    return float(sum(scored[row, place] for row, place in pairs)) - _WANTING * wanting
