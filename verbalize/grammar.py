"""English grammar for templates: articles, plurals, lists, headings; each as a filter that writes
and as one that reads.

The writing filter takes the words of a slot. The reading filter takes a mark that stands for the
slot and returns the marks from which `phrasing` makes a regular expression. Another language is
another pair of dictionaries.
"""

import re
from collections.abc import Callable
from unicodedata import combining, normalize

MARK = "\x01"
LIST_SEPARATOR = "; "

_VOWEL_SOUND = re.compile(
    r"[aeio]|8|11(?!\d)|18(?!\d)|u(?!ni([^nm]|$)|s[aeiu]|ti|to|r[aeio]|k|b)|hour|hon[eo]|heir", re.I
)
_CONSONANT_SOUND = re.compile(r"(?i:one\b|once\b|eu|ewe)|U[A-Z]")
# Spelled out letter by letter: an N, an LCD, but a SOFT.
_ACRONYM = re.compile(r"(?:LED|NBA|SUV|[FHLMNRSX][B-DF-HJ-NP-TV-XZ0-9&]*)(?![A-Za-z])")


def article(words: str) -> str:
    """The words with "a" or "an" before them, by sound: an hour, a unit, an 8 oz, an LCD; accents
    do not count."""
    letters = normalize("NFKD", words.lstrip("“\"'("))
    sound = "".join(letter for letter in letters if not combining(letter))
    vowel = _VOWEL_SOUND.match(sound) and not _CONSONANT_SOUND.match(sound)
    return f"{'an' if vowel or _ACRONYM.match(sound) else 'a'} {words}"


def noun(count: str, one: str, many: str) -> str:
    """The form of a word for a count."""
    return one if count == "1" else many


def listing(items: list[str]) -> str:
    """a as well as b; a, b, and c; with semicolons where an item has a comma, so that each list can
    be read back."""
    if any("," in item or " as well as " in item for item in items):
        return LIST_SEPARATOR.join(items[:-1]) + f"{LIST_SEPARATOR}and {items[-1]}"
    if len(items) == 2:
        return " as well as ".join(items)
    return ", ".join(items[:-1]) + f", and {items[-1]}"


def heading(words: str) -> str:
    """The words as they begin a title: no article, first letter large."""
    words = words.removeprefix("the ")
    return words[:1].upper() + words[1:]


WRITING: dict[str, Callable[..., str]] = {
    "a": article,
    "noun": noun,
    "listing": listing,
    "heading": heading,
}

# A mark is MARK, what it stands for, MARK: a slot (`size`), a list (`[size]`), or a choice of words
# (`a |an `).
READING: dict[str, Callable[..., str]] = {
    "a": lambda slot: f"{MARK}a |an {MARK}{slot}",
    "noun": lambda slot, one, many: f"{MARK}{one}|{many}{MARK}",
    "listing": lambda slot: slot.replace(MARK, f"{MARK}[", 1).removesuffix(MARK) + f"]{MARK}",
    "heading": lambda slot: slot,
}

# What tells the items of a list apart, as a regular expression, by what tells that it is such a
# list; the first that is found counts.
LIST_PARTS = {"; ": r"; (?:and )?", ", ": r", (?:and )?", " as well as ": " as well as "}
