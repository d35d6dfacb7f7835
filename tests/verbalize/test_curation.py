"""Which documents are kept, and how tokens are counted."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verbalize.curation import curate
from verbalize.curation.near_duplicates import near_duplicates
from warehouse.connection import memory

SENTENCE = "frozen peas are sold in the grocery aisle beside corn beans and bread by three makers"
WORDS = SENTENCE.split()


def put(connection, texts: dict[str, str], language: str = "en") -> None:
    for name, text in texts.items():
        connection.execute(
            """
            INSERT INTO text.document
            VALUES (?, 'product', ?, 'product:1', 'title', ?, NULL)
            """,
            [name, language, text],
        )


def kept(connection) -> dict[str, str | None]:
    return dict(
        connection.execute(
            """
            SELECT document_id, kept_document_id
            FROM text.document LEFT JOIN text.removed USING (document_id)
            """
        ).fetchall()
    )


def words(count: int, seed: int) -> list[str]:
    return random.Random(seed).choices(WORDS, k=count)


def test_documents_of_the_same_words_give_way_to_the_first(connection, tmp_path):
    put(
        connection,
        {"a": "Frozen peas, 16 oz.", "b": "frozen  PEAS, 16 oz. ", "c": "Frozen corn, 16 oz."},
    )
    counts = curate(connection, tmp_path / "tokenizer.json")
    assert kept(connection) == {"a": None, "b": "a", "c": None}
    assert (counts["documents"], counts["duplicates"]) == (3, 1)


def test_nearly_the_same_long_documents_give_way_to_the_longer(connection, tmp_path):
    text = words(300, seed=1)
    put(
        connection,
        {
            "a": " ".join(text),
            "b": " ".join([*text, "and", "more"]),
            "c": " ".join(words(300, seed=2)),
        },
    )
    curate(connection, tmp_path / "tokenizer.json", threshold=0.9)
    assert kept(connection) == {"a": "b", "b": None, "c": None}


def test_documents_that_differ_in_a_number_are_kept(connection, tmp_path):
    put(
        connection, {str(size): f"The jar of item 7 holds {size} oz of peas." for size in range(20)}
    )
    curate(connection, tmp_path / "tokenizer.json")
    assert set(kept(connection).values()) == {None}


def test_the_same_words_in_two_languages_are_no_duplicates(connection, tmp_path):
    put(connection, {"a": "Taxi, Hotel, Pizza"})
    put(connection, {"b": "Taxi, Hotel, Pizza"}, language="de")
    curate(connection, tmp_path / "tokenizer.json")
    assert kept(connection) == {"a": None, "b": None}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(30, 120), st.integers(0, 4)), min_size=1, max_size=12),
    st.integers(0, 3),
)
def test_what_is_given_up_is_similar_to_what_is_kept(chosen, seed):
    def shingles(text: str) -> set[str]:
        parts = text.split()
        return {" ".join(parts[i : i + 5]) for i in range(max(len(parts) - 4, 1))}

    texts = {str(place): " ".join(words(size, kind)) for place, (size, kind) in enumerate(chosen)}
    with memory() as connection:
        put(connection, texts)
        found = near_duplicates(connection, 0.8, seed).to_pylist()
    given_up = {row["document_id"] for row in found}
    for row in found:
        one, other = shingles(texts[row["document_id"]]), shingles(texts[row["kept"]])
        assert len(one & other) / len(one | other) >= 0.8
        assert row["kept"] not in given_up


def test_the_tokenizer_counts_what_it_would_encode_and_is_the_same_again(connection, tmp_path):
    from tokenizers import Tokenizer

    texts = {str(place): " ".join(words(40, place)) for place in range(50)}
    put(connection, texts)
    curate(connection, tmp_path / "one.json")
    tokenizer = Tokenizer.from_file(str(tmp_path / "one.json"))
    counted = dict(connection.execute("SELECT document_id, tokens FROM text.document").fetchall())
    assert counted == {name: len(tokenizer.encode(text)) for name, text in texts.items()}
    curate(connection, tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


@pytest.mark.parametrize("documents", [0, 1])
def test_few_or_no_documents_are_no_error(connection, tmp_path, documents):
    put(connection, {str(place): "Peas." for place in range(documents)})
    assert curate(connection, tmp_path / "tokenizer.json")["documents"] == documents
