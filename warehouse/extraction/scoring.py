"""Scores of extracted values, by the protocol of ExtractGPT and by a stricter one.

Brinkmann, Shraga, Bizer 2024, "ExtractGPT: Exploring the Potential of Large Language Models for
Product Attribute Value Extraction": each question (title and attribute of the ground truth) falls
into one of five classes. VC: the answer is exactly one of the values; VW: it is another value; VN:
none is given though there is one; NV: one is given though there is none; NN: neither. Precision is
VC / (NV + VC + VW), recall VC / (VN + VC + VW), F1 their harmonic mean; attributes that the ground
truth does not ask of a title are not asked. The strict score wants all values of a question.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from warehouse.extraction.labelled import Labelled

CLASSES = ("NN", "NV", "VN", "VC", "VW")


@dataclass(frozen=True)
class Score:
    """Counts of questions, and what follows from them; 0 where nothing was asked or answered."""

    questions: int
    right: int
    answered: int
    stated: int

    @property
    def precision(self) -> float:
        return self.right / self.answered if self.answered else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.stated if self.stated else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def rounded(self) -> dict[str, float]:
        """As a table shows it."""
        figures = {name: round(getattr(self, name), 4) for name in ("f1", "precision", "recall")}
        return {**figures, **asdict(self)}


def classify(values: Sequence[str], answer: str | None) -> str:
    """The class of one question."""
    if not values:
        return "NN" if answer is None else "NV"
    if answer is None:
        return "VN"
    return "VC" if answer in values else "VW"


def score(values: Sequence[Sequence[str]], answers: Sequence[str | None]) -> Score:
    """Micro-averaged, by the protocol of ExtractGPT."""
    found = [classify(stated, answer) for stated, answer in zip(values, answers, strict=True)]
    count = {name: found.count(name) for name in CLASSES}
    return Score(
        questions=len(found),
        right=count["VC"],
        answered=count["NV"] + count["VC"] + count["VW"],
        stated=count["VN"] + count["VC"] + count["VW"],
    )


def strict_score(values: Sequence[Sequence[str]], answers: Sequence[str | None]) -> Score:
    """Every distinct value of a question is wanted, not one of them."""
    return Score(
        questions=len(values),
        right=sum(answer in stated for stated, answer in zip(values, answers, strict=True)),
        answered=sum(answer is not None for answer in answers),
        stated=sum(len(set(stated)) for stated in values),
    )


def report(train: Labelled, test: Labelled, answers: Sequence[str | None]) -> dict[str, Any]:
    """All scores of `answers` to the questions of `test`: over all, by attribute, by category, and
    for values that `train` states of the same attribute and category or does not (of questions
    that have a value, since only these can be seen)."""
    asked = test.questions
    known = {
        (category, attribute, value)
        for category, attribute, values in zip(
            train.questions.category, train.questions.attribute, train.values, strict=True
        )
        for value in values
    }
    rows = range(len(asked))
    seen = [
        any(
            (asked.category[row], asked.attribute[row], value) in known
            for value in test.values[row]
        )
        for row in rows
    ]

    def of(wanted: Callable[[int], bool]) -> dict[str, float]:
        chosen = [row for row in rows if wanted(row)]
        return score(
            [test.values[row] for row in chosen], [answers[row] for row in chosen]
        ).rounded()

    def by(names: np.ndarray) -> dict[str, dict[str, float]]:
        own = {name: names == name for name in sorted(set(names.tolist()))}
        return {name: of(mask.__getitem__) for name, mask in own.items()}

    whole = score(test.values, answers)
    return {
        "micro_f1": round(whole.f1, 4),
        "precision": round(whole.precision, 4),
        "recall": round(whole.recall, 4),
        "strict_f1": round(strict_score(test.values, answers).f1, 4),
        "questions": whole.questions,
        "seen": of(lambda row: bool(test.values[row]) and seen[row]),
        "unseen": of(lambda row: bool(test.values[row]) and not seen[row]),
        "attributes": by(asked.attribute),
        "categories": by(asked.category),
    }
