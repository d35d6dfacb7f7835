"""Filters of Jinja2 in SQL, by the Python function that they are the twin of, so that a filter that
an environment has put in the place of another is not taken for it; or by the class of an object
that is the filter, such as the listing of a language, which the twin then takes first.

Letters are the same in both as far as `SAME_CASE` goes; what has others is Jinja2's to say.
"""

from collections.abc import Callable
from typing import Any

from jinja2.filters import FILTERS

from verbalize.compile import english
from verbalize.compile.expressions import Expressions, Twin, mapped
from verbalize.compile.values import INTEGER, NONE, TEXT, Value, truth
from verbalize.grammar import Heading, Listing, article, noun
from warehouse.connection import literal

SPACES = "".join(map(chr, (*range(9, 14), *range(28, 33), 133, 160, 5760, *range(8192, 8203)))) + (
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What `str.strip` takes away."""


def upper(to: Expressions, s: Value) -> Value:
    return Value(f"upper({_cased(to, s)})", TEXT, nullable=False)


def lower(to: Expressions, s: Value) -> Value:
    return Value(f"lower({_cased(to, s)})", TEXT, nullable=False)


def capitalize(to: Expressions, s: Value) -> Value:
    text = _cased(to, s)
    return Value(f"concat(upper(left({text}, 1)), lower(({text})[2:]))", TEXT, nullable=False)


def trim(to: Expressions, value: Value, chars: Value | None = None) -> Value:
    around = SPACES if chars is None or chars.type == NONE else chars.constant
    if not isinstance(around, str) or not around:
        raise to.refused("what is trimmed must be text of the template")
    return Value(f"trim({to.text(value)}, {to.literal(around)})", TEXT, nullable=False)


def replace(to: Expressions, s: Value, old: Value, new: Value) -> Value:
    if not isinstance(old.constant, str) or not old.constant:
        raise to.refused("what is replaced must be text of the template")
    return Value(f"replace({to.text(s)}, {old.sql}, {to.text(new)})", TEXT, nullable=False)


def string(to: Expressions, value: Value) -> Value:
    return Value(to.text(value), TEXT, nullable=False)


def default(
    to: Expressions,
    value: Value,
    default_value: Value | None = None,
    boolean: Value | None = None,
) -> Value:
    other = default_value or to.constant("")
    if boolean is None or boolean.sql == "false":
        return value
    if boolean.sql != "true":
        raise to.refused("whether a default counts for what is empty must be true or false")
    return to.either(truth(value), value, other)


def length(to: Expressions, value: Value) -> Value:
    if value.item is None and value.type != TEXT:
        raise to.refused(f"{value.type} has no length")
    to.need(value)
    counted = "length" if value.type == TEXT else "len"
    return Value(f"{counted}({value.sql})", INTEGER, nullable=False)


def first(to: Expressions, seq: Value) -> Value:
    return _end(to, seq, "1")


def last(to: Expressions, seq: Value) -> Value:
    return _end(to, seq, "-1")


def join(to: Expressions, value: Value, d: Value | None = None) -> Value:
    between = "" if d is None else d.constant
    if not isinstance(between, str):
        raise to.refused("what stands between joined items must be text of the template")
    items = to.list(value)
    with to.each_of(items) as (item, loop):
        texts = mapped(items.sql, item.sql, loop.index, to.text(item))
    return Value(f"array_to_string({texts}, {to.literal(between)})", TEXT, nullable=False)


def _end(to: Expressions, items: Value, place: str) -> Value:
    """The first or last item; Jinja2 knows none of what is empty."""
    to.list(items)
    to.guard(truth(items))
    return Value(f"{items.sql}[{place}]", items.item or NONE)


def _cased(to: Expressions, value: Value) -> str:
    """SQL of a text all letters of which have the same capital and small forms in both."""
    text = to.text(value)
    if value.type == TEXT:
        to.guard(f"regexp_full_match({text}, {literal(f'{english.SAME_CASE}*')})")
    return text


TWINS: dict[Callable[..., Any], Twin] = {
    FILTERS["upper"]: upper,
    FILTERS["lower"]: lower,
    FILTERS["capitalize"]: capitalize,
    FILTERS["trim"]: trim,
    FILTERS["replace"]: replace,
    FILTERS["string"]: string,
    FILTERS["default"]: default,
    FILTERS["length"]: length,
    FILTERS["first"]: first,
    FILTERS["last"]: last,
    FILTERS["join"]: join,
    article: english.article,
    noun: english.noun,
    Listing: english.listing,
    Heading: english.heading,
}
