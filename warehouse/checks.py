"""Declared columns as SQL: how a raw value becomes a typed one, and which problems it can have.

Each function gives SQL text over one row of a landed table. A problem is a string that says what was expected and what came,
or null.
"""

from warehouse.connection import literal, quoted
from warehouse.kinds import KINDS, Column

_SQL_TYPES = {"text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "money": "DECIMAL(18, 2)", "time": "TIMESTAMP"}
_EXPECTED = {
    "integer": "a whole number",
    "number": "a number",
    "money": "an amount of money such as 12.50",
    "time": "a time such as 2024-01-31 12:00:00, or seconds or milliseconds since 1970",
}
_NUMBER = r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_MONEY = r"-?[$€£¥]?\s*(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?\s*([A-Z]{3})?"


def typed(column: Column, raw: str) -> str:
    """The typed value of `raw`, an SQL expression of text; null where it has none."""
    if column.type == "time":
        seconds = f"TRY_CAST({raw} AS BIGINT)"
        return (
            f"CASE WHEN regexp_full_match({raw}, '\\d{{13}}') THEN make_timestamp({seconds} * 1000) "
            f"WHEN regexp_full_match({raw}, '\\d{{9,10}}') THEN make_timestamp({seconds} * 1000000) "
            f"ELSE coalesce(TRY_CAST({raw} AS TIMESTAMP), TRY_CAST({raw} AS TIMESTAMPTZ) AT TIME ZONE 'UTC') END"
        )
    if column.type == "money":
        amount = f"regexp_replace({raw}, '[^0-9.-]', '', 'g')"
        return (
            f"CASE WHEN regexp_full_match({raw}, {literal(_NUMBER)}) THEN TRY_CAST({raw} AS DECIMAL(18, 2)) "
            f"WHEN regexp_full_match({raw}, {literal(_MONEY)}) THEN TRY_CAST({amount} AS DECIMAL(18, 2)) END"
        )
    if column.type == "number":
        value = f"TRY_CAST({raw} AS DOUBLE)"
        return f"CASE WHEN isfinite({value}) THEN {value} END"
    if column.type == "integer":
        return f"TRY_CAST({raw} AS BIGINT)"
    return raw


def sql_type(column: Column) -> str:
    """The DuckDB type of a column of this type."""
    return _SQL_TYPES[column.type]


def problem(column: Column) -> str:
    """What is wrong with a column of the table `read`: its raw text is `raw_NAME`, its typed value NAME."""
    raw, value = quoted(f"raw_{column.name}"), quoted(column.name)
    shown = f"'{{}}, got ' || left({raw}, 80)"
    branches = []
    if column.required:
        branches.append((f"{raw} IS NULL", "'a value is required'"))
    if column.type != "text":
        branches.append((f"{raw} IS NOT NULL AND {value} IS NULL", shown.format(f"expected {_EXPECTED[column.type]}")))
    else:
        branches.append((f"length({raw}) > {column.limit}", f"'longer than {column.limit} characters'"))
    if column.minimum is not None:
        branches.append((f"{value} < {column.minimum}", shown.format(f"expected at least {column.minimum:g}")))
    if column.maximum is not None:
        branches.append((f"{value} > {column.maximum}", shown.format(f"expected at most {column.maximum:g}")))
    if column.choices:
        choices = ", ".join(map(literal, column.choices))
        branches.append((f"{raw} NOT IN ({choices})", shown.format(f"expected one of {', '.join(column.choices)}")))
    if column.pattern:
        branches.append(
            (f"NOT regexp_full_match({raw}, {literal(column.pattern)})", shown.format(f"expected the form {column.pattern}"))
        )
    if column.gtin:
        branches.append((f"NOT gtin_valid({raw})", shown.format("expected a GTIN with a right check digit")))
    if column.reference and column.must_exist:
        kind = KINDS[column.reference]
        exists = f"EXISTS (SELECT 1 FROM {kind.table} AS target WHERE target.{kind.identifier} = read.{quoted(column.name + '_id')})"
        branches.append((f"{raw} IS NOT NULL AND NOT {exists}", shown.format(f"no such {column.reference} is loaded")))
    whens = " ".join(f"WHEN {condition} THEN {text}" for condition, text in branches)
    return f"CASE {whens} END" if whens else "NULL"
