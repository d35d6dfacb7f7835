"""How fast each stage of curation is, on the documents of the embedded sample.

The stages run one after the other on one warehouse, as `wareword curate` runs them, and change
nothing in the home. The contamination stage looks for the items of the files given.

    python benchmarks/curation.py [--home FOLDER] [--benchmark FILE] [--meaning] [--json]
"""

import json
import tempfile
import time
from pathlib import Path

import duckdb
from side_by_side import parser

from verbalize.curation import STAGES, CurationSettings
from verbalize.render import render
from warehouse.connection import literal, memory, only_row, writer
from warehouse.load import load

TABLES = ("facts.node", "facts.fact", "text.document", "text.statement")


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--home", type=Path, help="a warehouse with documents, not the sample")
    options.add_argument("--benchmark", type=Path, action="append", default=[])
    options.add_argument("--meaning", action="store_true", help="the stage meaning too; it is slow")
    arguments = options.parse_args()
    settings = CurationSettings(benchmarks=tuple(arguments.benchmark))
    with tempfile.TemporaryDirectory() as folder, memory() as connection:
        _copy(connection, arguments.home or _sample(Path(folder)))
        connection.execute(
            "INSERT INTO text.signal (document_id) SELECT document_id FROM text.kept"
        )
        names = [name for name in STAGES if arguments.meaning or name != "meaning"]
        found = [_measured(connection, name, settings) for name in names]
    if arguments.json:
        print(json.dumps({"stages": found}))
        return
    print("| stage | documents | documents/s | seconds | removed |")
    print("|---|--:|--:|--:|--:|")
    for row in found:
        print(
            f"| {row['stage']} | {row['documents']:,} | {row['documents_a_second']:,} "
            f"| {row['seconds']:.2f} | {row['removed']:,} |"
        )


def _measured(
    connection: duckdb.DuckDBPyConnection, name: str, settings: CurationSettings
) -> dict[str, object]:
    documents = _count(connection, "text.kept")
    begin = time.perf_counter()
    STAGES[name].run(connection, settings)
    seconds = time.perf_counter() - begin
    return {
        "stage": name,
        "documents": documents,
        "documents_a_second": round(documents / seconds),
        "seconds": seconds,
        "removed": documents - _count(connection, "text.kept"),
    }


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = only_row(connection, f"SELECT count(*) FROM {table}")
    return int(row[0])


def _copy(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    path = literal(str(home / "warehouse.duckdb"))
    connection.execute(f"ATTACH {path} AS home (READ_ONLY)")
    for table in TABLES:
        connection.execute(f"INSERT INTO {table} FROM home.{table}")
    connection.execute("DETACH home")


def _sample(home: Path) -> Path:
    with writer(home) as connection:
        load(connection, "sample", fraction=0.02)
        render(connection)
    return home


if __name__ == "__main__":
    main()
