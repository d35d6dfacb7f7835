"""Amazon's Shopping Queries (ESCI; https://github.com/amazon-science/esci-data; Reddy et al. 2022,
arXiv:2206.06588, section 3): products by locale, and examples, which are judgments of products for
queries. Parquet, or text with commas.

A product is known by locale and ASIN, since each locale has its own title. Grades are the gains of
the task's nDCG: exact 1, substitute 0.1, complement 0.01, irrelevant 0.
"""

from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.errors import LoadError
from warehouse.sources import delimited, glance, parquet
from warehouse.sources.feed import Feed, Options
from warehouse.sources.settling import settle

name = "esci"

NAMESPACE = "esci"
_EXAMPLES = {"query_id", "query", "product_id", "product_locale", "esci_label"}
_PRODUCTS = {"product_id", "product_title", "product_locale", "product_bullet_point"}
_SOURCES = {"query_id", "source"}
_LABELS = {
    "e": ("exact", 1.0),
    "s": ("substitute", 0.1),
    "c": ("complement", 0.01),
    "i": ("irrelevant", 0.0),
}
_PRODUCT_MAPPING = {
    "key": "product_key", "name": "product_title", "description": "product_description",
    "brand": "product_brand", "color": "product_color",
}  # fmt: skip
_OF_QUERIES = ("query_id", "query", "product_locale", "source")
_OF_JUDGMENTS = (
    "example_id", "query_id", "product_key", "label", "grade", "small_version", "large_version",
    "split",
)  # fmt: skip
_KEY = "concat(product_locale, ':', product_id)"


def detect(path: str | Path) -> bool:
    """True where the columns are those of one of the three files."""
    columns = glance.columns(path)
    return columns >= _EXAMPLES or columns >= _PRODUCTS or columns == _SOURCES


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands products; or queries, then judgments, of examples. Examples that hold the columns of
    their products too, as they are often passed on, land these first.

    Raises:
        LoadError: if the file is that of the sources of queries, which says nothing alone; or as
        `parquet.read` or `delimited.read`.
    """
    module = parquet if parquet.detect(path) else delimited
    (feed,) = module.read(connection, path, options)
    columns = set(feed.columns)
    if columns == _SOURCES:
        raise LoadError(
            f"{path}: tells where queries come from, and not their words; join it to the examples "
            "by query_id, and load these: the source stays with each query"
        )
    if not columns >= _EXAMPLES:
        return [_products(connection, feed)]
    made = {"product_key": _KEY, "label": _label("esci_label", 0), "grade": _label("esci_label", 1)}
    feed = settle(connection, feed, made)
    feeds = [_queries(connection, feed), _judgments(connection, feed)]
    if columns >= _PRODUCTS:
        feeds.insert(0, _products_of_examples(connection, feed))
    connection.execute(f"DROP TABLE raw.{feed.table}")
    return feeds


def _products(connection: duckdb.DuckDBPyConnection, feed: Feed) -> Feed:
    settled = settle(connection, feed, {"product_key": _KEY})
    found = {column: of for column, of in _PRODUCT_MAPPING.items() if of in settled.columns}
    return replace(settled, kind="product", mapping=found, namespace=NAMESPACE)


def _products_of_examples(connection: duckdb.DuckDBPyConnection, feed: Feed) -> Feed:
    columns = tuple(column for column in feed.columns if column.startswith("product_"))
    names = ", ".join(columns)
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE raw.landed_product AS
        SELECT row_number, {names} FROM raw.{feed.table}
        QUALIFY row_number() OVER (PARTITION BY product_key ORDER BY row_number) = 1
        ORDER BY row_number
        """
    )
    found = {column: of for column, of in _PRODUCT_MAPPING.items() if of in columns}
    return Feed("landed_product", columns, None, "product", mapping=found, namespace=NAMESPACE)


def _queries(connection: duckdb.DuckDBPyConnection, feed: Feed) -> Feed:
    """Each query once, as its first example has it."""
    columns = tuple(column for column in _OF_QUERIES if column in feed.columns)
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE raw.landed_query AS
        SELECT row_number, {", ".join(columns)} FROM raw.{feed.table}
        QUALIFY row_number() OVER (PARTITION BY query_id ORDER BY row_number) = 1
        ORDER BY row_number
        """
    )
    return Feed(
        "landed_query", columns, None, "query", mapping={"key": "query_id", "text": "query"}
    )


def _judgments(connection: duckdb.DuckDBPyConnection, feed: Feed) -> Feed:
    columns = tuple(column for column in _OF_JUDGMENTS if column in feed.columns)
    connection.execute(
        f"CREATE OR REPLACE TABLE raw.landed_judgment AS "
        f"SELECT row_number, {', '.join(columns)} FROM raw.{feed.table}"
    )
    mapping = {"query": "query_id", "product": "product_key", "label": "label", "grade": "grade"}
    return Feed("landed_judgment", columns, feed.unreadable, "judgment", mapping=mapping)


def _label(column: str, part: int) -> str:
    """The word (0) or the grade (1) of a label, which is a letter or that word; others stay, and
    have no grade."""
    branches = " ".join(
        f"WHEN lower({column}) IN ('{letter}', '{said[0]}') THEN '{said[part]}'"
        for letter, said in _LABELS.items()
    )
    return f"CASE {branches} {'' if part else f'ELSE {column}'} END"
