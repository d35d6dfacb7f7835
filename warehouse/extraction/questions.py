"""What is asked of texts, and what is answered, as arrays with one entry a question."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Questions:
    """What is asked: of which text, which attribute, in which category; one entry a question."""

    text: np.ndarray
    attribute: np.ndarray
    category: np.ndarray

    def __len__(self) -> int:
        return len(self.text)

    def take(self, rows: np.ndarray) -> "Questions":
        return Questions(self.text[rows], self.attribute[rows], self.category[rows])


@dataclass(frozen=True)
class Answers:
    """One entry a question: where in the text the likeliest value stands, its probability, and
    whether it is likely enough to be given."""

    begin: np.ndarray
    end: np.ndarray
    probability: np.ndarray
    stated: np.ndarray
