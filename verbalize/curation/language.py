"""Which language a text looks like: naive Bayes over byte sequences, with the model that the
package py3langid carries (Lui and Baldwin 2012, "langid.py").

The package reads one text at a time, letter by letter. Here a whole batch walks through its
automaton together, one byte of all texts a step, and gives the same probabilities.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from verbalize.curation.stage import CurationSettings, Stage
from verbalize.curation.streaming import batches, gathered

LANGUAGES = (
    "ar", "cs", "da", "de", "en", "es", "fi", "fr", "hi", "hu", "it", "ja", "ko", "nl", "no", "pl",
    "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
"""Languages that are told apart; fewer, so that product names are not taken for rare ones."""

# So many characters tell a language as well as the whole text.
_READ = 400
_FEWEST_LETTERS = 12
_TEXTS = rf"""
SELECT
    document_id,
    nfc_normalize(CASE WHEN part = upper(part) THEN lower(part) ELSE part END) AS text
FROM (SELECT document_id, left(text, {_READ}) AS part FROM text.kept)
WHERE length(regexp_replace(part, '[^\pL]', '', 'g')) >= {_FEWEST_LETTERS}
"""
_FOUND = pa.schema(
    [("document_id", pa.string()), ("language", pa.string()), ("confidence", pa.float32())]
)


@dataclass(frozen=True)
class _Model:
    """The automaton (state and byte to state, state to feature) and the naive Bayes tables."""

    languages: list[str]
    step: NDArray[np.int64]
    row: NDArray[np.int64]
    feature: NDArray[np.int64]
    weights: NDArray[np.float32]
    prior: NDArray[np.float32]


def detect(texts: pa.Array) -> tuple[list[str], NDArray[np.float32]]:
    """The languages (ISO 639-1) that are told apart, and the probability of each for each text
    [texts, languages].

    A text should be in Unicode form C, and in lower case if it has capitals only.
    """
    model = _model()
    written = texts.cast(pa.binary())
    count = len(written)
    bounds = np.frombuffer(written.buffers()[1], np.int32)[written.offset :][: count + 1]
    data = np.frombuffer(written.buffers()[2] or b"", np.uint8)
    sizes = np.diff(bounds)
    order = np.argsort(-sizes, kind="stable")
    begin, longest_first = bounds[:-1][order].astype(np.int64), sizes[order]
    state = np.zeros(count, dtype=np.int64)
    readers, features = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for place in range(int(longest_first[0]) if count else 0):
        reading = int(np.searchsorted(-longest_first, -place, side="left"))
        read = model.row[state[:reading]] + data[begin[:reading] + place]
        state[:reading] = model.step[read]
        seen = model.feature[state[:reading]]
        reader = np.flatnonzero(seen >= 0)
        readers.append(reader)
        features.append(seen[reader])
    pairs = (np.concatenate(readers), np.concatenate(features))
    counts = csr_matrix(
        (np.ones(len(pairs[0]), np.float32), pairs), shape=(count, len(model.weights))
    )
    counts.sum_duplicates()
    counts.data = np.log1p(counts.data)
    scores = (counts @ model.weights + model.prior) / np.sqrt(np.maximum(longest_first, 1))[:, None]
    scores = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    found = np.empty_like(scores)
    found[order] = scores / scores.sum(axis=1, keepdims=True)
    return model.languages, found


@cache
def _model() -> _Model:
    from py3langid import langid

    identifier: Any = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    identifier.set_languages(LANGUAGES)
    return _Model(
        list(identifier.nb_classes),
        np.asarray(identifier.tk_nextmove).astype(np.int64),
        np.asarray(identifier.tk_row).astype(np.int64) << 8,
        np.asarray(identifier.tk_output, dtype=np.int64),
        np.asarray(identifier.nb_ptc, dtype=np.float32),
        np.asarray(identifier.nb_pc, dtype=np.float32),
    )


def _run(connection: duckdb.DuckDBPyConnection, settings: CurationSettings) -> None:
    """Texts with few letters have no language."""
    with gathered(connection, "language_found", _FOUND, map(_best, batches(connection, _TEXTS))):
        connection.execute(
            """
            UPDATE text.signal
            SET language = found.language, language_confidence = found.confidence
            FROM language_found AS found WHERE found.document_id = signal.document_id
            """
        )


def _best(batch: pa.Table) -> pa.Table:
    languages, found = detect(batch["text"].chunk(0))
    best = found.argmax(axis=1)
    named = pa.array(languages).take(pa.array(best))
    return pa.table([batch["document_id"], named, found[np.arange(len(best)), best]], schema=_FOUND)


STAGE = Stage(
    "language",
    "The language that each document looks like, to compare with the one that it says",
    "naive Bayes over byte sequences (Lui and Baldwin 2012), py3langid",
    _run,
)
