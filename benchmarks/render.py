"""How fast facts become documents, next to Jinja2 and to DuckDB's bare projection.

Under a hundred thousand products DuckDB works with one thread, and its fixed costs show.

The first part only writes: all tools are given the words of a generated catalog and make the same
document of each product, six sentences of the real templates in the same one of four versions,
into a table of the warehouse; that it is the same is checked. Ours are the templates compiled to
SQL. `bare projection` copies the words into a table and writes nothing: it is what any writing in
the database costs at least.

The second part is `render` of product documents as the command line does it, on a catalog of that
size: it also finds the words for every value and sees to it that no two are called alike, keeps the
evidence of each sentence, reads every document back and compares it with its facts.

    python benchmarks/render.py [--rows 20000] [--json]
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
from growth import load_catalog
from jinja2 import Template
from side_by_side import measure, parser, print_table, ratio, tell

from verbalize.compile import TEXT, Value, compile_template
from verbalize.phrasing import document_template
from verbalize.render import render
from warehouse.connection import FILE_NAME, writer

STATEMENTS = ("named", "type_size", "brand_maker", "place", "color", "price")
VERSIONS = 4
LINES = [
    " ".join(
        next(s for s in document_template("product").statements if s.name == name)
        .phrasings[version]
        .line
        for name in STATEMENTS
    )
    for version in range(VERSIONS)
]
ENVIRONMENT = document_template("product").title.template.environment
WORDS = (
    "sku", "name", "productType", "size", "brand", "manufacturer", "department", "category",
    "color", "price", "since",
)  # fmt: skip
BATCH = 50_000
WHOLE = "whole render"


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=500_000, help="products of the catalog")
    arguments = options.parse_args()
    if arguments.measure:
        tool, home = arguments.measure
        _measure(tool, Path(home))
        return
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for tool in (*TOOLS, WHOLE):
            home = Path(folder) / tool.replace(" ", "-")
            if tool == WHOLE:
                load_catalog(arguments.rows, home)
            else:
                _generate(home, arguments.rows)
            found[tool,] = measure(__file__, tool, home)
    if len({found[tool,]["texts"] for tool in TOOLS if tool != BARE}) > 1:
        raise SystemExit(f"the tools wrote different documents: {found}")
    result = {tool: row for (tool,), row in found.items()}
    ratios = {tool: ratio(result["ours"], row) for tool, row in result.items() if tool != "ours"}
    if arguments.json:
        print(json.dumps({**result, "ratio": ratios}))
        return
    counts = {"documents": "documents", "CPU s": "cpu", "documents/s": "per_second"}
    print_table(found, ["tool"], counts)


def _measure(tool: str, home: Path) -> None:
    if tool == WHOLE:
        with writer(home) as connection:
            begin, cpu = time.perf_counter(), time.process_time()
            written = render(connection, kinds=("product",))["documents"]
            documents, texts = written["product"], 0
            seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    else:
        with duckdb.connect(str(home / FILE_NAME)) as connection:
            begin, cpu = time.perf_counter(), time.process_time()
            table = TOOLS[tool](connection)
            connection.execute("CHECKPOINT")
            seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
            column = "name" if tool == BARE else "text"
            documents, texts = connection.execute(
                f"SELECT count(*), sum(md5_number_lower({column}))::VARCHAR FROM {table}"
            ).fetchall()[0]
    per_second = round(documents / seconds)
    tell(
        seconds=seconds, cpu=round(cpu, 2), documents=documents, per_second=per_second, texts=texts
    )


def _generate(home: Path, rows: int) -> None:
    """A warehouse with `words`, which is what the tools start from."""
    home.mkdir()
    with duckdb.connect(str(home / FILE_NAME)) as connection:
        connection.execute(
            """
            CREATE TABLE words AS
            SELECT
                'document:' || left(md5(i::VARCHAR), 16) AS document_id,
                'P' || i AS sku,
                ['organic', 'smoked', 'mild', 'unsalted'][(hash(i, 1) % 4 + 1)::INTEGER]
                    || ' tea blend no. ' || i AS name,
                'tea blends ' || (hash(i, 2) % 499 + 1) AS "productType",
                hash(i, 3) % 99 + 1 || ' oz' AS size,
                ['national-brand', 'own-label', 'Acme', 'Évian'][(hash(i, 4) % 4 + 1)::INTEGER]
                    AS brand,
                'manufacturer ' || hash(i, 5) % 5000 AS manufacturer,
                'the grocery department' AS department,
                'the category teas ' || hash(i, 6) % 40 AS category,
                ['red', 'green', 'orange'][(hash(i, 7) % 3 + 1)::INTEGER] AS color,
                '$' || (hash(i, 8) % 10000 / 100)::DECIMAL(18, 2) AS price,
                'January ' || hash(i, 9) % 31 + 1 || ', 2024' AS since,
                (hash(i, 10) % $versions)::INTEGER AS version
            FROM range($rows) AS t (i)
            """,
            {"rows": rows, "versions": VERSIONS},
        )


def _ours(connection: duckdb.DuckDBPyConnection) -> str:
    columns = {name: Value(f'"{name}"', TEXT, nullable=False) for name in WORDS}
    cases = " ".join(
        f"WHEN {version} THEN {compile_template(line, columns, ENVIRONMENT).sql}"
        for version, line in enumerate(LINES)
    )
    connection.execute(
        f"""
        CREATE TABLE written_documents AS
        SELECT document_id, CASE version {cases} END AS text FROM words
        """
    )
    return "written_documents"


def _jinja_row(connection: duckdb.DuckDBPyConnection) -> str:
    templates = [ENVIRONMENT.from_string(line) for line in LINES]
    rows = connection.sql("FROM words").to_arrow_table().to_pylist()
    texts = [templates[row["version"]].render(row) for row in rows]
    return _stored(connection, [row["document_id"] for row in rows], texts)


def _jinja_batch(connection: duckdb.DuckDBPyConnection) -> str:
    identifiers: list[str] = []
    texts: list[str] = []
    for version, line in enumerate(LINES):
        template: Template = ENVIRONMENT.from_string(
            f"{{% for {', '.join(WORDS)} in rows %}}{line}\n{{% endfor %}}"
        )
        for batch in _batches(connection, version):
            identifiers += batch.column(0).to_pylist()
            rows = zip(*(column.to_pylist() for column in batch.columns[1:]), strict=True)
            texts += template.render(rows=rows).splitlines()
    return _stored(connection, identifiers, texts)


def _batches(connection: duckdb.DuckDBPyConnection, version: int) -> Iterator[pa.RecordBatch]:
    names = ", ".join(f'"{name}"' for name in WORDS)
    yield from connection.sql(
        f"SELECT document_id, {names} FROM words WHERE version = ?", params=[version]
    ).to_arrow_reader(BATCH)


def _stored(connection: duckdb.DuckDBPyConnection, identifiers: list[str], texts: list[str]) -> str:
    connection.register("written", pa.table({"document_id": identifiers, "text": texts}))
    connection.execute("CREATE TABLE written_documents AS FROM written")
    connection.unregister("written")
    return "written_documents"


def _bare(connection: duckdb.DuckDBPyConnection) -> str:
    connection.execute("CREATE TABLE copied AS SELECT * EXCLUDE (version) FROM words")
    return "copied"


BARE = "bare projection"
TOOLS: dict[str, Callable[[duckdb.DuckDBPyConnection], str]] = {
    "ours": _ours,
    "one Jinja2 render a row": _jinja_row,
    "one Jinja2 render a batch": _jinja_batch,
    BARE: _bare,
}


if __name__ == "__main__":
    main()
