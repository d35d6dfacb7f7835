"""Packed sequences: what a training loop reads gives the documents again."""

import json
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from verbalize.curation.tokens import Encoder
from verbalize.errors import VerbalizeError
from verbalize.mixing import Mixture, export_mixture, mixture
from verbalize.mixing.mixfile import Mix

LENGTH = 16
IGNORED = -100


@pytest.fixture
def mixed(warehouse, encoder, web, tmp_path) -> Mixture:
    """A third is general text; the second phase has none."""
    phases = [
        {"share": 2, "weights": {"web": 1, "catalog": 1}},
        {"share": 1, "weights": {"catalog": 1}},
    ]
    sources = {"catalog": {"epochs": 3}, "web": {"files": ["web/*.jsonl"]}}
    asked = Mix.model_validate({"folder": tmp_path, "sources": sources, "phases": phases})
    return mixture(warehouse, asked, encoder, folder=tmp_path / "counts", tokens=1_200)


def written(mixed: Mixture, folder: Path, **given: object) -> list[dict]:
    export_mixture(mixed, folder, format="hf", name="packed", pack=LENGTH, **given)
    shards = sorted((folder / "packed" / "data").iterdir())
    return [row for shard in shards for row in parquet.read_table(shard).to_pylist()]


def parts(row: dict) -> list[tuple[str, list[int]]]:
    """The parts of a sequence: document and tokens."""
    found, begin = [], 0
    for document, tokens in zip(row["document_ids"], row["seq_lengths"], strict=True):
        found.append((document, row["input_ids"][begin : begin + tokens]))
        begin += tokens
    return found


def documents(mixed: Mixture, encoder: Encoder) -> list[tuple[str, list[int]]]:
    rows = [row for _, batch in mixed.corpus(50_000).batches() for row in batch.to_pylist()]
    return [(row["id"], [*encoder.encode([row["text"]])[0], encoder.end]) for row in rows]


def test_the_parts_are_the_documents_with_their_ends(mixed, encoder, tmp_path):
    whole: dict[str, list[list[int]]] = {}
    for document, tokens in documents(mixed, encoder):
        pieces = [tokens[begin : begin + LENGTH] for begin in range(0, len(tokens), LENGTH)]
        whole.setdefault(document, []).extend(pieces)
    found: dict[str, list[list[int]]] = {}
    for row in written(mixed, tmp_path / "corpus"):
        for document, tokens in parts(row):
            found.setdefault(document, []).append(tokens)
    assert {name: sorted(those) for name, those in found.items()} == {
        name: sorted(those) for name, those in whole.items()
    }


def test_every_sequence_has_the_length_and_says_where_parts_begin_and_what_is_learnt(
    mixed, encoder, tmp_path
):
    for row in written(mixed, tmp_path / "corpus"):
        places = [place for tokens in row["seq_lengths"] for place in range(tokens)]
        padding = LENGTH - len(places)
        assert row["position_ids"] == [*places, *range(padding)]
        assert row["input_ids"][len(places) :] == [encoder.end] * padding
        pairs = zip(row["input_ids"], places, strict=False)
        learnt = [token if place else IGNORED for token, place in pairs]
        assert row["labels"] == learnt + [IGNORED] * padding


def test_what_is_lost_is_known_before_and_told_in_the_datasheet(mixed, tmp_path):
    told = mixed.packing(shard_documents=20, length=LENGTH)
    rows = written(mixed, tmp_path / "corpus", shard_documents=20)
    sheet = json.loads((tmp_path / "corpus" / "packed" / "datasheet.json").read_text())
    assert sheet["packing"] == [told] and sheet["mixture"] == mixed.rows()
    assert told["sequences"] == len(rows)
    tokens = sum(sum(row["seq_lengths"]) for row in rows)
    assert told["tokens_with_ends"] == tokens
    assert told["padding"] == pytest.approx(1 - tokens / (len(rows) * LENGTH), abs=1e-6)
    assert told["documents_cut"] <= told["documents_cut_if_concatenated"]


def test_phases_stay_in_their_order(mixed, tmp_path):
    is_general = [
        any(name.startswith("web:") for name in row["document_ids"])
        for row in written(mixed, tmp_path / "corpus")
    ]
    first = mixed.rows()[0]
    assert any(is_general[: len(is_general) // 2])
    assert not any(is_general[-len(is_general) // 4 :]) and first["phase"] == 1


def test_the_same_mixture_gives_the_same_bytes(mixed, tmp_path):
    written(mixed, tmp_path / "one")
    written(mixed, tmp_path / "other")
    files = [sorted((tmp_path / name / "packed").rglob("*.*")) for name in ("one", "other")]
    contents = [[file.read_bytes() for file in those if file.is_file()] for those in files]
    assert contents[0] == contents[1]


@pytest.mark.parametrize("format", ["dolma", "megatron"])
def test_only_what_holds_no_text_is_packed(mixed, tmp_path, format):
    with pytest.raises(VerbalizeError, match="--pack is for the format hf"):
        export_mixture(mixed, tmp_path, format=format, name="packed", pack=LENGTH)


@pytest.mark.slow
def test_a_causal_language_model_trains_on_the_rows_as_they_are(mixed, tmp_path):
    datasets = pytest.importorskip("datasets", reason="the dev extra brings datasets")
    transformers = pytest.importorskip("transformers", reason="Hugging Face models")
    written(mixed, tmp_path / "corpus")
    loaded = datasets.load_dataset(
        str(tmp_path / "corpus" / "packed"), split="train", cache_dir=str(tmp_path / "cache")
    )
    columns = ["input_ids", "labels", "position_ids"]
    batch = transformers.default_data_collator(list(loaded.select_columns(columns).take(4)))
    config = transformers.GPT2Config(
        vocab_size=mixed.encoder.end + 2_000, n_positions=LENGTH, n_embd=8, n_layer=1, n_head=1
    )
    loss = transformers.GPT2LMHeadModel(config)(**batch).loss
    assert loss.isfinite() and batch["input_ids"].shape == (4, LENGTH)
