"""Titles with the values of their attributes, read from JSON lines as ExtractGPT has them.

Each line is `{"input": TITLE, "category": NAME, "target_scores": {ATTRIBUTE: {VALUE: 1}}}`; the
value `n/a` says that the title does not state the attribute.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warehouse.errors import LoadError
from warehouse.extraction.questions import Questions

NOT_STATED = "n/a"
_FORM = '{"input": TITLE, "category": NAME, "target_scores": {ATTRIBUTE: {VALUE: 1}}}'


@dataclass(frozen=True)
class Labelled:
    """Texts, what is asked of them, and the values that answer each question: one of them is
    enough, and none means that the text does not state it."""

    texts: tuple[str, ...]
    questions: Questions
    values: tuple[tuple[str, ...], ...]

    def part(self, share: float) -> "Labelled":
        """About `share` of the texts of each category, the same ones on every machine."""
        if share >= 1:
            return self
        kept: set[int] = set()
        first = dict(zip(self.questions.text, self.questions.category, strict=True))
        for category in sorted(set(first.values())):
            own = sorted(
                (_digest(self.texts[text]), text) for text in first if first[text] == category
            )
            kept.update(text for _, text in own[: max(1, round(share * len(own)))])
        return self.take(np.flatnonzero(np.isin(self.questions.text, sorted(kept))))

    def take(self, rows: np.ndarray) -> "Labelled":
        """Some of the questions; the texts stay."""
        return Labelled(
            self.texts, self.questions.take(rows), tuple(self.values[row] for row in rows)
        )


def read_labelled(path: Path) -> Labelled:
    """The titles of a file and the values of their attributes.

    Raises:
        LoadError: naming the line and field that is wrong.
    """
    texts: list[str] = []
    asked: list[tuple[int, str, str]] = []
    values: list[tuple[str, ...]] = []
    for line, record in _records(path):
        title, category = (_text(record, name, path, line) for name in ("input", "category"))
        targets = record.get("target_scores")
        if not isinstance(targets, dict):
            raise _wrong(path, line, "target_scores", "an object from attributes to values")
        for attribute, answers in targets.items():
            if not isinstance(answers, dict) or not answers:
                raise _wrong(path, line, f"target_scores.{attribute}", "an object with values")
            asked.append((len(texts), attribute, category))
            values.append(_stated(list(answers)))
        texts.append(title)
    if not values:
        raise LoadError(f"{path} asks for no attribute; each line is {_FORM}")
    questions = Questions(
        np.array([text for text, _, _ in asked]),
        np.array([attribute for _, attribute, _ in asked], dtype=object),
        np.array([category for _, _, category in asked], dtype=object),
    )
    return Labelled(tuple(texts), questions, tuple(values))


def _stated(answers: list[str]) -> tuple[str, ...]:
    """As ExtractGPT scores: where `n/a` comes first, nothing is stated."""
    if answers[0] == NOT_STATED:
        return ()
    return tuple(answer.strip() for answer in answers if answer.strip() and answer != NOT_STATED)


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise LoadError(f"{path} cannot be read: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise LoadError(f"{path} is not UTF-8 ({error.reason}); save it as UTF-8") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise LoadError(
                f"{path}, line {number}: no JSON ({error}); a line is {_FORM}"
            ) from error
        if not isinstance(record, dict):
            raise LoadError(f"{path}, line {number}: no JSON object; a line is {_FORM}")
        yield number, record


def _text(record: dict[str, Any], name: str, path: Path, line: int) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        raise _wrong(path, line, name, "a text")
    return value


def _wrong(path: Path, line: int, field: str, wanted: str) -> LoadError:
    return LoadError(f"{path}, line {line}, {field}: must be {wanted}; a line is {_FORM}")


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
