"""WebShop items (https://github.com/princeton-nlp/WebShop, `items_shuffle.json`; Yao et al. 2022,
arXiv:2207.01206): one JSON array, gigabytes long, of scraped products. It is read an object at a
time, and loads whole or not at all, since an array that is not well-formed has no rows."""

import glob
from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.errors import LoadError
from warehouse.sources.feed import Feed, Options
from warehouse.sources.objects import IS_OBJECT, ITEM_BYTES, spread
from warehouse.sources.settling import amount, own, settle, valid_json

name = "webshop"

NAMESPACE = "webshop"
_SNIFFED_BYTES = 1 << 18
# Keys of an item that no other format has; one of them stands near the beginning of each item.
_TOLD_BY = (b'"asin"', b'"small_description"', b'"customization_options"', b'"full_description"')
_MAPPING = {
    "key": "asin", "name": "name", "description": "full_description", "brand": "brand",
    "department": "category", "category": "category_path", "price": "price",
    "currency": "currency", "availability": "availability_status", "image": "image",
    "mpn": "model", "average_rating": "average_rating", "rating_count": "rating_count",
}  # fmt: skip


def detect(path: str | Path) -> bool:
    """True where an array begins whose first objects have the keys of items."""
    with Path(path).open("rb") as file:
        head = file.read(_SNIFFED_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    found = sum(key in head for key in _TOLD_BY)
    return head.startswith(b"[") and _TOLD_BY[0] in head and found >= 3


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands items as products: prices, ratings and categories as the canonical columns want them,
    the values of options beside their pictures.

    Raises:
        LoadError: if the array breaks off or is not well-formed, or an item is larger than any
        product.
    """
    try:
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE landed_line AS
            SELECT row_number() OVER () AS row_number, json::VARCHAR AS line
            FROM read_json_objects(?, format = 'array', maximum_object_size = {ITEM_BYTES})
            """,
            [glob.escape(str(Path(path).absolute()))],
        )
    except duckdb.Error as error:
        raise LoadError(
            f"{path}: the JSON array breaks off, is not well-formed, or holds an item of more than "
            f"{ITEM_BYTES >> 20} MB ({str(error).splitlines()[0]}); nothing was loaded. "
            "Download it again"
        ) from error
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE unreadable AS
        SELECT row_number, 'the item is not a JSON object' AS reason, line
        FROM landed_line WHERE NOT {IS_OBJECT}
        """
    )
    feed = Feed("landed", spread(connection, path, "raw.landed"), "unreadable")
    price, rating = own(feed, "pricing"), own(feed, "average_rating")
    category, options_given = (
        own(feed, one) for one in ("product_category", "customization_options")
    )
    made = {
        "asin": f"nullif({own(feed, 'asin')}, 'nan')",
        "brand": f"nullif(regexp_replace({own(feed, 'brand')}, "
        "'^\\s*(Brand:\\s*|Visit the\\s+)|\\s+Store\\s*$', '', 'g'), '')",
        "category_path": f"replace({category}, '›', '>')",
        "price": amount(price),
        "currency": f"CASE WHEN {amount(price)} IS NOT NULL THEN 'USD' END",
        "image": f"{valid_json(own(feed, 'images'))} ->> '$[0]'",
        "average_rating": amount(rating),
        "rating_count": amount(own(feed, "total_reviews")),
        "options": _options(valid_json(options_given)),
    }
    settled = settle(connection, feed, made)
    mapping = {column: of for column, of in _MAPPING.items() if of in settled.columns}
    return [replace(settled, kind="product", mapping=mapping, namespace=NAMESPACE)]


def _options(given: str) -> str:
    """The values of each option, without their pictures, as a JSON object of lists."""
    value = "json_extract_string(choice, '$.value')"
    named = f"""
        map_from_entries([
            {{
                'key': option.key,
                'value': [{value} FOR choice IN option.value IF {value} <> '']
            }}
            FOR option IN map_entries(TRY_CAST({given} AS MAP(VARCHAR, JSON[])))
            IF len(option.value) > 0
        ])
    """
    return f"nullif(to_json({named})::VARCHAR, '{{}}')"
