"""MerRec (https://huggingface.co/datasets/mercari-us/merrec; Li et al. 2024, arXiv:2402.14230,
section 3), and Parquet like it: one row an action of a user on an item, with what the item was
then. Actions become events; an item is the product that its last action shows."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.connection import quoted
from warehouse.sources import glance, parquet
from warehouse.sources.feed import Feed, Options
from warehouse.sources.settling import moment

name = "merrec"

NAMESPACE = "merrec"
_TYPES = {
    "item_view": "view", "item_like": "like", "item_add_to_cart_tap": "cart",
    "offer_make": "offer", "buy_start": "checkout", "buy_comp": "purchase",
}  # fmt: skip
# The names that a column may have, the best first.
_ITEM = ("item_id", "product_id")
_TIME = ("stime", "timestamp", "event_time", "time")
_SESSION = ("session_id", "sequence_id")
_CATEGORY = (("c0_name", "c0"), ("c1_name", "c1"), ("c2_name", "c2"))
_PATH = "category_path"
_PRODUCT_MAPPING = {
    "name": ("name", "item_name", "title"),
    "brand": ("brand_name", "brand"),
    "price": ("price",),
    "condition": ("item_condition_name", "condition", "item_condition"),
    "size": ("size_name", "size"),
    "color": ("color", "color_name"),
}
_OF_EVENTS = {"user_id", "sequence_id", "session_id", "sequence_length", "event_id", *_TIME}


def detect(path: str | Path) -> bool:
    """True for Parquet with actions of users on items that have a category."""
    if not parquet.detect(path):
        return False
    columns = glance.columns(path)
    return columns >= {"user_id", "event_id"} and all(
        _first(names, columns) for names in (_ITEM, _TIME, _CATEGORY[0])
    )


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands the items, as their last actions show them, then the actions.

    Raises:
        LoadError: as `parquet.read`.
    """
    (feed,) = parquet.read(connection, path, options)
    item, time = _first(_ITEM, feed.columns), _first(_TIME, feed.columns)
    as_of = moment(connection, feed.table, "max", time)
    feeds = [_items(connection, feed, item, time), _events(connection, feed, item, time)]
    connection.execute(f"DROP TABLE raw.{feed.table}")
    return [replace(one, as_of=as_of) for one in feeds]


def _items(connection: duckdb.DuckDBPyConnection, feed: Feed, item: str, time: str) -> Feed:
    parts = [_first(names, feed.columns) for names in _CATEGORY]
    path = ", ".join(f"nullif(trim({quoted(part)}::VARCHAR), '')" for part in parts if part)
    taken = {*_OF_EVENTS, *parts, _PATH}
    kept = tuple(column for column in feed.columns if column not in taken)
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE raw.landed_product AS
        SELECT
            row_number() OVER (ORDER BY row_number) AS row_number,
            {", ".join(map(quoted, kept))},
            nullif(concat_ws(' > ', {path}), '') AS {_PATH}
        FROM (
            FROM raw.{feed.table}
            WHERE {quoted(item)} IS NOT NULL
            QUALIFY row_number() OVER (
                PARTITION BY {quoted(item)} ORDER BY {quoted(time)} DESC, row_number DESC
            ) = 1
        )
        """
    )
    mapping = {"key": item, "category": _PATH}
    if item == "item_id" and "product_id" in kept:
        mapping["variant_group"] = "product_id"
    for column, names in _PRODUCT_MAPPING.items():
        if found := _first(names, kept):
            mapping[column] = found
    columns = (*kept, _PATH)
    return Feed("landed_product", columns, None, "product", mapping=mapping, namespace=NAMESPACE)


def _events(connection: duckdb.DuckDBPyConnection, feed: Feed, item: str, time: str) -> Feed:
    """A purchase is worth what the item costs; other actions cost nothing."""
    names = " ".join(f"WHEN '{theirs}' THEN '{ours}'" for theirs, ours in _TYPES.items())
    price = quoted("price") if "price" in feed.columns else "NULL"
    kept = [one for one in feed.columns if (one in _OF_EVENTS or one == item) and one != "event_id"]
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE raw.landed_event AS
        SELECT
            row_number,
            {", ".join(map(quoted, kept))},
            CASE event_id::VARCHAR {names} ELSE event_id::VARCHAR END AS event_type,
            CASE WHEN event_id::VARCHAR = 'buy_comp' THEN {price} END AS value
        FROM raw.{feed.table}
        """
    )
    mapping = {
        "event_type": "event_type", "customer": "user_id", "product": item, "time": time,
        "value": "value",
    }  # fmt: skip
    if session := _first(_SESSION, feed.columns):
        mapping["session"] = session
    return Feed("landed_event", (*kept, "event_type", "value"), None, "event", mapping=mapping)


def _first(names: Collection[str], columns: Collection[str]) -> str:
    """The first of some names that is a column; empty where none is."""
    return next((name for name in names if name in columns), "")
