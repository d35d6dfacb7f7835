"""Apache Parquet files (https://parquet.apache.org/docs/file-format/): any flat schema; nested
columns land as JSON text."""

from pathlib import Path

import duckdb

from warehouse.connection import quoted
from warehouse.errors import LoadError
from warehouse.sources.feed import Feed, Options

name = "parquet"

_MAGIC = b"PAR1"
_NESTED = ("STRUCT", "MAP", "LIST", "[]", "UNION")


def detect(path: str | Path) -> bool:
    """True where the file begins with the magic bytes of the format."""
    with Path(path).open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands the rows with their own types.

    Raises:
        LoadError: if the file is cut or damaged.
    """
    try:
        described = connection.execute(
            "DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]
        ).fetchall()
        columns = tuple(column for column, *_ in described)
        landed = [
            f"to_json({quoted(column)})::VARCHAR AS {quoted(column)}"
            if any(mark in type_name for mark in _NESTED)
            else quoted(column)
            for column, type_name, *_ in described
        ]
        connection.execute(
            f"""
            CREATE OR REPLACE TABLE raw.landed AS SELECT {", ".join(landed)} FROM read_parquet(?)
            """,
            [str(path)],
        )
    except duckdb.Error as error:
        raise LoadError(f"{path}: not a whole Parquet file ({error}); export it again") from error
    return [Feed(table="landed", columns=columns)]
