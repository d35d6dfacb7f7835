"""Studies: what stands in the warehouse after one, and what is not done twice."""

from dataclasses import replace

import pytest
import torch

from tests.verbalize.shop import Shop
from verbalize.efficacy import study as studying
from verbalize.efficacy.network import Size
from verbalize.efficacy.study import StudySettings, study
from warehouse.errors import WarewordError

SETTINGS = StudySettings(
    corpora=("documents", "key-value+25"),
    products=12,
    tokens=2_048,
    questions=40,
    size=Size(layers=1, width=16, heads=2, context=128, vocabulary=400),
)


@pytest.fixture(scope="module", autouse=True)
def gathered_once(material):
    """The products are rendered once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studying, "gather", lambda *_, **__: material)
        yield


@pytest.fixture(scope="module")
def studied(shelf, tmp_path_factory):
    folder = tmp_path_factory.mktemp("efficacy")
    said = []
    found = study(shelf, folder, SETTINGS, progress=lambda what, *_: said.append(what))
    return folder, found, said


def test_each_corpus_is_read_with_the_same_tokens_and_asked_the_same(shelf, studied):
    _, found, said = studied
    rows = shelf.execute("SELECT corpus, tokens, facts FROM text.efficacy ORDER BY ALL").fetchall()
    assert rows == [("documents", 2_048, rows[0][2]), ("key-value+25", 2_048, rows[0][2])]
    assert rows[0][2] > 10
    assert [row["corpus"] for row in found["corpora"]] == ["documents", "key-value+25"]
    assert {"tokens", "recall", "recall_per_million_tokens"} <= found["corpora"][0].keys()
    assert {"documents: training", "key-value+25: training"} <= set(said)


def test_the_figures_say_how_they_are_computed(shelf, studied):
    rows = shelf.execute(
        """
        SELECT corpus, measure, scope, value, cases, definition FROM text.efficacy_measure
        WHERE slot = 'all'
        """
    ).fetchall()
    assert all(row[4] > 0 and row[5] for row in rows)
    found = {row[:3] for row in rows}
    for kind in ("trained", "unseen", "template"):
        assert ("documents", "recall", kind) in found
        assert ("documents", "multiple choice", kind) in found
    assert ("key-value+25", "recall", "own") in found
    assert ("documents", "recall", "own") not in found
    assert {("documents", "perplexity", "domain"), ("documents", "perplexity", "general")} <= found
    assert ("documents", "recall after examples", "template") in found
    assert all(row[3] > 1 for row in rows if row[1] == "perplexity")


def test_what_is_measured_is_not_measured_again(shelf, studied, monkeypatch):
    folder, found, _ = studied
    monkeypatch.setattr(studying, "train", lambda *_, **__: pytest.fail("trained again"))
    assert study(shelf, folder, SETTINGS) == found


def test_a_study_that_is_stopped_goes_on_with_the_next_corpus(shelf, studied, monkeypatch):
    folder, found, _ = studied
    (lost,) = folder.glob("key-value*.json")
    lost.unlink()
    before = studying.train
    asked = []

    def train(learner, texts, *rest, **named):
        asked.append(texts)
        return before(learner, texts, *rest, **named)

    monkeypatch.setattr(studying, "train", train)
    assert study(shelf, folder, SETTINGS) == found
    assert len(asked) == 1 and any(text.startswith("sku: ") for text in asked[0])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_refused_before_anything_is_read(connection, tmp_path):
    with pytest.raises(WarewordError, match="without --device cuda"):
        study(connection, tmp_path, replace(SETTINGS, device="cuda"))


def test_without_enough_products_nothing_is_compared(connection, tmp_path):
    Shop(connection).product("7", productType="bar soap", size="4 OZ")
    found = study(connection, tmp_path, SETTINGS)
    assert found["corpora"] == [] and "1 products" in found["skipped"]
    assert connection.execute("SELECT count(*) FROM text.efficacy").fetchone() == (0,)
