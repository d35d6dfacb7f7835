"""A graph is the same after it was PyG's or NetworkX's; a neighbourhood is a part of it."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.build import ALWAYS, Graph, Sets, both_ways, build, sorted_edges
from graph.interop import from_networkx, from_pyg, neighbourhood, to_networkx, to_pyg
from warehouse.errors import WarewordError

RELATIONS = (
    ("customer", "purchase", "product"),
    ("product", "category", "category"),
    ("category", "broader", "category"),
)


def assert_same(left: Graph, right: Graph, *, sets: bool = True) -> None:
    """The same nodes, edges, types and times; types without nodes or edges do not count."""
    for kind in left.nodes.keys() | right.nodes.keys():
        assert list(left.nodes.get(kind, [])) == list(right.nodes.get(kind, []))
    assert left.edges.keys() == right.edges.keys()
    for key, edges in left.edges.items():
        for column in ("source", "target", "time"):
            assert getattr(edges, column).tolist() == getattr(right.edges[key], column).tolist()
    if sets:
        assert left.sets.keys() == right.sets.keys()
        for name, found in left.sets.items():
            for column in ("keys", "pointers", "members", "time", "owner"):
                ours, theirs = getattr(found, column), getattr(right.sets[name], column)
                assert ours.tolist() == theirs.tolist()


@st.composite
def graphs(draw):
    counts = {kind: draw(st.integers(1, 6)) for kind in ("customer", "product", "category")}
    nodes = {
        kind: np.array(sorted(f"{kind}:{place:02}" for place in range(count)), dtype=object)
        for kind, count in counts.items()
    }
    edges = {}
    for key in RELATIONS:
        end = st.tuples(
            st.integers(0, counts[key[0]] - 1),
            st.integers(0, counts[key[2]] - 1),
            st.sampled_from([ALWAYS, 0, 1, 1_500_000_000]),
        )
        # Twice the same edge is two edges.
        rows = draw(st.lists(end, max_size=12))
        if rows:
            edges[key] = sorted_edges(*np.array(rows, dtype=np.int64).T)
    members = draw(st.lists(st.integers(0, counts["product"] - 1), max_size=5, unique=True))
    basket = Sets(
        keys=np.array(["basket"], dtype=object),
        pointers=np.array([0, len(members)]),
        members=np.array(sorted(members), dtype=np.int64),
        time=np.array([ALWAYS]),
        owner=np.array([-1]),
    )
    return Graph(nodes, both_ways(edges), {"basket": basket})


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_a_graph_is_the_same_after_pyg(graph):
    assert_same(from_pyg(to_pyg(graph)), graph)


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_a_graph_is_the_same_after_networkx(graph):
    assert_same(from_networkx(to_networkx(graph)), graph, sets=False)


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(0, 3), st.integers(1, 8))
def test_a_neighbourhood_is_what_a_walk_of_its_hops_reaches(graph, hops, limit):
    whole = to_networkx(graph)
    start = graph.nodes["product"][0]
    near = nx.single_source_shortest_path_length(whole.to_undirected(), start, cutoff=hops)
    found = neighbourhood(graph, start, hops, limit)
    assert len(found) == min(limit, len(near))
    distances = sorted(near[node] for node in found)
    assert distances == sorted(near.values())[: len(found)]
    expected = whole.subgraph(found.nodes)
    assert sorted(map(str, found.edges(data=True))) == sorted(map(str, expected.edges(data=True)))
    assert dict(found.nodes(data="kind")) == dict(expected.nodes(data="kind"))


@settings(max_examples=50, deadline=None)
@given(graphs())
def test_a_neighbourhood_as_a_graph_again_keeps_types_and_times(graph):
    found = neighbourhood(graph, graph.nodes["customer"][0], hops=2, limit=10)
    again = to_networkx(from_networkx(found))
    assert dict(again.nodes(data="kind")) == dict(found.nodes(data="kind"))
    assert sorted(map(str, again.edges(data=True))) == sorted(map(str, found.edges(data=True)))


def test_the_sample_is_the_same_after_pyg(sample):
    graph = build(sample)
    data = to_pyg(graph)
    assert data.validate()
    assert_same(from_pyg(data), graph)


def test_a_product_of_the_sample_leads_to_its_category_and_to_what_else_is_in_it(sample):
    graph = build(sample)
    product, category = sample.execute(
        """
        SELECT subject, object FROM facts.current WHERE predicate = 'category'
        ORDER BY subject LIMIT 1
        """
    ).fetchone()
    found = neighbourhood(graph, product, hops=2, limit=30)
    assert len(found) == 30
    assert found.nodes[category]["kind"] == "category"
    assert any(data["relation"] == "category" for data in found[product][category].values())


def test_an_unknown_node_is_named_in_the_error(sample):
    with pytest.raises(WarewordError, match="no node product:none"):
        neighbourhood(build(sample), "product:none")
