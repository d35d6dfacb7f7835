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

EdgeType = tuple[str, str, str]

# The time of an edge that always was.
ALWAYS = np.iinfo(np.int64).min

NODE_TYPES = ("product", "customer", "category", "brand", "manufacturer", "value")
FACT_RELATIONS = (
    "category", "productType", "department", "brand", "manufacturer", "size", "broader", "isRelatedTo",
)  # fmt: skip


@dataclass(frozen=True)
class Edges:
    """Edges of one type, sorted by target, then time, then source.

    `source` and `target` [E] int64 are positions in the node lists of their types; `time` [E] int64
    is when each began, in seconds since 1970, ALWAYS where it has no beginning.
    """

    source: np.ndarray
    target: np.ndarray
    time: np.ndarray


@dataclass(frozen=True)
class Sets:
    """Sets of products, such as baskets: set i has `members[pointers[i]:pointers[i + 1]]`.

    `keys` [S] names the sets, `time` [S] is when each came to be (ALWAYS if unknown), `owner` [S] is
    a position among customers, or -1.
    """

    keys: np.ndarray
    pointers: np.ndarray
    members: np.ndarray
    time: np.ndarray
    owner: np.ndarray


@dataclass(frozen=True)
class Graph:
    """`nodes` has the sorted identifiers of each type; `edges` goes from (source type, relation, target type);
    each relation has its reverse, `rev_` and its name. `sets` has baskets and coupons.
    """

    nodes: dict[str, np.ndarray]
    edges: dict[EdgeType, Edges]
    sets: dict[str, Sets]


def build(connection: duckdb.DuckDBPyConnection, *, as_of: datetime | None = None) -> Graph:
    """The graph of the facts that hold, and the events that came before, `as_of` (default: all that is known now).

    Predicted facts are left out, so that models learn from what is stated. Prices and promotions are
    no edges: they belong to products as features.
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
    reverse = {
        (target, f"rev_{relation}", source): _sorted(found.target, found.source, found.time)
        for (source, relation, target), found in edges.items()
    }
    sets = {"basket": _baskets(connection), "coupon": _coupons(connection)}
    connection.execute("DROP TABLE graph_position")
    return Graph(nodes, edges | reverse, sets)


def summarise(connection: duckdb.DuckDBPyConnection, graph: Graph) -> dict[str, int]:
    """Writes counts by type to `graph.node_type` and `graph.edge_type`; returns all nodes, edges and sets."""
    connection.execute("DELETE FROM graph.node_type")
    connection.execute("DELETE FROM graph.edge_type")
    connection.executemany(
        "INSERT INTO graph.node_type VALUES (?, ?)",
        [[kind, len(found)] for kind, found in graph.nodes.items()],
    )
    stated = {key: found for key, found in graph.edges.items() if not key[1].startswith("rev_")}
    connection.executemany(
        "INSERT INTO graph.edge_type VALUES (?, ?, ?, ?, make_timestamp(? * 1000000), make_timestamp(? * 1000000))",
        [
            [*key, len(found.time), int(found.time.min()), int(found.time.max())]
            for key, found in stated.items()
        ],
    )
    return {
        "nodes": sum(map(len, graph.nodes.values())),
        "edges": sum(len(found.time) for found in stated.values()),
        "baskets": len(graph.sets["basket"].keys),
        "coupons": len(graph.sets["coupon"].keys),
    }


def _number_nodes(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE graph_position AS
        WITH node AS (
            SELECT node_id, kind FROM facts.node WHERE kind IN ('product', 'customer', 'category', 'brand', 'manufacturer')
            UNION ALL
            SELECT DISTINCT concat('value:size:', object), 'value' FROM facts.fact
            WHERE predicate = 'size' AND provenance <> 'predicted'
        )
        SELECT node_id, kind, row_number() OVER (PARTITION BY kind ORDER BY node_id) - 1 AS position
        FROM node ORDER BY kind, position
        """
    )


def _fact_edges(connection: duckdb.DuckDBPyConnection) -> dict[EdgeType, Edges]:
    table = connection.execute(
        """
        SELECT
            source.kind AS source_kind, fact.predicate AS relation, target.kind AS target_kind,
            source.position AS source, target.position AS target, epoch(fact.valid_from)::BIGINT AS "time"
        FROM facts.fact AS fact
        JOIN graph_position AS source ON source.node_id = fact.subject
        JOIN graph_position AS target
            ON target.node_id = CASE WHEN fact.predicate = 'size' THEN concat('value:size:', fact.object) ELSE fact.object END
        WHERE list_contains(?, fact.predicate) AND fact.provenance <> 'predicted'
            AND CASE
                WHEN getvariable('graph_as_of') IS NULL THEN fact.valid_to IS NULL
                ELSE fact.valid_from <= getvariable('graph_as_of')
                    AND (fact.valid_to IS NULL OR getvariable('graph_as_of') < fact.valid_to)
            END
        """,
        [list(FACT_RELATIONS)],
    ).to_arrow_table()
    return _by_type(table)


def _event_edges(connection: duckdb.DuckDBPyConnection) -> dict[EdgeType, Edges]:
    """One edge an event, from the customer to the product."""
    table = connection.execute(
        """
        SELECT
            'customer' AS source_kind, event_type AS relation, 'product' AS target_kind,
            source.position AS source, target.position AS target, epoch("time")::BIGINT AS "time"
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
        found[key] = _sorted(
            *(np.asarray(table[name])[mask] for name in ("source", "target", "time"))
        )
    return found


def _sorted(source: np.ndarray, target: np.ndarray, time: np.ndarray) -> Edges:
    order = np.lexsort((source, time, target))
    return Edges(source[order], target[order], time[order])


def _baskets(connection: duckdb.DuckDBPyConnection) -> Sets:
    return _sets(
        connection,
        """
        SELECT
            concat_ws('/', event.source, basket) AS key, min(epoch("time"))::BIGINT AS "time",
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
            concat_ws('/', coupon_id, campaign_id) AS key, epoch(any_value(campaign.starts))::BIGINT AS "time",
            NULL::BIGINT AS owner, list_sort(list(DISTINCT product.position)) AS members
        FROM behaviour.coupon AS coupon
        JOIN graph_position AS product ON product.node_id = coupon.product_id
        LEFT JOIN behaviour.campaign AS campaign USING (campaign_id)
        WHERE getvariable('graph_as_of') IS NULL OR campaign.starts < getvariable('graph_as_of')
        GROUP BY coupon_id, campaign_id ORDER BY key
        """,
    )


def _sets(connection: duckdb.DuckDBPyConnection, query: str) -> Sets:
    table = connection.execute(query).to_arrow_table().combine_chunks()
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
        connection.execute(query, [value]).to_arrow_table().column(0).to_numpy(zero_copy_only=False)
    )
