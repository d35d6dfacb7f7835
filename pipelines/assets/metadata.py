"""What people see on an asset: rows, columns, a sample, a picture."""

import base64
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from dagster import MetadataValue, TableColumn, TableSchema

from pipelines.drawing import Bar, alone, bars
from warehouse.connection import memory, only_row

SAMPLE_ROWS = 5
CELL_LIMIT = 48
FILES_SHOWN = 20


def table_metadata(
    connection: duckdb.DuckDBPyConnection, table: str, plot: str | None
) -> dict[str, Any]:
    """Row count, a few rows, and a bar chart of the query `plot` (label, value)."""
    row = only_row(connection, f"SELECT count(*) FROM {table}")
    metadata: dict[str, Any] = {"dagster/row_count": row[0], "sample": _sample(connection, table)}
    found = connection.execute(plot).fetchall() if plot and row[0] else []
    if found:
        metadata["plot"] = bar_chart(found)
    return metadata


def column_schema(table: str) -> dict[str, Any]:
    """Columns, types and meanings, as the schema has them."""
    return {"dagster/column_schema": TableSchema(columns=_columns()[table])}


def file_metadata(path: Path) -> dict[str, Any]:
    """Path, files and bytes of a file or folder."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    sizes = {file: file.stat().st_size for file in files if file.is_file()}
    lines = ["| file | bytes |", "| --- | --- |"]
    lines += [
        f"| {file.relative_to(path.parent)} | {size:,} |"
        for file, size in list(sizes.items())[:FILES_SHOWN]
    ]
    return {
        "path": MetadataValue.path(str(path)),
        "files": len(sizes),
        "bytes": sum(sizes.values()),
        "sample": MetadataValue.md("\n".join(lines)),
    }


@cache
def _columns() -> dict[str, list[TableColumn]]:
    columns: dict[str, list[TableColumn]] = {}
    with memory() as connection:
        rows = connection.execute(
            """
            SELECT schema_name || '.' || table_name, column_name, data_type, comment
            FROM duckdb_columns() WHERE NOT internal ORDER BY 1, column_index
            """
        ).fetchall()
    for table, name, data_type, comment in rows:
        columns.setdefault(table, []).append(TableColumn(name, data_type, comment))
    return columns


def _sample(connection: duckdb.DuckDBPyConnection, table: str) -> MetadataValue:
    cursor = connection.execute(f"FROM {table} LIMIT {SAMPLE_ROWS}")
    columns = [column[0] for column in cursor.description or []]
    lines = [columns, ["---"] * len(columns)]
    lines += [[plain_text(value, CELL_LIMIT) for value in row] for row in cursor.fetchall()]
    return MetadataValue.md("\n".join(f"| {' | '.join(line)} |" for line in lines))


def plain_text(value: Any, most: int) -> str:
    """Catalog text as plain text in Markdown, `most` characters of it: nothing in it is markup."""
    text = "".join(c if c.isprintable() else " " for c in str(value))[:most]
    return "".join(f"&#{ord(c)};" if c in "<>&|`*_[]()!\\#~" else c for c in text)


def bar_chart(rows: list[tuple[Any, ...]]) -> MetadataValue:
    """Labels and their values as a picture."""
    drawn = [Bar(str(label), ((float(value), 0),), _short(value)) for label, value in rows]
    picture = base64.b64encode(alone(bars(drawn, width=720)).encode()).decode()
    return MetadataValue.md(f"![bar chart](data:image/svg+xml;base64,{picture})")


def _short(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else f"{int(value):,}"
