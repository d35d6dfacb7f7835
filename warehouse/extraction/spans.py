"""Every run of a few tokens of a text as a candidate value, with hashed features of its spelling,
its place and its neighbours.

Features say nothing of what is asked; the ranker combines them with the attribute and category.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warehouse.extraction.hashing import combine
from warehouse.extraction.quantities import UNIT_KINDS
from warehouse.extraction.tokens import Tokens, prefixes, tokenize

LONGEST = 6
"""Tokens of the longest candidate."""

_CLOSING = tuple(map(ord, "#%\"'+"))
_LONGEST_PREFIX = 24
_EDGE = 4


@dataclass(frozen=True)
class Spans:
    """Candidates of texts, ordered by text; of text `i` they are `offsets[i] : offsets[i + 1]`.

    `begin` and `end` are positions in the text. `value` is the hash of the exact characters;
    `features` is [spans, features]. `words` are hashes of tokens and pairs of tokens of the texts,
    of text `i` at `word_offsets[i] : word_offsets[i + 1]`.
    """

    offsets: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    value: np.ndarray
    features: np.ndarray
    words: np.ndarray
    word_offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.value)


def spans(texts: Sequence[str], known: np.ndarray) -> Spans:
    """All candidates of `texts`; where a word begins with a value of the sorted hashes `known`,
    as `Printed` with `Print`, that part of it is one too."""
    tokens = tokenize(texts)
    first, last, end, value = _runs(tokens)
    cut_first, cut_end, cut_value = _cut(tokens, known)
    first = np.concatenate([first, cut_first])
    last = np.concatenate([last, cut_first])
    end = np.concatenate([end, cut_end])
    value = np.concatenate([value, cut_value])
    order = np.lexsort((end, tokens.begin[first], tokens.text[first]))
    first, last, end, value = (column[order] for column in (first, last, end, value))
    text = tokens.text[first]
    shift = tokens.starts[text]
    words, word_offsets = _words(tokens, len(texts))
    return Spans(
        offsets=np.searchsorted(text, np.arange(len(texts) + 1)),
        begin=tokens.begin[first] - shift,
        end=end - shift,
        value=value,
        features=_features(tokens, first, last, end, value),
        words=words,
        word_offsets=word_offsets,
    )


def hashes_of(values: Sequence[str]) -> np.ndarray:
    """The hash that a candidate with exactly the characters of each of `values` has; 0 where none
    could have them."""
    tokens = tokenize(values)
    first, last, end, value = _runs(tokens)
    text = tokens.text[first]
    lengths = np.fromiter(map(len, values), dtype=np.int64, count=len(values))
    whole = (tokens.begin[first] == tokens.starts[text]) & (
        end == tokens.starts[text] + lengths[text]
    )
    found = np.zeros(len(values), dtype=np.uint64)
    found[text[whole]] = value[whole]
    return found


def _runs(tokens: Tokens) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """First and last token, end and hash of all runs of up to LONGEST tokens that begin with a word
    or number and end with one or with a closing mark."""
    count = len(tokens)
    begins = np.flatnonzero(tokens.wordlike)
    closes = tokens.wordlike | np.isin(tokens.codes[tokens.begin], _CLOSING)
    value = combine(tokens.exact[begins], 0)
    found = [(begins, begins, value)]
    first = begins
    for length in range(1, LONGEST):
        last = first + length
        inside = last < count
        inside[inside] = tokens.text[last[inside]] == tokens.text[first[inside]]
        first, last, value = first[inside], last[inside], value[inside]
        value = combine(value, tokens.exact[last], tokens.spaced[last])
        keep = closes[last]
        found.append((first[keep], last[keep], value[keep]))
    first, last, value = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return first, last, tokens.end[last], value


def _cut(tokens: Tokens, known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Token, end and hash of the parts of tokens that are known values."""
    found = []
    for length in range(1, _LONGEST_PREFIX):
        token, exact = prefixes(tokens, length)
        if not len(token):
            break
        value = combine(exact, 0)
        keep = np.isin(value, known)
        found.append((token[keep], tokens.begin[token[keep]] + length, value[keep]))
    empty = np.empty(0, dtype=np.int64)
    found.append((empty, empty, np.empty(0, dtype=np.uint64)))
    token, end, value = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return token, end, value


def _words(tokens: Tokens, texts: int) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of the distinct tokens of each text, and of pairs that follow each other."""
    follows = np.flatnonzero(tokens.text[1:] == tokens.text[:-1])
    pairs = combine(tokens.lower[follows], tokens.lower[follows + 1], 2)
    text = np.concatenate([tokens.text, tokens.text[follows]])
    words = np.concatenate([combine(tokens.lower, 1), pairs])
    order = np.lexsort((words, text))
    text, words = text[order], words[order]
    keep = np.ones(len(words), dtype=bool)
    keep[1:] = (words[1:] != words[:-1]) | (text[1:] != text[:-1])
    text, words = text[keep], words[keep]
    return words, np.searchsorted(text, np.arange(texts + 1))


def _features(
    tokens: Tokens, first: np.ndarray, last: np.ndarray, end: np.ndarray, value: np.ndarray
) -> np.ndarray:
    """[spans, features]: hashes, each with the number of its feature."""
    cut = end < tokens.end[last]
    before, second_before = (_beside(tokens, first, step, tokens.lower) for step in (-1, -2))
    after, second_after = (_beside(tokens, last, step, tokens.lower) for step in (1, 2))
    # The rest of a word that is cut stands in the place of the next one.
    after = np.where(cut, combine(tokens.suffix[last], tokens.end[last] - end), after)
    opens, closes = _edges(tokens)
    place = np.minimum(first - opens[tokens.text[first]], _EDGE)
    rest = np.minimum(closes[tokens.text[last]] - 1 - last, _EDGE)
    size = np.minimum(last - first, LONGEST)
    glued = _glued(tokens, first, last, cut)
    lower, stem, shape = _sequences(tokens, first, last)
    shape = combine(shape, cut)
    columns = [
        value,
        lower,
        stem,
        tokens.lower[first],
        np.where(cut, value, tokens.lower[last]),
        before,
        after,
        combine(second_before, before),
        combine(after, second_after),
        size,
        shape,
        place,
        rest,
        combine(_beside(tokens, first, -1, tokens.shape), _beside(tokens, last, 1, tokens.shape)),
        glued,
        tokens.suffix[last],
        tokens.prefix[first],
        combine(before, shape),
        combine(after, shape),
        combine(np.minimum(place, 2), shape),
        combine(tokens.lower[last], tokens.shape[first]),
        combine(size, glued, np.minimum(place, 3)),
        UNIT_KINDS.of(tokens.lower[last]),
        combine(UNIT_KINDS.of(tokens.lower[last]), shape, before),
    ]
    return np.stack([combine(column, number) for number, column in enumerate(columns)], axis=1)


def _sequences(
    tokens: Tokens, first: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hashes of lower-cased words, stems and shapes of spans."""
    lower, stem, shape = (np.zeros(len(first), dtype=np.uint64) for _ in range(3))
    for step in range(LONGEST):
        at = np.minimum(first + step, last)
        inside = first + step <= last
        lower = np.where(inside, combine(lower, tokens.lower[at]), lower)
        stem = np.where(inside, combine(stem, tokens.stem[at]), stem)
        shape = np.where(inside, combine(shape, tokens.shape[at]), shape)
    return lower, stem, shape


def _edges(tokens: Tokens) -> tuple[np.ndarray, np.ndarray]:
    """The first token of each text, and the one after its last."""
    texts = np.arange(len(tokens.starts))
    return (
        np.searchsorted(tokens.text, texts),
        np.searchsorted(tokens.text, texts, side="right"),
    )


def _beside(tokens: Tokens, token: np.ndarray, step: int, column: np.ndarray) -> np.ndarray:
    """What `column` holds of the token that is `step` away in the same text, else 0."""
    other = token + step
    inside = (other >= 0) & (other < len(tokens))
    other = np.where(inside, other, token)
    inside &= tokens.text[other] == tokens.text[token]
    return np.where(inside, column[other], 0)


def _glued(tokens: Tokens, first: np.ndarray, last: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """1 where no white space goes before the span, 2 where none comes after, 3 for both."""
    unspaced = (~tokens.spaced).astype(np.int64)
    after = np.maximum(_beside(tokens, last, 1, unspaced), cut)
    return np.where(_beside(tokens, first, -1, np.ones(len(tokens))) > 0, unspaced[first], 0) + (
        2 * after
    )
