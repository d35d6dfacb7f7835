"""Signals of quality: what Gopher (Rae et al. 2021, appendix A.1.1) and C4 (Raffel et al. 2020,
section 2.2) measure of web pages, as columns of `text.signal`.

Their thresholds are for long prose; a true document about a product can be one sentence. So nothing
is left out here: a filter of the settings does that. What can be counted of words is counted once a
different word and summed over the texts.
"""

import csv

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from verbalize.curation.stage import WORDS, CurationSettings, Stage
from verbalize.curation.streaming import (
    FACTOR,
    Numbers,
    Words,
    batches,
    gathered,
    hashed,
    sequences,
    spaced,
    split,
)

_BITS = np.uint64(44)
_ENDS = r'[.!?]["”’)\]]*$|[。！？]'

# One pass over the different words of a batch.
_OF_WORDS = rf"""
SELECT
    length(word) AS letters,
    regexp_matches(word, '\pL') AS alphabetic,
    length(regexp_replace(word, '[^\p{{Lu}}]', '', 'g')) AS capitals,
    length(regexp_replace(word, '[^\pL]', '', 'g')) AS alphabet,
    length(regexp_replace(word, '[^0-9]', '', 'g')) AS digits,
    len(regexp_extract_all(word, '#|…|\.\.\.')) AS symbols,
    regexp_matches(word, '{_ENDS}') AS ends,
    lower(regexp_replace(word, '^[^\pL]+|[^\pL]+$', '', 'g')) AS plain
FROM quality_words
"""

# Lines and markup are of the text as a whole.
_OF_TEXTS = rf"""
SELECT
    document_id,
    language,
    {spaced("text")} AS text,
    1 + length(text) - length(replace(text, chr(10), '')) AS lines,
    len(regexp_extract_all(text, '(?m)^\s*[-*•●‣▪–] ')) / lines AS bullet_lines,
    len(regexp_extract_all(text, '(?m)(?:…|\.\.\.)$')) / lines AS ellipsis_lines,
    1 - len(regexp_extract_all(text, '(?m)[.!?。！？]["”’)]*$')) / lines AS unfinished_lines,
    len(regexp_extract_all(text, '(?i)[{{}}]|</?[a-z][^<>]*>|\bjavascript\b|\blorem ipsum\b'))
        AS markup
FROM text.kept
"""

_MEASURED = (
    "words", "sentences", "mean_word_length", "symbols", "alphabetic_words", "stop_words",
    "bullet_lines", "ellipsis_lines", "unfinished_lines", "repeated_sentences", "top_bigram",
    "repeated_fivegrams", "capitals", "digits", "markup",
)  # fmt: skip
_FOUND = pa.schema([("document_id", pa.string()), *((name, pa.float64()) for name in _MEASURED)])


def _run(connection: duckdb.DuckDBPyConnection, settings: CurationSettings) -> None:
    found = (_measured(connection, batch) for batch in batches(connection, _OF_TEXTS))
    columns = ", ".join(f"{name} = found.{name}" for name in _MEASURED)
    with gathered(connection, "quality_found", _FOUND, found):
        connection.execute(
            f"""
            UPDATE text.signal SET {columns}
            FROM quality_found AS found WHERE found.document_id = signal.document_id
            """
        )


def _measured(connection: duckdb.DuckDBPyConnection, batch: pa.Table) -> pa.Table:
    words = split(batch["text"].chunk(0))
    connection.register("quality_words", pa.table({"word": words.words}))
    of_words = connection.sql(_OF_WORDS).to_arrow_table()
    connection.unregister("quality_words")
    each = {name: of_words[name].to_numpy() for name in of_words.column_names[:-1]}
    total = {name: _summed(words, values[words.ids]) for name, values in each.items()}
    count = np.diff(words.bounds)
    letters = np.maximum(total["letters"], 1)
    said = hashed(connection, words.words)[words.ids]
    sentences, repeated = _sentences(words, said, each["ends"][words.ids])
    lengths = each["letters"][words.ids]
    return pa.table(
        {
            "document_id": batch["document_id"],
            "words": count,
            "sentences": sentences,
            "mean_word_length": total["letters"] / count,
            "symbols": total["symbols"] / count,
            "alphabetic_words": total["alphabetic"] / count,
            "stop_words": _stop_words(words, of_words["plain"].to_pylist(), batch["language"]),
            "bullet_lines": batch["bullet_lines"],
            "ellipsis_lines": batch["ellipsis_lines"],
            "unfinished_lines": batch["unfinished_lines"],
            "repeated_sentences": repeated,
            "top_bigram": _top_bigram(words, said, lengths) / letters,
            "repeated_fivegrams": _repeated(*sequences(said, words.bounds, 5), words.texts),
            "capitals": total["capitals"] / np.maximum(total["alphabet"], 1),
            "digits": total["digits"] / letters,
            "markup": batch["markup"],
        }
    ).cast(_FOUND)


def _summed(words: Words, values: NDArray[np.generic]) -> NDArray[np.float64]:
    """The sum over the words of each text."""
    return np.add.reduceat(values.astype(np.float64), words.bounds[:-1])


def _stop_words(words: Words, plain: list[str], languages: pa.ChunkedArray) -> NDArray[np.int64]:
    """How many different stop words of its language each text has."""
    with (WORDS / "stop_words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    places = {word: place for place, word in enumerate(plain)}
    spoken = languages.to_numpy()
    found = np.zeros(words.texts, dtype=np.int64)
    text = np.repeat(np.arange(words.texts), np.diff(words.bounds))
    plain_id = np.array([places[word] for word in plain], dtype=np.int64)[words.ids]
    for language, word in rows:
        if word in places:
            has = np.zeros(words.texts, dtype=bool)
            has[text[plain_id == places[word]]] = True
            found += has & (spoken == language)
    return found


def _sentences(
    words: Words, said: Numbers, ends: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Sentences of each text, and the share of them that came before."""
    begins = np.zeros(len(said), dtype=bool)
    begins[1:] = ends[:-1]
    begins[words.bounds[:-1]] = True
    first = np.flatnonzero(begins)
    within = np.arange(len(said)) - np.repeat(first, np.diff(np.append(first, len(said))))
    powers = np.cumprod(np.full(int(within.max()) + 1, FACTOR, dtype=np.uint64))
    hashes = np.add.reduceat(said * powers[within], first)
    text = np.searchsorted(words.bounds, first, side="right") - 1
    return np.bincount(text, minlength=words.texts), _repeated(hashes, text, words.texts)


def _repeated(hashes: Numbers, text: NDArray[np.int64], texts: int) -> NDArray[np.float64]:
    """The share of the hashes of each text that another of the text has too, the first apart."""
    keys = np.sort(text.astype(np.uint64) << _BITS | hashes >> np.uint64(64) - _BITS)
    again = keys[1:][keys[1:] == keys[:-1]] >> _BITS
    count = np.bincount(text, minlength=texts)
    return np.bincount(again.astype(np.int64), minlength=texts) / np.maximum(count, 1)


def _top_bigram(words: Words, said: Numbers, lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Letters of each text in the pair of words that covers most."""
    inner = np.ones(len(said), dtype=bool)
    inner[words.bounds[1:] - 1] = False
    first = np.flatnonzero(inner)
    found = np.zeros(words.texts)
    if not len(first):
        return found
    text = np.searchsorted(words.bounds, first, side="right") - 1
    pair = said[first] * FACTOR + said[first + 1]
    keys = text.astype(np.uint64) << _BITS | (pair * FACTOR) >> np.uint64(64) - _BITS
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    times = np.diff(np.append(starts, len(ordered)))
    one = first[order[starts]]
    covered = np.where(times > 1, times * (lengths[one] + lengths[one + 1]), 0)
    np.maximum.at(found, text[order[starts]], covered)
    return found


STAGE = Stage(
    "quality",
    "Signals of quality of each document; none leaves a document out by itself",
    "Gopher (Rae et al. 2021), C4 (Raffel et al. 2020)",
    _run,
)
