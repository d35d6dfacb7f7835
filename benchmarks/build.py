"""How fast facts and events become a typed, timed graph, next to pandas and NetworkX.

All three start from the same warehouse and end with equally many nodes and edges, which is
checked. Ours also makes the reverse of each relation, sorts edges by node and time for sampling,
and keeps baskets and coupons as sets; pandas joins numbers to node identifiers and leaves arrays;
NetworkX gets one edge list. Every figure comes from a fresh process, start of Python and imports
not counted.

    python benchmarks/build.py [--fraction 0.1] [--home FOLDER] [--json]
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pandas as pd
from side_by_side import measure, parser, print_table, ratio, tell

from graph.build import FACT_RELATIONS, NODE_TYPES, VALUE_RELATIONS, build
from warehouse.connection import reader, writer
from warehouse.facts import derive
from warehouse.load import load

Outcome = tuple[float, int, int]  # seconds, nodes, edges
EDGE = ["source_kind", "relation", "target_kind"]


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--fraction", type=float, default=1.0, help="part of the households")
    options.add_argument("--home", type=Path, help="a warehouse to build from, not the sample")
    arguments = options.parse_args()
    if arguments.measure:
        tool, home = arguments.measure
        seconds, nodes, edges = TOOLS[tool](Path(home))
        tell(seconds=seconds, nodes=nodes, edges=edges)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = arguments.home or _sample(Path(folder), arguments.fraction)
        result = {tool: measure(__file__, tool, home) for tool in TOOLS}
    if len({(row["nodes"], row["edges"]) for row in result.values()}) > 1:
        raise SystemExit(f"the tools made different graphs: {result}")
    ratios = {tool: ratio(result["ours"], result[tool]) for tool in TOOLS if tool != "ours"}
    if arguments.json:
        print(json.dumps({**result, "ratio": ratios}))
        return
    found = {(tool,): row for tool, row in result.items()}
    print_table(found, ["tool"], {"nodes": "nodes", "edges": "edges"})


def _sample(home: Path, fraction: float) -> Path:
    with writer(home) as connection:
        load(connection, "sample", fraction=fraction)
        derive(connection)
    return home


def _ours(home: Path) -> Outcome:
    begin = time.perf_counter()
    with reader(home) as connection:
        graph = build(connection)
    seconds = time.perf_counter() - begin
    stated = [edges for key, edges in graph.edges.items() if not key[1].startswith("rev_")]
    nodes = sum(len(found) for found in graph.nodes.values())
    return seconds, nodes, sum(len(edges.time) for edges in stated)


def _pandas(home: Path) -> Outcome:
    """Numbers the nodes of each type, merges them to both ends, and splits edges by type."""
    begin = time.perf_counter()
    nodes, edges = _frames(home)
    nodes = nodes.sort_values(["kind", "node_id"])
    nodes["position"] = nodes.groupby("kind").cumcount()
    for end in ("source", "target"):
        names = {"node_id": end, "kind": f"{end}_kind", "position": f"{end}_position"}
        edges = edges.merge(nodes.rename(columns=names), on=end)
    arrays = {
        key: rows[["source_position", "target_position", "time"]].to_numpy()
        for key, rows in edges.groupby(EDGE)
    }
    seconds = time.perf_counter() - begin
    return seconds, len(nodes), sum(map(len, arrays.values()))


def _networkx(home: Path) -> Outcome:
    begin = time.perf_counter()
    nodes, edges = _frames(home)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(
        (node_id, {"kind": kind})
        for node_id, kind in nodes[["node_id", "kind"]].itertuples(index=False)
    )
    graph.add_edges_from(
        (source, target, {"relation": relation, "time": when})
        for source, relation, target, when in edges.itertuples(index=False)
    )
    seconds = time.perf_counter() - begin
    return seconds, graph.number_of_nodes(), graph.number_of_edges()


def _frames(home: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nodes (node_id, kind) and edges (source, relation, target, time) as a user would ask for."""
    with reader(home) as connection:
        nodes = connection.execute("SELECT node_id, kind FROM facts.node").df()
        facts = connection.execute(
            """
            SELECT subject AS source, predicate AS relation, object AS target, valid_from AS "time"
            FROM facts.current WHERE provenance <> 'predicted'
            """
        ).df()
        events = connection.execute(
            """
            SELECT customer_id AS source, event_type AS relation, product_id AS target, "time"
            FROM behaviour.event
            """
        ).df()
    nodes = nodes[nodes["kind"].isin(NODE_TYPES)]
    facts = facts[facts["relation"].isin(FACT_RELATIONS)]
    literal = facts["relation"].isin(VALUE_RELATIONS)
    named = "value:" + facts["relation"] + ":" + facts["target"]
    facts.loc[literal, "target"] = named[literal]
    values = pd.DataFrame({"node_id": facts.loc[literal, "target"].unique(), "kind": "value"})
    nodes = pd.concat([nodes, values], ignore_index=True)
    edges = pd.concat([facts, events[events["source"].notna()]], ignore_index=True)
    return nodes, edges[["source", "relation", "target", "time"]]


TOOLS: dict[str, Callable[[Path], Outcome]] = {
    "ours": _ours,
    "pandas": _pandas,
    "networkx": _networkx,
}


if __name__ == "__main__":
    main()
