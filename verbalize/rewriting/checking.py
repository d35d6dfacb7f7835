"""Whether what a language model wrote still says what the statements say, by rules that need no
model: what was promised is said, and no number, name, denial or certainty is new."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from verbalize.grammar import grammar
from verbalize.rewriting.originals import Original, Statement
from warehouse.extraction.verifying import locate

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_NAME = re.compile(r"(?<=[\w,;:] )[A-ZÀ-ÖØ-Þ][\w’'-]*")
_CAPITALISED = ("de",)
"""Languages in which a capital letter does not tell a name."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of a model, with the places of the statements that it says."""

    text: str
    says: tuple[int, ...]


@dataclass(frozen=True)
class Fault:
    """Why a rewrite is not kept."""

    reason: str
    detail: str


def said(original: Original, sentences: Sequence[Sentence]) -> list[tuple[int, ...]]:
    """For each sentence, the statements that it promises and of which all values stand in it or in
    other sentences that promise them. A value may be in other letters, marks or units
    (`warehouse.extraction.verifying`)."""
    whole = {
        place
        for place, statement in enumerate(original.statements)
        if _is_said(place, statement, sentences, original.gap)
    }
    return [tuple(place for place in sentence.says if place in whole) for sentence in sentences]


def fault(
    original: Original, sentences: Sequence[Sentence], language: str, most_words: int | None
) -> Fault | None:
    """What is wrong with a rewrite beside what it leaves out; None where nothing is."""
    text = original.gap.join(sentence.text for sentence in sentences)
    count = len(words(text, language))
    if most_words is not None and count > most_words:
        return Fault("too long", f"{count} words, at most {most_words}")
    if text.casefold() == original.text.casefold():
        return Fault("not rewritten", "the same words as before")
    subjects = [subject for one in original.statements for subject in one.subjects]
    if subjects and not any(locate(subject, text) for subject in subjects):
        return Fault("subject not said", subjects[0])
    for sentence in sentences:
        found = _fault_of(original, sentence, language)
        if found:
            return found
    return None


def spaced(language: str) -> bool:
    """Whether words and sentences of the language have spaces between them."""
    return bool(grammar(language).sentence.gap)


def words(text: str, language: str) -> list[str]:
    """The words of a text; of a language that has no spaces, its characters."""
    if not spaced(language):
        return [letter for letter in text if letter.isalnum()]
    return _WORD.findall(text)


def _is_said(place: int, statement: Statement, sentences: Sequence[Sentence], gap: str) -> bool:
    text = gap.join(sentence.text for sentence in sentences if place in sentence.says)
    return bool(text) and all(locate(value, text) for value in statement.values)


def _fault_of(original: Original, sentence: Sentence, language: str) -> Fault | None:
    known = original.text
    numbers = set(_NUMBER.findall(sentence.text)) - set(_NUMBER.findall(known))
    if numbers:
        return Fault("new number", ", ".join(sorted(numbers)))
    names = {name for name in _NAME.findall(sentence.text) if name.casefold() not in _folded(known)}
    if names and language not in _CAPITALISED:
        return Fault("new name", ", ".join(sorted(names)))
    claimed = [original.statements[place] for place in sentence.says]
    if any(one.likely for one in claimed) and not _has(sentence.text, "doubt", language):
        return Fault("doubt lost", sentence.text)
    if _has(sentence.text, "denial", language) and not _has(known, "denial", language):
        return Fault("denial added", sentence.text)
    return None


@cache
def _folded(text: str) -> str:
    return text.casefold()


def _has(text: str, role: str, language: str) -> bool:
    """Whether a text has a word of doubt or denial."""
    marks = _claims(language, role)
    if not spaced(language):
        return any(mark in text for mark in marks)
    # Within a sentence, May is a month, and only may a doubt.
    return any(word in marks for word in _WORD.findall(text[:1].lower() + text[1:]))


@cache
def _claims(language: str, role: str) -> frozenset[str]:
    with (Path(__file__).parent / "claims.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(
            row["word"]
            for row in csv.DictReader(file)
            if row["language"] == language and row["role"] == role
        )
