"""Documents as sentences, and where in a sentence the values of its facts stand."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from verbalize.phrasing import phrasing_of


@dataclass(frozen=True)
class Sentence:
    """A sentence as it was rendered: its statement, such as product.size, and its phrasing."""

    template: str
    phrasing: int
    text: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """One version of a document, sentence by sentence; documents come in the order of `place`."""

    document_id: str
    kind: str
    subject: str
    place: int
    sentences: tuple[Sentence, ...]
    gap: str = " "

    @property
    def text(self) -> str:
        return self.gap.join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True)
class Value:
    """The words of a slot, from character `start` of the sentence to `stop`."""

    slot: str
    words: str
    start: int
    stop: int


def values(sentence: Sentence, language: str) -> list[Value]:
    """The values that a sentence says, in the order in which they stand."""
    phrasing = phrasing_of(sentence.template, sentence.phrasing, language)
    found = re.fullmatch(phrasing.pattern, sentence.text)
    if found is None:
        return []
    return [
        Value(slot, found[place], *found.span(place))
        for place, slot in enumerate(phrasing.slots, start=1)
    ]


def product_values(documents: Iterable[Document], language: str) -> dict[str, dict[str, str]]:
    """What documents of products say of each, as words by slot, in the order of their sentences."""
    said: dict[str, dict[str, str]] = {}
    for document in documents:
        if document.kind == "product":
            words = said.setdefault(document.subject, {})
            for sentence in document.sentences:
                for value in values(sentence, language):
                    words.setdefault(value.slot, value.words)
    return said
