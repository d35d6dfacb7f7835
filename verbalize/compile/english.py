"""The filters of `verbalize.grammar` in SQL.

RE2, which DuckDB has, looks neither ahead nor behind; so the patterns here say what those of
`grammar` say in another way. They are sure of words whose first one has letters that both take
apart alike, which is all Latin letters; the rest is Python's to say.
"""

from verbalize.compile.expressions import Expressions
from verbalize.compile.values import TEXT, Value, list_of
from verbalize.grammar import PRONOUNCED, SPELLED, Heading, Listing
from warehouse.connection import literal

SAME_CASE = (
    r"[\x{0}-\x{DE}\x{E0}-\x{12F}\x{131}-\x{148}\x{14A}-\x{17F}\x{400}-\x{45F}"
    r"\x{2010}-\x{2027}\x{2030}-\x{205E}\x{20A0}-\x{20BF}\x{2122}"
    r"\x{3000}-\x{3029}\x{3040}-\x{30FF}\x{4E00}-\x{9FFF}\x{AC00}-\x{D7A3}]"
)
"""A letter that has the same capital and small form in DuckDB and in any Python: no ß, no Σ."""

_PLAIN = (
    r"[^ \x{80}-\x{A0}\x{A8}\x{AA}\x{AF}\x{B2}-\x{B5}\x{B8}-\x{BA}\x{BC}-\x{BE}"
    r"\x{131}-\x{133}\x{13F}\x{140}\x{149}\x{17F}-\x{200F}\x{2016}\x{2017}\x{201F}-\x{10FFFF}]"
)
_FIRST_WORD_IS_PLAIN = rf"^{_PLAIN}*(?: |$)"

_OPENING = "“\"'("
_SURELY_A = sorted(map(ord, "02345679bcdfgjklmnpqrstvwxyz"))
_SURELY_AN = sorted(map(ord, "aiAI"))
"""Code points of first letters after which nothing changes the article."""

_VOWEL_SOUND = (
    r"^(?i:[aeio]|8|1[18](?:[^0-9]|$)|hour|hon[eo]|heir"
    r"|u(?:[^nstrkb]|n[^i]|ni[nm]|s[^aeiu]|t[^io]|r[^aeio]|[nstr]?$))"
)
_LETTER = r"A-Za-z0-9_\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{17E}"
_CONSONANT_SOUND = rf"^(?:(?i:on(?:e|ce)(?:[^{_LETTER}]|$)|eu|ewe)|U[A-Z])"
_ACRONYM = rf"^(?:{SPELLED})(?:[^A-Za-z]|$)"
_NO_ACRONYM = rf"^(?:{PRONOUNCED})(?:[^A-Za-z]|$)"


def article(to: Expressions, words: Value) -> Value:
    text = _text(to, words)
    first = f"ascii({text})"
    sure = ", ".join(map(str, _SURELY_A + _SURELY_AN))
    plain = f"regexp_matches({text}, {literal(_FIRST_WORD_IS_PLAIN)})"
    to.guard(f"CASE WHEN {first} IN ({sure}) THEN true ELSE {plain} END")
    sound = f"strip_accents(ltrim({text}, {literal(_OPENING)}))"
    vowel, consonant, acronym, word = (
        f"regexp_matches({sound}, {literal(pattern)})"
        for pattern in (_VOWEL_SOUND, _CONSONANT_SOUND, _ACRONYM, _NO_ACRONYM)
    )
    sql = (
        f"CASE WHEN {first} IN ({', '.join(map(str, _SURELY_A))}) THEN concat('a ', {text}) "
        f"WHEN {first} IN ({', '.join(map(str, _SURELY_AN))}) "
        f"OR {vowel} AND NOT {consonant} OR {acronym} AND NOT {word} THEN concat('an ', {text}) "
        f"ELSE concat('a ', {text}) END"
    )
    return Value(sql, TEXT, nullable=False)


def noun(to: Expressions, count: Value, one: Value, many: Value) -> Value:
    return to.either(to.compared("eq", count, to.constant("1")), one, many)


def listing(own: Listing, to: Expressions, items: Value) -> Value:
    if items.type != list_of(TEXT):
        raise to.refused("what is listed must be texts")
    words = to.list(items).sql
    to.guard(f"len({words}) > 0")
    with to.each_of(items) as (item, _):
        to.need(item)
    # No two items meet in what is joined by \x01.
    joined = f"array_to_string({words}, chr(1))"
    marked = " OR ".join(f"contains({joined}, {literal(mark)})" for mark in own.marks)

    def put_together(comma: str, last: str) -> str:
        first = f"array_to_string({words}[:-2], {literal(comma)})"
        return f"concat({first}, {literal(last)}, {words}[-1])"

    sql = (
        f"CASE WHEN {marked} THEN {put_together(own.semicolon, own.semicolon_last)} "
        f"WHEN len({words}) = 2 THEN {put_together(own.comma, own.pair)} "
        f"ELSE {put_together(own.comma, own.last)} END"
    )
    return Value(sql, TEXT, nullable=False)


def heading(own: Heading, to: Expressions, words: Value) -> Value:
    text = _text(to, words)
    bare = text
    if own.drops:
        drops = literal(own.drops)
        rest = f"{text}[{len(own.drops) + 1}:]"
        bare = f"CASE WHEN starts_with({text}, {drops}) THEN {rest} ELSE {text} END"
    to.guard(f"regexp_matches({bare}, {literal(f'^(?:{SAME_CASE}|$)')})")
    return Value(f"concat(upper(left({bare}, 1)), ({bare})[2:])", TEXT, nullable=False)


def _text(to: Expressions, words: Value) -> str:
    """SQL of words, which must be a text."""
    if words.type != TEXT:
        raise to.refused(f"words must be text, not {words.type}")
    to.need(words)
    return words.sql
