"""Which candidate of a text is the value of an attribute, or that none is.

A log-linear model over the candidates of one question and the answer "not stated": scores are sums
of weights of hashed features, and probabilities their softmax. Fitted by penalised maximum
likelihood with L-BFGS, so that training has no seed. A value that stands at several places of a
text gets the sum of their probabilities.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from warehouse.extraction.counts import Counts, Said, Stated, count_values, said_of, stated
from warehouse.extraction.hashing import combine, of_texts
from warehouse.extraction.questions import Answers, Questions
from warehouse.extraction.spans import Spans, spans

BUCKETS = 1 << 21

SURE = 0.435
"""Least probability of a value that is given. F1 is best where a value is given from half of the
F1 that is reached (Lipton, Elkan and Narayanaswamy 2014, "Optimal Thresholding of Classifiers to
Maximize F1 Measure"); 0.87 was reached in cross-validation."""

_BLOCK = 300_000
"""Characters of text that are asked about at a time."""


@dataclass(frozen=True)
class Ranker:
    """A fitted model: weights of the features, and how often which value was stated."""

    weights: np.ndarray
    counts: Counts

    def answer(self, texts: Sequence[str], questions: Questions) -> Answers:
        """The likeliest value of each question."""
        blocks = _blocks(texts, questions.text)
        parts = [self._answer(texts, questions.take(rows)) for rows in blocks]
        if not parts:
            none = np.empty(0, dtype=np.int64)
            return Answers(none, none, np.empty(0), np.empty(0, dtype=bool))
        back = np.argsort(np.concatenate(blocks))
        columns = (
            np.concatenate([getattr(part, name) for part in parts])[back]
            for name in ("begin", "end", "probability", "stated")
        )
        return Answers(*columns)

    def _answer(self, texts: Sequence[str], questions: Questions) -> Answers:
        asked, text = np.unique(questions.text, return_inverse=True)
        found = spans([texts[number] for number in asked], self.counts.known)
        rows = _Rows(found, Questions(text, questions.attribute, questions.category), self.counts)
        shares = rows.shares((rows.matrix @ self.weights).astype(np.float64))
        return rows.best(shares)


def fit(
    texts: Sequence[str],
    questions: Questions,
    values: Sequence[Sequence[str]],
    *,
    penalty: float = 3.0,
    rounds: int = 60,
) -> Ranker:
    """A ranker that learned from `values`: those that answer each question, none where the text
    does not state it. A question whose values are no candidates teaches nothing."""
    answers = stated(values)
    found = spans(texts, np.unique(answers.value))
    counts = count_values(found, questions.text, keys_of(questions), answers)
    rows = _Rows(found, questions, counts, answers)
    weights = _maximise(rows, rows.gold(answers), penalty, rounds)
    return Ranker(weights, counts)


def keys_of(questions: Questions) -> np.ndarray:
    """[2, questions]: the attribute in its category, and in all."""
    attribute = _hashed(questions.attribute)
    return np.stack([combine(attribute, _hashed(questions.category)), combine(attribute, 0)])


def _hashed(names: np.ndarray) -> np.ndarray:
    distinct, inverse = np.unique(names.astype(str), return_inverse=True)
    return of_texts(distinct.tolist())[inverse] if len(distinct) else np.empty(0, dtype=np.uint64)


class _Rows:
    """The candidates of every question, and after them its answer "not stated", as rows."""

    def __init__(
        self, found: Spans, questions: Questions, counts: Counts, own: Stated | None = None
    ) -> None:
        self.found = found
        self.questions = len(questions)
        keys = keys_of(questions)
        lengths = np.diff(found.offsets)[questions.text]
        self.none_rows = np.cumsum(lengths + 1) - 1
        self.firsts = self.none_rows - lengths
        total = int(lengths.sum()) + self.questions
        self.question = np.repeat(np.arange(self.questions), lengths + 1)
        self.is_none = np.zeros(total, dtype=bool)
        self.is_none[self.none_rows] = True
        place = np.arange(total) - self.firsts[self.question]
        self.span = (found.offsets[questions.text][self.question] + place)[~self.is_none]
        of_span = self.question[~self.is_none]
        self.value = np.zeros(total, dtype=np.uint64)
        self.value[~self.is_none] = found.value[self.span]
        said = said_of(counts, keys, of_span, found.value[self.span], own)
        self.matrix = self._matrix(questions, keys, of_span, said)

    def _matrix(
        self, questions: Questions, keys: np.ndarray, of_span: np.ndarray, said: Said
    ) -> csr_matrix:
        crossed = [combine(self.found.features[self.span], key[of_span][:, None]) for key in keys]
        spans_columns = np.concatenate([*crossed, said.spans], axis=1)
        starts = self.found.word_offsets[questions.text]
        words = np.diff(self.found.word_offsets)[questions.text]
        none_lengths = 2 * words + said.none.shape[1]
        lengths = np.full(len(self.question), spans_columns.shape[1])
        lengths[self.none_rows] = none_lengths
        pointers = np.concatenate([[0], np.cumsum(lengths)])
        columns = np.empty(pointers[-1], dtype=np.int32)
        in_span = np.repeat(~self.is_none, lengths)
        columns[in_span] = _buckets(spans_columns).ravel()
        columns[~in_span] = self._none(keys, starts, words, said.none)
        data = np.ones(len(columns), dtype=np.float32)
        return csr_matrix((data, columns, pointers), shape=(len(self.question), BUCKETS))

    def _none(
        self, keys: np.ndarray, starts: np.ndarray, words: np.ndarray, said: np.ndarray
    ) -> np.ndarray:
        """Columns of the rows "not stated": words of the text by attribute, and what the counts
        say."""
        question = np.repeat(np.arange(self.questions), words)
        place = np.arange(len(question)) - np.repeat(np.cumsum(words) - words, words)
        word = self.found.words[np.repeat(starts, words) + place]
        parts = [combine(word, key[question], 7) for key in keys]
        owner = np.concatenate(
            [question, question, np.repeat(np.arange(self.questions), said.shape[1])]
        )
        columns = np.concatenate([*parts, said.ravel()])
        return _buckets(columns[np.argsort(owner, kind="stable")])

    def gold(self, answers: Stated) -> np.ndarray:
        """Whether each row answers its question."""
        right = combine(answers.question, answers.value)
        rows = np.isin(combine(self.question, self.value), right) & ~self.is_none
        rows[self.none_rows] = answers.none
        return rows

    def shares(self, scores: np.ndarray) -> np.ndarray:
        """The softmax of the scores of each question."""
        highest = np.maximum.reduceat(scores, self.firsts)
        powers = np.exp(scores - highest[self.question])
        return powers / np.add.reduceat(powers, self.firsts)[self.question]

    def best(self, shares: np.ndarray) -> Answers:
        """The value with the largest share, at its likeliest place."""
        order = np.lexsort((-shares, self.value, self.question))
        begins = np.ones(len(order), dtype=bool)
        question, value, none = self.question[order], self.value[order], self.is_none[order]
        begins[1:] = (question[1:] != question[:-1]) | (value[1:] != value[:-1])
        groups = np.flatnonzero(begins)
        total = np.add.reduceat(shares[order], groups)
        row, owner, is_none = order[groups], question[groups], none[groups]
        place = np.lexsort((row, -np.where(is_none, -1.0, total), owner))
        top = place[np.searchsorted(owner[place], np.arange(self.questions))]
        sure = ~is_none[top] & (total[top] >= SURE)
        span_of = np.zeros(len(self.question), dtype=np.int64)
        span_of[~self.is_none] = self.span
        span = span_of[row[top]]
        empty = is_none[top]
        begin = np.where(empty, 0, self.found.begin[span] if len(self.found) else 0)
        end = np.where(empty, 0, self.found.end[span] if len(self.found) else 0)
        return Answers(begin, end, np.where(empty, 0.0, total[top]), sure)


def _maximise(rows: _Rows, gold: np.ndarray, penalty: float, rounds: int) -> np.ndarray:
    """Weights that make the right rows of all questions likeliest, less the penalty times half the
    square of the weights."""
    teaches = np.maximum.reduceat(gold, rows.firsts)[rows.question]
    used = np.flatnonzero(np.bincount(rows.matrix.indices, minlength=BUCKETS))
    place = np.zeros(BUCKETS, dtype=np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    matrix = csr_matrix(
        (rows.matrix.data, place[rows.matrix.indices], rows.matrix.indptr),
        shape=(len(gold), len(used)),
    )
    transposed = matrix.T

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        shares = rows.shares((matrix @ weights.astype(np.float32)).astype(np.float64))
        right = np.where(gold, shares, 0.0)
        total = np.add.reduceat(right, rows.firsts)
        total = np.maximum(total, 1e-30)
        teaching = np.maximum.reduceat(gold, rows.firsts)
        slope = np.where(teaches, shares - right / total[rows.question], 0.0)
        value = -np.log(total[teaching]).sum() + penalty / 2 * weights @ weights
        return value, transposed @ slope.astype(np.float32) + penalty * weights

    start = np.zeros(len(used))
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": rounds, "maxcor": 8}
    )
    weights = np.zeros(BUCKETS, dtype=np.float32)
    weights[used] = found.x
    return weights


def _buckets(hashes: np.ndarray) -> np.ndarray:
    return (hashes & np.uint64(BUCKETS - 1)).astype(np.int32)


def _blocks(texts: Sequence[str], text: np.ndarray) -> list[np.ndarray]:
    """Rows of the questions in blocks of about _BLOCK characters, those of a text together."""
    order = np.argsort(text, kind="stable")
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    block = np.cumsum(lengths[text[order]]) // _BLOCK
    return np.split(order, np.flatnonzero(np.diff(block)) + 1) if len(order) else []
