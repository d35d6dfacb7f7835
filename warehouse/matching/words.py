"""Names of columns to the English words that they are made of: `prodDesc`, `Produkt-Beschreibung`
and `PRODUCT_DESCRIPTION` all say product and description.

Abbreviations and German, Spanish and French words are looked up in `words.csv`; a word that is not
in it is cut where all its parts are known (`produktname`), else it stays as it is.
"""

import csv
import re
import unicodedata
from functools import cache
from pathlib import Path

from warehouse.kinds import KINDS

_TABLE = Path(__file__).with_name("words.csv")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Words of other alphabets stay whole.
_WORD = re.compile(r"[a-z]+|[0-9]+|[^\W\d_a-z]+")
# Words that many names have and that tell little: a name is told by its others.
_EMPTY = frozenset(
    ("the", "of", "a", "an", "in", "for", "and", "or", "to", "by", "per")
    + ("is", "de", "du", "la", "le", "les", "des", "der", "die", "das", "el", "los", "las", "un")
    + ("una", "product", "item", "article", "merchant", "variant", "offer", "shop")
)
_SHORTEST_PART = 4
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
# What a column is called that has no name; `col` is read as color otherwise.
_PLACES = frozenset(
    ["column", "columns", "field", "fields", "var", "variable", "unnamed", "attribute", "value"]
)


def words(name: str) -> tuple[str, ...]:
    """The English words of a column's name, lower case, in their order."""
    plain = unaccented(_CAMEL.sub(" ", name)).lower()
    known = _known()
    found: list[str] = []
    for word in _WORD.findall(plain):
        for part in _parts(word):
            found += known.get(part, part).split()
    return tuple(found)


def telling(name: str) -> frozenset[str]:
    """The words of a name without those that many names have, or all where no other is left."""
    every = [_stem(word) for word in words(name)]
    return frozenset(word for word in every if word not in _EMPTY) or frozenset(every)


def says_something(name: str) -> bool:
    """Whether a name can tell what is in a column: `c1`, `_2` and `field_7` cannot."""
    return any(
        word not in _PLACES and (len(word) > 2 or word in _lexicon())
        for word in words(name)
        if word.isalpha()
    )


def unaccented(text: str) -> str:
    """`größe` as `grosse`, `catégorie` as `categorie`."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.replace("ß", "ss"))
        if not unicodedata.combining(letter)
    )


@cache
def _known() -> dict[str, str]:
    """What each word of the table means; German vowels are also known as `groesse` for `größe`."""
    known: dict[str, str] = {}
    with _TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            word = row["word"]
            spelled = word.translate(_SPELLED)
            for form in (unaccented(word), unaccented(spelled)):
                known.setdefault(form, row["means"])
    return known


@cache
def _lexicon() -> frozenset[str]:
    """Words that a longer one may be made of: those of the table and of canonical names."""
    meanings = " ".join(_known().values()).split()
    canonical = [
        word
        for kind in KINDS.values()
        for column in kind.columns
        for name in (column.name, *column.synonyms)
        for word in name.split("_")
        # `itemid` is to be cut.
        if len(word) <= _SHORTEST_PART or not word.endswith(("id", "no"))
    ]
    return frozenset(word for word in (*_known(), *meanings, *canonical) if len(word) >= 2)


@cache
def _parts(word: str) -> tuple[str, ...]:
    """A word cut into known parts, or the word where that cannot be done.

    Long parts are tried first; two short ones are more likely chance than a name.
    """
    if word in _lexicon() or len(word) < 2 * _SHORTEST_PART - 2:
        return (word,)
    for cut in range(len(word) - 2, 1, -1):
        first, rest = word[:cut], word[cut:]
        if first not in _lexicon() or max(len(first), len(rest)) < _SHORTEST_PART:
            continue
        parts = _parts(rest)
        if all(part in _lexicon() for part in parts):
            return (first, *parts)
    return (word,)


def _stem(word: str) -> str:
    """`brands` as `brand`, `categories` as `category`."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word
