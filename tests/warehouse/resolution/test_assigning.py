import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.resolution.assigning import assign, clusters


def table(rows):
    names = ["left_id", "right_id", "left_source", "right_source", "probability"]
    return pa.table(
        {
            name: pa.array(column)
            for name, column in zip(names, zip(*rows, strict=True), strict=True)
        }
        if rows
        else {
            name: pa.array([], pa.float64() if name == "probability" else pa.string())
            for name in names
        }  # fmt: skip
    )


def one_by_one(rows, threshold):
    """What the vectorised rounds must equal: the likeliest pair first, each closing its two."""
    taken, kept = set(), []
    for left, right, *_, probability in sorted(rows, key=lambda row: (-row[4], row[0], row[1])):
        if probability >= threshold and not {left, right} & taken:
            taken |= {left, right}
            kept.append((left, right))
    return sorted(kept)


pairs = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from([0.2, 0.4, 0.6, 0.8, 0.9])),
    max_size=30,
    unique_by=lambda pair: pair[:2],
).map(lambda found: [(f"a{left}", f"b{right}", "a", "b", p) for left, right, p in found])


@settings(deadline=None)
@given(pairs)
def test_matches_are_those_of_one_pair_after_another(rows):
    found = assign(table(rows), 0.4)

    ids = zip(found["left_id"].to_pylist(), found["right_id"].to_pylist(), strict=True)
    assert sorted(ids) == one_by_one(rows, 0.4)


three_sources = st.lists(
    st.tuples(
        st.tuples(st.sampled_from("abc"), st.integers(0, 4)),
        st.tuples(st.sampled_from("abc"), st.integers(0, 4)),
        st.floats(0.5, 1),
    ).filter(lambda pair: pair[0][0] < pair[1][0]),
    max_size=30,
    unique_by=lambda pair: pair[:2],
).map(
    lambda found: [
        (f"{one[0]}{one[1]}", f"{other[0]}{other[1]}", one[0], other[0], p)
        for one, other, p in found
    ]
)


@settings(deadline=None)
@given(three_sources)
def test_a_cluster_has_one_product_of_a_source_at_most(rows):
    found = clusters(table(rows)).to_pydict()

    sources = [
        (cluster, product[0])
        for cluster, product in zip(found["cluster"], found["product_id"], strict=True)
    ]
    assert len(sources) == len(set(sources))


def test_the_likelier_pairs_make_the_cluster():
    rows = [
        ("a1", "b1", "a", "b", 0.9),
        ("b1", "c1", "b", "c", 0.8),
        ("a1", "c2", "a", "c", 0.7),
    ]

    found = clusters(table(rows)).to_pydict()

    assert found == {"product_id": ["a1", "b1", "c1"], "cluster": ["a1", "a1", "a1"]}
