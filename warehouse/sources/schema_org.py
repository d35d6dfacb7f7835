"""schema.org products as JSON-LD (https://schema.org/Product, https://www.w3.org/TR/json-ld11/): a
file of one object, an array, `@graph` or one object a line, or the scripts of an HTML page.

Product becomes a row, each variant of a ProductGroup a row that has what its group says, Offer a
price, Review a row of reviews; properties keep their names. Elements of an array or graph are read
one by one. References by `@id` are followed within a page or a line, and within a file that is no
larger than a page may be.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import duckdb

from warehouse.connection import first_row
from warehouse.errors import LoadError
from warehouse.sources.feed import Feed, Options
from warehouse.sources.landing import UNDECODED, batched, escaped, is_decoded, land
from warehouse.sources.objects import ITEM_BYTES, land_lines, spread

name = "schema_org"

NAMESPACE = "schema"
_PAGE_BYTES = 32 << 20
_SNIFFED_BYTES = 1 << 16
_PRODUCTS = {"Product", "ProductModel", "IndividualProduct", "SomeProducts", "ProductGroup"}
_OFFERS = {"Offer", "OfferForPurchase", "AggregateOffer", "Demand"}
_SCRIPT = re.compile(
    r"<script\b[^>]*\btype\s*=\s*[\"']?application/ld\+json\b[^>]*>(.*?)</script\s*>",
    re.DOTALL | re.IGNORECASE,
)
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_SPACE = re.compile(r"^https?://schema\.org/", re.IGNORECASE)
_GTINS = ("gtin", "gtin14", "gtin13", "gtin12", "gtin8", "isbn")
_KEYS = ("sku", "productID", *_GTINS, "mpn", "@id", "url", "productGroupID")
_PRODUCT_MAPPING = {
    "key": "key", "gtin": "gtin", "name": "name", "description": "description", "brand": "brand",
    "manufacturer": "manufacturer", "category": "category", "size": "size", "color": "color",
    "price": "price", "currency": "priceCurrency", "url": "url", "mpn": "mpn",
    "condition": "itemCondition", "availability": "availability", "sale_price": "salePrice",
    "variant_group": "isVariantOf", "image": "image", "average_rating": "ratingValue",
    "rating_count": "ratingCount",
}  # fmt: skip
_REVIEW_MAPPING = {
    "key": "key", "product": "itemReviewed", "customer": "author", "rating": "ratingValue",
    "title": "name", "body": "reviewBody", "time": "datePublished", "helpful_votes": "upvoteCount",
}  # fmt: skip
# A node that has no more than this is said whole by its name or address.
_SAID_BY_TEXT = {"@type", "@id", "@value", "@language", "name", "url"}
# What a variant says for itself, if at all: its group's are not its own.
_OWN = {
    "review",
    "reviews",
    "@id",
    "@type",
    "sku",
    "productID",
    "url",
    "mpn",
    "hasVariant",
    "productGroupID",
    *_GTINS,
}

Node = dict[str, Any]


def detect(path: str | Path) -> bool:
    """True for JSON that speaks of schema.org types, and for HTML pages with JSON-LD in them."""
    with Path(path).open("rb") as file:
        head = file.read(_SNIFFED_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
        if head.startswith(b"<"):
            return b"application/ld+json" in (head + file.read(_PAGE_BYTES)).lower()
    return head.startswith((b"{", b"[")) and b"schema.org" in head and b'"@' in head


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands products and their reviews, each as a table; what is no JSON is set apart.

    Items, which rejected rows name by their number, are products, reviews and broken scripts in
    the order of the file.

    Raises:
        LoadError: if an array or graph breaks off, a page is larger than any page, or there is no
        product.
    """
    broken: list[tuple[int, str, str]] = []
    land_lines(connection, "landed_item", _numbered(path, broken))
    land(connection, "TEMP TABLE unreadable", ("row_number", "reason", "line"), batched(broken))
    feeds: list[Feed] = []
    for kind, mapping in (("product", _PRODUCT_MAPPING), ("review", _REVIEW_MAPPING)):
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE landed_line AS
            SELECT row_number, json_extract(line, '$.{kind}')::VARCHAR AS line
            FROM landed_item WHERE json_exists(line, '$.{kind}')
            """
        )
        if first_row(connection, "SELECT 1 FROM landed_line LIMIT 1"):
            table = f"landed_{kind}"
            columns = spread(connection, path, f"raw.{table}")
            own = {name: column for name, column in mapping.items() if column in columns}
            unreadable = None if feeds else "unreadable"
            is_main = kind == "product"
            feeds.append(
                Feed(
                    table,
                    columns,
                    unreadable,
                    kind,
                    mapping=own,
                    namespace=NAMESPACE,
                    is_main=is_main,
                )
            )
    connection.execute("DROP TABLE landed_item")
    connection.execute("DROP TABLE IF EXISTS temp.landed_line")
    if not feeds:
        told = f" ({broken[0][1]})" if broken else ""
        raise LoadError(f"{path}: there is no schema.org Product in it{told}; name another page")
    return feeds


def _numbered(path: str | Path, broken: list[tuple[int, str, str]]) -> Iterator[tuple[int, Node]]:
    number = 0
    for nodes, reason in _documents(path):
        try:
            found = list(_rows(nodes)) if not reason else []
        except RecursionError:
            found, reason = [], "nested too deep"
        for row in found:
            number += 1
            yield number, row
        if reason:
            number += 1
            broken.append((number, reason, escaped(str(nodes))))


def _documents(path: str | Path) -> Iterator[tuple[Any, str | None]]:
    """What belongs together, since it may refer to each other by `@id`; or text, and the reason why
    it is no JSON."""
    size = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        head = file.read(_SNIFFED_BYTES)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        yield from _of_page(path, size)
        return
    with Path(path).open(encoding="utf-8-sig", errors="surrogateescape") as file:
        first = file.readline(ITEM_BYTES)
        is_lines = _parsed(first)[1] is None and any(map(str.strip, file))
        file.seek(0)
        if is_lines:
            yield from (_parsed(line) for line in file if line.strip())
        elif size <= _PAGE_BYTES:
            yield [*_Scanner(path, file).elements()], None
        else:
            yield from ((element, None) for element in _Scanner(path, file).elements())


def _of_page(path: str | Path, size: int) -> Iterator[tuple[Any, str | None]]:
    """All whole scripts of a page together, then those that are broken."""
    if size > _PAGE_BYTES:
        raise LoadError(
            f"{path}: an HTML page of more than {_PAGE_BYTES >> 20} MB; "
            "save one page a file, and load them packed as ZIP"
        )
    content = Path(path).read_bytes()
    named = _CHARSET.search(content[:_SNIFFED_BYTES])
    try:
        text = content.decode(named[1].decode() if named else "utf-8-sig", "surrogateescape")
    except (LookupError, UnicodeDecodeError):
        text = content.decode("utf-8-sig", "surrogateescape")
    parsed = [_parsed(script[1]) for script in _SCRIPT.finditer(text)]
    yield [nodes for nodes, reason in parsed if not reason], None
    yield from (found for found in parsed if found[1])


def _parsed(text: str) -> tuple[Any, str | None]:
    """The value of JSON text, numbers as they are written; or the text, and what is wrong."""
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip()
    if not is_decoded(text):
        return text, UNDECODED
    try:
        return _DECODER.decode(text), None
    except json.JSONDecodeError as error:
        return text, f"no JSON: {error.msg} in line {error.lineno}, column {error.colno}"
    except RecursionError:
        return text, "nested too deep"


_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, strict=False)


class _Scanner:
    """Reads the elements of an array or graph one by one; the file may be larger than memory."""

    def __init__(self, path: str | Path, file: TextIO) -> None:
        self.path, self.file, self.text, self.place = path, file, "", 0
        self.count = 0

    def elements(self) -> Iterator[Any]:
        """The elements of the outer array; of an outer object those of its graph, then itself."""
        if self._next() == "[":
            yield from self._array()
            return
        self.place += 1
        node: Node = {}
        while self._next() != "}":
            key = self._value()
            if self._next() == ":":
                self.place += 1
            if key == "@graph" and self._next() == "[":
                yield from self._array()
            else:
                node[str(key)] = self._value()
        yield node

    def _array(self) -> Iterator[Any]:
        self.place += 1
        while self._next() != "]":
            yield self._value()
            self.count += 1
        self.place += 1

    def _next(self) -> str:
        while True:
            rest = len(self.text) - self.place
            self.place += rest - len(self.text[self.place :].lstrip(" \t\r\n,")) if rest else 0
            if self.place < len(self.text):
                return self.text[self.place]
            if not self._fill():
                raise self._broken("it ends here")

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, place = _DECODER.raw_decode(self.text, self.place)
            except (json.JSONDecodeError, RecursionError) as error:
                if len(self.text) - self.place > ITEM_BYTES or not self._fill():
                    raise self._broken(str(error)) from error
            else:
                self.place = place
                return value

    def _fill(self) -> bool:
        more = self.file.read(max(1 << 16, len(self.text) - self.place))
        self.text, self.place = self.text[self.place :] + more, 0
        return bool(more)

    def _broken(self, reason: str) -> LoadError:
        return LoadError(
            f"{self.path}: the JSON breaks off or is damaged after element {self.count:,} "
            f"({reason}); nothing was loaded. Export it again"
        )


def _rows(nodes: Any) -> Iterator[Node]:
    """The rows of a document: `{"product": row}` and `{"review": row}`."""
    document = _Document(nodes)
    for node in document.products:
        yield from document.rows(node)
    for review in document.reviews:
        yield {"review": document.review(review, None)}


class _Document:
    """Nodes that may refer to each other: `index` has them by `@id`."""

    def __init__(self, nodes: Any) -> None:
        self.index: dict[str, Node] = {}
        self.variants: set[str] = set()
        self.groups: set[str] = set()
        self.products: list[Node] = []
        self.reviews: list[Node] = []
        self._enter(nodes)
        self._find(nodes)

    def _enter(self, value: Any) -> None:
        for node in _listed(value):
            if isinstance(node, dict):
                if "@id" in node and len(node) > 1:
                    self.index.setdefault(str(node["@id"]), node)
                self.variants |= set(map(_id, _listed(node.get("hasVariant"))))
                self.groups |= set(map(_id, _listed(node.get("isVariantOf"))))
                for inner in node.values():
                    self._enter(inner)

    def _find(self, value: Any) -> None:
        """Products, but those that are said of others; and reviews that stand alone."""
        for node in _listed(value):
            if not isinstance(node, dict) or set(node) <= {"@id", "@type"}:
                continue
            types = _types(node)
            if types & _PRODUCTS:
                if not node.get("@id") or _id(node) not in self.variants:
                    self.products.append(node)
            elif types & _OFFERS and "itemOffered" in node:
                offer = {key: inner for key, inner in node.items() if key != "itemOffered"}
                for offered in map(self.node, _listed(node["itemOffered"])):
                    self.products.append({"offers": offer, **offered})
            else:
                if "itemReviewed" in node:
                    self.reviews.append(node)
                for inner in node.values():
                    self._find(inner)

    def node(self, value: Any) -> Node:
        """The node that is meant by a reference, a node or a name."""
        if not isinstance(value, dict):
            return {"name": value}
        return {**self.index.get(str(value.get("@id")), {}), **value}

    def rows(self, node: Node) -> Iterator[Node]:
        """A product, or all variants of a group, each with its reviews."""
        variants = [self.node(variant) for variant in _listed(node.get("hasVariant"))]
        if not variants and "ProductGroup" in _types(node) and _id(node) in self.groups:
            return
        inherited = {key: value for key, value in node.items() if key not in _OWN}
        for place, variant in enumerate(variants):
            own = {**inherited, **variant, "isVariantOf": node}
            yield from self._with_reviews(own, node if place == 0 else {}, variant)
        if not variants:
            group = next(map(self.node, _listed(node.get("isVariantOf"))), {})
            inherited = {key: value for key, value in group.items() if key not in _OWN}
            yield from self._with_reviews({**inherited, **node}, node)

    def _with_reviews(self, node: Node, *of: Node) -> Iterator[Node]:
        row = _product(self, node)
        yield {"product": row}
        for said in of:
            for name in ("review", "reviews"):
                for review in map(self.node, _listed(said.get(name))):
                    yield {"review": self.review(review, row.get("key"))}

    def review(self, node: Node, product: Any) -> Node:
        """A review as a row."""
        left = dict(node)
        row: Node = {"key": _text(left.pop("@id", None)), "itemReviewed": product}
        reviewed = left.pop("itemReviewed", None)
        if not product:
            row["itemReviewed"] = _key(self.node(next(iter(_listed(reviewed)), {})))
        stars, _, more = _rating(self.node(left.pop("reviewRating", {})))
        row |= {"ratingValue": stars, "author": _text(left.pop("author", None))}
        row["name"] = _text(left.pop("name", None)) or _text(left.pop("headline", None))
        body = _text(left.pop("reviewBody", None))
        row["reviewBody"] = body or _text(left.pop("description", None))
        rest = {key: _plain(value) for key, value in left.items()}
        needed = {name: row[name] for name in ("itemReviewed", "reviewBody")}
        return needed | _filled({**rest, **row, "reviewRating": more})


def _product(document: _Document, node: Node) -> Node:
    """A product as a row: one value for each canonical property, `other_` for more of them, and
    what is left as it is."""
    left = {key: value for key, value in node.items() if key not in ("review", "reviews")}
    row: Node = {"key": _key(node), "isVariantOf": _group(document, left)}
    left.pop("sku", None)
    left.pop("@id", None)
    for name in _GTINS:
        code = re.sub(r"[\s-]", "", str(_text(left.get(name)) or ""))
        if code.isdigit():
            row["gtin"] = code
            del left[name]
            break
    if "itemCondition" in left:
        left["itemCondition"] = _word(left["itemCondition"])
    row |= _offered(document, left)
    stars, count, more = _rating(document.node(left.pop("aggregateRating", {})))
    row |= {"ratingValue": stars, "ratingCount": count, "aggregateRating": more}
    for name in {*_PRODUCT_MAPPING.values()} & left.keys():
        first, *others = _listed(left.pop(name)) or [None]
        if isinstance(first, dict) and set(first) - _SAID_BY_TEXT:
            others = [first, *others]
        row.setdefault(name, _text(document.node(first) if isinstance(first, dict) else first))
        row[f"other_{name}"] = _plain(others)
    properties: dict[str, list[Any]] = {}
    for entry in map(document.node, _listed(left.pop("additionalProperty", None))):
        said = _text(entry.get("name")) or _text(entry.get("propertyID")) or "property"
        properties.setdefault(said, []).append(_quantity(entry) or _plain(entry))
    row["additionalProperty"] = properties
    rest = {key: _plain(value) for key, value in left.items()}
    return {"key": row["key"]} | _filled({**rest, **row})


def _group(document: _Document, left: Node) -> Any:
    """The key of the group that a product is a variant of."""
    group = document.node(next(iter(_listed(left.pop("isVariantOf", None))), {}))
    left.pop("hasVariant", None)
    named = left.pop("inProductGroupWithID", None) or group.get("productGroupID")
    if group and "variesBy" in group:
        left.setdefault("variesBy", group["variesBy"])
    own = left.pop("productGroupID", None) if group or named else None
    return _text(named or own or _key(group))


def _offered(document: _Document, left: Node) -> Node:
    """The price of the offer that is in stock and costs least; the other offers as they are."""
    offers: list[Node] = []
    for offer in map(document.node, _listed(left.pop("offers", None))):
        inner = [document.node(one) for one in _listed(offer.pop("offers", None))]
        offers += [{**offer, **one, "@type": "Offer"} for one in inner] or [offer]
    if not offers:
        return {}
    priced = [(*_prices(offer), offer) for offer in offers]
    price, full, best = min(priced, key=lambda one: (not _is_in_stock(one[2]), _number(one[0])))
    reduced = _number(full) > _number(price) and full is not None
    specification = document.node(next(iter(_listed(best.get("priceSpecification"))), {}))
    found = {
        "price": full if reduced else price,
        "salePrice": price if reduced else None,
        "priceCurrency": best.get("priceCurrency") or specification.get("priceCurrency"),
        "availability": _word(best.get("availability")),
        "itemCondition": _word(best.get("itemCondition")) or left.pop("itemCondition", None),
        "url": _text(left.pop("url", None)) or _text(best.get("url")),
    }
    told = {"price", "priceCurrency", "availability", "itemCondition", "url", "lowPrice"}
    rest = {key: value for key, value in best.items() if key not in told}
    return {**found, "offers": _plain(offers if len(offers) > 1 else rest)}


def _prices(offer: Node) -> tuple[Any, Any]:
    """What an offer costs, and its full price where it says one."""
    price, full = offer.get("price", offer.get("lowPrice")), None
    for one in _listed(offer.get("priceSpecification")):
        if isinstance(one, dict):
            if re.search("ListPrice|Strikethrough|MSRP|SRP", str(one.get("priceType", ""))):
                full = one.get("price")
            elif price is None:
                price = one.get("price")
    return price, full


def _rating(rating: Node) -> tuple[Any, Any, Node]:
    """Stars of five, the number of ratings, and what else is said."""
    value, best = rating.get("ratingValue"), rating.get("bestRating")
    count = rating.get("ratingCount", rating.get("reviewCount"))
    # What is no number stays as it is written, and is told as such.
    most = _number(best) if best is not None else 5.0
    scaled = 0 < most < float("inf") and most != 5 and _number(value) < float("inf")
    stars = f"{_number(value) * 5 / most:.4g}" if scaled else value
    told = {"ratingValue", "@type"} | ({"ratingCount"} if "ratingCount" in rating else set())
    told |= {"reviewCount"} if "ratingCount" not in rating else set()
    return _text(stars), count, _plain({k: v for k, v in rating.items() if k not in told})


def _plain(value: Any) -> Any:
    """A value without what only JSON-LD needs: nodes that are only named become their names."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return _SPACE.sub("", value) if isinstance(value, str) else value
    if "@value" in value:
        return value["@value"]
    left = {key: inner for key, inner in value.items() if key not in ("@type", "@context")}
    for names in (("name", "@id"), ("url", "@id")):
        if set(left) <= set(names):
            return next((_plain(left[name]) for name in names if name in left), None)
    return _quantity(left) or {key: _plain(inner) for key, inner in left.items()}


def _quantity(node: Node) -> str | None:
    """`0.3 l`, of a value with a unit or without."""
    if set(node) - {"@type", "@id", "name", "propertyID", "value", "unitText", "unitCode"}:
        return None
    unit = _text(node.get("unitText")) or _text(node.get("unitCode"))
    value = _text(node.get("value"))
    return " ".join(filter(None, (value, unit))) if value else None


def _text(value: Any) -> str | None:
    """The text that a value has, or the name or address of a node."""
    for one in _listed(value):
        if not isinstance(one, dict):
            return str(one)
        for key in ("@value", "name", "url", "contentUrl", "@id"):
            if one.get(key):
                return _text(one[key])
    return None


def _word(value: Any) -> str | None:
    """`https://schema.org/InStock` is in_stock, NewCondition is new."""
    text = _SPACE.sub("", _text(value) or "").removesuffix("Condition")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower().replace(" ", "_") or None


def _number(value: Any) -> float:
    try:
        return float(str(value).replace(",", ""))
    except ValueError:
        return float("inf")


def _is_in_stock(offer: Node) -> bool:
    return _word(offer.get("availability")) in (None, "in_stock", "limited_availability")


def _key(node: Node) -> str | None:
    return next(filter(None, (_text(node.get(name)) for name in _KEYS)), None)


def _id(node: Any) -> str:
    return str(node.get("@id")) if isinstance(node, dict) else str(node)


def _types(node: Node) -> set[str]:
    return {_SPACE.sub("", str(one)).rpartition(":")[2] for one in _listed(node.get("@type"))}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _filled(row: Node) -> Node:
    return {
        key: value
        for key, value in row.items()
        if value not in (None, "", [], {}) and key not in ("@context", "@type")
    }
