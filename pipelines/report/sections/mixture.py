"""What each mixed corpus was planned of, and what it came to."""

from itertools import groupby
from typing import Any

import duckdb

from pipelines.drawing import Bar, bars


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The rows of `text.mixture` by corpus, with a picture of the tokens of each source."""
    rows = (
        connection.sql("FROM text.mixture ORDER BY corpus, phase, source")
        .to_arrow_table()
        .to_pylist()
    )
    return {
        "corpora": [
            {"name": corpus, "rows": found, "picture": _picture(found)}
            for corpus, group in groupby(rows, key=lambda row: row["corpus"])
            for found in [list(group)]
        ]
    }


def _picture(rows: list[dict[str, Any]]) -> str:
    """A bar for each source of each phase."""
    return bars(
        [
            Bar(
                f"phase {row['phase']}: {row['source']}",
                ((row["tokens"], 0),),
                f"{row['tokens']:,} ({row['share']:.1%})",
            )
            for row in rows
        ],
        width=720,
    )
