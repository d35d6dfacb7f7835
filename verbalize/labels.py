"""Shouted, abbreviated catalog labels to words: `FRZN CHEDR/SWISS` to "frozen cheddar and swiss".

Two tables say what rules cannot know. `labels.csv` has whole labels (those that a source cut at 30
characters, say), and `abbreviations.csv` single words, with proper nouns among them. What stands in
neither follows the rules of `readable`. A label with a lower-case letter is taken as its source
wrote it: only shouting is undone.
"""

import re

from verbalize.tables import FIRST, table

_MAGAZINES = re.compile(r"(.+)-MAGAZINE")
_QUALIFIED = re.compile(r"(.+?)(?: ?: ?| +- *|- +)(.+)")
_WITH = (
    (re.compile(r"\bW/O\b *"), "WITHOUT "),
    (re.compile(r"\bW/ *"), "WITH "),
    (re.compile(r"\bN/ *"), "NO "),
)
_WORD = re.compile(r"[A-Za-z0-9'’.%$é-]+")


def readable(label: str) -> str:
    """The label in normal case and in full English words.

    A slash, an ampersand or a comma joins things of a list; a colon or a dash sets off what a thing
    is more closely.
    """
    label = " ".join(label.split())
    whole = table(FIRST, "labels").get((label,))
    if whole or label != label.upper():
        return whole or label
    for pattern, words in _WITH:
        label = pattern.sub(words, label)
    magazines, qualified = _MAGAZINES.fullmatch(label), _QUALIFIED.fullmatch(label)
    if magazines:
        return f"{_listed(magazines[1])} magazines"
    if qualified:
        return _with_note(qualified[1], qualified[2]) or label
    return _listed(label) or label


def joined(items: list[str]) -> str:
    """a; a and b; a, b, and c."""
    if len(items) < 3:
        return " and ".join(items)
    return ", ".join(items[:-1]) + f", and {items[-1]}"


def _listed(text: str) -> str:
    head, _, note = text.partition("(")
    if note:
        return _with_note(head, note)
    items = [item.strip() for item in re.split(r"[/&,]| AND ", text) if item.strip()]
    return joined([_words(item) for item in items]) or text


def _with_note(text: str, note: str) -> str:
    """The text with what it is more closely in parentheses behind it."""
    words, note = text.strip(), " ".join(re.sub("[()]", " ", note).split())
    if not words or not note:
        return _listed(words or note or text)
    return f"{_listed(words)} ({_listed(note)})"


def _words(text: str) -> str:
    known = table(FIRST, "abbreviations")

    def word(match: re.Match[str]) -> str:
        return known.get((match[0].rstrip("."),)) or match[0].lower()

    return _WORD.sub(word, text)
