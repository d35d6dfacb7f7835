"""Google Merchant Center product feed (https://support.google.com/merchants/answer/7052112): text
with tabs or commas, RSS 2.0 and Atom 1.0 with the namespace http://base.google.com/ns/1.0.

Attributes keep their names as columns. What a product has several of lands as a JSON list,
product_detail as a JSON object of values by section and name. XML is read an item at a time, with
no entities and nothing from outside; XML that is not well-formed is no feed, as its standard has
it, so it loads whole or not at all.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError

import duckdb
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from warehouse.connection import first_row, quoted
from warehouse.errors import LoadError
from warehouse.sources import delimited
from warehouse.sources.feed import Feed, Options
from warehouse.sources.objects import ITEM_BYTES, land_objects

name = "google_merchant"

NAMESPACE = "google"
_SPACE = "http://base.google.com/ns/1.0"
_ITEMS = ("{http://www.w3.org/2005/Atom}entry", "{http://purl.org/rss/1.0/}item", "item")
_SNIFFED_BYTES = 1 << 16
# Attributes that every feed of products must have, and no other table has together.
_TOLD_BY = {"id", "title", "link", "image_link"}
_MAPPING = {
    "key": "id", "gtin": "gtin", "name": "title", "description": "description", "brand": "brand",
    "category": "google_product_category", "product_type": "product_type", "size": "size",
    "color": "color", "price": "price", "url": "link", "mpn": "mpn", "condition": "condition",
    "availability": "availability", "sale_price": "sale_price", "variant_group": "item_group_id",
    "image": "image_link",
}  # fmt: skip
_LISTS = (
    "additional_image_link", "product_highlight", "lifestyle_image_link", "included_destination",
    "excluded_destination", "shopping_ads_excluded_country", "promotion_id", "shipping", "tax",
)  # fmt: skip
_DETAIL = "product_detail"
# Longer text is no list of details; to take it apart would cost its length times their number.
_MOST_DETAILS, _LONGEST_DETAILS = 500, 100_000
# Attributes of several parts: each is one value, however many a product has.
_GROUPS = {"shipping", "tax", "loyalty_program", "installment", "subscription_cost"}


def detect(path: str | Path) -> bool:
    """True for XML that names the namespace, and for a header with the attributes that all feeds
    must have."""
    with Path(path).open("rb") as file:
        head = file.read(_SNIFFED_BYTES)
    if _is_xml(head):
        return _SPACE.encode() in head.replace(b"\0", b"")
    first = _decoded(head).lstrip().partition("\n")[0]
    return any(set(map(_attribute, first.split(mark))) >= _TOLD_BY for mark in "\t,")


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands one row an item; availability, condition and GTIN in one way of writing.

    Raises:
        LoadError: if the XML is not well-formed, declares entities, has no item, or one that is
        larger than any product; or as `delimited.read`.
    """
    with Path(path).open("rb") as file:
        is_xml = _is_xml(file.read(_SNIFFED_BYTES))
    unreadable = None
    if is_xml:
        columns = land_objects(connection, path, "raw.landed", _items(path))
        names = {column: column for column in columns}
    else:
        (feed,) = delimited.read(connection, path, options)
        names, unreadable = {column: _attribute(column) for column in feed.columns}, feed.unreadable
    values = [
        f"{_value(quoted(column), own, is_xml)} AS {quoted(own)}" for column, own in names.items()
    ]
    connection.execute(
        f"CREATE OR REPLACE TABLE raw.settled AS SELECT row_number, {', '.join(values)} "
        "FROM raw.landed"
    )
    connection.execute("DROP TABLE raw.landed")
    return [
        Feed(
            table="settled",
            columns=tuple(names.values()),
            unreadable=unreadable,
            kind="product",
            mapping=_mapping(connection, tuple(names.values())),
            namespace=NAMESPACE,
        )
    ]


def _mapping(connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> dict[str, str]:
    """Which attribute fills which canonical column. A category that is only a number of Google's
    taxonomy names nothing, so the shop's own path takes its place."""
    found = {name: column for name, column in _MAPPING.items() if column in columns}
    if "google_product_category" in columns and "product_type" in columns:
        paths = r"regexp_matches(google_product_category, '\D')"
        query = f"SELECT 1 FROM raw.settled WHERE {paths} LIMIT 1"
        if first_row(connection, query):
            return found
    if "product_type" in found:
        found["category"] = found.pop("product_type")
    return found


def _value(landed: str, attribute: str, is_xml: bool) -> str:
    """SQL that writes the value of an attribute in one way."""
    if attribute in ("availability", "condition"):
        return f"replace(lower(trim({landed})), ' ', '_')"
    if attribute == "gtin":
        return f"regexp_replace({landed}, '[\\s-]', '', 'g')"
    if is_xml:
        return landed
    if attribute in _LISTS:
        # A value with a comma is quoted.
        parts = f"""regexp_extract_all({landed}, '"(?:[^"]|"")*"|[^,]+')"""
        values = f"""[trim(trim(part), '"') FOR part IN {parts} IF trim(part) <> '']"""
        return f"to_json(nullif({values}, []))::VARCHAR"
    if attribute == _DETAIL:
        return _details(landed)
    return landed


def _details(landed: str) -> str:
    """`section:name:value,section:name:value` as JSON; a value may have commas, but no colons."""
    parts = f"string_split({landed}, ':')"
    count = f"((len({parts}) - 1) // 2)"
    is_list = (
        f"{count} BETWEEN 1 AND {_MOST_DETAILS} AND len({parts}) % 2 = 1 "
        f"AND length({landed}) <= {_LONGEST_DETAILS}"
    )
    # Between two colons stands the value of one detail and, behind the last comma, the section of
    # the next one.
    details = f"""
        [
            {{
                'name': concat_ws(
                    '/',
                    nullif(trim(string_split({parts}[2 * i - 1], ',')[-1]), ''),
                    trim({parts}[2 * i])
                ),
                'value': trim(
                    CASE
                        WHEN i = {count} THEN {parts}[2 * i + 1]
                        ELSE regexp_replace({parts}[2 * i + 1], ',[^,]*$', '')
                    END
                )
            }}
            FOR i IN range(1, CASE WHEN {is_list} THEN {count} + 1 ELSE 1 END)
        ]
    """
    values = "[detail.value FOR detail IN details IF detail.name = name]"
    entries = f"""
        [
            {{'key': name, 'value': {values}}}
            FOR name IN list_distinct([detail.name FOR detail IN details])
        ]
    """
    whole = (
        f"(SELECT to_json(map_from_entries({entries}))::VARCHAR FROM (SELECT {details} AS details))"
    )
    return f"CASE WHEN {is_list} THEN {whole} ELSE {landed} END"


def _items(path: str | Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The items of an XML feed, numbered from 1; each is forgotten before the next is read."""
    number = 0
    try:
        with Path(path).open("rb") as opened:
            file = _Measured(opened)
            parents: list[Element] = []
            events = iterparse(file, ("start", "end"), forbid_dtd=False)
            for event, element in events:
                if event == "start":
                    parents.append(element)
                    continue
                parents.pop()
                if element.tag in _ITEMS:
                    number += 1
                    yield number, _item(element)
                    file.measure()
                    parents[-1].clear()
    except ParseError as error:
        raise LoadError(
            f"{path}: the XML breaks off or is not well-formed after item {number:,} ({error}), or "
            "is not in the encoding that its first line names; nothing was loaded. Export it again"
        ) from error
    except DefusedXmlException as error:
        raise LoadError(
            f"{path}: the XML declares entities, or names a file outside ({error!r}), as no feed "
            "needs and traps do; export it without a document type"
        ) from error
    except (LookupError, ValueError) as error:
        raise LoadError(
            f"{path}: the encoding that the XML names cannot be read ({error}); save it as UTF-8"
        ) from error
    if not number:
        raise LoadError(f"{path}: the feed has no item or entry; export it again")


class _Measured:
    """A file that ends the reading where an item is larger than any product."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.since = file, 0

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.since += len(block)
        if self.since > ITEM_BYTES:
            raise _too_large(self.file.name)
        return block

    def measure(self) -> None:
        self.since = 0


def _too_large(path: str) -> LoadError:
    return LoadError(
        f"{path}: more than {ITEM_BYTES >> 20} MB without the end of an item; "
        "a product is never as large, so export the feed again"
    )


def _item(item: Element) -> dict[str, Any]:
    """An item as columns; elements of the feed itself whose name the namespace has too are called
    feed_link and so on."""
    attributes: dict[str, list[Any]] = {}
    others: dict[str, list[Any]] = {}
    for element in item:
        space, _, tag = element.tag.rpartition("}")
        found = attributes if space == f"{{{_SPACE}" else others
        if value := _content(element):
            found.setdefault(_attribute(tag), []).append(value)
    for tag, values in others.items():
        # Atom has a summary or content where RSS has a description.
        own = "description" if tag in ("summary", "content") else tag
        attributes[f"feed_{tag}" if own in attributes else own] = values
    if _DETAIL in attributes:
        attributes[_DETAIL] = [_by_name(attributes[_DETAIL])]
    for tag in attributes.keys() & set(_MAPPING.values()):
        first, *more = attributes[tag]
        attributes[tag] = [first]
        if more:
            attributes[f"other_{tag}"] = more
    return {
        tag: values if len(values) > 1 or tag in _GROUPS else values[0]
        for tag, values in attributes.items()
    }


def _content(element: Element) -> Any:
    """The text of an element; with its attributes and elements, where it has them, by name."""
    text = "".join(element.itertext()).strip()
    if len(element) and any(child.tag.startswith(f"{{{_SPACE}") for child in element):
        return {_attribute(child.tag.rpartition("}")[2]): _content(child) for child in element}
    if not text:
        return element.get("href") or dict(element.attrib)
    named = {key: value for key, value in element.attrib.items() if key == "name"}
    return {named["name"]: text} if named else text


def _by_name(details: list[Any]) -> Any:
    """Values of product_detail by section and name."""
    found: dict[str, list[Any]] = {}
    for detail in details:
        if not isinstance(detail, dict) or "attribute_name" not in detail:
            return details
        names = filter(None, (detail.get("section_name"), detail["attribute_name"]))
        found.setdefault("/".join(names), []).append(detail.get("attribute_value", ""))
    return found


def _is_xml(head: bytes) -> bool:
    return _decoded(head).lstrip().startswith("<")


def _decoded(head: bytes) -> str:
    head = head.removeprefix(BOM_UTF8)
    utf_16 = head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in head[:2]
    return (
        head.replace(b"\0", b"").lstrip(b"\xff\xfe").decode("latin-1")
        if utf_16
        else head.decode("utf-8", "replace")
    )


def _attribute(header: str) -> str:
    """`Image Link` and `g:image_link` are image_link."""
    return re.sub(r"\s+", "_", header.strip().strip('"').lower()).removeprefix("g:")
