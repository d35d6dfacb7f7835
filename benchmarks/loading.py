"""How fast files become checked rows and facts, next to bare DuckDB, and pandas with such checks.

Three cases: the embedded sample, a generated CSV of products, a generated CSV of events; in the CSV
files one row in a thousand is bad. Every figure comes from a fresh process. Our load checks,
quarantines, keeps the raw rows, and writes canonical rows and facts to a file; bare DuckDB only
fills tables of a file (COPY, or CREATE TABLE AS for the sample); pandas reads and checks in memory,
and writes nothing. Of the 20.9 million promotion rows of the sample we count those that are left
after they are counted by product, week and place.

    python benchmarks/loading.py [--fraction 0.1] [--rows 200000] [--json]
"""

import json
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
from side_by_side import measure, parser, print_table, ratio, tell

from warehouse.connection import writer
from warehouse.load import load
from warehouse.sources import sample

AS_OF = datetime(2024, 1, 1)
PRODUCTS, EVENTS = "products.csv", "events.csv"
TOOLS = ("ours", "duckdb", "pandas")

Outcome = tuple[float, int, int]  # seconds, rows read, rows turned away


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--fraction", type=float, default=1.0, help="part of the households")
    options.add_argument("--rows", type=int, default=1_000_000, help="events; a tenth of products")
    arguments = options.parse_args()
    if arguments.measure:
        case, tool, folder, fraction = arguments.measure
        seconds, rows, rejected = CASES[case, tool](Path(folder), float(fraction))
        tell(seconds=seconds, rows=rows, rejected=rejected)
        return
    with tempfile.TemporaryDirectory() as folder:
        _generate(Path(folder), arguments.rows)
        found = {key: measure(__file__, *key, folder, arguments.fraction) for key in CASES}
    cases = list(dict.fromkeys(case for case, _ in CASES))
    result = {tool: {case: found[case, tool] for case in cases} for tool in TOOLS}
    result["ratio"] = {
        tool: {case: ratio(found[case, "ours"], found[case, tool]) for case in cases}
        for tool in TOOLS[1:]
    }
    if arguments.json:
        print(json.dumps(result))
        return
    print_table(found, ["case", "tool"], {"rows": "rows", "turned away": "rejected"})


def _generate(folder: Path, rows: int) -> None:
    """Writes the two CSV files, in which every thousandth GTIN or product is wrong."""
    products = max(rows // 10, 1)
    duckdb.execute(
        f"""
        COPY (
            WITH base AS (
                SELECT i, (400000000000 + i)::VARCHAR AS code FROM range({products}) AS t (i)
            ),
            checked AS (
                SELECT i, code, (10 - list_sum(list_transform(
                    range(1, 13), lambda k: code[k]::INTEGER * CASE WHEN k % 2 = 0 THEN 3 ELSE 1 END
                )) % 10) % 10 AS digit
                FROM base
            )
            SELECT
                'P' || i AS sku,
                code || CASE WHEN i % 1000 = 7 THEN (digit + 1) % 10 ELSE digit END AS gtin,
                'Product number ' || i AS name,
                'Brand ' || hash(i) % 500 AS brand,
                'Category ' || hash(i, 1) % 200 AS category,
                (hash(i, 2) % 10000 / 100)::DECIMAL(18, 2) AS price,
                'USD' AS currency
            FROM checked ORDER BY i
        ) TO '{folder / PRODUCTS}' (HEADER)
        """
    )
    duckdb.execute(
        f"""
        COPY (
            SELECT
                ['view', 'cart', 'purchase'][(hash(i, 1) % 3 + 1)::INTEGER] AS event_type,
                'C' || hash(i, 2) % 50000 AS customer_id,
                CASE WHEN i % 1000 = 7 THEN 'none'
                    ELSE 'P' || (hash(i, 3) % {products} // 10 * 10) END AS product_id,
                TIMESTAMP '2024-01-01' + to_seconds(i * 20) AS "time",
                hash(i, 4) % 5 + 1 AS quantity,
                (hash(i, 5) % 10000 / 100)::DECIMAL(18, 2) AS value,
                'B' || i // 8 AS basket_id
            FROM range({rows}) AS t (i) ORDER BY i
        ) TO '{folder / EVENTS}' (HEADER)
        """
    )


def _ours_sample(folder: Path, fraction: float) -> Outcome:
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as home, writer(Path(home)) as connection:
        reports = load(connection, "sample", fraction=fraction)
        connection.execute("CHECKPOINT")
        return _told(begin, reports)


def _ours_csv(file: str, kind: str) -> Callable[[Path, float], Outcome]:
    def run(folder: Path, fraction: float) -> Outcome:
        with tempfile.TemporaryDirectory() as home, writer(Path(home)) as connection:
            if kind == "event":
                load(connection, folder / PRODUCTS, kind="product", as_of=AS_OF)
            begin = time.perf_counter()
            reports = load(connection, folder / file, kind=kind, as_of=AS_OF)
            connection.execute("CHECKPOINT")
            return _told(begin, reports)

    return run


def _told(begin: float, reports: list) -> Outcome:  # type: ignore[type-arg]
    seconds = time.perf_counter() - begin
    rows = sum(report.rows_read for report in reports)
    return seconds, rows, sum(report.rows_rejected for report in reports)


def _duckdb_sample(folder: Path, fraction: float) -> Outcome:
    begin = time.perf_counter()
    rows = 0
    with tempfile.TemporaryDirectory() as home, duckdb.connect(f"{home}/bare.duckdb") as connection:
        for file in sample.FILES:
            path = sample.folder() / f"{file}.parquet"
            chosen = ""
            if "household_id" in _columns(connection, path):
                part = "md5_number_lower(household_id::VARCHAR) % 1000000"
                chosen = f"WHERE {part} < {fraction * 1e6}"
            connection.execute(f"CREATE TABLE {file} AS FROM read_parquet('{path}') {chosen}")
            rows += connection.execute(f"SELECT count(*) FROM {file}").fetchall()[0][0]
        connection.execute("CHECKPOINT")
    return time.perf_counter() - begin, rows, 0


def _columns(connection: duckdb.DuckDBPyConnection, path: Path) -> set[str]:
    described = connection.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()
    return {name for name, *_ in described}


def _duckdb_csv(file: str, columns: str) -> Callable[[Path, float], Outcome]:
    def run(folder: Path, fraction: float) -> Outcome:
        with tempfile.TemporaryDirectory() as home:
            connection = duckdb.connect(f"{home}/bare.duckdb")
            begin = time.perf_counter()
            connection.execute(f"CREATE TABLE bare ({columns})")
            connection.execute(f"COPY bare FROM '{folder / file}' (HEADER)")
            connection.execute("CHECKPOINT")
            seconds = time.perf_counter() - begin
            rows = connection.execute("SELECT count(*) FROM bare").fetchall()[0][0]
            connection.close()
        return seconds, rows, 0

    return run


def _pandas_sample(folder: Path, fraction: float) -> Outcome:
    """Reads all files, checks keys, references and ranges, counts promotions by place."""
    begin = time.perf_counter()
    read = {file: pd.read_parquet(sample.folder() / f"{file}.parquet") for file in sample.FILES}
    products, lines = read["products"], read["transactions"]
    if fraction < 1:
        chosen = lines["household_id"].drop_duplicates().sample(frac=fraction, random_state=0)
        read["transactions"] = lines = lines[lines["household_id"].isin(chosen)]
    rows = sum(len(frame) for frame in read.values())
    good = products["product_id"].notna() & ~products["product_id"].duplicated()
    for column in ("department", "brand", "product_category", "product_type", "package_size"):
        good &= products[column].str.len().fillna(0) <= 1000
    known = products["product_id"][good]
    sound = lines["product_id"].isin(known) & lines["transaction_timestamp"].notna()
    for column in ("quantity", "sales_value"):
        sound &= lines[column] >= 0
    sound &= lines["sales_value"] + lines["retail_disc"] + lines["coupon_match_disc"] >= 0
    coupons = read["coupons"]
    usable = coupons["product_id"].isin(known)
    usable &= coupons["campaign_id"].isin(read["campaign_descriptions"]["campaign_id"])
    place = ["product_id", "week", "display_location", "mailer_location"]
    counted = read["promotions"].groupby(place).size().reset_index()
    counted = counted[counted["product_id"].isin(known)]
    rejected = int((~good).sum() + (~sound).sum() + (~usable).sum())
    return time.perf_counter() - begin, rows, rejected


def _pandas_products(folder: Path, fraction: float) -> Outcome:
    begin = time.perf_counter()
    rows = pd.read_csv(folder / PRODUCTS, dtype={"gtin": str})
    good = rows["sku"].notna() & ~rows["sku"].duplicated()
    digits = [rows["gtin"].str[place].astype("int64") for place in range(13)]
    weighted = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    good &= rows["gtin"].str.fullmatch(r"\d{8}|\d{12,14}") & (weighted % 10 == 0)
    for column in ("sku", "name", "brand", "category"):
        good &= rows[column].str.len() <= 1000
    good &= pd.to_numeric(rows["price"], errors="coerce").ge(0)
    good &= rows["currency"].str.fullmatch("[A-Z]{3}")
    return time.perf_counter() - begin, len(rows), int((~good).sum())


def _pandas_events(folder: Path, fraction: float) -> Outcome:
    known = pd.read_csv(folder / PRODUCTS, usecols=["sku"])["sku"]
    begin = time.perf_counter()
    rows = pd.read_csv(folder / EVENTS)
    good = rows["event_type"].str.lower().isin(["view", "click", "cart", "purchase", "return"])
    good &= rows["product_id"].isin(known)
    good &= pd.to_datetime(rows["time"], errors="coerce").notna()
    for column in ("quantity", "value"):
        good &= pd.to_numeric(rows[column], errors="coerce").ge(0)
    for column in ("customer_id", "basket_id"):
        good &= rows[column].str.len() <= 1000
    return time.perf_counter() - begin, len(rows), int((~good).sum())


PRODUCT_COLUMNS = (
    "sku VARCHAR, gtin VARCHAR, name VARCHAR, brand VARCHAR, category VARCHAR, "
    "price DECIMAL(18, 2), currency VARCHAR"
)
EVENT_COLUMNS = (
    'event_type VARCHAR, customer_id VARCHAR, product_id VARCHAR, "time" TIMESTAMP, '
    "quantity DOUBLE, value DECIMAL(18, 2), basket_id VARCHAR"
)
CASES: dict[tuple[str, str], Callable[[Path, float], Outcome]] = {
    ("sample", "ours"): _ours_sample,
    ("sample", "duckdb"): _duckdb_sample,
    ("sample", "pandas"): _pandas_sample,
    ("products", "ours"): _ours_csv(PRODUCTS, "product"),
    ("products", "duckdb"): _duckdb_csv(PRODUCTS, PRODUCT_COLUMNS),
    ("products", "pandas"): _pandas_products,
    ("events", "ours"): _ours_csv(EVENTS, "event"),
    ("events", "duckdb"): _duckdb_csv(EVENTS, EVENT_COLUMNS),
    ("events", "pandas"): _pandas_events,
}

if __name__ == "__main__":
    main()
