"""A small shop with habits: what tests of models learn from, made without chance but for a seed."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from warehouse.facts import derive
from warehouse.load import load

WEEKS = 32
HOUSEHOLDS = 40
START = datetime(2024, 1, 1)

# Each maker makes one type, and each type is bought with the next one.
MAKERS = 8
PRODUCTS = 120


def fill(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    as_of: datetime = START,
    random_sizes: bool = False,
) -> None:
    """Loads products, a tenth of them without category, type and size, and purchases.

    The catalog is valid from `as_of`; sizes follow the maker, or nothing at all.
    """
    generator = np.random.default_rng(1)
    products = folder / "products.csv"
    lines = ["id,title,brand,manufacturer,department,category,type,size"]
    for number in range(PRODUCTS):
        maker = number % MAKERS
        size = generator.integers(1, 9) if random_sizes else maker + 1
        known = f"C{maker // 2},T{maker},{size} OZ" if number % 10 else ",,"
        brand = "Own" if maker % 2 else "Other"
        lines.append(f"{number},,{brand},M{maker},D{maker // 4},{known}")
    products.write_text("\n".join(lines) + "\n")
    load(connection, products, kind="product", source="shop", as_of=as_of)
    write_events(folder / "events.parquet")
    load(connection, folder / "events.parquet", kind="event", source="shop", as_of=as_of)
    derive(connection)


def write_events(path: Path) -> None:
    """Every week each household buys two products of its own, one that goes with them, and one by
    chance."""
    generator = np.random.default_rng(0)
    rows = []
    for week in range(WEEKS):
        for household in range(HOUSEHOLDS):
            own = household % MAKERS
            time = START + timedelta(weeks=week, days=household % 7, hours=10)
            basket = f"{week}-{household}"
            bought = [own, own + MAKERS, (own + 1) % MAKERS + 2 * MAKERS]
            bought.append(int(generator.integers(PRODUCTS)))
            for product in dict.fromkeys(bought):
                rows.append((f"h{household}", str(product), time, basket))
    customer, product, time, basket = zip(*rows, strict=True)
    table = pa.table(
        {
            "customer": customer,
            "product": product,
            "time": time,
            "basket": basket,
            "event_type": ["purchase"] * len(rows),
            "quantity": [1.0] * len(rows),
        }
    )
    parquet.write_table(table, path)
