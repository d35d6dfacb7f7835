"""Declared columns as SQL: how a landed value becomes a typed one, and which problems it can have.

Each function gives SQL text over one row. A problem is a string that says what was expected and
what came, or null.
"""

import re

from warehouse.connection import literal, quoted
from warehouse.kinds import KINDS, Column

_SQL_TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "money": "DECIMAL(18, 2)",
}
_IS_WHOLE = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
_IS_NUMBER = re.compile(rf"{_IS_WHOLE.pattern}|FLOAT|DOUBLE|DECIMAL.*")
_IS_TIME = re.compile(r"TIMESTAMP.*|DATE")
_EXPECTED = {
    "path": "a category, or a path such as Kitchen > Mugs",
    "integer": "a whole number",
    "number": "a number",
    "money": "an amount of money such as 12.50",
    "time": "a time such as 2024-01-31 12:00:00, or seconds or milliseconds since 1970",
}
_WHITE = " \t\r\n\u00a0"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
CURRENCIES = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY"}
_MONEY = r"-?[$€£¥]?\s*{}\s*([$€£¥]|[A-Z]{{3}})?"
# 1.234,50: a comma before one or two last digits can only be that of decimals.
_COMMA = _MONEY.format(r"(\d{1,3}([. ]\d{3})+|\d+),\d{1,2}")
_FORMS = {
    "integer": r"[+-]?\d+(\.0*)?",
    "number": _NUMBER,
    "money": "|".join([_NUMBER, _MONEY.format(r"(\d{1,3}(,\d{3})+|\d+)(\.\d+)?"), _COMMA]),
}
_DATE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(\D.*)?"
_YEARS = "BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2199-12-31'"


def text(column: Column, landed: str, landed_type: str) -> str:
    """The text of a landed value of any type: trimmed, null where empty."""
    value = f"nullif({_trimmed(f'{landed}::VARCHAR')}, '')"
    if landed_type in ("FLOAT", "DOUBLE"):
        # Tools without whole numbers that may be missing write 12 as 12.0.
        value = f"regexp_replace({value}, '\\.0$', '')"
    return f"lower({value})" if column.choices else value


def _trimmed(value: str) -> str:
    """A text without white space around it. To see that there is none takes an eighth of the time
    that `trim` does."""
    ends = " OR ".join(f"suffix({value}, {literal(white)})" for white in _WHITE)
    bare = f"{value} >= '!' AND {value} < '~' AND NOT ({ends})"
    return f"CASE WHEN {bare} THEN {value} ELSE trim({value}, {literal(_WHITE)}) END"


def typed(column: Column, landed: str, landed_type: str) -> str:
    """The typed value of the SQL expression `landed` of the DuckDB type `landed_type`; null where
    it has none."""
    raw = text(column, landed, landed_type)
    if column.type == "text":
        return raw
    if column.type == "path":
        parts = f"[trim(part) FOR part IN string_split({raw}, '>') IF trim(part) <> '']"
        return f"nullif(array_to_string({parts}, ' > '), '')"
    if column.type == "time":
        value = _time(landed, landed_type, raw)
        return f"CASE WHEN {value} {_YEARS} THEN {value} END"
    target = _SQL_TYPES[column.type]
    native = _IS_WHOLE if column.type == "integer" else _IS_NUMBER
    if native.fullmatch(landed_type):
        value = f"TRY_CAST({landed} AS {target})"
    else:
        plain = _amount(raw) if column.type == "money" else raw
        form = literal(_FORMS[column.type])
        value = f"CASE WHEN regexp_full_match({raw}, {form}) THEN TRY_CAST({plain} AS {target}) END"
    return f"CASE WHEN isfinite({value}) THEN {value} END" if column.type == "number" else value


def nothing(column: Column) -> str:
    """The typed value of a column that nothing fills. The checks of `typed` give the same, and take
    most of the time that the planning of a small file does."""
    sql_type = "TIMESTAMP" if column.type == "time" else _SQL_TYPES.get(column.type, "VARCHAR")
    return f"NULL::{sql_type}"


def currency(landed: str) -> str:
    """The currency that is written beside the amount in the SQL expression `landed`, or null."""
    signs = " ".join(
        f"WHEN contains({landed}, {literal(sign)}) THEN {literal(code)}"
        for sign, code in CURRENCIES.items()
    )
    return f"CASE {signs} ELSE nullif(regexp_extract({landed}, '([A-Z]{{3}})\\s*$', 1), '') END"


def problem(column: Column, landed: str, landed_type: str) -> str:
    """What is wrong with a value, given the SQL expression `landed`; its typed value bears the name
    of the column."""
    value, raw = quoted(column.name), text(column, landed, landed_type)

    def expected(what: str) -> str:
        return f"{literal(f'expected {what}, got ')} || left({raw}, 80)"

    branches = []
    if column.type in _EXPECTED:
        wrong = f"{value} IS NULL AND {raw} IS NOT NULL"
        branches.append((wrong, expected(_EXPECTED[column.type])))
    if column.type in ("text", "path"):
        too_long = f"longer than {column.limit} characters"
        branches.append((f"length({value}) > {column.limit}", literal(too_long)))
    if column.required:
        branches.append((f"{value} IS NULL", "'a value is required'"))
    if column.minimum is not None:
        branches.append((f"{value} < {column.minimum}", expected(f"at least {column.minimum:g}")))
    if column.maximum is not None:
        branches.append((f"{value} > {column.maximum}", expected(f"at most {column.maximum:g}")))
    if column.choices:
        choices = ", ".join(map(literal, column.choices))
        one_of = f"one of {', '.join(column.choices)}"
        branches.append((f"{value} NOT IN ({choices})", expected(one_of)))
    if column.pattern:
        other = f"NOT regexp_full_match({value}, {literal(column.pattern)})"
        branches.append((other, expected(f"the form {column.pattern}")))
    if column.gtin:
        branches.append((f"NOT gtin_valid({value})", expected("a GTIN with a right check digit")))
    if column.reference and column.must_exist:
        kind = KINDS[column.reference]
        # Of what is a node, also what a snapshot took away: it happened before.
        known = f"SELECT {kind.identifier} FROM {kind.table}"
        if kind.node:
            known = "SELECT node_id FROM facts.node"
        missing = f"{value} IS NOT NULL AND {quoted(column.name + '_id')} NOT IN ({known})"
        unknown = f"'no such {column.reference} is loaded, got ' || left({raw}, 80)"
        branches.append((missing, unknown))
    cases = " ".join(f"WHEN {condition} THEN {reason}" for condition, reason in branches)
    return f"CASE {cases} END"


def _amount(raw: str) -> str:
    """An amount of money as a number: without its currency, with a point before the decimals."""
    pointed = f"regexp_replace({raw}, '[$€£¥,\\s]|[A-Z]{{3}}$', '', 'g')"
    comma = f"replace(regexp_replace({raw}, '[^-,\\d]', '', 'g'), ',', '.')"
    with_comma = f"regexp_full_match({raw}, {literal(_COMMA)})"
    return f"CASE WHEN {with_comma} THEN {comma} ELSE {pointed} END"


def _time(landed: str, landed_type: str, raw: str) -> str:
    if _IS_TIME.fullmatch(landed_type):
        return f"TRY_CAST({landed} AS TIMESTAMP)"
    number = f"TRY_CAST({raw} AS BIGINT)"
    return (
        f"CASE WHEN regexp_full_match({raw}, '\\d{{13}}') THEN make_timestamp({number} * 1000) "
        f"WHEN regexp_full_match({raw}, '\\d{{9,10}}') THEN make_timestamp({number} * 1000000) "
        f"WHEN regexp_full_match({raw}, {literal(_DATE)}) "
        f"THEN TRY_CAST({raw} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END"
    )
