"""The currency of prices where no column has it: what the header says, or else what stands beside
every amount that says one."""

import re

import duckdb

from warehouse.checks import CURRENCIES, currency
from warehouse.connection import quoted

# Codes of ISO 4217 that are no words of a header (as ALL, TOP, TRY and CUP are).
_CODES = re.compile(
    "AED|AUD|BGN|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|MXN|MYR|NOK|NZD|PHP|"
    "PLN|RON|RUB|SAR|SEK|SGD|THB|TWD|UAH|USD|VND|ZAR"
)
_WORDS = {"EURO": "EUR", "EUROS": "EUR"}


def currency_of(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> str | None:
    """The ISO 4217 code of the amounts of a landed column; None where neither its name nor its
    values tell one and no other."""
    found = _in_header(column) or _in_values(connection, table, column)
    return found.pop() if len(found) == 1 else None


def _in_header(column: str) -> set[str]:
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).lower())
    names = {_WORDS.get(word.upper(), word.upper()) for word in words}
    signs = {code for sign, code in CURRENCIES.items() if sign in column}
    return signs | {name for name in names if _CODES.fullmatch(name)}


def _in_values(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> set[str]:
    landed = f"trim({quoted(column)}::VARCHAR)"
    rows = connection.execute(f"SELECT DISTINCT {currency(landed)} FROM {table}").fetchall()
    return {code for (code,) in rows if code}
