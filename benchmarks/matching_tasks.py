"""The tasks of the matching benchmark: tables and what their columns should be matched to.

Header variants of real feed formats stand in `headers/`: a line is a column, the canonical columns
that are right for it (none is "no match", `-` is not judged), and some values. The tables of the
sample are cut into two halves of their rows; the second gets other names, by `renames.csv`.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.connection import quoted
from warehouse.kinds import KINDS
from warehouse.matching.profiles import Profile, profile
from warehouse.matching.targets import Targets, canonical, of_table
from warehouse.sources import delimited
from warehouse.sources.feed import Options

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "shared" / "data"
STYLES = ("abbreviated", "german", "french", "spanish")
ROWS = 1_000
READ_ROWS = 20_000

Gold = dict[str, frozenset[str]]


@dataclass(frozen=True)
class Task:
    """Columns, what they may be matched to, and for each that is judged the right targets (none:
    "no match")."""

    name: str
    group: str
    held_out: bool
    found: Profile
    targets: Targets
    gold: Gold
    tables: tuple[str, str]
    parts: frozenset[tuple[str, str]] | set[tuple[str, str]] = frozenset()


def header_variants(connection: duckdb.DuckDBPyConnection) -> Iterator[Task]:
    """The header variants of feed formats, to the canonical schema."""
    with (HERE / "headers" / "variants.csv").open(newline="") as file:
        variants = list(csv.DictReader(file))
    for variant in variants:
        columns, gold = land_variant(connection, variant["variant"])
        table = f"raw.{quoted('variant_' + variant['variant'])}"
        yield Task(
            variant["variant"],
            "headers",
            variant["half"] == "held_out",
            profile(connection, table, columns),
            canonical(KINDS[variant["kind"]]),
            gold,
            (table, variant["kind"]),
        )


def header_pairs(connection: duckdb.DuckDBPyConnection) -> Iterator[Task]:
    """Header variants of products against the next one of their half: what fills the same
    canonical column is the same."""
    with (HERE / "headers" / "variants.csv").open(newline="") as file:
        variants = [row for row in csv.DictReader(file) if row["kind"] == "product"]
    for half in ("tuning", "held_out"):
        names = [row["variant"] for row in variants if row["half"] == half]
        for left, right in zip(names, [*names[1:], names[0]], strict=True):
            (own, told), (others, known) = (land_variant(connection, n) for n in (left, right))
            tables = f'raw."variant_{left}"', f'raw."variant_{right}"'
            yield Task(
                name=f"{left} to {right}",
                group="header pairs",
                held_out=half == "held_out",
                found=profile(connection, tables[0], own),
                targets=of_table(connection, tables[1], others),
                gold={
                    column: frozenset(other for other in known if meant & known[other])
                    for column, meant in told.items()
                    if meant and meant & frozenset().union(*known.values())
                },
                tables=tables,
            )


def land_variant(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[tuple[str, ...], Gold]:
    """Makes the table of a header variant; returns its columns and the gold."""
    lines = (HERE / "headers" / f"{name}.psv").read_text(encoding="utf-8").splitlines()[1:]
    fields = [line.split("|") for line in lines]
    columns = tuple(column for column, *_ in fields)
    gold = {
        column: frozenset(filter(None, right.split("/")))
        for column, right, *_ in fields
        if right != "-"
    }
    table = f"raw.{quoted('variant_' + name)}"
    declared = ", ".join(f"{quoted(column)} VARCHAR" for column in columns)
    connection.execute(f"CREATE OR REPLACE TABLE {table} (row_number INT, {declared})")
    rows = zip(*(values for _, _, *values in fields), strict=True)
    connection.executemany(
        f"INSERT INTO {table} VALUES ({', '.join('?' * (len(columns) + 1))})",
        [[number, *row] for number, row in enumerate(rows, start=1)],
    )
    return columns, gold


def renamed_sample(connection: duckdb.DuckDBPyConnection) -> Iterator[Task]:
    """The tables of the sample against their other halves with other names, in another order."""
    from warehouse.sources.sample import folder

    with (HERE / "renames.csv").open(newline="", encoding="utf-8") as file:
        renames = list(csv.DictReader(file))
    for table in dict.fromkeys(row["table"] for row in renames):
        rows = [row for row in renames if row["table"] == table]
        path = folder() / f"{table}.parquet"
        for style in STYLES:
            yield _renamed(connection, table, path, style, rows)


def _renamed(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    style: str,
    rows: list[dict[str, str]],
) -> Task:
    left, right = f"raw.{table}_left", f"raw.{table}_{style}"
    own = tuple(dict.fromkeys(row["column"] for row in rows if not row["made_of"]))
    made = {row[style]: row["made_of"] or row["column"] for row in rows if row[style]}
    names = sorted(made)
    random.Random(f"{table} {style}").shuffle(names)
    _halve(connection, left, path, 0, {name: name for name in own})
    _halve(connection, right, path, 1, {name: made[name] for name in names})
    whole = {row["column"]: row[style] for row in rows if row[style] and not row["made_of"]}
    return Task(
        name=f"{table} {style}",
        group="renamed sample",
        held_out=style in ("french", "spanish"),
        found=profile(connection, left, own),
        targets=of_table(connection, right, tuple(names)),
        gold={name: frozenset([whole[name]] if name in whole else []) for name in own},
        tables=(left, right),
        parts={
            (column, row[style])
            for row in rows
            if row[style] and row["made_of"]
            for column in row["column"].split()
        },
    )


def _halve(
    connection: duckdb.DuckDBPyConnection, table: str, path: Path, half: int, made: dict[str, str]
) -> None:
    """Lands ROWS rows of one half of the first rows of a Parquet file, each column made as
    told."""
    chosen = ", ".join(f"{_made(how)} AS {quoted(name)}" for name, how in made.items())
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {table} AS
        SELECT row_number() OVER (ORDER BY file_row_number) AS row_number, {chosen}
        FROM read_parquet(?, file_row_number = true)
        WHERE file_row_number < {READ_ROWS} AND hash(file_row_number) % 2 = {half}
        ORDER BY row_number
        LIMIT {ROWS}
        """,
        [str(path)],
    )


def _made(expression: str) -> str:
    """A column, or an SQL expression of columns that are merged or cut."""
    return expression if "(" in expression else quoted(expression)


def catalogs(connection: duckdb.DuckDBPyConnection) -> Iterator[Task]:
    """Abt and Buy, Walmart and Amazon: with each other, and each with the canonical schema."""
    to_schema = {
        "id": "key", "name": "name", "title": "name", "description": "description",
        "price": "price", "brand": "brand", "modelno": "mpn",
    }  # fmt: skip
    for folder, files in (("abt_buy", ("abt", "buy")), ("walmart_amazon", ("walmart", "amazon"))):
        landed: dict[str, tuple[str, tuple[str, ...]]] = {}
        for file in files:
            (feed,) = delimited.read(connection, DATA / folder / f"{file}.csv", Options())
            connection.execute(f"CREATE OR REPLACE TABLE raw.{file} AS FROM raw.{feed.table}")
            landed[file] = f"raw.{file}", feed.columns
        (left, own), (right, others) = (landed[file] for file in files)
        yield Task(
            f"{files[0]} to {files[1]}",
            "catalogs",
            True,
            profile(connection, left, own),
            of_table(connection, right, others),
            {column: frozenset([column]) for column in own},
            (left, right),
        )
        for file in files:
            table, own = landed[file]
            yield Task(
                f"{file} to product",
                "catalogs",
                True,
                profile(connection, table, own),
                canonical(KINDS["product"]),
                {name: frozenset([to_schema[name]]) for name in own if name in to_schema},
                (table, "product"),
            )
