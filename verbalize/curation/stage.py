"""What a stage of curation is: a name, and a function that looks at what is kept so far and says
what it found in `text.masked`, `text.signal` or `text.removed`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from verbalize.errors import VerbalizeError

WORDS = Path(__file__).parent / "words"


NAMES = (
    "personal", "exact", "language", "quality", "toxic", "instructions", "filter", "contamination",
    "near", "meaning",
)  # fmt: skip
"""The stages, in the order in which they run: what changes or leaves out a document by itself comes
before what compares documents. They stand here, so that settings can be checked without them."""


class CurationError(VerbalizeError):
    """Documents cannot be curated as asked; what was kept before is unchanged."""


@dataclass(frozen=True)
class CurationSettings:
    """Which stages run, and from where on they leave documents out.

    `near_threshold` is a Jaccard similarity of five-word shingles, `meaning_threshold` a cosine of
    sentence vectors, and `overlap_words` the length of a sequence of words that a document may not
    share with one of `benchmarks`. A document to which one of `filters` applies is left out.
    """

    stages: tuple[str, ...] = tuple(name for name in NAMES if name != "meaning")
    near_threshold: float = 0.9
    meaning_threshold: float = 0.97
    filters: tuple[str, ...] = ("toxic_words > 0", "instructions > 0")
    benchmarks: tuple[Path, ...] = ()
    overlap_words: int = 8
    seed: int = 0


@dataclass(frozen=True)
class Stage:
    """`run` reads `text.kept`; `source` is the paper or rule that it follows."""

    name: str
    description: str
    source: str
    run: Callable[[duckdb.DuckDBPyConnection, CurationSettings], None]
