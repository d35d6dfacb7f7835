"""What is measured before anything is published: whether a file keeps its contract, row by row and
as a whole.

Rows that break a rule of their own go to quarantine with the others; figures of all rows that pass
are measured against their limits, and a load with one that fails is not published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from warehouse.checks import text, typed
from warehouse.connection import literal, only_row, quoted
from warehouse.contracts import BOUNDS, LENGTHS, OPERATORS, Contract, Field, Rule
from warehouse.kinds import KINDS, Column

# Columns that are checked as the canonical type on the left need no other check of the right one.
_SAME = {
    ("integer", "integer"), ("number", "number"), ("money", "number"), ("time", "timestamp"),
    ("time", "date"),
}  # fmt: skip
_NATIVE = {
    "BOOLEAN": "boolean", "TINYINT": "integer", "SMALLINT": "integer", "INTEGER": "integer",
    "BIGINT": "integer", "UTINYINT": "integer", "USMALLINT": "integer", "UINTEGER": "integer",
    "UBIGINT": "integer", "HUGEINT": "integer", "UHUGEINT": "integer", "FLOAT": "number",
    "DOUBLE": "number", "DECIMAL": "number", "DATE": "date", "TIMESTAMP": "timestamp",
}  # fmt: skip
# What text is, the narrowest type first.
_NARROWEST = ("boolean", "number", "timestamp")
_MOST = 0.5


@dataclass(frozen=True)
class Audit:
    """A figure and its limit. One that is not `strict` stops nothing; one without a value is not
    measured by Wareword."""

    check: str
    value: float | None
    threshold: str
    passed: bool | None
    strict: bool = True

    def __str__(self) -> str:
        return f"{self.check} is {self.value:g}, {self.threshold}"


def audit(check: str, value: float, operator: str, limit: float, strict: bool = True) -> Audit:
    """A figure, measured."""
    return Audit(check, value, f"{operator} {limit:g}", OPERATORS[operator](value, limit), strict)


def column_types(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    share: float = 1.0,
) -> dict[str, str]:
    """The logical types of columns of a landed table: of text, the narrowest that at least `share`
    of its values have; empty where there is no value."""
    landed = _landed_types(connection, table)
    found = {name: _native(landed[name]) for name in columns}
    texts = [name for name in columns if not found[name]]
    if not texts:
        return found
    figures = []
    for name in texts:
        fits = [f"count(*) FILTER ({_fits(name, landed[name], kind)})" for kind in _NARROWEST]
        figures += [f"count({_text(name, landed[name])})", *fits]
    row = only_row(connection, f"SELECT {', '.join(figures)} FROM {table} AS landed")
    width = 1 + len(_NARROWEST)
    for place, name in enumerate(texts):
        values, *fitting = row[place * width : (place + 1) * width]
        kinds = zip(_NARROWEST, fitting, strict=True)
        narrow = (kind for kind, count in kinds if count >= share * values)
        found[name] = next(narrow, "string") if values else ""
    return found


def columns_found(
    connection: duckdb.DuckDBPyConnection, contract: Contract, table: str, columns: Sequence[str]
) -> dict[str, str]:
    """The columns of a landed table with their types, as `contracts.drift` compares them: a column
    has the type that was promised if most of its values have."""
    landed = _landed_types(connection, table)
    promised = {field.name: field for field in contract.fields if field.name in columns}
    asked = {name: field for name, field in promised.items() if field.type != "string"}
    found = dict.fromkeys(columns, "string")
    if asked:
        figures = [
            f"count(*) FILTER ({_fits(name, landed[name], field.type)}) "
            f">= {_MOST} * count({_text(name, landed[name])})"
            for name, field in asked.items()
        ]
        row = only_row(connection, f"SELECT {', '.join(figures)} FROM {table} AS landed")
        found |= {
            name: field.type
            for (name, field), keeps in zip(asked.items(), row, strict=True)
            if keeps
        }
    unclear = [
        name
        for name in columns
        if name not in promised or promised[name].type not in ("string", found[name])
    ]
    return found | column_types(connection, table, unclear, share=_MOST)


def turn_away(connection: duckdb.DuckDBPyConnection, contract: Contract, table: str) -> None:
    """Adds to the problems of `checked` what breaks the row rules of a contract: type, required,
    unique. A field that has a problem already has no second one."""
    landed = _landed_types(connection, table)
    fields = [field for field in contract.fields if field.name in landed]
    found = [
        f"{{'field': {literal(field.name)}, 'reason': CASE {cases} END}}"
        for field in fields
        if (cases := _cases(contract, field, landed[field.name]))
    ]
    if not found:
        return
    firsts = "".join(
        f", min(row_number) OVER (PARTITION BY {_text(field.name, landed[field.name])}) AS "
        + _first(field)
        for field in fields
        if field.unique
    )
    connection.execute(
        f"""
        UPDATE checked
        SET problems = list_concat(checked.problems, list_filter(
            broken.problems,
            lambda new: NOT list_contains(
                list_transform(checked.problems, lambda known: known.field), new.field
            )
        ))
        FROM (
            SELECT row_number, list_filter(
                [{", ".join(found)}], lambda problem: problem.reason IS NOT NULL
            ) AS problems
            FROM (SELECT *{firsts} FROM {table} AS landed) AS landed
        ) AS broken
        WHERE checked.row_number = broken.row_number AND len(broken.problems) > 0
        """
    )


def single_values(contract: Contract, landed: Mapping[str, str]) -> tuple[str, ...]:
    """The values that a contract wants once in a file, of columns of these types, as SQL of a row
    `landed`."""
    return tuple(
        _text(field.name, landed[field.name])
        for field in contract.fields
        if field.unique and field.name in landed
    )


def measure(connection: duckdb.DuckDBPyConnection, contract: Contract, table: str) -> list[Audit]:
    """The figures that a contract limits, of the rows of the landed table that pass the checks."""
    landed = _landed_types(connection, table)
    rules = [rule for rule in contract.rules if all(name in landed for name in rule.fields)]
    unmeasured = [Audit(words, None, "not measured", None) for words in contract.unchecked]
    if not rules:
        return unmeasured
    figures = [_figure(rule, landed) for rule in rules]
    row = only_row(
        connection,
        f"""
        SELECT {", ".join(figures)}
        FROM {table} AS landed
        ANTI JOIN (FROM checked WHERE len(problems) > 0) AS bad USING (row_number)
        """,
    )
    measured = [
        Audit(
            rule.name,
            float(value),
            rule.limit,
            OPERATORS[rule.operator](float(value), *rule.threshold),
            rule.strict,
        )
        for rule, value in zip(rules, row, strict=True)
    ]
    return measured + unmeasured


def record(connection: duckdb.DuckDBPyConnection, load_id: str, audits: Sequence[Audit]) -> None:
    """Keeps what was measured in ops.audit."""
    for made in audits:
        connection.execute(
            "INSERT INTO ops.audit VALUES (?, ?, ?, ?, ?)",
            [load_id, made.check, made.value, made.threshold, made.passed],
        )


def _landed_types(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    described = connection.execute(f"DESCRIBE {table}").fetchall()
    return {column: type_name for column, type_name, *_ in described}


def _native(landed_type: str) -> str:
    """The logical type of a column that is no text, else nothing."""
    if landed_type == "VARCHAR":
        return ""
    return _NATIVE.get(landed_type.partition("(")[0].partition(" ")[0], "string")


def _text(name: str, landed_type: str) -> str:
    return text(Column(name), f"landed.{quoted(name)}", landed_type)


def _fits(name: str, landed_type: str, kind: str) -> str:
    """Whether the value of a column is of a logical type, as SQL; null where there is none."""
    landed = f"landed.{quoted(name)}"
    if kind == "boolean":
        return f"lower({_text(name, landed_type)}) IN ('true', 'false')"
    names = {"number": ("number", "money"), "integer": ("integer",)}.get(kind, ("time",))
    values = (typed(Column(name, type=of), landed, landed_type) for of in names)
    return " OR ".join(f"({value}) IS NOT NULL" for value in values)


def _cases(contract: Contract, field: Field, landed_type: str) -> str:
    """What is wrong with a value by the contract, as branches of a CASE."""
    raw = _text(field.name, landed_type)
    filled = [
        KINDS[contract.kind].columns_by_name[canonical]
        for canonical, name in contract.columns.items()
        if name == field.name
    ]
    cases = []
    if field.type != "string" and not any((own.type, field.type) in _SAME for own in filled):
        wrong = f"{raw} IS NOT NULL AND NOT ({_fits(field.name, landed_type, field.type)})"
        said = literal(f"the contract expects {field.type}, got ")
        cases.append(f"WHEN {wrong} THEN {said} || left({raw}, 80)")
    for name, limit in field.options.items():
        broken = _breaks(field, landed_type, name, limit)
        said = literal(f"the contract expects {name} {limit}, got ")
        cases.append(f"WHEN {broken} THEN {said} || left({raw}, 80)")
    if field.required:
        cases.append(f"WHEN {raw} IS NULL THEN 'the contract requires a value'")
    if field.unique:
        first = _first(field)
        again = "'the contract wants each value once; this one stands in row '"
        cases.append(f"WHEN {raw} IS NOT NULL AND {first} < row_number THEN {again} || {first}")
    return " ".join(cases)


def _first(field: Field) -> str:
    """The column of the first row with a value; by the space at its end it is none of the file."""
    return quoted(f"first of {field.name} ")


def _breaks(field: Field, landed_type: str, name: str, limit: float | str) -> str:
    """Whether a value breaks an option of its logical type, as SQL; null where there is none."""
    raw = _text(field.name, landed_type)
    if name == "pattern":
        return f"NOT regexp_matches({raw}, {literal(str(limit))})"
    if name in LENGTHS:
        return f"NOT length({raw}) {LENGTHS[name]} {limit}"
    landed = f"landed.{quoted(field.name)}"
    if field.type in ("date", "timestamp"):
        value = typed(Column(field.name, type="time"), landed, landed_type)
        return f"NOT ({value}) {BOUNDS[name]} {literal(str(limit))}::TIMESTAMP"
    values = (typed(Column(field.name, type=of), landed, landed_type) for of in ("number", "money"))
    return f"NOT coalesce({', '.join(values)}) {BOUNDS[name]} {limit}"


def _figure(rule: Rule, landed: Mapping[str, str]) -> str:
    """A library metric of the standard as SQL over rows."""
    if rule.metric == "rowCount":
        return "count(*)"
    values = [_text(name, landed[name]) for name in rule.fields]
    listed = ", ".join(map(literal, rule.values)) or "NULL"
    if rule.metric == "duplicateValues":
        whole = " AND ".join(f"{value} IS NOT NULL" for value in values)
        figure = (
            f"count(*) FILTER ({whole}) - count(DISTINCT ({', '.join(values)})) FILTER ({whole})"
        )
    else:
        none = " OR ".join(f"{value} IS NULL" for value in values)
        if rule.metric == "missingValues":
            none += "".join(f" OR {value} IN ({listed})" for value in values)
        if rule.metric == "invalidValues":
            valid = [f"{value} IN ({listed})" for value in values if rule.values]
            if rule.pattern is not None:
                form = literal(rule.pattern)
                valid += [f"regexp_full_match({value}, {form})" for value in values]
            none = f"NOT ({' AND '.join(valid)})"
        figure = f"count(*) FILTER ({none})"
    return (
        f"coalesce(100.0 * ({figure}) / nullif(count(*), 0), 0)"
        if rule.unit == "percent"
        else figure
    )
