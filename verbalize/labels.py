"""Shouted, abbreviated catalog labels to words: `FRZN CHEDR/SWISS` to "frozen cheddar and swiss".

Two tables say what rules cannot know. `labels.csv` has whole labels (those that a source cut at 30
characters, say), and `abbreviations.csv` single words, with proper nouns among them. What stands in
neither follows the rules of `readable`. A label with a lower-case letter is taken as its source
wrote it: only shouting is undone.
"""

import re

from verbalize.tables import table

_MAGAZINES = re.compile(r"(.+)-MAGAZINE")
_QUALIFIED = re.compile(r"(.+?)(?: ?: ?| +- *|- +)(.+)")
_WITH = (
    (re.compile(r"\bW/O\b *"), "WITHOUT "),
    (re.compile(r"\bW/ *"), "WITH "),
    (re.compile(r"\bN/ *"), "NO "),
)
_WORD = re.compile(r"[A-Za-z0-9'’.%$é-]+")


def readable(label: str, language: str = "en") -> str:
    """The label in normal case and in full words.

    A slash, an ampersand or a comma joins things of a list; a colon or a dash sets off what a thing
    is more closely.
    """
    label = " ".join(label.split())
    whole = table(language, "labels").get((label.upper(),))
    if whole:
        return whole
    if label != label.upper():
        return label
    magazines = _MAGAZINES.fullmatch(label)
    if magazines:
        return f"{_listed(magazines[1], language)} magazines"
    for pattern, words in _WITH:
        label = pattern.sub(words, label)
    qualified = _QUALIFIED.fullmatch(label)
    if qualified:
        return f"{_listed(qualified[1], language)} ({_listed(qualified[2].strip('() '), language)})"
    return _listed(label, language)


def joined(items: list[str]) -> str:
    """a; a and b; a, b, and c."""
    if len(items) < 3:
        return " and ".join(items)
    return ", ".join(items[:-1]) + f", and {items[-1]}"


def _listed(text: str, language: str) -> str:
    head, bracket, rest = text.partition("(")
    items = [item.strip() for item in re.split(r"[/&,]| AND ", head) if item.strip()]
    words = joined([_words(item, language) for item in items]) or head.strip()
    return (
        f"{words} ({_listed(rest.strip('() '), language)})"
        if bracket and rest.strip("() ")
        else words
    )


def _words(text: str, language: str) -> str:
    known = table(language, "abbreviations")

    def word(match: re.Match[str]) -> str:
        return known.get((match[0].rstrip("."),)) or match[0].lower()

    return _WORD.sub(word, text)
