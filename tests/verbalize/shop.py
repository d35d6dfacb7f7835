"""A small shop, made by hand: facts straight into the warehouse, so that each test says what its
documents are about."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

START = datetime(2024, 1, 1)
LEVELS = {"department": "department", "category": "category", "productType": "type"}


@dataclass
class Shop:
    """Adds nodes and facts; the label of a product is its name, or its key where it has none."""

    connection: duckdb.DuckDBPyConnection
    source: str = "shop"

    def node(self, kind: str, key: str, label: str | None = None) -> str:
        (identifier,) = self._row(
            "SELECT node_id($kind, $source, $key)",
            {"kind": kind, "source": self.source, "key": key},
        )
        self.connection.execute(
            """
            INSERT INTO facts.node
            SELECT $node, $kind, $source, $key, $label
            WHERE $node NOT IN (SELECT node_id FROM facts.node)
            """,
            {
                "node": identifier,
                "kind": kind,
                "source": self.source,
                "key": key,
                "label": label or key,
            },
        )
        return str(identifier)

    def fact(
        self,
        subject: str,
        predicate: str,
        value: str,
        *,
        node: bool = False,
        provenance: str = "stated",
        confidence: float = 1.0,
        start: datetime = START,
        end: datetime | None = None,
    ) -> str:
        """Adds a fact; `node` tells that `value` is the identifier of a node. Returns the fact's
        identifier."""
        source = "model" if provenance == "predicted" else self.source
        (identifier,) = self._row(
            "SELECT left(md5(concat_ws(chr(31), ?, ?, ?, ?, ?)), 16)",
            [subject, predicate, value, source, str(start)],
        )
        kind, unit = "node" if node else "literal", "USD" if "rice" in predicate else None
        self.connection.execute(
            "INSERT INTO facts.fact VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?, ?, 'load')",
            [
                identifier,
                subject,
                predicate,
                value,
                kind,
                unit,
                provenance,
                source,
                confidence,
                start,
                end,
            ],
        )
        return str(identifier)

    def category(self, level: str, label: str, broader: str | None = None) -> str:
        category = self.node("category", f"{level}/{label}", label)
        (known,) = self._row(
            "SELECT count(*) FROM facts.fact WHERE subject = ? AND predicate = 'level'", [category]
        )
        if not known:
            self.fact(category, "level", level)
            if broader:
                self.fact(category, "broader", broader, node=True)
        return category

    def product(self, key: str, **stated: str) -> str:
        """A product with its sku; `name`, `size`, `color` and so on as literals; `brand`,
        `manufacturer`, `department`, `category`, `productType` by label."""
        product = self.node("product", key, stated.get("name"))
        self.fact(product, "sku", key)
        for predicate, value in stated.items():
            if predicate in LEVELS:
                category = self.category(LEVELS[predicate], value)
                self.fact(product, predicate, category, node=True)
            elif predicate in ("brand", "manufacturer"):
                self.fact(product, predicate, self.node(predicate, value), node=True)
            else:
                self.fact(product, predicate, value)
        return product

    def segment(self, members: int, age: str = "25-34", composition: str = "2 Adults Kids") -> str:
        segment = self.node("segment", f"age {age}, {composition}")
        self.fact(segment, "memberCount", str(members))
        self.fact(segment, "segmentAge", age)
        self.fact(segment, "segmentComposition", composition)
        return segment

    def texts(self, kind: str) -> list[str]:
        """The texts of all documents of a kind."""
        rows = self.connection.execute(
            "SELECT text FROM text.document WHERE kind = ? ORDER BY document_id", [kind]
        ).fetchall()
        return [text for (text,) in rows]

    def text(self, kind: str) -> str:
        """The text of the only document of a kind."""
        (text,) = self.texts(kind)
        return text

    def documents(self) -> list[tuple[object, ...]]:
        """All documents and their sentences, to compare."""
        return self.connection.execute(
            """
            SELECT * FROM text.document JOIN text.statement USING (document_id)
            ORDER BY document_id, position
            """
        ).fetchall()

    def _row(self, query: str, parameters: list[str] | dict[str, str]) -> tuple[object, ...]:
        row = self.connection.execute(query, parameters).fetchone()
        assert row is not None
        return row
