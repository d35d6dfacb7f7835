"""A language model looks again at what is not sure, as in Matchmaker (Seedat and van der Schaar
2024): candidates are refined and scored by it, with demonstrations that nobody had to label.

Demonstrations are the surest results of the deterministic path; the model first reflects on each,
and those that it doubts are not shown. What it then says of an unsure column is averaged with what
was known, and the answers are assigned anew. What it does not answer stays as it was.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from pydantic import BaseModel, Field

from warehouse.llm import Client, Request
from warehouse.matching.candidates import Answer, Candidate, Matching
from warehouse.matching.scoring import assign

# Below this the model is asked; from here on a result may become a demonstration.
SURE = 0.9
DEMONSTRATIONS = 4
_REFLECTED = 8
_TRUSTED = 70
_NONE = "no match"
_LEAST = 1e-4
_EVIDENCE = "the language model"


class Judgment(BaseModel):
    """How sure the model is of a match, in percent."""

    sure: int = Field(ge=0, le=100)


class Choice(BaseModel):
    """A target, and how sure the model is of it, in percent."""

    target: str
    sure: int = Field(ge=0, le=100)


class Choices(BaseModel):
    """What the model says of each choice."""

    choices: list[Choice]


def refine(client: Client, matching: Matching) -> Matching:
    """The matching after the model has looked at the answers that are not sure."""
    unsure = [found for found in matching.answers if found.confidence < SURE]
    if not unsure:
        return matching
    shown = demonstrations(client, matching.answers)
    replies = client.ask([_refinement(found, shown) for found in unsure])
    said = {
        found.column: reply.value
        for found, reply in zip(unsure, replies, strict=True)
        if isinstance(reply.value, Choices)
    }
    combined = [
        _combined(found, said[found.column]) if found.column in said else found
        for found in matching.answers
    ]
    return replace(matching, answers=_assigned(combined))


def demonstrations(client: Client, answers: Sequence[Answer]) -> list[Answer]:
    """The surest answers that the model, asked to reflect on each, agrees with."""
    sure = sorted(
        (found for found in answers if found.target and found.confidence >= SURE),
        key=lambda found: -found.confidence,
    )[:_REFLECTED]
    replies = client.ask([_reflection(found) for found in sure])
    judged = [
        (reply.value.sure, found)
        for found, reply in zip(sure, replies, strict=True)
        if isinstance(reply.value, Judgment)
    ]
    trusted = sorted((pair for pair in judged if pair[0] >= _TRUSTED), key=lambda pair: -pair[0])
    return [found for _, found in trusted[:DEMONSTRATIONS]]


def _reflection(found: Answer) -> Request:
    data = {
        "column": found.column,
        "examples": found.examples,
        "target": found.target,
        "meaning": found.candidates[0].meaning,
    }
    return Request("match: reflect on a result", "match_reflect.v1", data, Judgment)


def _refinement(found: Answer, shown: Sequence[Answer]) -> Request:
    data = {
        "column": found.column,
        "examples": found.examples,
        "none": _NONE,
        "choices": [
            {"target": candidate.target, "meaning": candidate.meaning}
            for candidate in found.candidates
            if candidate.target
        ],
        "demonstrations": [
            {"column": example.column, "examples": example.examples, "target": example.target}
            for example in shown
        ],
    }
    return Request("match: refine candidates", "match_refine.v1", data, Choices)


def _combined(found: Answer, said: Choices) -> Answer:
    """The geometric mean of what was known and what the model says, over the candidates."""
    total = sum(choice.sure for choice in said.choices) or 1
    model = {choice.target: choice.sure / total for choice in said.choices}
    weight = [
        np.sqrt(
            max(candidate.confidence, _LEAST) * max(model.get(candidate.target or _NONE, 0), _LEAST)
        )
        for candidate in found.candidates
    ]
    candidates = [
        replace(
            candidate,
            confidence=round(float(own / sum(weight)), 4),
            evidence=(
                *candidate.evidence,
                f"{_EVIDENCE} {model.get(candidate.target or _NONE, 0):.0%}",
            ),
        )
        for candidate, own in zip(found.candidates, weight, strict=True)
    ]
    return replace(found, candidates=tuple(candidates))


def _assigned(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """The answers with the most probable one-to-one choice first."""
    targets = sorted({one.target for found in answers for one in found.candidates if one.target})
    place = {target: number for number, target in enumerate(targets)}
    chances = np.zeros((len(answers), len(targets) + 1))
    for row, found in enumerate(answers):
        for candidate in found.candidates:
            column = place[candidate.target] if candidate.target else len(targets)
            chances[row, column] = candidate.confidence
    chosen = [None if number is None else targets[number] for number in assign(chances)]
    return tuple(
        replace(found, candidates=_first(found.candidates, target))
        for found, target in zip(answers, chosen, strict=True)
    )


def _first(candidates: Sequence[Candidate], target: str | None) -> tuple[Candidate, ...]:
    others = sorted(
        (one for one in candidates if one.target != target), key=lambda one: -one.confidence
    )
    chosen = [one for one in candidates if one.target == target] or [Candidate(target, 0.0)]
    return (*chosen, *others)
