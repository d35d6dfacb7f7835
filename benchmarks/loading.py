"""How fast files become checked rows and facts, next to bare DuckDB and scripts that do so.

A generated catalog of products in CSV, Parquet and JSON lines, its re-load with 1 % changed and
unchanged, a generated CSV of events, and the embedded sample; one row in a thousand is bad.
Every figure comes from a fresh process. Ours is a load into a folder as the command line does it,
from opening the warehouse to the published file.

`copy` is bare DuckDB, which only fills one table of a file with what is in the columns. `script` is
DuckDB, and `pandas` is pandas, doing the same work by hand: typed checks, quarantine with reasons,
canonical rows, nodes, and facts with identifiers and valid time, in a DuckDB file. They keep no raw
rows, know no history and no re-load. For events and the sample, pandas makes the checks in memory
and writes nothing.

    python benchmarks/loading.py [--rows 1000000] [--events 1000000] [--fraction 1] [--json]
"""

import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
from side_by_side import Measured, measure, parser, print_table, ratio, tell

from warehouse.connection import writer
from warehouse.load import LoadReport, load
from warehouse.sources import sample

AS_OF = datetime(2024, 1, 1)
PRODUCTS, EVENTS = "products.csv", "events.csv"
CHANGED = "changed/products.csv"
_UNIT = "\x1f"
_TYPES = {
    "confidence": "DOUBLE",
    "valid_from": "TIMESTAMP",
    "valid_to": "TIMESTAMP",
    "price": "DECIMAL(18, 2)",
    "row_number": "BIGINT",
}
SCRIPT = Path(__file__).with_name("loading_script.sql")

Outcome = tuple[float, float, int, int]  # seconds, CPU seconds, rows read, rows turned away


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=1_000_000, help="products")
    options.add_argument("--events", type=int, default=1_000_000, help="events; 0 for none")
    options.add_argument("--fraction", type=float, default=1.0, help="part of the sample; 0: none")
    arguments = options.parse_args()
    if arguments.measure:
        case, tool, folder, fraction = arguments.measure
        seconds, cpu, rows, rejected = CASES[case, tool](Path(folder), float(fraction))
        tell(seconds=seconds, cpu=round(cpu, 2), rows=rows, rejected=rejected)
        return
    left_out = {"events": not arguments.events, "sample": not arguments.fraction}
    keys = [key for key in CASES if not left_out.get(key[0])]
    with tempfile.TemporaryDirectory() as folder:
        _generate_products(Path(folder), arguments.rows)
        if arguments.events:
            _generate_events(Path(folder), arguments.rows, arguments.events)
        found: dict[tuple[str, ...], Measured] = {
            key: measure(__file__, *key, folder, arguments.fraction) for key in keys
        }
    if arguments.json:
        print(json.dumps(_told(found)))
        return
    print_table(
        found, ["case", "tool"], {"rows": "rows", "turned away": "rejected", "CPU s": "cpu"}
    )
    for case in ("1 % changed", "unchanged"):
        share = ratio(found[case, "ours"], found["products csv", "ours"])
        print(f"\n{case}: {100 * share:.0f} % of the time of the full load", end="")
    print()


def _told(found: dict[tuple[str, ...], Measured]) -> dict[str, object]:
    told: dict[str, dict[str, object]] = {}
    for (case, tool), measured in found.items():
        told.setdefault(case, {})[tool] = measured
        if tool != "ours":
            told[case][f"ours_to_{tool}"] = ratio(found[case, "ours"], measured)
    full = found["products csv", "ours"]
    for case in ("1 % changed", "unchanged"):
        told[case]["share_of_full"] = ratio(found[case, "ours"], full)
    return dict(told)


def _generate_products(folder: Path, rows: int) -> None:
    """Writes the catalog, in which every thousandth GTIN is wrong, and again with 1 % of the prices
    changed."""
    duckdb.execute(
        f"""
        CREATE OR REPLACE TABLE product AS
        WITH base AS (
            SELECT i, (400000000000 + i)::VARCHAR AS code FROM range({rows}) AS t (i)
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
        """
    )
    (folder / "changed").mkdir()
    for name in (PRODUCTS, "products.parquet", "products.jsonl"):
        form = "(HEADER)" if name.endswith("csv") else ""
        form = "(FORMAT json)" if name.endswith("jsonl") else form
        duckdb.execute(f"COPY product TO '{folder / name}' {form}")
    changed = "SELECT * REPLACE (price + (hash(sku) % 100 = 0)::INTEGER AS price) FROM product"
    duckdb.execute(f"COPY ({changed}) TO '{folder / CHANGED}' (HEADER)")


def _generate_events(folder: Path, products: int, rows: int) -> None:
    """Writes events, every thousandth of an unknown product."""
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


def _loaded(
    home: str, file: str | Path, kind: str | None, day: int, fraction: float = 1.0
) -> Outcome:
    """Loads a file as of a day, as `wareword load` does, and publishes the warehouse."""
    begin, cpu = time.perf_counter(), time.process_time()
    with writer(Path(home)) as connection:
        as_of = None if file == sample.name else AS_OF + timedelta(days=day)
        reports: list[LoadReport] = load(
            connection, file, kind=kind, as_of=as_of, fraction=fraction
        )
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    rows = sum(report.rows_read for report in reports)
    return seconds, cpu, rows, sum(report.rows_rejected for report in reports)


def _ours(*files: str, kind: str = "product") -> Callable[[Path, float], Outcome]:
    """The last of the files, after the others are loaded."""

    def run(folder: Path, fraction: float) -> Outcome:
        with tempfile.TemporaryDirectory() as home:
            for day, file in enumerate(files):
                of = kind if file == files[-1] else "product"
                outcome = _loaded(home, folder / file, of, day)
        return outcome

    return run


def _ours_sample(folder: Path, fraction: float) -> Outcome:
    with tempfile.TemporaryDirectory() as home:
        return _loaded(home, sample.name, None, 0, fraction=fraction)


def _in_file(
    work: Callable[[duckdb.DuckDBPyConnection, Path, float], tuple[int, int]],
) -> Callable[[Path, float], Outcome]:
    """Times work on a new DuckDB file, until it is on disk; `work` tells rows read and rejected."""

    def run(folder: Path, fraction: float) -> Outcome:
        with tempfile.TemporaryDirectory() as home:
            begin, cpu = time.perf_counter(), time.process_time()
            with duckdb.connect(f"{home}/bare.duckdb") as connection:
                rows, rejected = work(connection, folder, fraction)
                connection.execute("CHECKPOINT")
            return time.perf_counter() - begin, time.process_time() - cpu, rows, rejected

    return run


def _copy(file: str, columns: str) -> Callable[[Path, float], Outcome]:
    def work(connection: duckdb.DuckDBPyConnection, folder: Path, _: float) -> tuple[int, int]:
        connection.execute(f"CREATE TABLE bare ({columns})")
        form = {"csv": "(HEADER)", "jsonl": "(FORMAT json)"}.get(file.rpartition(".")[2], "")
        connection.execute(f"COPY bare FROM '{folder / file}' {form}")
        return _count(connection, "bare"), 0

    return _in_file(work)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


@_in_file
def _copy_sample(
    connection: duckdb.DuckDBPyConnection, folder: Path, fraction: float
) -> tuple[int, int]:
    rows = 0
    for file in sample.FILES:
        path = sample.folder() / f"{file}.parquet"
        described = connection.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()
        chosen = ""
        if "household_id" in {name for name, *_ in described}:
            part = "md5_number_lower(household_id::VARCHAR) % 1000000"
            chosen = f"WHERE {part} < {fraction * 1e6}"
        connection.execute(f"CREATE TABLE {file} AS FROM read_parquet('{path}') {chosen}")
        rows += _count(connection, file)
    return rows, 0


@_in_file
def _script_products(
    connection: duckdb.DuckDBPyConnection, folder: Path, _: float
) -> tuple[int, int]:
    connection.execute("SET VARIABLE file = ?", [str(folder / PRODUCTS)])
    connection.execute(SCRIPT.read_text())
    return _count(connection, "checked"), _count(connection, "reject")


@_in_file
def _pandas_products(
    connection: duckdb.DuckDBPyConnection, folder: Path, _: float
) -> tuple[int, int]:
    """The work of loading_script.sql. pandas has no hash that other tools know, so each identifier
    is made by hashlib; facts are written predicate by predicate to bound the memory."""
    read = pd.read_csv(folder / PRODUCTS, dtype=str)
    problems = _pandas_problems(read)
    bad = problems.notna()
    reject = read[bad].assign(reason=problems[bad], row_number=read.index[bad] + 1)
    product = read[~bad].assign(price=pd.to_numeric(read["price"][~bad]).round(2))
    product.insert(0, "product_id", _node_ids("product", product["sku"]))
    nodes = [
        pd.DataFrame(
            {
                "node_id": product["product_id"], "kind": "product", "source": "shop",
                "key": product["sku"], "label": product["name"].fillna(product["sku"]),
            }
        )
    ]  # fmt: skip
    _write(connection, "reject", reject)
    _write(connection, "product", product)
    for predicate in ("sku", "gtin", "name", "brand", "category", "price"):
        value = product[predicate].dropna()
        if predicate == "price":
            value = value.map("{:.2f}".format)
        if predicate in ("brand", "category"):
            keys = pd.Series(value.unique())
            named = _node_ids(predicate, keys)
            nodes.append(
                pd.DataFrame(
                    {
                        "node_id": named, "kind": predicate, "source": "shop", "key": keys,
                        "label": keys,
                    }
                )
            )  # fmt: skip
            value = value.map(dict(zip(keys, named, strict=True)))
        subject = product["product_id"].loc[value.index]
        unit = product["currency"].loc[value.index] if predicate == "price" else None
        fact = pd.DataFrame(
            {
                "fact_id": _fact_ids(predicate, subject, value, unit), "subject": subject,
                "predicate": predicate, "object": value,
                "object_kind": "node" if predicate in ("brand", "category") else "literal",
                "unit": unit, "language": None, "provenance": "stated", "source": "shop",
                "confidence": 1.0, "valid_from": AS_OF, "valid_to": pd.NaT, "load_id": "load",
            }
        )  # fmt: skip
        _write(connection, "fact", fact)
    _write(connection, "node", pd.concat(nodes, ignore_index=True))
    return len(read), len(reject)


def _write(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    connection.register("frame", frame)
    columns = ", ".join(f"{column} {_TYPES.get(column, 'VARCHAR')}" for column in frame)
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
    connection.execute(f"INSERT INTO {table} FROM frame")
    connection.unregister("frame")


def _pandas_problems(rows: pd.DataFrame) -> "pd.Series[str]":
    """The reason why a row is bad, null for a good one."""
    problems = pd.Series(None, index=rows.index, dtype=object)
    digits = rows["gtin"].str.fullmatch(r"\d{8}|\d{12,14}").fillna(False).astype(bool)
    padded = rows["gtin"].where(digits, "0").str.zfill(14)
    weighted = sum(
        padded.str[place].astype("int64") * (1 if place % 2 else 3) for place in range(14)
    )
    problems[rows["gtin"].notna() & ~(digits & (weighted % 10 == 0))] = "gtin: no GTIN"
    price = pd.to_numeric(rows["price"], errors="coerce")
    problems[rows["price"].notna() & ~price.ge(0)] = "price: no amount of money"
    form = rows["currency"].str.fullmatch("[A-Z]{3}").fillna(True).astype(bool)
    problems[~form] = "currency: no code"
    for column in ("sku", "name", "brand", "category"):
        problems[rows[column].str.len() > 1000] = f"{column}: too long"
    problems[rows["sku"].isna()] = "sku: required"
    problems[problems.isna() & rows["sku"].duplicated()] = "sku: stands above already"
    return problems


def _node_ids(kind: str, keys: "pd.Series[str]") -> list[str]:
    return [f"{kind}:{_md5(f'{kind}{_UNIT}shop{_UNIT}{key}')}" for key in keys]


def _fact_ids(
    predicate: str,
    subject: "pd.Series[str]",
    value: "pd.Series[str]",
    unit: "pd.Series[str] | None",
) -> list[str]:
    units = [""] * len(value) if unit is None else unit
    return [
        _md5(_UNIT.join((who, predicate, what, of, "", "shop", str(AS_OF))))
        for who, what, of in zip(subject, value, units, strict=True)
    ]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()[:16]


def _in_memory(work: Callable[[Path, float], tuple[int, int]]) -> Callable[[Path, float], Outcome]:
    def run(folder: Path, fraction: float) -> Outcome:
        begin, cpu = time.perf_counter(), time.process_time()
        rows, rejected = work(folder, fraction)
        return time.perf_counter() - begin, time.process_time() - cpu, rows, rejected

    return run


@_in_memory
def _pandas_sample(folder: Path, fraction: float) -> tuple[int, int]:
    """Reads all files, checks keys, references and ranges, counts promotions by place."""
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
    return rows, int((~good).sum() + (~sound).sum() + (~usable).sum())


@_in_memory
def _pandas_events(folder: Path, fraction: float) -> tuple[int, int]:
    known = pd.read_csv(folder / PRODUCTS, usecols=["sku"])["sku"]
    rows = pd.read_csv(folder / EVENTS)
    good = rows["event_type"].str.lower().isin(["view", "click", "cart", "purchase", "return"])
    good &= rows["product_id"].isin(known)
    good &= pd.to_datetime(rows["time"], errors="coerce").notna()
    for column in ("quantity", "value"):
        good &= pd.to_numeric(rows[column], errors="coerce").ge(0)
    for column in ("customer_id", "basket_id"):
        good &= rows[column].str.len() <= 1000
    return len(rows), int((~good).sum())


PRODUCT_COLUMNS = (
    "sku VARCHAR, gtin VARCHAR, name VARCHAR, brand VARCHAR, category VARCHAR, "
    "price DECIMAL(18, 2), currency VARCHAR"
)
EVENT_COLUMNS = (
    'event_type VARCHAR, customer_id VARCHAR, product_id VARCHAR, "time" TIMESTAMP, '
    "quantity DOUBLE, value DECIMAL(18, 2), basket_id VARCHAR"
)
CASES: dict[tuple[str, str], Callable[[Path, float], Outcome]] = {
    ("products csv", "ours"): _ours(PRODUCTS),
    ("products csv", "copy"): _copy(PRODUCTS, PRODUCT_COLUMNS),
    ("products csv", "script"): _script_products,
    ("products csv", "pandas"): _pandas_products,
    ("products parquet", "ours"): _ours("products.parquet"),
    ("products parquet", "copy"): _copy("products.parquet", PRODUCT_COLUMNS),
    ("products jsonl", "ours"): _ours("products.jsonl"),
    ("products jsonl", "copy"): _copy("products.jsonl", PRODUCT_COLUMNS),
    ("1 % changed", "ours"): _ours(PRODUCTS, CHANGED),
    ("1 % changed", "copy"): _copy(CHANGED, PRODUCT_COLUMNS),
    ("unchanged", "ours"): _ours(PRODUCTS, PRODUCTS),
    ("events", "ours"): _ours(PRODUCTS, EVENTS, kind="event"),
    ("events", "copy"): _copy(EVENTS, EVENT_COLUMNS),
    ("events", "pandas"): _pandas_events,
    ("sample", "ours"): _ours_sample,
    ("sample", "copy"): _copy_sample,
    ("sample", "pandas"): _pandas_sample,
}

if __name__ == "__main__":
    main()
