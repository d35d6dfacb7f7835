"""Shopify product CSV (https://help.shopify.com/manual/products/import-export/using-csv), with the
headers of today (URL handle, SKU, Price) and those of before 2025 (Handle, Variant SKU).

Rows that share a handle are one product: the first has what holds of all its variants, each with an
option value, SKU or price is a variant, the others only add pictures. A row lands for each variant,
with what the product says; the file has no currency, so it is the user's to give.
"""

import csv
import re
from pathlib import Path

import duckdb

from warehouse.connection import literal, quoted
from warehouse.errors import LoadError
from warehouse.sources import delimited
from warehouse.sources.feed import Feed, Options

name = "shopify"

NAMESPACE = "shopify"
_SNIFFED_BYTES = 1 << 16
# What today's headers were called before; both in lower case.
_BEFORE = {
    "url handle": "handle", "description": "body (html)", "product category": "product category",
    "sku": "variant sku", "barcode": "variant barcode", "price": "variant price",
    "compare-at price": "variant compare at price", "cost per item": "cost per item",
    "inventory tracker": "variant inventory tracker", "weight unit for display":
    "variant weight unit", "inventory quantity": "variant inventory qty",
    "continue selling when out of stock": "variant inventory policy", "weight value (grams)":
    "variant grams", "requires shipping": "variant requires shipping", "fulfillment service":
    "variant fulfillment service", "charge tax": "variant taxable", "tax code":
    "variant tax code", "product image url": "image src", "image alt text": "image alt text",
    "variant image url": "variant image", "published on online store": "published",
}  # fmt: skip
_IS_VARIANTS = re.compile(
    r"variant .*|option\d (value|linked to)|image .*|cost per item|unit price .*"
    r"|(.*\()?variant\.metafields\..*|included / .*|price / .*|compare at price / .*"
)
_TOLD_BY = ({"handle", "title"}, {"variant sku", "variant price", "option1 name", "vendor"})
_OPTIONS = (1, 2, 3)
# As many as a product may have.
_MOST_PICTURES = 250
_OPTION_OF = {"color": r"colou?r", "size": r"size"}
_ENTITIES = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&"}


def detect(path: str | Path) -> bool:
    """True for a header with a handle, a title, and columns that only Shopify has."""
    with Path(path).open("rb") as file:
        head = file.read(_SNIFFED_BYTES).decode("utf-8-sig", "replace")
    first = re.split(r"[\r\n]", head, maxsplit=1)[0]
    try:
        header = {_before(column) for column in next(csv.reader([first]), [])}
    except csv.Error:
        return False
    return _TOLD_BY[0] <= header and len(_TOLD_BY[1] & header) >= 2


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands one row a variant.

    Raises:
        LoadError: as `delimited.read`.
    """
    (feed,) = delimited.read(connection, path, options)
    own = {_before(column): column for column in feed.columns}
    made = _made(own)
    if taken := {column.lower() for column in feed.columns} & made.keys():
        raise LoadError(
            f"{path}: the header has {', '.join(sorted(taken))}, as no Shopify file has; rename it"
        )
    handle = _said(own, "handle")
    filled = (f"{_of_product(column)} AS {quoted(column)}" for column in feed.columns)
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE raw.variant AS
        WITH
        numbered AS (
            SELECT
                *,
                coalesce({handle}, '#' || row_number) AS product_of_row,
                {_said(own, "image src")} AS picture_of_row
            FROM raw.landed
        ),
        pictured AS (
            SELECT
                product_of_row,
                list(picture_of_row ORDER BY row_number)[:{_MOST_PICTURES}] AS pictures
            FROM numbered
            WHERE picture_of_row IS NOT NULL
            GROUP BY product_of_row
        ),
        filled AS (
            SELECT
                row_number,
                product_of_row,
                {_is_variant(own)} AS is_variant,
                pictures,
                {", ".join(filled)}
            FROM numbered LEFT JOIN pictured USING (product_of_row)
            WINDOW product AS (
                PARTITION BY product_of_row ORDER BY row_number
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            )
        )
        SELECT *, count(*) OVER (PARTITION BY product_of_row) AS variants
        FROM filled WHERE is_variant
        """
    )
    values = (f"{value} AS {quoted(column)}" for column, value in made.items())
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE raw.settled AS
        SELECT row_number, {", ".join(map(quoted, feed.columns))}, {", ".join(values)}
        FROM raw.variant
        ORDER BY row_number
        """
    )
    connection.execute("DROP TABLE raw.variant")
    connection.execute("DROP TABLE raw.landed")
    return [
        Feed(
            table="settled",
            columns=(*feed.columns, *made),
            unreadable=feed.unreadable,
            kind="product",
            mapping=_mapping(own),
            namespace=NAMESPACE,
            placed=tuple(own[column] for column in _PLACED if column in own),
        )
    ]


# Columns that stand in others, made of them.
_PLACED = (
    "body (html)", "variant sku", "variant price", "variant compare at price", "variant barcode",
    "image src", "image position", "variant image", "tags", "option1 name", "option1 value",
    "option2 name", "option2 value", "option3 name", "option3 value",
)  # fmt: skip


def _before(header: str) -> str:
    """The name of a column in the older template, in lower case."""
    header = re.sub(r"\s+", " ", header.strip().lower())
    return _BEFORE.get(header, header)


def _said(own: dict[str, str], column: str) -> str:
    """SQL of a column by its older name: trimmed, null where it is empty or not there."""
    if column not in own:
        return "NULL::VARCHAR"
    # Spreadsheets keep a code a text by an apostrophe before it.
    return f"""nullif(ltrim(trim({quoted(own[column])}), ''''), '')"""


def _of_product(column: str) -> str:
    """SQL that gives every row of a product what only its first row says."""
    if _IS_VARIANTS.fullmatch(_before(column)):
        return quoted(column)
    return f"first_value(nullif(trim({quoted(column)}), '') IGNORE NULLS) OVER product"


def _is_variant(own: dict[str, str]) -> str:
    said = (_said(own, column) for column in ("option1 value", "variant sku", "variant price"))
    is_first = "row_number = first_value(row_number) OVER product"
    return f"coalesce({', '.join(said)}) IS NOT NULL OR {is_first}"


def _made(own: dict[str, str]) -> dict[str, str]:
    """Columns of a variant that are made of several, as SQL."""
    handle, sku = _said(own, "handle"), _said(own, "variant sku")
    barcode = _said(own, "variant barcode")
    digits = f"replace({barcode}, ' ', '')"
    price, full = _said(own, "variant price"), _said(own, "variant compare at price")
    is_reduced = f"coalesce(TRY_CAST({full} AS DOUBLE) > TRY_CAST({price} AS DOUBLE), false)"
    options = [(_said(own, f"option{n} name"), _said(own, f"option{n} value")) for n in _OPTIONS]
    values = ", ".join(value for _, value in options)
    key = f"CASE WHEN variants = 1 THEN {handle} ELSE concat_ws('/', {handle}, {values}) END"
    is_key = f"{sku} IS NOT NULL AND count(*) OVER (PARTITION BY {sku}) = 1"
    picture = f"coalesce({_said(own, 'variant image')}, pictures[1])"
    tags = f"string_split({_said(own, 'tags')}, ',')"
    return {
        "variant_key": f"CASE WHEN {is_key} THEN {sku} ELSE {key} END",
        "variant_group": f"CASE WHEN variants > 1 THEN {handle} END",
        "body_text": _text(_said(own, "body (html)")),
        "full_price": f"CASE WHEN {is_reduced} THEN {full} ELSE {price} END",
        "reduced_price": f"CASE WHEN {is_reduced} THEN {price} END",
        "barcode_gtin": f"CASE WHEN gtin_valid({digits}) THEN {digits} END",
        "other_barcode": f"CASE WHEN NOT gtin_valid({digits}) THEN {barcode} END",
        "other_sku": f"CASE WHEN NOT ({is_key}) THEN {sku} END",
        **{f"option_{name}": _option(options, form) for name, form in _OPTION_OF.items()},
        "option": _other_options(options),
        "picture": picture,
        "other_picture": f"to_json(list_filter(pictures, lambda one: one <> {picture}))::VARCHAR",
        "tag": f"to_json([trim(tag) FOR tag IN {tags} IF trim(tag) <> ''])::VARCHAR",
        "stock": _stock(own),
    }


def _option(options: list[tuple[str, str]], form: str) -> str:
    cases = " ".join(
        f"WHEN regexp_full_match(lower({option}), {literal(form)}) THEN {value}"
        for option, value in options
    )
    return f"CASE {cases} END"


def _other_options(options: list[tuple[str, str]]) -> str:
    """Options that are no canonical column, as a JSON object of values by name."""
    known = literal("|".join([*_OPTION_OF.values(), "title"]))
    entries = ", ".join(f"{{'key': {option}, 'value': {value}}}" for option, value in options)
    others = f"""
        [
            entry FOR entry IN [{entries}]
            IF entry.value IS NOT NULL AND NOT regexp_full_match(lower(entry.key), {known})
        ]
    """
    values = f"""
        [
            {{'key': name, 'value': [entry.value FOR entry IN {others} IF entry.key = name][1]}}
            FOR name IN list_distinct([entry.key FOR entry IN {others}])
        ]
    """
    return f"nullif(to_json(map_from_entries({values}))::VARCHAR, '{{}}')"


def _stock(own: dict[str, str]) -> str:
    """Availability, of a variant whose stock is counted."""
    return f"""
        CASE
            WHEN {_said(own, "variant inventory tracker")} IS NULL THEN NULL
            WHEN TRY_CAST({_said(own, "variant inventory qty")} AS BIGINT) > 0 THEN 'in_stock'
            WHEN lower({_said(own, "variant inventory policy")}) IN ('continue', 'true')
                THEN 'backorder'
            WHEN TRY_CAST({_said(own, "variant inventory qty")} AS BIGINT) <= 0
                THEN 'out_of_stock'
        END
    """


def _text(html: str) -> str:
    """The text of HTML."""
    bare = f"regexp_replace({html}, '(?is)<(script|style)\\b.*?</(script|style)\\s*>', ' ', 'g')"
    within_words = "</?(b|i|em|strong|span|a|u|small|sup|sub)\\b[^>]*>"
    bare = f"regexp_replace({bare}, '(?i){within_words}', '', 'g')"
    bare = f"regexp_replace({bare}, '<[^>]*>', ' ', 'g')"
    for entity, character in _ENTITIES.items():
        bare = f"replace({bare}, {literal(entity)}, {literal(character)})"
    return f"trim(regexp_replace({bare}, '\\s+', ' ', 'g'))"


def _mapping(own: dict[str, str]) -> dict[str, str]:
    made = {
        "key": "variant_key", "gtin": "barcode_gtin", "description": "body_text",
        "size": "option_size", "color": "option_color", "price": "full_price",
        "availability": "stock", "sale_price": "reduced_price", "variant_group": "variant_group",
        "image": "picture",
    }  # fmt: skip
    read = {
        "name": "title", "brand": "vendor", "category": "product category", "product_type": "type",
        "mpn": "google shopping / mpn", "condition": "google shopping / condition",
    }  # fmt: skip
    return made | {name: own[column] for name, column in read.items() if column in own}
