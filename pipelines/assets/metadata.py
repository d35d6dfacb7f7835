"""What people see on an asset: rows, a sample, a picture."""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
from dagster import MetadataValue

SAMPLE_ROWS = 5
CELL_LIMIT = 80


def table_metadata(
    connection: duckdb.DuckDBPyConnection, table: str, plot: str | None
) -> dict[str, Any]:
    """Row count, a few rows, what the columns mean, and a bar chart of the query `plot` (label, value)."""
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    metadata: dict[str, Any] = {"dagster/row_count": row[0], "sample": _sample(connection, table)}
    bars = connection.execute(plot).fetchall() if plot and row[0] else []
    if bars:
        metadata["plot"] = _bars(bars)
    return metadata


def file_metadata(path: Path) -> dict[str, Any]:
    """Path, files and bytes of a file or folder."""
    files = (
        sorted(found for found in path.rglob("*") if found.is_file()) if path.is_dir() else [path]
    )
    sizes = [file.stat().st_size for file in files if file.exists()]
    return {"path": MetadataValue.path(str(path)), "files": len(sizes), "bytes": sum(sizes)}


def _sample(connection: duckdb.DuckDBPyConnection, table: str) -> MetadataValue:
    cursor = connection.execute(f"FROM {table} LIMIT {SAMPLE_ROWS}")
    columns = [column[0] for column in cursor.description or []]
    lines = [columns, ["---"] * len(columns)]
    lines += [[_cell(value) for value in row] for row in cursor.fetchall()]
    return MetadataValue.md("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _cell(value: Any) -> str:
    """Catalog text as plain text in Markdown: nothing in it is markup."""
    text = "".join(c if c.isprintable() else " " for c in str(value))[:CELL_LIMIT]
    return "".join(f"&#{ord(c)};" if c in "<>&|`*_[]()!\\#~" else c for c in text)


def _bars(rows: list[tuple[Any, ...]]) -> MetadataValue:
    from matplotlib.figure import Figure

    labels, values = [str(row[0]) for row in rows], [float(row[1]) for row in rows]
    figure = Figure(figsize=(7, 0.6 + 0.28 * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.barh(labels[::-1], values[::-1], color="#3b6ea5")
    axes.spines[["top", "right"]].set_visible(False)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return MetadataValue.md(
        f"![bar chart](data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()})"
    )
