"""How the cost of a corpus grows with the catalog: render, curate and export, from 10 k to 1 M
products.

A generated catalog is loaded (not timed); then its documents (those of products, categories and
brands, about one a product, or those of `--kind`) are written and read back, marked for duplicates,
their tokens counted, and exported as Dolma, each step as the command line does it.
Each size runs in a fresh process. The exponent e is that of seconds ~ documents ^ e, fitted by
least squares on logarithms: 1 is a cost that follows the catalog.

    python benchmarks/growth.py [--products 10000 30000 100000] [--kind all] [--json]
"""

import json
import tempfile
import time
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
from side_by_side import measure, parser, tell

from pipelines.memory import give_back_freed_memory
from verbalize.curation import curate
from verbalize.export import export
from verbalize.phrasing import kinds_meant
from verbalize.render import render
from warehouse.connection import writer
from warehouse.load import load

SIZES = [10_000, 30_000, 100_000, 300_000, 1_000_000]
KINDS = ["product", "category", "brand"]
STEPS = ("render", "curate", "export")
_STYLES = ("organic", "smoked", "mild", "extra dark", "unsalted", "spicy", "fresh", "family-size")
_THINGS = ("oolong tea", "apple juice", "rye bread", "umbrella", "hazelnut spread", "LED lamp")


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--products", type=int, nargs="+", default=SIZES, help="sizes of catalogs")
    options.add_argument("--kind", nargs="+", default=KINDS, help="documents; usual or all too")
    arguments = options.parse_args()
    if arguments.measure:
        step, products, folder, *kinds = arguments.measure
        if step == "load":
            _load(int(products), Path(folder))
        else:
            _measure(Path(folder), kinds)
        return
    found = {}
    for products in arguments.products:
        with tempfile.TemporaryDirectory() as folder:
            measure(__file__, "load", products, folder)
            found[products] = measure(__file__, "corpus", products, folder, *arguments.kind)
    exponents = {}
    if len(found) > 1:
        for step in (*STEPS, "seconds", "cpu"):
            exponents[step] = _exponent([(row["documents"], row[step]) for row in found.values()])
    if arguments.json:
        print(json.dumps({"sizes": found, "exponent": exponents}))
        return
    _print(found, exponents)


def load_catalog(products: int, home: Path) -> None:
    """A warehouse with a generated catalog."""
    with writer(home) as connection, tempfile.TemporaryDirectory() as folder:
        catalog = Path(folder) / "catalog.parquet"
        _generate(catalog, products)
        load(connection, catalog, kind="product", source="shop", as_of=datetime(2024, 1, 1))


def _load(products: int, folder: Path) -> None:
    begin = time.perf_counter()
    load_catalog(products, folder / "home")
    tell(seconds=time.perf_counter() - begin)


def _generate(file: Path, products: int) -> None:
    duckdb.execute("SET VARIABLE styles = ?", [_STYLES])
    duckdb.execute("SET VARIABLE things = ?", [_THINGS])
    duckdb.execute(
        f"""
        COPY (
            SELECT
                'P' || i AS sku,
                concat(
                    'Brand ', hash(i) % 500, ' ',
                    getvariable('styles')[(1 + hash(i, 1) % 8)::INT], ' ', thing, ' no. ', i
                ) AS name,
                'Brand ' || hash(i) % 500 AS brand,
                'Aisle ' || hash(i, 3) % 40 AS category,
                thing || ' ' || hash(i, 3) % 200 AS product_type,
                (1 + hash(i, 4) % 48) || ' OZ' AS size,
                ['red', 'green', 'orange'][(1 + hash(i, 5) % 3)::INT] AS color,
                (hash(i, 6) % 10000 / 100)::DECIMAL(18, 2) AS price,
                'USD' AS currency
            FROM (
                SELECT i, getvariable('things')[(1 + hash(i, 2) % 6)::INT] AS thing
                FROM range({products}) AS t (i)
            )
        ) TO '{file}'
        """
    )


def _measure(folder: Path, kinds: list[str]) -> None:
    give_back_freed_memory()
    seconds: dict[str, float] = {}
    cpu = time.process_time()
    with writer(folder / "home") as connection:
        for step in STEPS:
            begin = time.perf_counter()
            if step == "render":
                render(connection, kinds=kinds_meant(kinds))
            elif step == "curate":
                curate(connection, folder / "tokenizer.json")
            else:
                export(connection, folder / "corpus", format="dolma", name="shop")
            seconds[step] = time.perf_counter() - begin
        row = connection.execute(
            "SELECT count(*), sum(strlen(text)), sum(tokens) FROM text.document"
        ).fetchall()[0]
    total = sum(seconds.values())
    tell(
        documents=row[0],
        megabytes=row[1] / 1e6,
        tokens=int(row[2]),
        **seconds,
        seconds=total,
        cpu=time.process_time() - cpu,
        documents_per_second=row[0] / total,
        megabytes_per_second=row[1] / 1e6 / total,
    )


def _exponent(points: list[tuple[float, float]]) -> float:
    documents, seconds = np.log(np.array(points)).T
    return round(float(np.polyfit(documents, seconds, 1)[0]), 2)


def _print(found: dict[int, dict[str, float]], exponents: dict[str, float]) -> None:
    columns = [
        "products",
        "documents",
        *STEPS,
        "seconds",
        "CPU s",
        "documents/s",
        "MB/s",
        "peak MB",
    ]
    print(f"| {' | '.join(columns)} |\n|{'--:|' * len(columns)}")
    for products, row in found.items():
        steps = " | ".join(f"{row[step]:.1f}" for step in (*STEPS, "seconds", "cpu"))
        print(
            f"| {products:,} | {row['documents']:,} | {steps} | {row['documents_per_second']:,.0f} "
            f"| {row['megabytes_per_second']:.2f} | {row['peak_mb']:,.0f} |"
        )
    for step, exponent in exponents.items():
        print(f"\n{step}: documents ^ {exponent}", end="")
    print()


if __name__ == "__main__":
    main()
