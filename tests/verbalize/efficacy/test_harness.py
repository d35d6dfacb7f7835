"""The evaluation harness asks the same and finds the same."""

import json

import pytest

from verbalize.efficacy.corpora import documents
from verbalize.efficacy.harness import evaluate, write_tasks
from verbalize.efficacy.measuring import measure
from verbalize.efficacy.models import reference_model
from verbalize.efficacy.network import Size
from verbalize.efficacy.probes import probes
from verbalize.efficacy.training import Schedule, train, train_tokenizer
from verbalize.errors import EfficacyError


@pytest.mark.slow
def test_the_harness_finds_what_we_find(material, tmp_path, monkeypatch):
    pytest.importorskip("lm_eval")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    asked = [probe for probe in probes(material, limit=20, seed=0) if probe.kind != "reverse"]
    texts = documents(material)
    size = Size(layers=1, width=32, heads=2, context=96, vocabulary=400)
    model = reference_model(train_tokenizer(texts, size.vocabulary), size)
    model = train(model, texts, Schedule(tokens=20_000, rate=1e-2))

    names = write_tasks(tmp_path / "tasks", asked)
    found = evaluate(model, tmp_path / "tasks")

    assert {name for name in found if name != "wareword"} == set(names)
    ours = {
        ("recall" if one.measure == "recall" else "choice", one.scope): one.value
        for one in measure(model, asked, {})
        if one.slot == "all" and one.measure in ("recall", "multiple choice")
    }
    assert ours
    for (name, kind), value in ours.items():
        assert found[f"wareword_{name}_{kind}"] == pytest.approx(value), (name, kind)


def test_tasks_hold_the_questions_as_lines(material, tmp_path):
    asked = probes(material, limit=10, seed=0)
    names = write_tasks(tmp_path, asked)
    assert "wareword_recall_unseen" in names and "wareword_choice_template" in names
    lines = (tmp_path / "wareword_recall_unseen.jsonl").read_text().splitlines()
    hard = [probe for probe in asked if probe.kind == "unseen" and not probe.guessable]
    assert [json.loads(line)["text"] for line in lines] == [probe.prompt for probe in hard]


def test_a_folder_without_tasks_is_refused(tmp_path):
    pytest.importorskip("lm_eval")
    with pytest.raises(EfficacyError, match="no tasks"):
        evaluate(None, tmp_path)
