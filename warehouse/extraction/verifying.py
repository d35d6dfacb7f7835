"""Whether a value that somebody claims to be in a text is there, and where.

Three rules, in this order: the exact characters; the same letters and digits, whatever their case
and the marks between them; the same quantity in another unit. What none of them finds is refused.
"""

import re

from warehouse.extraction.quantities import same_quantity

_WORD = re.compile(r"[^\W_]+")
_QUANTITY = re.compile(r"\d+(?:[.,/]\d+)?\s*-?\s*[A-Za-z]+")


def locate(value: str, text: str) -> tuple[int, int] | None:
    """Where `text` says `value`, as half-open positions; None where it does not."""
    wanted = value.strip()
    if not wanted:
        return None
    begin = text.find(wanted)
    if begin >= 0:
        return begin, begin + len(wanted)
    return _spelled(wanted, text) or _measured(wanted, text)


def _spelled(wanted: str, text: str) -> tuple[int, int] | None:
    words = [word.casefold() for word in _WORD.findall(wanted)]
    said = [(match[0].casefold(), match.span()) for match in _WORD.finditer(text)]
    for place in range(len(said) - len(words) + 1) if words else ():
        run = said[place : place + len(words)]
        if [word for word, _ in run] == words:
            return run[0][1][0], run[-1][1][1]
    return None


def _measured(wanted: str, text: str) -> tuple[int, int] | None:
    for match in _QUANTITY.finditer(text):
        if same_quantity(wanted, match[0]):
            return match.span()
    return None
