"""How fast facts and events become a typed, timed graph, next to pandas and NetworkX.

All three start from the same warehouse and end with equally many nodes and edges, which is
checked. Ours also makes the reverse of each relation, sorts edges by node and time for sampling,
and keeps baskets and coupons as sets; pandas joins numbers to node identifiers and leaves arrays;
NetworkX gets one edge list. Every figure comes from a fresh process, start of Python and imports
not counted.

    python benchmarks/build.py [--fraction 0.1] [--home FOLDER] [--json]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from graph.build import FACT_RELATIONS, NODE_TYPES, VALUE_RELATIONS, build
from warehouse.connection import reader, writer
from warehouse.facts import derive
from warehouse.load import load

Outcome = tuple[float, int, int]  # seconds, nodes, edges
EDGE = ["source_kind", "relation", "target_kind"]


def main() -> None:
    arguments = _arguments()
    if arguments.measure:
        seconds, nodes, edges = TOOLS[arguments.measure](arguments.home)
        told = {"seconds": seconds, "nodes": nodes, "edges": edges, "peak_mb": _peak_megabytes()}
        print(json.dumps(told))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = arguments.home or _sample(Path(folder), arguments.fraction)
        result = {tool: _measure(tool, home) for tool in TOOLS}
    if len({(row["nodes"], row["edges"]) for row in result.values()}) > 1:
        raise SystemExit(f"the tools made different graphs: {result}")
    ours = result["ours"]["seconds"]
    ratio = {tool: round(ours / result[tool]["seconds"], 2) for tool in TOOLS if tool != "ours"}
    if arguments.json:
        print(json.dumps({**result, "ratio": ratio}))
        return
    print("| tool | nodes | edges | seconds | peak MB | ours takes |")
    print("|---|--:|--:|--:|--:|--:|")
    for tool, row in result.items():
        times = f"{ratio[tool]:.2f} x" if tool in ratio else ""
        print(
            f"| {tool} | {row['nodes']:,} | {row['edges']:,} "
            f"| {row['seconds']:.2f} | {row['peak_mb']:,.0f} | {times} |"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fraction", type=float, default=1.0, help="part of the households")
    parser.add_argument("--home", type=Path, help="a warehouse to build from, not the sample")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--measure", choices=TOOLS, help=argparse.SUPPRESS)
    return parser.parse_args()


def _sample(home: Path, fraction: float) -> Path:
    with writer(home) as connection:
        load(connection, "sample", fraction=fraction)
        derive(connection)
    return home


def _measure(tool: str, home: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", tool, "--home", str(home)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: dict[str, float] = json.loads(output.splitlines()[-1])
    return measured


def _peak_megabytes() -> float:
    """Most memory that this process had, by the kernel: getrusage counts the parent too."""
    status = Path("/proc/self/status")
    if status.exists():
        (peak,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


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
