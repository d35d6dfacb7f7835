"""Near duplicates: what gives way is similar to what is kept, and what is similar is found."""

import random
from collections.abc import Callable, Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verbalize.curation.documents import put
from verbalize.curation.near import Pairs, near_duplicates, resolve, shingles
from warehouse.connection import memory

WORDS = "frozen peas are sold in the grocery aisle beside corn beans and bread by three makers"


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        yield opened


def words(count: int, seed: int) -> list[str]:
    return random.Random(seed).choices(WORDS.split(), k=count)


def shingle_set(text: str) -> set[str]:
    parts = text.split()
    return {" ".join(parts[i : i + 5]) for i in range(max(len(parts) - 4, 1))}


@pytest.fixture(scope="module")
def found() -> Iterator[Callable[..., dict[str, str]]]:
    """Finds what is kept in the place of each text that gives way."""
    with memory() as connection:

        def find(texts: dict[str, str], threshold: float = 0.9, seed: int = 0) -> dict[str, str]:
            connection.execute("DELETE FROM text.document")
            put(connection, texts)
            rows = near_duplicates(connection, threshold, seed).to_pylist()
            return {row["document_id"]: row["kept"] for row in rows}

        yield find


def test_nearly_the_same_long_documents_give_way_to_the_longer(found):
    text = words(300, seed=1)
    texts = {
        "a": " ".join(text),
        "b": " ".join([*text, "and", "more"]),
        "c": " ".join(words(300, seed=2)),
    }
    assert found(texts) == {"a": "b"}


def test_documents_that_differ_in_a_number_are_kept(found):
    texts = {str(size): f"The jar of item 7 holds {size} oz of peas." for size in range(20)}
    assert found(texts) == {}


def test_chinese_is_read_letter_by_letter(found):
    text = "这款无线蓝牙耳机采用主动降噪技术续航时间长达三十小时适合通勤旅行和运动时使用"
    assert found({"a": text + "佩戴舒适", "b": text}, threshold=0.8) == {"b": "a"}


def test_all_of_many_copies_give_way_to_one(found):
    text = " ".join(words(200, seed=3))
    texts = {f"{place}": f"{text} ending {place}" for place in range(100)}
    assert found(texts) == {str(place): "10" for place in range(100) if place != 10}


def test_what_is_only_linked_through_others_stays():
    pairs = Pairs(np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([0.9, 0.9, 0.9]))
    assert resolve(pairs, 5).select(["place", "kept", "cluster"]).to_pylist() == [
        {"place": 1, "kept": 0, "cluster": 4},
        {"place": 3, "kept": 2, "cluster": 4},
    ]


@settings(max_examples=40, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(lambda p: p[0] < p[1])))
def test_the_rounds_decide_as_one_after_the_other_would(edges):
    kept: set[int] = set()
    for place in range(15):
        if not any((other, place) in edges for other in kept):
            kept.add(place)
    one, other = (np.array([edge[side] for edge in sorted(edges)], dtype=int) for side in (0, 1))
    given_up = resolve(Pairs(one, other, np.ones(len(one))), 15).to_pylist()
    assert {row["place"] for row in given_up} == set(range(15)) - kept
    assert all(row["kept"] in kept and (row["kept"], row["place"]) in edges for row in given_up)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.integers(30, 120), st.integers(0, 4)), min_size=1, max_size=12),
    st.integers(0, 3),
)
def test_what_is_given_up_is_similar_to_what_is_kept(found, chosen, seed):
    texts = {str(place): " ".join(words(size, kind)) for place, (size, kind) in enumerate(chosen)}
    given_up = found(texts, 0.8, seed)
    for gone, kept in given_up.items():
        one, other = shingle_set(texts[gone]), shingle_set(texts[kept])
        assert len(one & other) / len(one | other) >= 0.8
        assert kept not in given_up


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(
        st.lists(st.sampled_from("abc"), min_size=1, max_size=12), min_size=1, max_size=6
    )
)
def test_there_are_as_many_shingles_as_different_sequences(connection, texts):
    written = [" ".join(text) for text in texts]
    languages = pa.array(["en"] * len(texts))
    _, offsets = shingles(connection, pa.array(written), languages)
    assert np.diff(offsets).tolist() == [len(shingle_set(text)) for text in written]
