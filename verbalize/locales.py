"""Numbers, money, shares and times as a language writes them, by the Unicode locale data of Babel.

No two values have the same words: what a locale would round stays as its source wrote it.
"""

import re
from datetime import datetime
from decimal import Decimal

from babel.dates import format_date, get_day_names, get_month_names
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
    get_decimal_symbol,
)

from verbalize.grammar import Grammar

COUNTS = (
    "productCount", "makesProducts", "brandCount", "memberCount", "variantCount", "reviewCount",
    "ratingCount",
)  # fmt: skip
TIMES = ("since", "through", "week")

_COUNT = re.compile(r"0|[1-9]\d{0,17}")
_RATING = re.compile(r"\d{1,2}(?:\.\d{1,6})?")
_PRICE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?) ([A-Z]{3})")
_DECIMAL = re.compile(r"\d{1,15}\.\d{1,15}")
_SHARE = re.compile(r"\d{1,3}(?:\.\d+)?")
_MONTHS = [f"{month:02}" for month in range(1, 13)]
_DAYS = [str(day) for day in range(1, 8)]
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d\.\d{6})?")


def locale_words(slot: str, value: str, grammar: Grammar) -> str | None:
    """The words for a number, price, share or time; None where it is none, or where words would
    not tell it exactly."""
    if slot in COUNTS and _COUNT.fullmatch(value):
        return _plain(format_decimal(int(value), locale=grammar.locale))
    if slot == "detail" and _DECIMAL.fullmatch(value):
        return with_decimal_sign(value, grammar)
    if slot == "ratingValue" and _RATING.fullmatch(value):
        return with_decimal_sign(value, grammar)
    if slot == "price" and (price := _PRICE.fullmatch(value)):
        return _money(Decimal(price[1]), price[2], grammar)
    if slot == "share" and _SHARE.fullmatch(value):
        share = Decimal(value) / 100
        return _plain(format_percent(share, locale=grammar.locale, decimal_quantization=False))
    if slot in TIMES and _TIME.fullmatch(value):
        return _time(datetime.fromisoformat(value), grammar)
    if slot == "peaksIn" and value in _MONTHS:
        return str(get_month_names("wide", "stand-alone", grammar.locale)[int(value)])
    if slot == "peaksOn" and value in _DAYS:
        return str(get_day_names("wide", "stand-alone", grammar.locale)[int(value) - 1])
    return None


def with_decimal_sign(number: str, grammar: Grammar) -> str:
    """A number with digits as they are, and the decimal sign of the language."""
    return number.replace(".", get_decimal_symbol(grammar.locale))


def _money(amount: Decimal, currency: str, grammar: Grammar) -> str | None:
    if round(amount, get_currency_precision(currency)) != amount:
        return None
    return _plain(format_currency(amount, currency, locale=grammar.locale))


def _time(time: datetime, grammar: Grammar) -> str:
    date = format_date(time, grammar.date, locale=grammar.locale)
    if (time.hour, time.minute, time.second, time.microsecond) == (0, 0, 0, 0):
        return date
    clock = f"{time:%H:%M:%S.%f}".rstrip("0").rstrip(".")
    return grammar.time.format(date=date, time=clock)


def _plain(words: str) -> str:
    """Words with plain spaces, which every tokenizer knows."""
    return words.replace("\xa0", " ").replace("\u202f", " ")
