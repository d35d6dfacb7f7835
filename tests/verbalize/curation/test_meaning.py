"""Documents that say the same in other words give way to the longest, unless a number differs."""

import numpy as np
import pytest

from tests.verbalize.curation.documents import put
from verbalize.curation import meaning
from verbalize.curation.meaning import duplicates
from warehouse.embeddings import available


@pytest.mark.skipif(not available(), reason="needs the extra embedding")
def test_other_words_are_found_and_other_numbers_are_not(connection):
    texts = {
        "a": "The jar of green olives is sold in an 8 oz size.",
        "b": "A jar with green olives is sold in a size of 8 oz, it is said.",
        "c": "The jar of green olives is sold in a 16 oz size.",
        "d": "Children's bicycles have 8 spokes and a red bell.",
    }
    put(connection, texts)
    found = duplicates(connection, 0.85, 0).to_pylist()
    assert [(row["document_id"], row["kept"]) for row in found] == [("a", "b")]
    assert found[0]["similarity"] >= 0.85


def test_large_groups_are_compared_within_clusters(connection, monkeypatch):
    monkeypatch.setattr(meaning, "CELL", 8)
    directions = np.eye(meaning.WIDTH, dtype=np.float32)

    def embed(texts):
        return np.stack([directions[int(text.split()[-1], 36) % 6] for text in texts])

    monkeypatch.setattr(meaning, "embed", embed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    put(connection, {letter: f"text {letter}" for letter in letters})
    found = duplicates(connection, 0.9, 0).to_pylist()
    kept = {row["document_id"]: row["kept"] for row in found}
    # One of each of six directions stays, the first of its kind.
    assert set(letters) - set(kept) == set("abcdef")
    assert all(int(gone, 36) % 6 == int(stays, 36) % 6 for gone, stays in kept.items())
