"""Language models: what they make of a text, and how the reference model learns."""

import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from verbalize.efficacy.models import (
    END,
    hugging_face_model,
    load_model,
    reference_model,
)
from verbalize.efficacy.network import Size
from verbalize.efficacy.training import Schedule, train, train_tokenizer
from verbalize.errors import EfficacyError
from warehouse.devices import one_thread

TEXTS = ["Soap 7 is sold as a bar.", "Tea 8 is sold in bags.", "Bread 9 is made by Acme."]
SIZE = Size(layers=1, width=64, heads=2, context=24, vocabulary=320)
SCHEDULE = Schedule(tokens=30_000, rate=5e-3, first=1.0)


@pytest.fixture(scope="module")
def untrained():
    return reference_model(train_tokenizer(TEXTS, SIZE.vocabulary), SIZE, seed=1)


@pytest.fixture(scope="module")
def trained(untrained):
    return train(untrained, TEXTS, SCHEDULE, seed=1)


def weights(model):
    return torch.cat([weight.flatten() for weight in model.network.parameters()])


def test_what_was_read_often_enough_is_known_by_heart(trained):
    assert trained.complete(["Soap 7 is sold", "Bread 9 is"], 20) == [
        " as a bar.",
        " made by Acme.",
    ]
    known, unknown = trained.scores(["Tea 8 is sold"] * 2, [" in bags.", " as a bar."])
    assert known.greedy and not unknown.greedy
    assert known.log_probability > unknown.log_probability


def test_the_same_texts_and_seed_give_the_same_weights_in_however_many_threads(untrained):
    threads = torch.get_num_threads()
    found = []
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            found.append(weights(train(untrained, TEXTS, Schedule(tokens=2_000), seed=1)))
            assert torch.get_num_threads() == number
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*found)
    other = train(untrained, TEXTS, Schedule(tokens=2_000), seed=2)
    assert not torch.equal(found[0], weights(other))


def test_training_leaves_the_model_that_it_begins_with_as_it_was(untrained):
    before = weights(untrained).clone()
    train(untrained, TEXTS, Schedule(tokens=500))
    assert torch.equal(before, weights(untrained))


@given(
    st.lists(st.sampled_from([" bar", " as", " bags", " 7", " is", "."]), min_size=2, max_size=8),
    st.data(),
)
def test_the_probability_of_words_is_that_of_the_first_times_that_of_the_rest(trained, words, data):
    cut = data.draw(st.integers(1, len(words) - 1))
    first, rest = "".join(words[:cut]), "".join(words[cut:])
    whole, one, other = trained.scores(
        ["Soap", "Soap", f"Soap{first}"], [first + rest, first, rest]
    )
    if whole.tokens == one.tokens + other.tokens:
        joined = one.log_probability + other.log_probability
        assert whole.log_probability == pytest.approx(joined, abs=1e-3)


def test_a_score_does_not_depend_on_what_is_scored_beside_it(trained):
    alone = trained.scores(["Soap 7 is"], [" sold as a bar."])[0]
    beside = trained.scores(["Soap 7 is", TEXTS[0] * 2], [" sold as a bar.", " Tea 8."])[0]
    assert beside.log_probability == pytest.approx(alone.log_probability, abs=1e-4)


def test_of_what_is_longer_than_the_context_the_end_is_scored(trained):
    (score,) = trained.scores(["Soap 7 is sold as a bar. " * 10], [" Tea 8"])
    assert score.tokens == len(trained.encode([" Tea 8"])[0])
    assert len(trained.complete(["Soap 7 is sold as a bar. " * 10], 3)) == 1


def test_what_is_saved_is_read_again(trained, tmp_path):
    path = tmp_path / "models" / "reference.pt"
    trained.save(path)
    again = load_model(path)
    assert again.size == SIZE and torch.equal(weights(again), weights(trained))
    assert again.complete(["Soap 7 is sold"], 20) == [" as a bar."]
    assert [file.name for file in path.parent.iterdir()] == ["reference.pt"]


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(EfficacyError, match="train a model"):
        load_model(tmp_path / "none.pt")
    (tmp_path / "other.pt").write_text("no model")
    with pytest.raises(EfficacyError, match="train one anew"):
        load_model(tmp_path / "other.pt")


def test_impossible_sizes_and_empty_corpora_are_refused(untrained):
    with pytest.raises(EfficacyError, match="divides"):
        Size(width=30, heads=4)
    with pytest.raises(EfficacyError, match="smaller tokenizer"):
        reference_model(untrained.tokenizer, Size(vocabulary=10))
    with pytest.raises(EfficacyError, match="no text"):
        train(untrained, ["", ""], SCHEDULE)


@pytest.fixture
def folder_of_a_model(tmp_path):
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=train_tokenizer(TEXTS, 320), eos_token=END
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = transformers.GPT2Config(
            vocab_size=320,
            n_positions=24,
            bos_token_id=0,
            resid_pdrop=0,
            embd_pdrop=0,
            n_embd=64,
            n_layer=1,
            n_head=2,
            eos_token_id=0,
        )
        transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    return tmp_path


def test_a_model_of_transformers_is_asked_and_trained_in_the_same_way(folder_of_a_model):
    model = hugging_face_model(str(folder_of_a_model), context=128)
    assert model.context == 24
    taught = train(model, TEXTS, SCHEDULE)
    assert taught.complete(["Soap 7 is sold"], 20) == [" as a bar."]
    assert model.complete(["Soap 7 is sold"], 20) != [" as a bar."]
    with pytest.raises(EfficacyError, match="save_pretrained"):
        taught.save(folder_of_a_model / "model.pt")


def test_a_model_that_cannot_be_had_says_what_to_do(tmp_path, monkeypatch):
    pytest.importorskip("transformers")
    with pytest.raises(EfficacyError, match="the folder of a model"):
        hugging_face_model(str(tmp_path / "none"), context=128)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(EfficacyError, match=r"wareword\[efficacy\]"):
        hugging_face_model("gpt2", context=128)


def test_one_thread_is_only_for_the_block():
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
