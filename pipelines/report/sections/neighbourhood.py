"""A product and what the facts join it to, as a picture."""

from typing import Any

import duckdb

from pipelines.drawing import Node, legend, network
from pipelines.report.names import TITLES, name_of
from warehouse.connection import first_row

TONES = {"product": 0, "category": 2, "brand": 1, "manufacturer": 3, "value": 5}
_WORDS = {
    "productType": "type", "category": "category", "department": "department", "brand": "brand",
    "manufacturer": "maker", "size": "size", "isRelatedTo": "bought with",
}  # fmt: skip

# The nodes next to a product, then those next to each of them: at most three a node.
_AROUND = f"""
WITH
joined AS (
    SELECT predicate, object, object_kind, confidence, provenance,
        CASE predicate
            WHEN 'productType' THEN 1
            WHEN 'category' THEN 2
            WHEN 'department' THEN 3
            WHEN 'brand' THEN 4
            WHEN 'size' THEN 5
            WHEN 'manufacturer' THEN 6
            ELSE 7
        END AS place
    FROM facts.current
    WHERE subject = $product AND list_contains($relations, predicate)
),
name AS (
    SELECT node_id, kind, coalesce(title, label) AS label
    FROM facts.node
    LEFT JOIN ({TITLES}) AS said ON said.subject = node_id
)
SELECT
    predicate, object, coalesce(label, object) AS label, coalesce(kind, 'value') AS kind,
    confidence, provenance
FROM joined LEFT JOIN name ON node_id = object
ORDER BY place, confidence DESC, object
LIMIT 14
"""

_BEYOND = f"""
WITH near AS (
    SELECT f.subject AS node, n.kind, f.object AS other, f.confidence
    FROM facts.current AS f JOIN facts.node AS n ON n.node_id = f.subject
    WHERE list_contains($near, f.subject) AND f.predicate IN ('broader', 'isRelatedTo')
    UNION ALL
    SELECT f.object, n.kind, f.subject, 0
    FROM facts.current AS f JOIN facts.node AS n ON n.node_id = f.object
    WHERE list_contains($near, f.object) AND f.predicate IN ('productType', 'manufacturer')
        AND f.provenance = 'stated' AND n.kind IN ('category', 'manufacturer')
)
SELECT node, other, coalesce(title, label) AS label, name.kind
FROM near
JOIN facts.node AS name ON name.node_id = other
LEFT JOIN ({TITLES}) AS said ON said.subject = other
WHERE other <> $product AND NOT list_contains($near, other)
QUALIFY row_number() OVER (PARTITION BY node ORDER BY confidence DESC, md5(other)) <= 2
ORDER BY node, confidence DESC, md5(other)
"""


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The neighbourhood of the product that has the most related ones, then the most buyers."""
    chosen = first_row(
        connection,
        """
        SELECT subject FROM facts.current
        WHERE list_contains(?, predicate)
        GROUP BY subject HAVING starts_with(subject, 'product:')
        ORDER BY
            count(DISTINCT predicate) DESC, count(*) DESC,
            max(confidence) FILTER (predicate = 'isRelatedTo') DESC NULLS LAST, subject
        LIMIT 1
        """,
        [list(_WORDS)],
    )
    if chosen is None:
        known = first_row(connection, "SELECT count(*) FROM catalog.product")
        return {"picture": None, "products": known[0] if known else 0}
    product = chosen[0]
    near = connection.execute(_AROUND, {"product": product, "relations": list(_WORDS)}).fetchall()
    beyond = connection.execute(
        _BEYOND, {"product": product, "near": [row[1] for row in near]}
    ).fetchall()
    title = name_of(connection, product)
    nodes = [Node(title, TONES["product"], -1)]
    places = {}
    for predicate, other, label, kind, confidence, _ in near:
        places[other] = len(nodes)
        relation = _WORDS[predicate]
        if predicate == "isRelatedTo":
            relation += f" {confidence:.0%}"
        nodes.append(Node(_bare(label, kind), TONES.get(kind, 5), 0, relation))
    seen = set()
    for node, other, label, kind in beyond:
        if other not in seen:
            seen.add(other)
            nodes.append(Node(_bare(label, kind), TONES.get(kind, 5), places[node]))
    buyers = first_row(
        connection,
        """
        SELECT count(DISTINCT customer_id), count(*) FROM behaviour.event
        WHERE product_id = ? AND event_type = 'purchase'
        """,
        [product],
    )
    kinds = {"product": 0, "category": 2, "brand": 1, "maker": 3, "value": 5}
    return {
        "picture": network(nodes),
        "legend": legend(kinds),
        "name": title,
        "buyers": buyers[0] if buyers else 0,
        "purchases": buyers[1] if buyers else 0,
    }


def _bare(title: str, kind: str) -> str:
    """A name without the words that its colour says already, and with those that a number needs."""
    for start in ("Product type ", "Category ", "Department "):
        title = title.removeprefix(start)
    return f"maker {title}" if kind == "manufacturer" and title.isdigit() else title
