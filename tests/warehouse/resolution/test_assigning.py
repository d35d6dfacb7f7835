import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.resolution.assigning import assign


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
