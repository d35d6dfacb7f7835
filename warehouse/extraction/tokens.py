"""Texts to tokens with character positions and hashes of how they are spelled.

A token is a run of letters, a number, or one other mark: `55mm` is two tokens, `3.5` is one. All
texts are read at once as an array of code points; nothing loops over them.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warehouse.extraction.hashing import combine

_SPACE, _LETTER, _DIGIT, _MARK = range(4)
_UPPER = 4
_PRIME = np.uint64(0x100000001B3)
_AFFIX = 3


@dataclass(frozen=True)
class Tokens:
    """One entry a token, in the order of the texts.

    `text` is the number of the text; `begin` and `end` are positions in `codes`, the code points
    of all texts, in which text `i` begins at `starts[i]`. `spaced` tells whether white space goes
    before. `exact`, `lower`, `stem`, `shape`, `prefix` and `suffix` are hashes.
    """

    codes: np.ndarray
    starts: np.ndarray
    text: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    spaced: np.ndarray
    wordlike: np.ndarray
    exact: np.ndarray
    lower: np.ndarray
    stem: np.ndarray
    shape: np.ndarray
    prefix: np.ndarray
    suffix: np.ndarray

    def __len__(self) -> int:
        return len(self.text)


def tokenize(texts: Sequence[str]) -> Tokens:
    """The tokens of all `texts`."""
    # A line feed after each text keeps tokens of two texts apart.
    joined = "".join(f"{text}\n" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 1
    starts = np.cumsum(lengths) - lengths
    kinds, lower = _kinds(codes)
    classes = np.where(kinds == _UPPER, _LETTER, kinds)
    points = np.isin(codes, [ord("."), ord(",")])
    inner = np.flatnonzero(points[1:-1]) + 1
    classes[inner[(classes[inner - 1] == _DIGIT) & (classes[inner + 1] == _DIGIT)]] = _DIGIT
    before = np.concatenate([[_SPACE], classes[:-1]]) if len(classes) else classes
    opens = (classes != _SPACE) & ((classes != before) | (classes == _MARK))
    begin = np.flatnonzero(opens)
    # Where each token ends: the next opening or space.
    stops = np.flatnonzero(opens | (classes == _SPACE))
    end = stops[np.searchsorted(stops, begin, side="right")] if len(begin) else begin
    text = np.searchsorted(starts, begin, side="right") - 1
    spell = _Speller(begin, end)
    return Tokens(
        codes=codes,
        starts=starts,
        text=text,
        begin=begin,
        end=end,
        spaced=before[begin] == _SPACE,
        wordlike=classes[begin] != _MARK,
        exact=spell.hashed(codes),
        lower=spell.hashed(lower),
        stem=spell.stem(lower),
        shape=spell.shape(kinds),
        prefix=spell.hashed(lower, until=_AFFIX),
        suffix=spell.hashed(lower, last=_AFFIX),
    )


def prefixes(tokens: Tokens, length: int) -> tuple[np.ndarray, np.ndarray]:
    """The tokens that are longer than `length` characters, and the hashes, as of tokens, of their
    first `length` characters."""
    longer = np.flatnonzero((tokens.end - tokens.begin > length) & tokens.wordlike)
    begin = tokens.begin[longer]
    return longer, _Speller(begin, begin + length).hashed(tokens.codes)


class _Speller:
    """Hashes runs of code points; the characters of all runs lie one after the other."""

    def __init__(self, begin: np.ndarray, end: np.ndarray) -> None:
        self.lengths = end - begin
        self.firsts = np.cumsum(self.lengths) - self.lengths
        total = int(self.lengths.sum())
        self.place = np.arange(total) - np.repeat(self.firsts, self.lengths)
        self.at = np.repeat(begin, self.lengths) + self.place
        with np.errstate(over="ignore"):
            powers = np.full(int(self.lengths.max(initial=0)) + 1, _PRIME)
            powers[0] = 1
            self.powers = np.cumprod(powers, dtype=np.uint64)

    def hashed(
        self, codes: np.ndarray, until: int | None = None, last: int | None = None
    ) -> np.ndarray:
        """The hash of each run, or of its first `until` or `last` characters."""
        lengths = np.repeat(self.lengths, self.lengths)
        place, keep = self.place, np.ones(len(self.place), dtype=bool)
        if until is not None:
            keep = place < until
        if last is not None:
            keep = place >= lengths - last
            place = lengths - 1 - place
        return self._sum(codes[self.at], place, keep)

    def stem(self, codes: np.ndarray) -> np.ndarray:
        """The hash of each run without a last `s`, if it is longer than three characters."""
        lengths = np.repeat(self.lengths, self.lengths)
        final = (self.place == lengths - 1) & (codes[self.at] == ord("s")) & (lengths > 3)
        return self._sum(codes[self.at], self.place, ~final)

    def shape(self, kinds: np.ndarray) -> np.ndarray:
        """The hash of how kinds of characters follow each other: `Abc12` is as `Zo7`."""
        kind = kinds[self.at]
        changes = np.ones(len(kind), dtype=bool)
        changes[1:] = (kind[1:] != kind[:-1]) | (self.place[1:] == 0)
        run = np.cumsum(changes)
        run = run - np.repeat(run[self.firsts], self.lengths) if len(run) else run
        return self._sum(kind, run, changes)

    def _sum(self, codes: np.ndarray, place: np.ndarray, keep: np.ndarray) -> np.ndarray:
        if not len(self.lengths):
            return np.empty(0, dtype=np.uint64)
        with np.errstate(over="ignore"):
            terms = (codes.astype(np.uint64) + np.uint64(1)) * self.powers[place]
            terms[~keep] = 0
            return combine(np.add.reduceat(terms, self.firsts))


def _kinds(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The kind of each code point, and the code point of its lower case."""
    distinct, inverse = np.unique(codes, return_inverse=True)
    letters = [chr(code) for code in distinct]
    kinds = np.array([_kind(letter) for letter in letters], dtype=np.int64)
    lowered = [letter.lower() for letter in letters]
    lower = np.array(
        [
            ord(one if len(one) == 1 else letter)
            for one, letter in zip(lowered, letters, strict=True)
        ],
        dtype=np.int64,
    )
    return kinds[inverse], lower[inverse]


def _kind(letter: str) -> int:
    category = unicodedata.category(letter)
    if category[0] in "ZC":
        return _SPACE
    if category == "Lu":
        return _UPPER
    if category[0] in "LM":
        return _LETTER
    return _DIGIT if category[0] == "N" else _MARK
