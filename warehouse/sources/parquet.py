"""Apache Parquet files (https://parquet.apache.org/docs/file-format/): any flat schema; nested
columns land as JSON text."""

import glob
from pathlib import Path

import duckdb

from warehouse.connection import quoted
from warehouse.errors import LoadError
from warehouse.sources.feed import Feed, Options, landed_name

name = "parquet"

_MAGIC = b"PAR1"
_NESTED = ("STRUCT", "MAP", "LIST", "[]", "UNION")
_FILE = "read_parquet(?, hive_partitioning = false)"


def detect(path: str | Path) -> bool:
    """True where the file begins with the magic bytes of the format."""
    with Path(path).open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands the rows with their own types.

    Raises:
        LoadError: if the file is cut or damaged.
    """
    # DuckDB would take `*`, `?` and `[` as a pattern, and `s3://` as an order to reach out.
    file = [glob.escape(str(Path(path).absolute()))]
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {_FILE}", file).fetchall()
        columns = {
            column: landed_name(column, place) for place, (column, *_) in enumerate(described, 1)
        }
        values = [
            (f"to_json({quoted(column)})::VARCHAR" if nested else quoted(column))
            + f" AS {quoted(columns[column])}"
            for column, type_name, *_ in described
            for nested in [any(mark in type_name for mark in _NESTED)]
        ]
        connection.execute(
            f"""
            CREATE OR REPLACE {options.landing} AS
            SELECT row_number() OVER () AS row_number, {", ".join(values)} FROM {_FILE}
            """,
            file,
        )
    except duckdb.Error as error:
        raise LoadError(
            f"{path}: not a whole Parquet file ({str(error).splitlines()[0]}); export it again"
        ) from error
    return [Feed("landed", tuple(columns.values()), temporary=options.temporary)]
