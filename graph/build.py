"""Facts and events to a typed, timed graph, straight from Arrow columns.

Nodes are numbered by type in the order of their identifiers; DuckDB joins the numbers to facts and
events, and NumPy takes the columns as they are. Nothing loops over rows.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute  # noqa: F401  (makes pa.compute known)

from warehouse.connection import transaction

EdgeType = tuple[str, str, str]

# The time of an edge that always was.
ALWAYS = np.iinfo(np.int64).min

NODE_TYPES = ("product", "customer", "category", "brand", "manufacturer", "value")
# Literals that many nodes share: each predicate and literal together are a node of type value.
VALUE_RELATIONS = (
    "size", "color",
    "age", "income", "homeOwnership", "maritalStatus", "householdSize", "composition", "children",
)  # fmt: skip
FACT_RELATIONS = (
    "category", "productType", "department", "brand", "manufacturer", "broader", "isRelatedTo",
    *VALUE_RELATIONS,
)  # fmt: skip


@dataclass(frozen=True)
class Edges:
    """Edges of one type, sorted by target, then time, then source.

    `source` and `target` [E] int64 are positions in the node lists of their types; `time` [E]
    int64 is when each began, in seconds since 1970, ALWAYS where it has no beginning.
    """

    source: np.ndarray
    target: np.ndarray
    time: np.ndarray


@dataclass(frozen=True)
class Sets:
    """Sets of products, such as baskets: set i has `members[pointers[i]:pointers[i + 1]]`.

    `keys` [S] names the sets, `time` [S] is when each came to be (ALWAYS if unknown), `owner` [S]
    is a position among customers, or -1.
    """

    keys: np.ndarray
    pointers: np.ndarray
    members: np.ndarray
    time: np.ndarray
    owner: np.ndarray


@dataclass(frozen=True)
class Graph:
    """`nodes` has the sorted identifiers of each type; `edges` has those of each (source type,
    relation, target type), and the reverse of each relation as `rev_` and its name; `sets` has
    baskets and coupons."""

    nodes: dict[str, np.ndarray]
    edges: dict[EdgeType, Edges]
    sets: dict[str, Sets]


def build(connection: duckdb.DuckDBPyConnection, *, as_of: datetime | None = None) -> Graph:
    """The graph of the facts that hold, and the events that came before, `as_of` (default: all
    that is known now).

    Predicted facts are left out, so that models learn from what is stated. Prices and promotions
    are no edges.
    """
    connection.execute("SET VARIABLE graph_as_of = ?::TIMESTAMP", [as_of])
    _number_nodes(connection)
    nodes = {
        kind: _column(
            connection, "SELECT node_id FROM graph_position WHERE kind = ? ORDER BY position", kind
        )
        for kind in NODE_TYPES
    }
    edges = _fact_edges(connection) | _event_edges(connection)
    sets = {"basket": _baskets(connection), "coupon": _coupons(connection)}
    connection.execute("DROP TABLE graph_position")
    return Graph(nodes, both_ways(edges), sets)


def sorted_edges(source: np.ndarray, target: np.ndarray, time: np.ndarray) -> Edges:
    """Edges in the order that `Edges` promises."""
    order = np.lexsort((source, time, target))
    return Edges(source[order], target[order], time[order])


def both_ways(edges: dict[EdgeType, Edges]) -> dict[EdgeType, Edges]:
    """Edges and their reverses."""
    reverse = {
        (target, f"rev_{relation}", source): sorted_edges(found.target, found.source, found.time)
        for (source, relation, target), found in edges.items()
    }
    return edges | reverse


def stated(graph: Graph) -> dict[EdgeType, Edges]:
    """Edges without their reverses."""
    return {key: edges for key, edges in graph.edges.items() if not key[1].startswith("rev_")}


def summarise(connection: duckdb.DuckDBPyConnection, graph: Graph) -> dict[str, int]:
    """Writes counts to `graph.node_type` and `graph.edge_type`; returns all nodes, edges, sets."""
    edges = stated(graph)
    with transaction(connection):
        connection.execute("DELETE FROM graph.node_type")
        connection.execute("DELETE FROM graph.edge_type")
        for kind, found in graph.nodes.items():
            connection.execute("INSERT INTO graph.node_type VALUES (?, ?)", [kind, len(found)])
        for key, one in edges.items():
            first, last = int(one.time.min()), int(one.time.max())
            connection.execute(
                """
                INSERT INTO graph.edge_type
                SELECT
                    ?, ?, ?, ?,
                    make_timestamp(?::BIGINT * 1000000), make_timestamp(?::BIGINT * 1000000)
                """,
                [*key, len(one.time), first, last],
            )
    return {
        "nodes": sum(map(len, graph.nodes.values())),
        "edges": sum(len(one.time) for one in edges.values()),
        "baskets": len(graph.sets["basket"].keys),
        "coupons": len(graph.sets["coupon"].keys),
    }


def _number_nodes(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE graph_position AS WITH node AS ( SELECT node_id, kind
        FROM facts.node WHERE list_contains($kinds, kind) UNION ALL SELECT DISTINCT
        concat('value:', predicate, ':', object), 'value' FROM facts.fact WHERE
        list_contains($values, predicate) AND provenance = 'stated' ) SELECT node_id, kind,
        row_number() OVER (PARTITION BY kind ORDER BY node_id) - 1 AS position FROM node ORDER BY
        kind, position
        """,
        {"kinds": list(NODE_TYPES), "values": list(VALUE_RELATIONS)},
    )


def _fact_edges(connection: duckdb.DuckDBPyConnection) -> dict[EdgeType, Edges]:
    # What is joined on is computed before: DuckDB 2 compares all rows with all for an expression.
    table = connection.sql(
        """
        WITH edge AS (
            SELECT
                subject, predicate, valid_from,
                CASE
                    WHEN list_contains($values, predicate)
                        THEN concat('value:', predicate, ':', object)
                    ELSE object
                END AS object
            FROM facts.fact
            WHERE list_contains($relations, predicate) AND provenance = 'stated'
                AND CASE
                    WHEN getvariable('graph_as_of') IS NULL THEN valid_to IS NULL
                    ELSE valid_from <= getvariable('graph_as_of')
                        AND (valid_to IS NULL OR getvariable('graph_as_of') < valid_to)
                END
        )
        SELECT
            source.kind AS source_kind, edge.predicate AS relation, target.kind AS target_kind,
            source.position AS source, target.position AS target,
            epoch_us(edge.valid_from) // 1000000 AS "time"
        FROM edge
        JOIN graph_position AS source ON source.node_id = edge.subject
        JOIN graph_position AS target ON target.node_id = edge.object
        """,
        params={"values": list(VALUE_RELATIONS), "relations": list(FACT_RELATIONS)},
    ).to_arrow_table()
    return _by_type(table)


def _event_edges(connection: duckdb.DuckDBPyConnection) -> dict[EdgeType, Edges]:
    """One edge an event, from the customer to the product."""
    table = connection.sql(
        """
        SELECT
            'customer' AS source_kind, event_type AS relation, 'product' AS target_kind,
            source.position AS source, target.position AS target,
            epoch_us("time") // 1000000 AS "time"
        FROM behaviour.event AS event
        JOIN graph_position AS source ON source.node_id = event.customer_id
        JOIN graph_position AS target ON target.node_id = event.product_id
        WHERE getvariable('graph_as_of') IS NULL OR "time" < getvariable('graph_as_of')
        """
    ).to_arrow_table()
    return _by_type(table)


def _by_type(table: pa.Table) -> dict[EdgeType, Edges]:
    """Rows (source_kind, relation, target_kind, source, target, time) to edges by type."""
    names = ["source_kind", "relation", "target_kind"]
    found = {}
    for row in (
        table.select(names)
        .group_by(names)
        .aggregate([])
        .sort_by([(name, "ascending") for name in names])
        .to_pylist()
    ):
        key = (row["source_kind"], row["relation"], row["target_kind"])
        mask = np.ones(table.num_rows, dtype=bool)
        for name in names:
            mask &= np.asarray(pa.compute.equal(table[name], row[name]))
        found[key] = sorted_edges(
            *(np.asarray(table[name])[mask] for name in ("source", "target", "time"))
        )
    return found


def _baskets(connection: duckdb.DuckDBPyConnection) -> Sets:
    return _sets(
        connection,
        """
        SELECT
            concat_ws('/', event.source, basket) AS key, min(epoch_us("time")) // 1000000 AS "time",
            any_value(owner.position ORDER BY owner.position) AS owner,
            list_sort(list(DISTINCT product.position)) AS members
        FROM behaviour.event AS event
        JOIN graph_position AS product ON product.node_id = event.product_id
        LEFT JOIN graph_position AS owner ON owner.node_id = event.customer_id
        WHERE basket IS NOT NULL AND event_type = 'purchase'
            AND (getvariable('graph_as_of') IS NULL OR "time" < getvariable('graph_as_of'))
        GROUP BY event.source, basket ORDER BY key
        """,
    )


def _coupons(connection: duckdb.DuckDBPyConnection) -> Sets:
    return _sets(
        connection,
        """
        SELECT
            concat_ws('/', coupon_id, campaign_id) AS key,
            epoch_us(any_value(campaign.starts)) // 1000000 AS "time",
            NULL::BIGINT AS owner, list_sort(list(DISTINCT product.position)) AS members
        FROM behaviour.coupon AS coupon
        JOIN graph_position AS product ON product.node_id = coupon.product_id
        LEFT JOIN behaviour.campaign AS campaign USING (campaign_id)
        WHERE getvariable('graph_as_of') IS NULL OR campaign.starts < getvariable('graph_as_of')
        GROUP BY coupon_id, campaign_id ORDER BY key
        """,
    )


def _sets(connection: duckdb.DuckDBPyConnection, query: str) -> Sets:
    table = connection.sql(query).to_arrow_table().combine_chunks()
    if not table.num_rows:
        empty = np.empty(0, dtype=np.int64)
        return Sets(np.empty(0, dtype=object), np.zeros(1, dtype=np.int64), empty, empty, empty)
    members = table["members"].chunk(0)
    return Sets(
        keys=table["key"].to_numpy(zero_copy_only=False),
        pointers=np.asarray(members.offsets, dtype=np.int64),
        members=np.asarray(members.values, dtype=np.int64),
        time=np.asarray(table["time"].fill_null(int(ALWAYS))),
        owner=np.asarray(table["owner"].fill_null(-1)),
    )


def _column(connection: duckdb.DuckDBPyConnection, query: str, value: str) -> np.ndarray:
    return (
        connection.sql(query, params=[value])
        .to_arrow_table()
        .column(0)
        .to_numpy(zero_copy_only=False)
    )
