"""How often a value was stated where its attribute was asked, and how often it only stood in the
text: the dictionary behind the ranker.

While a question teaches, what it states itself is left out of its own counts; otherwise the model
would learn to trust the dictionary more than it can.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warehouse.extraction.hashing import combine
from warehouse.extraction.spans import Spans, hashes_of

_RATIOS = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
_COUNTS = np.array([0.5, 1.5, 2.5, 4.5, 8.5, 16.5, 40.5])


@dataclass(frozen=True)
class Table:
    """Numbers by sorted hash."""

    hashes: np.ndarray
    numbers: np.ndarray

    def of(self, hashes: np.ndarray) -> np.ndarray:
        """The number of each hash, 0 where it has none."""
        if not len(self.hashes):
            return np.zeros(hashes.shape)
        place = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[place] == hashes, self.numbers[place], 0.0)


@dataclass(frozen=True)
class Counts:
    """`known`: the values stated. Of a key (an attribute, in its category or in all): `asked` and
    `unstated` questions; of a key and value: where it was `stated`, and where the text `held` it.
    `anywhere`: where a value was stated, whatever was asked."""

    known: np.ndarray
    asked: Table
    unstated: Table
    stated: Table
    held: Table
    anywhere: Table


@dataclass(frozen=True)
class Said:
    """Hashed features of what the counts say: [spans, features] and [questions, features]."""

    spans: np.ndarray
    none: np.ndarray


@dataclass(frozen=True)
class Stated:
    """Values that answer questions: one entry a value; `none` of each question whether it has
    none."""

    question: np.ndarray
    value: np.ndarray
    none: np.ndarray


def stated(values: Sequence[Sequence[str]]) -> Stated:
    """The values of each question; those that no candidate can have are left out."""
    question = np.repeat(np.arange(len(values)), [len(one) for one in values])
    value = hashes_of([text for one in values for text in one])
    none = np.array([not one for one in values], dtype=bool)
    return Stated(question[value != 0], value[value != 0], none)


def count_values(found: Spans, text: np.ndarray, keys: np.ndarray, answers: Stated) -> Counts:
    """Counts over questions of `text` with `keys` [2, questions] and their `answers`."""
    question, value = answers.question, answers.value
    known = np.unique(value)
    told = _counted(np.concatenate([combine(key[question], value) for key in keys]))
    # A span counts once a text; of values never stated no count is kept.
    worth = np.flatnonzero(np.isin(found.value, known))
    owner = np.searchsorted(found.offsets, worth, side="right") - 1
    _, first = np.unique(combine(owner, found.value[worth]), return_index=True)
    worth, owner = worth[first], owner[first]
    order = np.argsort(owner, kind="stable")
    worth, owner = worth[order], owner[order]
    begin = np.searchsorted(owner, text)
    lengths = np.searchsorted(owner, text, side="right") - begin
    asked_of = np.repeat(np.arange(len(text)), lengths)
    place = np.arange(len(asked_of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    values = found.value[worth[np.repeat(begin, lengths) + place]]
    held = _counted(np.concatenate([combine(key[asked_of], values) for key in keys]))
    keep = np.isin(held.hashes, told.hashes)
    return Counts(
        known=known,
        asked=_counted(keys.ravel()),
        unstated=_counted(keys[:, answers.none].ravel()),
        stated=told,
        held=Table(held.hashes[keep], held.numbers[keep]),
        anywhere=_counted(value),
    )


def said_of(
    counts: Counts, keys: np.ndarray, question: np.ndarray, value: np.ndarray, own: Stated | None
) -> Said:
    """What the counts say of each candidate `value` of a `question`, and of each question."""
    questions = keys.shape[1]
    itself = np.zeros(len(value))
    none_itself = np.zeros(questions)
    one = 0
    if own is not None:
        itself = np.isin(combine(question, value), combine(own.question, own.value)).astype(float)
        none_itself, one = own.none.astype(float), 1
    spans, none = [], []
    for number, key in enumerate(keys):
        of_value = combine(key[question], value)
        often_stated = counts.stated.of(of_value) - itself
        held = np.where(often_stated > 0, counts.held.of(of_value) - one, 0)
        ratio = (often_stated + 0.1) / (held + 1)
        asked = counts.asked.of(key) - one
        most, best_ratio = (
            _most(often_stated, question, questions),
            _most(ratio, question, questions),
        )
        kinds = [_bucket(ratio, _RATIOS), _bucket(often_stated, _COUNTS), _bucket(held, _COUNTS)]
        rank = np.where(
            often_stated >= most[question], 0, np.where(2 * often_stated >= most[question], 1, 2)
        )
        share = _bucket(most / (asked + 1), _RATIOS)[question]
        pairs = [
            combine(kinds[0], kinds[1], 100 + number),
            combine(kinds[0], kinds[2], 110 + number),
            combine(kinds[1], kinds[2], 120 + number),
            combine(rank, kinds[1], 130 + number),
            combine(share, kinds[1], 140 + number),
        ]
        spans += pairs + [combine(pair, key[question]) for pair in (*pairs[:2], pairs[3])]
        unstated = counts.unstated.of(key) - none_itself
        often = _bucket((unstated + 0.3) / (asked + 1), _RATIOS)
        none += [
            combine(key, 1),
            combine(_bucket(best_ratio, _RATIOS), often, 200 + number),
            combine(_bucket(best_ratio, _RATIOS), key, 2),
            combine(_bucket(most, _COUNTS), often, 210 + number),
            combine(_bucket(most, _COUNTS), key, 3),
        ]
    anywhere = _bucket(counts.anywhere.of(value) - itself, _COUNTS)
    spans.append(combine(anywhere, kinds[1], 150))
    return Said(np.stack(spans, axis=1), np.stack(none, axis=1))


def _most(numbers: np.ndarray, question: np.ndarray, questions: int) -> np.ndarray:
    """The largest number of each question, 0 where it has none; `question` is sorted."""
    most = np.zeros(questions)
    np.maximum.at(most, question, numbers)
    return most


def _counted(hashes: np.ndarray) -> Table:
    distinct, numbers = np.unique(hashes, return_counts=True)
    return Table(distinct, numbers.astype(float))


def _bucket(numbers: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.digitize(numbers, edges)
