"""Amazon Reviews 2023 (https://amazon-reviews-2023.github.io, "Data Fields"): JSON lines of item
metadata, and JSON lines of reviews. Items and reviews meet in parent_asin, as its authors ask."""

from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.sources import jsonlines
from warehouse.sources.feed import Feed, Options
from warehouse.sources.glance import object_keys
from warehouse.sources.settling import amount, joined, moment, own, settle, valid_json

name = "amazon_reviews"

NAMESPACE = "amazon"
_ITEM = {"parent_asin", "main_category", "details"}
_REVIEW = {"parent_asin", "user_id", "rating", "helpful_vote"}
# Members of `details` that have a canonical place; the others stay.
_DETAILS = {
    "brand": "Brand",
    "manufacturer": "Manufacturer",
    "color": "Color",
    "size": "Size",
    "mpn": "Item model number",
}
_ITEM_MAPPING = {
    "key": "parent_asin", "name": "title", "description": "description",
    "department": "main_category", "category": "category", "price": "price_amount",
    "currency": "currency", "image": "image", "average_rating": "average_rating",
    "rating_count": "rating_number", **{column: column for column in _DETAILS},
}  # fmt: skip
_REVIEW_MAPPING = {
    "product": "parent_asin", "customer": "user_id", "rating": "rating", "title": "title",
    "body": "body", "time": "timestamp", "helpful_votes": "helpful_vote",
}  # fmt: skip


def detect(path: str | Path) -> bool:
    """True where the first line has the fields that only items, or only reviews, have."""
    keys = object_keys(path)
    return keys >= _ITEM or keys >= _REVIEW


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands items as products, or reviews.

    Raises:
        LoadError: as `jsonlines.read`.
    """
    (feed,) = jsonlines.read(connection, path, options)
    return [_reviews(connection, feed) if "user_id" in feed.columns else _items(connection, feed)]


def _items(connection: duckdb.DuckDBPyConnection, feed: Feed) -> Feed:
    """Lists become text where the canonical column is one; a price that is more than a number, such
    as `from 14.99`, gives its first number and stays as it is beside it."""
    details, images = (valid_json(own(feed, column)) for column in ("details", "images"))
    price = own(feed, "price")
    taken = "".join(f'"{member}": null, ' for member in _DETAILS.values()).rstrip(", ")
    path = joined(own(feed, "categories"), "' > '")
    made = {
        "description": joined(own(feed, "description"), "chr(10)"),
        "category": f"nullif({path}, '')",
        "price_amount": amount(price),
        "currency": f"CASE WHEN {amount(price)} IS NOT NULL THEN 'USD' END",
        "price": f"CASE WHEN {amount(price)} IS DISTINCT FROM {price} THEN {price} END",
        "image": f"coalesce({images} ->> '$[0].hi_res', {images} ->> '$[0].large')",
        "details": f"nullif(json_merge_patch({details}, '{{{taken}}}')::VARCHAR, '{{}}')",
        **{column: f"{details} ->> '$.\"{of}\"'" for column, of in _DETAILS.items()},
    }
    settled = settle(connection, feed, made, without=("categories",))
    found = {column: of for column, of in _ITEM_MAPPING.items() if of in settled.columns}
    return replace(settled, kind="product", mapping=found, namespace=NAMESPACE)


def _reviews(connection: duckdb.DuckDBPyConnection, feed: Feed) -> Feed:
    """A review without a text says what its title says."""
    body = f"coalesce(nullif({own(feed, 'text')}, ''), {own(feed, 'title')})"
    settled = settle(connection, feed, {"body": body}, without=("text",))
    dated = "timestamp" in settled.columns
    as_of = moment(connection, settled.table, "max", "timestamp") if dated else None
    found = {column: of for column, of in _REVIEW_MAPPING.items() if of in settled.columns}
    return replace(settled, kind="review", mapping=found, as_of=as_of)
