"""Declared columns as SQL: how a landed value becomes a typed one, and which problems it can have.

Each function gives SQL text over one row of a landed table, joined with `valued`, the subquery of
its typed values. A problem is a string that says what was expected and what came, or null.
"""

from warehouse.connection import literal, quoted
from warehouse.kinds import KINDS, Column

_SQL_TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "money": "DECIMAL(18, 2)",
    "time": "TIMESTAMP",
}
_TIMES = (
    "TIMESTAMP",
    "TIMESTAMP_NS",
    "TIMESTAMP_MS",
    "TIMESTAMP_S",
    "TIMESTAMP WITH TIME ZONE",
    "DATE",
)
_EXPECTED = {
    "integer": "a whole number",
    "number": "a number",
    "money": "an amount of money such as 12.50",
    "time": "a time such as 2024-01-31 12:00:00, or seconds or milliseconds since 1970",
}
_NUMBER = r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_MONEY = r"-?[$€£¥]?\s*(\d{1,3}(,\d{3})+|\d+)(\.\d+)?\s*([A-Z]{3})?"


def text(column: Column, landed: str) -> str:
    """The text of a landed value of any type: trimmed, null where empty."""
    value = f"nullif(trim({landed}::VARCHAR), '')"
    return f"lower({value})" if column.choices else value


def typed(column: Column, landed: str, landed_type: str) -> str:
    """The typed value of the SQL expression `landed` of the DuckDB type `landed_type`; null where
    it has none."""
    raw = text(column, landed)
    if column.type == "text":
        return raw
    target = _SQL_TYPES[column.type]
    if landed_type != "VARCHAR" and (column.type == "time") == (landed_type in _TIMES):
        return _finite(f"TRY_CAST({landed} AS {target})", target)
    if column.type == "time":
        number = f"TRY_CAST({raw} AS BIGINT)"
        return (
            f"CASE WHEN regexp_full_match({raw}, '\\d{{13}}') THEN make_timestamp({number} * 1000) "
            f"WHEN regexp_full_match({raw}, '\\d{{9,10}}') THEN make_timestamp({number} * 1000000) "
            f"ELSE coalesce(TRY_CAST({raw} AS TIMESTAMP), TRY_CAST({raw} AS TIMESTAMPTZ) AT TIME ZONE 'UTC') END"
        )
    if column.type == "money":
        amount = f"regexp_replace({raw}, '[^0-9.-]', '', 'g')"
        return (
            f"CASE WHEN regexp_full_match({raw}, {literal(_NUMBER)}) THEN TRY_CAST({raw} AS {target}) "
            f"WHEN regexp_full_match({raw}, {literal(_MONEY)}) THEN TRY_CAST({amount} AS {target}) END"
        )
    return _finite(f"TRY_CAST({raw} AS {target})", target)


def problem(column: Column, landed: str) -> str:
    """What is wrong with a value, given the SQL expression `landed`; its typed value bears the name
    of the column."""
    value, raw = quoted(column.name), text(column, landed)

    def expected(what: str) -> str:
        return f"{literal(f'expected {what}, got ')} || left({raw}, 80)"

    branches = []
    if column.type != "text":
        branches.append(
            (f"{value} IS NULL AND {raw} IS NOT NULL", expected(_EXPECTED[column.type]))
        )
    else:
        branches.append(
            (f"length({value}) > {column.limit}", literal(f"longer than {column.limit} characters"))
        )
    if column.required:
        branches.append((f"{value} IS NULL", "'a value is required'"))
    if column.minimum is not None:
        branches.append((f"{value} < {column.minimum}", expected(f"at least {column.minimum:g}")))
    if column.maximum is not None:
        branches.append((f"{value} > {column.maximum}", expected(f"at most {column.maximum:g}")))
    if column.choices:
        choices = ", ".join(map(literal, column.choices))
        branches.append(
            (f"{value} NOT IN ({choices})", expected(f"one of {', '.join(column.choices)}"))
        )
    if column.pattern:
        branches.append(
            (
                f"NOT regexp_full_match({value}, {literal(column.pattern)})",
                expected(f"the form {column.pattern}"),
            )
        )
    if column.gtin:
        branches.append((f"NOT gtin_valid({value})", expected("a GTIN with a right check digit")))
    if column.reference and column.must_exist:
        kind = KINDS[column.reference]
        known = f"SELECT {kind.identifier} FROM {kind.table}"
        missing = f"{value} IS NOT NULL AND {quoted(column.name + '_id')} NOT IN ({known})"
        branches.append(
            (missing, f"'no such {column.reference} is loaded, got ' || left({raw}, 80)")
        )
    return (
        f"CASE {' '.join(f'WHEN {condition} THEN {reason}' for condition, reason in branches)} END"
    )


def _finite(value: str, target: str) -> str:
    """Infinity and not-a-number are no values."""
    return (
        value
        if target not in ("DOUBLE", "TIMESTAMP")
        else f"CASE WHEN isfinite({value}) THEN {value} END"
    )
