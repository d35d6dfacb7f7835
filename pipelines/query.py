"""Answers to people at the command line: SQL, the documented schema, the evidence of a document."""

import csv
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import duckdb
from rich.markup import escape
from rich.table import Table

from pipelines.console import console, output
from warehouse.errors import WarewordError

if TYPE_CHECKING:
    from verbalize.trace import Trace

FORMATS = ("table", "csv", "json")
FOLDED = 24
"""Letters to which a column may be folded before rows are shown upright."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# A macro is asked as it is called: facts.as_of(t). Its name without parameters finds it too.
_RELATIONS = """
    WITH relation AS (
        SELECT
            schema_name || '.' || table_name AS name, NULL AS parameters, 'table' AS kind, comment
        FROM duckdb_tables()
        UNION ALL
        SELECT schema_name || '.' || view_name, NULL, 'view', comment
        FROM duckdb_views() WHERE NOT internal
        UNION ALL
        SELECT
            CASE WHEN schema_name = 'main' THEN '' ELSE schema_name || '.' END || function_name,
            concat('(', array_to_string(parameters, ', '), ')'),
            CASE function_type WHEN 'macro' THEN 'macro' ELSE 'table macro' END,
            comment
        FROM duckdb_functions() WHERE NOT internal
    )
    SELECT concat(name, parameters), kind, comment
    FROM relation
    WHERE $name IS NULL
        OR $name IN (name, concat(name, parameters))
        OR starts_with(name, $name || '.')
    ORDER BY name
"""
_COLUMNS = """
    SELECT schema_name || '.' || table_name, column_name, data_type, comment
    FROM duckdb_columns() WHERE NOT internal ORDER BY 1, column_index
"""


class QueryError(WarewordError):
    """A statement that DuckDB cannot run here."""


def ask(connection: duckdb.DuckDBPyConnection, statement: str, form: str, limit: int) -> None:
    """Runs one statement and prints its rows as a table (the first `limit`), CSV or one JSON
    object.

    The statement can read the warehouse and nothing else: no file, no network, no setting.

    Raises:
        QueryError: if DuckDB refuses the statement.
    """
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    try:
        cursor = run_one(connection, statement)
        columns = [column[0] for column in cursor.description or []]
        if form == "csv":
            _print_csv(cursor, columns)
        elif form == "json":
            rows = [[_plain(value) for value in row] for row in cursor.fetchall()]
            _print_json({"columns": columns, "rows": rows})
        else:
            _print_table(cursor, columns, limit)
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise QueryError(f"{error}\nSee what there is with: wareword schema") from error


def describe(connection: duckdb.DuckDBPyConnection, name: str | None, as_json: bool) -> None:
    """Prints all tables, views and macros, or the columns or parameters of one, with their
    comments.

    Raises:
        QueryError: if nothing has that name.
    """
    relations = connection.execute(_RELATIONS, {"name": name}).fetchall()
    if not relations:
        raise QueryError(
            f"there is no schema, table, view or macro {name}; "
            "see what there is with: wareword schema"
        )
    columns = connection.execute(_COLUMNS).fetchall()
    if as_json:
        described = [
            {
                "name": relation,
                "kind": kind,
                "comment": comment,
                "columns": [
                    {"name": column, "type": type_name, "comment": text}
                    for owner, column, type_name, text in columns
                    if owner == relation
                ],
            }
            for relation, kind, comment in relations
        ]
        _print_json({"relations": described})
    elif len(relations) > 1:
        _table(["name", "kind", "what it holds"], relations)
    else:
        ((relation, kind, comment),) = relations
        output.print(f"{relation} ({kind}): {comment}", markup=False)
        owned = [row[1:] for row in columns if row[0] == relation]
        if owned:
            _table(["column", "type", "what it holds"], owned)


def show_trace(trace: "Trace", as_json: bool) -> None:
    """Prints a document sentence by sentence with the facts that each says."""
    if as_json:
        _print_json(asdict(trace))
        return
    output.print(f"{trace.document_id} ({trace.kind}): {trace.title}\n", markup=False)
    for sentence in trace.sentences:
        output.print(sentence.sentence, markup=False, style="bold")
        for fact in sentence.facts:
            output.print(f"    {_fact(fact)}", markup=False, soft_wrap=True)


def run_one(connection: duckdb.DuckDBPyConnection, statement: str) -> duckdb.DuckDBPyConnection:
    """Runs the one statement: of several, DuckDB would show the last alone.

    DuckDB makes two or more of a PIVOT: types of what stands in its columns, then the query; what
    it makes itself has no text.

    Raises:
        QueryError: if there is not exactly one.
    """
    parts = connection.extract_statements(statement)
    asked = [part for part in parts if part.query or part.type != duckdb.StatementType.CREATE]
    if len(asked) != 1:
        raise QueryError(
            f"{len(asked)} statements; give one, such as: "
            'wareword sql "FROM catalog.product_wide LIMIT 5"'
        )
    return connection.execute(asked[0] if len(parts) == 1 else statement)


def printable(text: str) -> str:
    """Control characters of catalog text do not reach the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def _print_json(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, default=str, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    """A value as JSON has it, which knows no infinity and nothing that is no number."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _fact(fact: dict[str, Any]) -> str:
    value = f"{fact['object']} {fact['unit']}" if fact["unit"] else fact["object"]
    end = f" to {fact['valid_to']:%Y-%m-%d}" if fact["valid_to"] else ""
    return (
        f"{fact['fact_id']}  {fact['subject']} {fact['predicate']} {value}  "
        f"({fact['provenance']} by {fact['source']}, confidence {fact['confidence']:.2f}, "
        f"valid from {fact['valid_from']:%Y-%m-%d}{end})"
    )


def _print_csv(cursor: duckdb.DuckDBPyConnection, columns: list[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    while rows := cursor.fetchmany(10_000):
        writer.writerows([_harmless(value) for value in row] for row in rows)


def _harmless(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is marked as text."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def _print_table(cursor: duckdb.DuckDBPyConnection, columns: list[str], limit: int) -> None:
    found = cursor.fetchmany(limit + 1)
    rows = [tuple("" if value is None else str(value) for value in row) for row in found[:limit]]
    if _fits(columns, rows):
        _table(columns, rows)
    else:
        _upright(columns, rows)
    if len(found) > limit:
        console.print(
            f"The first {limit} rows; more with --limit, all with --format csv.", markup=False
        )


def _fits(columns: list[str], rows: list[tuple[str, ...]]) -> bool:
    """Whether the columns, long ones folded, stand beside each other."""
    widths = [
        min(max(map(len, (name, *(row[place] for row in rows)))), FOLDED)
        for place, name in enumerate(columns)
    ]
    return sum(widths) + 3 * len(widths) <= output.width or len(columns) <= 3


def _upright(columns: list[str], rows: list[tuple[str, ...]]) -> None:
    """One line a value, for rows that are wider than the terminal."""
    width = max(map(len, columns))
    for number, row in enumerate(rows, start=1):
        output.print(f"row {number}", style="bold")
        for name, value in zip(columns, row, strict=True):
            if value:
                output.print(f"  {name:<{width}}  {printable(value)}", markup=False)


def _table(columns: list[str], rows: Sequence[tuple[Any, ...]]) -> None:
    table = Table(show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*["" if value is None else escape(printable(str(value))) for value in row])
    output.print(table)
