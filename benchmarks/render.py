"""How fast facts become sentences, next to Jinja2 and to a bare SQL expression.

All tools write the same sentence, in the same one of its five phrasings, of each product of a
generated catalog into a table of the warehouse; that it is the same is checked. Ours also finds
the words for every value and sees to it that no two are called alike, writes a title, keeps the
evidence of each sentence, reads every document back and compares it with its facts. The peers are
given the words, and only write.

    python benchmarks/render.py [--rows 20000] [--json]
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
from jinja2 import Template
from side_by_side import measure, parser, print_table, ratio, tell

from verbalize.phrasing import document_template
from verbalize.render import render
from warehouse.connection import FILE_NAME, writer

(STATEMENT,) = (s for s in document_template("product").statements if s.name == "item_type_size")
LINES = [
    phrasing.line.replace("size | a", "article }} {{ size").replace("productType", "type")
    for phrasing in STATEMENT.phrasings
]
BATCH = 50_000


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=100_000, help="products of the catalog")
    arguments = options.parse_args()
    if arguments.measure:
        tool, home = arguments.measure
        _measure(tool, Path(home))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for tool in TOOLS:
            home = Path(folder) / tool.replace(" ", "-")
            _generate(home, arguments.rows)
            found[tool,] = measure(__file__, tool, home)
    if len({row["texts"] for row in found.values()}) > 1:
        raise SystemExit(f"the tools wrote different sentences: {found}")
    result = {tool: row for (tool,), row in found.items()}
    ratios = {tool: ratio(result["ours"], row) for tool, row in result.items() if tool != "ours"}
    if arguments.json:
        print(json.dumps({**result, "ratio": ratios}))
        return
    print_table(found, ["tool"], {"documents": "documents"})


def _measure(tool: str, home: Path) -> None:
    with duckdb.connect(str(home / FILE_NAME)) as connection:
        begin = time.perf_counter()
        table = TOOLS[tool](connection)
        connection.execute("CHECKPOINT")
        seconds = time.perf_counter() - begin
        documents, texts = connection.execute(
            f"SELECT count(*), sum(md5_number_lower(text))::VARCHAR FROM {table}"
        ).fetchall()[0]
    tell(seconds=seconds, documents=documents, texts=texts)


def _generate(home: Path, rows: int) -> None:
    """A warehouse of products with number, type and size; `words` is what the peers start from."""
    with writer(home) as connection:
        connection.execute(
            """
            INSERT INTO facts.node
            SELECT node_id('category', 'shop', i::VARCHAR), 'category', 'shop', i, 'Tea blend ' || i
            FROM range(1, 500) AS t (i)
            UNION ALL
            SELECT node_id('product', 'shop', i::VARCHAR), 'product', 'shop', i, i
            FROM range($rows) AS t (i)
            """,
            {"rows": rows},
        )
        connection.execute(
            """
            CREATE TABLE words AS
            SELECT
                node_id AS subject,
                key AS sku,
                'Tea blend ' || (hash(key) % 499 + 1) AS type,
                hash(key, 1) % 99 + 1 AS ounces,
                ounces || ' oz' AS size,
                if(ounces IN (8, 11, 18) OR ounces // 10 = 8, 'an', 'a') AS article,
                'document:' || left(md5(concat_ws(chr(31), 'product', 'en', node_id)), 16)
                    AS document_id,
                md5_number_lower(concat_ws(chr(31), 0, document_id, 'item_type_size')) % 1000 % 5
                    AS phrasing
            FROM facts.node WHERE kind = 'product'
            """
        )
        connection.execute(
            """
            INSERT INTO facts.fact
            SELECT
                left(md5(subject || said.predicate), 16), subject, said.predicate, said.object,
                said.kind, NULL, NULL, 'stated', 'shop', 1, '2024-01-01', NULL, 'load'
            FROM (
                SELECT subject, unnest([
                    {'predicate': 'sku', 'object': sku, 'kind': 'literal'},
                    {'predicate': 'size', 'object': upper(size), 'kind': 'literal'},
                    {
                        'predicate': 'productType',
                        'object': node_id('category', 'shop', split_part(type, ' ', 3)),
                        'kind': 'node'
                    }
                ]) AS said
                FROM words
            )
            """
        )


def _ours(connection: duckdb.DuckDBPyConnection) -> str:
    render(connection)
    return "text.document WHERE kind = 'product'"


def _jinja_row(connection: duckdb.DuckDBPyConnection) -> str:
    templates = [Template(line) for line in LINES]
    rows = connection.execute("FROM words").to_arrow_table().to_pylist()
    texts = [templates[row["phrasing"]].render(row) for row in rows]
    return _stored(connection, [row["document_id"] for row in rows], texts)


def _jinja_batch(connection: duckdb.DuckDBPyConnection) -> str:
    names = "sku, type, article, size"
    identifiers: list[str] = []
    texts: list[str] = []
    for number, line in enumerate(LINES):
        template = Template(f"{{% for {names} in rows %}}{line}\n{{% endfor %}}")
        for batch in _batches(connection, number):
            identifiers += batch.column(0).to_pylist()
            rows = zip(*(column.to_pylist() for column in batch.columns[1:]), strict=True)
            texts += template.render(rows=rows).splitlines()
    return _stored(connection, identifiers, texts)


def _batches(connection: duckdb.DuckDBPyConnection, phrasing: int) -> Iterator[pa.RecordBatch]:
    yield from connection.execute(
        "SELECT document_id, sku, type, article, size FROM words WHERE phrasing = ?", [phrasing]
    ).to_arrow_reader(BATCH)


def _stored(connection: duckdb.DuckDBPyConnection, identifiers: list[str], texts: list[str]) -> str:
    connection.register("written", pa.table({"document_id": identifiers, "text": texts}))
    connection.execute("CREATE TABLE written_documents AS FROM written")
    connection.unregister("written")
    return "written_documents"


def _duckdb(connection: duckdb.DuckDBPyConnection) -> str:
    cases = " ".join(f"WHEN {number} THEN {_expression(line)}" for number, line in enumerate(LINES))
    connection.execute(
        f"""
        CREATE TABLE written_documents AS
        SELECT document_id, CASE phrasing {cases} END AS text FROM words
        """
    )
    return "written_documents"


def _expression(line: str) -> str:
    """A phrasing as a concatenation in SQL."""
    for name in ("sku", "type", "article", "size"):
        line = line.replace(f"{{{{ {name} }}}}", f"', {name}, '")
    return f"concat('{line}')"


TOOLS: dict[str, Callable[[duckdb.DuckDBPyConnection], str]] = {
    "ours": _ours,
    "one Jinja2 render a row": _jinja_row,
    "one Jinja2 render a batch": _jinja_batch,
    "one DuckDB expression": _duckdb,
}


if __name__ == "__main__":
    main()
