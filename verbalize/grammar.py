"""How a language puts words together: `templates/<language>/grammar.toml`, and the filters of its
templates, each as one that writes and as one that reads.

The writing filter takes the words of a slot. The reading filter takes a mark that stands for the
slot and returns the marks from which `phrasing` makes a regular expression.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from string import Formatter
from typing import Any
from unicodedata import combining, normalize

from verbalize.errors import TemplateError, VerbalizeError
from verbalize.tables import TEMPLATES, languages

MARK = "\x01"
NAMES = {
    "item": ("number",),
    "number_of_source": ("number", "source"),
    "named_product": ("name", "item"),
    "product_of_type": ("type", "item"),
    "product_of_type_and_size": ("size", "type", "item"),
    "brand": ("name",),
    "maker": ("name",),
    "numbered_maker": ("name",),
    "department": ("name",),
    "category": ("name",),
    "type": ("name",),
    "family": ("name",),
    "query": ("name",),
    "segment": ("age", "composition"),
    "at_level": ("name", "level"),
    "in_source": ("words", "source"),
    "variant": ("words", "hash"),
}
"""How things are named: the patterns of `[names]`, and what each of them joins."""

_VOWEL_SOUND = re.compile(
    r"[aeio]|8|11(?!\d)|18(?!\d)|u(?!ni([^nm]|$)|s[aeiu]|ti|to|r[aeio]|k|b)|hour|hon[eo]|heir", re.I
)
_CONSONANT_SOUND = re.compile(r"(?i:one\b|once\b|eu|ewe)|U[A-Z]")
SPELLED = "[FHLMNRSX](?:[B-DF-HJ-NP-TV-XZ0-9&]*|[A-Z]{1,2}|[B-DF-HJ-NP-TV-XZ][A-Z]{2})"
"""Capitals that are mostly read letter by letter, from one whose name begins with a vowel: without
a vowel, of three letters at most, or of four with a consonant in second place: an LCD, an NEC, an
SVAT, but a SONY."""
_WORDS = (
    "FAB FAN FAR FAT FAX FED FEW FIG FIN FIR FIT FIX FLU FLY FOG FOX FRY FUN FUR HAM HAT HAY HE"
    " HEN HER HEX HI HIP HIS HIT HO HOB HOG HON HOP HOT HUB HUE HUG HUT LAB LAD LAP LAW LAX LAY"
    " LEG LET LID LIP LIT LO LOG LOT LOW LUX MA MAC MAD MAG MAN MAP MAT MAX ME MED MEN MET MID"
    " MIL MIN MIX MOB MOM MOP MUD MUG MY NAP NET NEW NIP NIX NO NOD NON NOR NOT NOW NUT RAD RAG"
    " RAM RAP RAT RAW RAY RED RIB RIG RIM RIO RIP ROB ROD ROE ROM ROW RUB RUG RUM RUN RYE SAD"
    " SAM SAT SAW SAX SAY SCSI SEA SET SEW SEX SHE SHY SIM SIP SIR SIT SIX SKI SKY SLY SO SOD"
    " SON SOY SPA SPY SUB SUM SUN"
)
PRONOUNCED = f"{_WORDS.replace(' ', '|')}|(?:F[LR]|RH|S[CHKLMNPQTW])[AEIOUY][A-Z]"
"""Of these, words that are read as such: a MAX, a SLIM."""
_ACRONYM = re.compile(rf"(?!(?:{PRONOUNCED})(?![A-Za-z])){SPELLED}(?![A-Za-z])")


@dataclass(frozen=True)
class Sentence:
    """What ends a sentence and what a question, what stands before the next one, and the marks
    around what could be taken for the sentence."""

    end: str
    question: str
    gap: str
    quotes: str

    @cached_property
    def quoted(self) -> str:
        """A regular expression of what stands in quotation marks, with them."""
        return f"{self.quotes[0]}[^{self.quotes[1]}]*{self.quotes[1]}"

    @cached_property
    def pattern(self) -> str:
        """A regular expression of one sentence in a text, as its only group."""
        opening, closing = self.quotes[0], self.quotes[1]
        end = re.escape(self.end)
        parts = f"[^{opening}{closing}{end}]|{self.quoted}"
        if self.gap:
            parts += rf"|{end}[^{self.gap}{opening}{closing}]"
        return f"((?:{parts})+{end})(?:{self.gap}|$)"

    @cached_property
    def asks(self) -> str:
        """A regular expression of a question with its answer, these two as its groups."""
        opening, mark = self.quotes[0], re.escape(self.question)
        parts = f"{self.quoted}|[^{opening}{mark}]"
        if self.gap:
            parts += f"|{mark}[^{self.gap}{opening}]"
        return f"^((?:{parts})*?{mark}){self.gap}(.*)$"

    @cached_property
    def slot(self) -> str:
        """A regular expression of the words of a slot."""
        return f"(?:{self.quoted}|[^{self.quotes[0]}{self.quotes[1]}])+?"


@dataclass(frozen=True)
class Listing:
    """What stands between two items; between several and before the last of them; and the same
    where an item has one of these in it."""

    pair: str
    comma: str
    last: str
    semicolon: str
    semicolon_last: str

    def __call__(self, items: list[str]) -> str:
        """Items as one text that can be taken apart again: a as well as b; a, b, and c."""
        comma, last = self.comma, self.last
        if any(mark in item for item in items for mark in self.marks):
            comma, last = self.semicolon, self.semicolon_last
        elif len(items) == 2:
            last = self.pair
        return comma.join(items[:-1]) + last + items[-1]

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """What an item of a plain list has not."""
        return tuple(dict.fromkeys((self.comma, self.pair, self.last)))

    @cached_property
    def parts(self) -> dict[str, str]:
        """What tells the items of a list apart, as a regular expression, by what tells that it is
        such a list; the first that is found counts."""
        semicolon = _either(self.semicolon_last, self.semicolon)
        comma = _either(self.last, self.comma)
        return {
            self.semicolon: semicolon,
            self.comma: comma,
            self.last: pattern_of(self.last),
            self.pair: pattern_of(self.pair),
        }

    @cached_property
    def beginnings(self) -> tuple[str, ...]:
        """With what no item may begin, for it would be taken for what stands before it."""
        pairs = ((self.comma, self.last), (self.semicolon, self.semicolon_last))
        return tuple(
            dict.fromkeys(
                last.removeprefix(comma)
                for comma, last in pairs
                if last.startswith(comma) and last != comma
            )
        )


@dataclass(frozen=True)
class Heading:
    """How words begin a title; `drops` is an article that is left out."""

    drops: str

    def __call__(self, words: str) -> str:
        """The words without the article, their first letter large."""
        words = words.removeprefix(self.drops)
        return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class Grammar:
    """One language. `locale` is the one by which Babel writes numbers, money and dates."""

    language: str
    name: str
    locale: str
    date: str
    time: str
    sentence: Sentence
    list: Listing
    heading: Heading
    names: Mapping[str, str]
    levels: Mapping[str, str]
    measures: Mapping[str, str]
    ages: Mapping[str, str]

    @cached_property
    def writing(self) -> dict[str, Callable[..., str]]:
        """Filters that write."""
        return {"a": article, "noun": noun, "listing": self.list, "heading": self.heading}


def article(words: str) -> str:
    """English words with "a" or "an" before them, by sound: an hour, a unit, an 8 oz, an LCD;
    accents do not count."""
    letters = normalize("NFKD", words.lstrip("“\"'("))
    sound = "".join(letter for letter in letters if not combining(letter))
    vowel = _VOWEL_SOUND.match(sound) and not _CONSONANT_SOUND.match(sound)
    return f"{'an' if vowel or _ACRONYM.match(sound) else 'a'} {words}"


def noun(count: str, one: str, many: str) -> str:
    """The form of a word for a count."""
    return one if count == "1" else many


# A mark is MARK, what it stands for, MARK: a slot (`size`), a list (`[size]`), or a choice of words
# (`a |an `).
READING: dict[str, Callable[..., str]] = {
    "a": lambda slot: f"{MARK}a |an {MARK}{slot}",
    "noun": lambda slot, one, many: f"{MARK}{one}|{many}{MARK}",
    "listing": lambda slot: slot.replace(MARK, f"{MARK}[", 1).removesuffix(MARK) + f"]{MARK}",
    "heading": lambda slot: slot,
}


@cache
def grammar(language: str = "en") -> Grammar:
    """The grammar of a language.

    Raises:
        VerbalizeError: if there is no such language.
        TemplateError: if its file lacks something.
    """
    if language not in languages():
        raise VerbalizeError(
            f"there are no templates in language {language!r}; there is {', '.join(languages())}"
        )
    path = TEMPLATES / language / "grammar.toml"
    with path.open("rb") as file:
        read: dict[str, Any] = tomllib.load(file)
    try:
        found = Grammar(
            language=language,
            **{
                **read,
                "sentence": Sentence(**read["sentence"]),
                "list": Listing(**read["list"]),
                "heading": Heading(**read["heading"]),
            },
        )
        for name, fields in NAMES.items():
            said = {field for _, field, _, _ in Formatter().parse(found.names[name]) if field}
            if said != set(fields):
                raise TemplateError(f"{path}: [names] {name} must have {', '.join(fields)}")
    except (KeyError, TypeError) as error:
        raise TemplateError(
            f"{path}: {error}; compare it with the grammar of another language"
        ) from error
    return found


def _either(*texts: str) -> str:
    """A regular expression of one of several texts."""
    return "|".join(dict.fromkeys(map(pattern_of, texts)))


def pattern_of(text: str) -> str:
    """A regular expression of a text that both Python and DuckDB read."""
    return re.escape(text).replace("\\ ", " ")
