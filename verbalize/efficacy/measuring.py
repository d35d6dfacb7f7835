"""What a trained model knows: recall by kind of question, choices, few examples, perplexity."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verbalize.efficacy.models import CausalModel
from verbalize.efficacy.probes import CHOICES, KINDS, SHOTS, Probe

RECALL = "recall"
GUESSABLE = "recall of what can be guessed"
CHOICE = "multiple choice"
FEW_SHOT = "recall after examples"
PERPLEXITY = "perplexity"

DEFINITIONS = {
    RECALL: "Share of questions to which greedy decoding gives the very words of the answer, and "
    "what follows them; of facts that nobody guesses from the other products",
    GUESSABLE: "The same, of facts whose value is the commonest of all products, or of those of "
    "the same type",
    CHOICE: f"Share of questions in which the answer is the likeliest of {CHOICES} values of its "
    f"slot; by chance {1 / CHOICES:.2f}",
    FEW_SHOT: f"Recall where the same sentence about {SHOTS} examples stands before the question",
    PERPLEXITY: "Exponential of the mean negative logarithm of the probability of a token",
}


@dataclass(frozen=True)
class Measure:
    """A figure of one corpus; `scope` is the kind of question or of text, `slot` what is asked, or
    all."""

    measure: str
    scope: str
    slot: str
    value: float
    cases: int


def measure(
    model: CausalModel, probes: Sequence[Probe], texts: Mapping[str, Sequence[str]]
) -> list[Measure]:
    """All figures of a model; `texts` are those whose perplexity is measured, by name."""
    found = []
    right = recalled(model, probes)
    for kind in KINDS:
        asked = [
            (probe, hit) for probe, hit in zip(probes, right, strict=True) if probe.kind == kind
        ]
        found += _shares(RECALL, kind, [case for case in asked if not case[0].guessable])
        found += _shares(GUESSABLE, kind, [case for case in asked if case[0].guessable])
        choices = [probe for probe, _ in asked if probe.choices and not probe.guessable]
        found += _shares(CHOICE, kind, _chosen(model, choices))
    shown = [
        probe
        for probe in probes
        if probe.kind == "template" and probe.shots and not probe.guessable
    ]
    again = recalled(model, shown, shots=True)
    found += _shares(FEW_SHOT, "template", list(zip(shown, again, strict=True)))
    for name, read in texts.items():
        found.append(Measure(PERPLEXITY, name, "all", *perplexity(model, read)))
    return found


def recalled(model: CausalModel, probes: Sequence[Probe], *, shots: bool = False) -> list[bool]:
    """Whether greedy decoding answers each question, after its examples if there are to be any."""
    prompts = [f"{probe.shots} {probe.prompt}" if shots else probe.prompt for probe in probes]
    scores = model.scores(prompts, [probe.answer + probe.after for probe in probes])
    return [score.greedy for score in scores]


def perplexity(model: CausalModel, texts: Sequence[str]) -> tuple[float, int]:
    """Perplexity of whole texts, as far as the context goes, and the tokens that it is of."""
    scores = model.scores([""] * len(texts), texts)
    tokens = sum(score.tokens for score in scores)
    loss = -sum(score.log_probability for score in scores) / max(tokens, 1)
    return math.exp(min(loss, 50.0)), tokens


def _chosen(model: CausalModel, probes: Sequence[Probe]) -> list[tuple[Probe, bool]]:
    """Whether the answer to each question is likelier than each of the other choices."""
    scores = model.scores(
        [probe.prompt for probe in probes for _ in range(CHOICES)],
        [words + probe.after for probe in probes for words in (probe.answer, *probe.choices)],
    )
    chances = [score.log_probability for score in scores]
    rows = [chances[begin : begin + CHOICES] for begin in range(0, len(chances), CHOICES)]
    return [(probe, row[0] > max(row[1:])) for probe, row in zip(probes, rows, strict=True)]


def _shares(name: str, scope: str, asked: Sequence[tuple[Probe, bool]]) -> list[Measure]:
    """The share of right answers, of all and by what is asked."""
    found = []
    for slot in ("all", *sorted({probe.slot for probe, _ in asked})):
        hits = [hit for probe, hit in asked if slot in ("all", probe.slot)]
        if hits:
            found.append(Measure(name, scope, slot, sum(hits) / len(hits), len(hits)))
    return found
