"""How fast documents become corpus files, next to DuckDB's bare COPY and to pandas.

All tools write the same documents with the same metadata, in the same order, once as Dolma JSON
lines and once as Parquet for Hugging Face, both zstd; that they are the same is checked. Ours also
cuts them into shards, counts them for the datasheet, signs each shard with its SHA-256, and
replaces what was there only when all is whole.

    python benchmarks/export.py [--rows 20000] [--home FOLDER] [--json]
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from side_by_side import measure, parser, print_table, ratio, tell

from verbalize.export import export
from verbalize.export.corpus import DOCUMENTS
from verbalize.render import render
from warehouse.connection import reader, writer

TOOLS = ("ours", "duckdb", "pandas")
READ = {"dolma": "read_json_auto({}, maximum_object_size = 100000000)", "hf": "read_parquet({})"}
FILES = {"dolma": "**/*.jsonl.zst", "hf": "**/*.parquet"}


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=200_000, help="documents")
    options.add_argument(
        "--home", type=Path, help="a warehouse to export from, not a generated one"
    )
    arguments = options.parse_args()
    if arguments.measure:
        case, tool, home = arguments.measure
        _measure(case, tool, Path(home))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = arguments.home or _generate(Path(folder), arguments.rows)
        found = {
            (case, tool): measure(__file__, case, tool, home) for case in FILES for tool in TOOLS
        }
    if len({row["content"] for row in found.values()}) > 1:
        raise SystemExit(f"the tools wrote different documents: {found}")
    result = {tool: {case: found[case, tool] for case in FILES} for tool in TOOLS}
    result["ratio"] = {
        tool: {case: ratio(found[case, "ours"], found[case, tool]) for case in FILES}
        for tool in TOOLS[1:]
    }
    if arguments.json:
        print(json.dumps(result))
        return
    print_table(found, ["format", "tool"], {"documents": "documents", "bytes": "bytes"})


def _measure(case: str, tool: str, home: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, reader(home) as connection:
        begin = time.perf_counter()
        WRITERS[case, tool](connection, Path(folder))
        seconds = time.perf_counter() - begin
        files = list(Path(folder).glob(FILES[case]))
        read = READ[case].format(list(map(str, files)))
        documents, content = duckdb.execute(
            f"""
            SELECT
                count(*),
                sum(md5_number_lower(
                    concat(id, text, source, metadata.title, metadata.fact_ids::VARCHAR)
                ))::VARCHAR
            FROM {read}
            """
        ).fetchall()[0]
        written = sum(path.stat().st_size for path in files)
    tell(seconds=seconds, documents=documents, bytes=written, content=content)


def _generate(home: Path, rows: int) -> Path:
    """A warehouse of products that have documents of five sentences."""
    with writer(home) as connection:
        connection.execute(
            """
            INSERT INTO facts.node
            SELECT node_id('product', 'shop', i::VARCHAR), 'product', 'shop', i, i
            FROM range(?) AS t (i)
            """,
            [rows],
        )
        connection.execute(
            """
            INSERT INTO facts.fact
            SELECT
                left(md5(node_id || said.predicate), 16), node_id, said.predicate, said.object,
                'literal', said.unit, NULL, 'stated', 'shop', 1, '2024-01-01', NULL, 'load'
            FROM (
                SELECT node_id, unnest([
                    {'predicate': 'sku', 'object': key, 'unit': NULL},
                    {'predicate': 'name', 'object': 'Tea blend ' || key, 'unit': NULL},
                    {'predicate': 'size', 'object': hash(key) % 99 + 1 || ' OZ', 'unit': NULL},
                    {'predicate': 'color', 'object': 'green', 'unit': NULL},
                    {'predicate': 'gtin', 'object': (hash(key) % 10000000)::VARCHAR, 'unit': NULL}
                ]) AS said
                FROM facts.node
            )
            """
        )
        render(connection)
    return home


def _ours(case: str) -> Callable[[duckdb.DuckDBPyConnection, Path], object]:
    return lambda connection, folder: export(connection, folder, format=case, name="corpus")


def _duckdb(form: str) -> Callable[[duckdb.DuckDBPyConnection, Path], object]:
    def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        file = folder / ("corpus.parquet" if form == "parquet" else "corpus.jsonl.zst")
        connection.execute(f"COPY ({DOCUMENTS}) TO '{file}' (FORMAT {form}, COMPRESSION zstd)")

    return write


def _pandas_dolma(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    documents = connection.execute(DOCUMENTS).df()
    documents.to_json(folder / "corpus.jsonl.zst", orient="records", lines=True)


def _pandas_hf(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    documents = connection.execute(DOCUMENTS).df()
    documents.to_parquet(folder / "corpus.parquet", compression="zstd")


WRITERS: dict[tuple[str, str], Callable[[duckdb.DuckDBPyConnection, Path], object]] = {
    ("dolma", "ours"): _ours("dolma"),
    ("dolma", "duckdb"): _duckdb("json"),
    ("dolma", "pandas"): _pandas_dolma,
    ("hf", "ours"): _ours("hf"),
    ("hf", "duckdb"): _duckdb("parquet"),
    ("hf", "pandas"): _pandas_hf,
}


if __name__ == "__main__":
    main()
