"""Whether statements and sentences entail each other, as a language model judges it.

After Dušek and Kasner 2020, "Evaluating Semantic Accuracy of Data-to-Text Generation with Natural
Language Inference": what the text claims must follow from the statements (else it is made up), and
the statements from the text (else they are left out). The judge is the model that the environment
names; whether it is the one that wrote is the user's choice.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pydantic

from verbalize.rewriting.checking import Fault, Sentence
from verbalize.rewriting.originals import Original
from warehouse.llm import Request

_PROMPT = Path(__file__).parents[1] / "prompts" / "entailment.v1.j2"
_TRUE = ("entailed", "no claim")


class Verdicts(pydantic.BaseModel):
    """One verdict a sentence, and for each statement whether the text says it."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=True)

    sentences: list[Literal["entailed", "contradicted", "unsupported", "no claim"]]
    statements: list[bool]


def request(original: Original, sentences: Sequence[Sentence]) -> Request:
    """What asks for the verdicts on a rewrite."""
    data = {
        "statements": [statement.sentence for statement in original.statements],
        "sentences": [sentence.text for sentence in sentences],
    }
    return Request("entailment", _PROMPT, data, Verdicts)


def fits(verdicts: Verdicts, original: Original, sentences: Sequence[Sentence]) -> bool:
    """Whether there is a verdict on each sentence and each statement."""
    return len(verdicts.sentences) == len(sentences) and len(verdicts.statements) == len(
        original.statements
    )


def faithfulness(verdicts: Verdicts) -> float:
    """Share of the sentences whose claims follow from the statements."""
    return sum(verdict in _TRUE for verdict in verdicts.sentences) / len(verdicts.sentences)


def fault(verdicts: Verdicts, sentences: Sequence[Sentence]) -> Fault | None:
    """The first sentence that is not true to the statements; None where all are."""
    for sentence, verdict in zip(sentences, verdicts.sentences, strict=True):
        if verdict not in _TRUE:
            return Fault(verdict, sentence.text)
    return None
