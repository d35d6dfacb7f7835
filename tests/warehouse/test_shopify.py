"""Shopify product files: variants, options, pictures and metafields of both templates."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from product_facts import stated

from warehouse.errors import LoadError
from warehouse.load import load

JANUARY = datetime(2024, 1, 1)
FEEDS = Path(__file__).parent / "feeds"
HEADER = "Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src\n"


def keys(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("SELECT key FROM catalog.product ORDER BY key").fetchall()
    return [key for (key,) in rows]


def test_each_variant_is_a_product_that_has_what_its_product_says(connection):
    (report,) = load(
        connection, FEEDS / "shopify.csv", as_of=JANUARY, constants={"currency": "EUR"}
    )
    assert (report.format, report.rows_read, report.rows_loaded) == ("shopify", 6, 4)
    assert stated(connection, "WS-S-B") == {
        "sku": ["WS-S-B"],
        "gtin": ["4006381333931"],
        "name": ["Wool shirt"],
        "description": ["Warm & soft. Wash cold, 30 °C"],
        "brand": ["Acme"],
        "category": ["Shirts"],
        "productType": ["Shirt"],
        "size": ["S"],
        "color": ["Blue"],
        "price": ["49.90 EUR"],
        "salePrice": ["39.90 EUR"],
        "mpn": ["A-1"],
        "itemCondition": ["new"],
        "availability": ["in_stock"],
        "isVariantOf": ["wool-shirt"],
        "image": ["https://cdn.example/blue.jpg"],
        "shopify:other_picture": [
            "https://cdn.example/back.jpg",
            "https://cdn.example/front.jpg",
            "https://cdn.example/side.jpg",
        ],
        "shopify:Image_Alt_Text": ["Front"],
        "shopify:option.Fit": ["Slim"],
        "shopify:tag": ["sale", "warm", "winter"],
        "shopify:Fabric_product.metafields.custom.fabric": ["wool; lined"],
        "shopify:Handle": ["wool-shirt"],
        "shopify:Published": ["TRUE"],
        "shopify:Status": ["active"],
        "shopify:Variant_Grams": ["300"],
        "shopify:Variant_Inventory_Policy": ["deny"],
        "shopify:Variant_Inventory_Qty": ["5"],
        "shopify:Variant_Inventory_Tracker": ["shopify"],
        "shopify:Cost_per_item": ["12.00"],
    }


def test_stock_barcodes_and_keys_are_what_each_variant_says(connection):
    load(connection, FEEDS / "shopify.csv", as_of=JANUARY)
    assert keys(connection) == ["WS-M-B", "WS-S-B", "gift-card", "wool-shirt/L/Blue/Slim"]
    middle, large = (stated(connection, key) for key in ("WS-M-B", "wool-shirt/L/Blue/Slim"))
    assert (middle["availability"], large["availability"]) == (["backorder"], ["out_of_stock"])
    assert middle["shopify:other_barcode"] == ["in-house 7"]
    assert "salePrice" not in middle


def test_a_product_of_one_variant_is_no_group_and_has_no_options(connection):
    load(connection, FEEDS / "shopify.csv", as_of=JANUARY)
    card = stated(connection, "gift-card")
    assert card["price"] == ["25.00 USD"]
    assert not {"isVariantOf", "shopify:option", "shopify:option.Title"} & card.keys()


def test_bad_variants_are_told_by_row_and_kept_whole(connection):
    load(connection, FEEDS / "shopify.csv", as_of=JANUARY)
    rejects = connection.execute(
        """SELECT row_number, field, "row" ->> 'Variant Price' FROM ops.reject ORDER BY 1"""
    ).fetchall()
    assert rejects == [(6, "variant_key", ""), (7, "full_price", "ask us")]


def test_the_newer_template_says_the_same(connection):
    load(connection, FEEDS / "shopify_2025.csv", as_of=JANUARY)
    small = stated(connection, "WS-S")
    assert small | {"isVariantOf": ["wool-shirt"]} == small
    assert {name: small[name] for name in ("price", "salePrice", "availability", "size")} == {
        "price": ["49.90 USD"], "salePrice": ["39.90 USD"], "availability": ["backorder"],
        "size": ["S"],
    }  # fmt: skip
    assert small["shopify:Color_product.metafields.shopify.color-pattern"] == ["blue"]
    assert stated(connection, "WS-M")["brand"] == ["Acme"]


def test_a_sku_that_two_variants_share_is_no_key(connection, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(
        HEADER + "mug,Mug,Acme,Color,Red,M,5,\nmug,,,,Blue,M,5,\ncup,Cup,Acme,Title,Default,C,5,\n"
    )
    load(connection, path, as_of=JANUARY)
    assert keys(connection) == ["C", "mug/Blue", "mug/Red"]
    assert stated(connection, "mug/Red")["shopify:other_sku"] == ["M"]


def test_rows_of_a_product_need_not_stand_together(connection, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(
        HEADER + "mug,Mug,Acme,Size,S,M-S,5,a.jpg\ncup,Cup,Acme,,,C,5,\nmug,,,,L,M-L,6,b.jpg\n"
    )
    load(connection, path, as_of=JANUARY)
    assert stated(connection, "M-L")["name"] == ["Mug"]
    assert stated(connection, "M-L")["image"] == ["a.jpg"]


@pytest.mark.parametrize(
    "body", ["<p>" * 9_000, "<" * 500, "&amp;lt;script&gt;", "\u202e<b", "{{7*7}}"]
)
def test_markup_of_any_kind_is_text(connection, tmp_path, body):
    path = tmp_path / "f.csv"
    path.write_text(f"Handle,Title,Vendor,Variant SKU,Body (HTML)\nh,t,v,s,{body}\n")
    load(connection, path, as_of=JANUARY)
    assert keys(connection) == ["s"]


def test_a_header_that_takes_the_name_of_a_made_column_is_refused(connection, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("Handle,Title,Vendor,Variant SKU,Picture\nh,t,v,s,p\n")
    with pytest.raises(LoadError, match="picture, as no Shopify file has"):
        load(connection, path, as_of=JANUARY)


def test_a_product_of_very_many_rows_takes_no_square_of_memory(connection, tmp_path):
    path = tmp_path / "f.csv"
    rows = "".join(f"mug,,,,,S-{n},5,p{n}.jpg\n" for n in range(600))
    path.write_text(HEADER + f"mug,Mug,Acme,Size,S,S,5,p.jpg\n{rows}")
    (report,) = load(connection, path, as_of=JANUARY)
    assert report.rows_loaded == 601
    assert len(stated(connection, "S-7")["shopify:other_picture"]) == 249
