"""wareword efficacy: what it answers, what the report draws of it, what it says of wrong calls."""

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.report import write_report
from pipelines.stages import remembered

RUNNER = CliRunner()


def call(*arguments):
    return RUNNER.invoke(app, ["efficacy", *arguments])


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Two products, which are too few to compare anything."""
    monkeypatch.setenv("WAREWORD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("products.csv").write_text("id,title,brand\n1,Blue mug,Acme\n2,Red mug,Acme\n")
    loaded = RUNNER.invoke(
        app, ["load", "products.csv", "--kind", "product", "--as-of", "2024-01-31"]
    )
    assert loaded.exit_code == 0


def test_too_few_products_are_told_and_not_compared(shop):
    ended = call("--json")
    assert ended.exit_code == 0, ended.output
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["corpora"] == [] and "8 are needed" in found["skipped"]


def test_a_corpus_that_does_not_exist_is_refused_with_those_that_do(shop):
    ended = call("--corpus", "prose")
    assert ended.exit_code == 1
    assert "one-template" in " ".join(ended.stderr.split())


def test_the_report_draws_each_kind_of_phrasing(connection, tmp_path):
    connection.execute(
        "INSERT INTO text.efficacy VALUES ('documents', 5000, 900, 40, 1000, 12, 0.75, 1800)"
    )
    for kind, value in (("trained", 0.875), ("unseen", 0.75), ("template", 0.25)):
        connection.execute(
            "INSERT INTO text.efficacy_measure VALUES ('documents', 'recall', ?, 'all', ?, 9, 'd')",
            [kind, value],
        )
    page = write_report(connection, tmp_path / "report.html").read_text()
    assert "documents, unseen" in page and "0.250" in page and "1,800" in page


def test_without_a_study_the_report_says_how_to_make_one(connection, tmp_path):
    assert "wareword efficacy" in write_report(connection, tmp_path / "report.html").read_text()


@pytest.mark.slow
def test_the_evaluation_harness_asks_the_models_of_a_study(shop):
    pytest.importorskip("lm_eval", reason="pip install 'wareword[efficacy]'")
    names = (
        "mug",
        "pot",
        "plate",
        "cup",
        "bowl",
        "jar",
        "jug",
        "pan",
        "tray",
        "fork",
        "lid",
        "can",
    )
    rows = [f"{place},{name},Brand {place % 3}" for place, name in enumerate(names)]
    Path("products.csv").write_text("\n".join(["id,title,brand", *rows]))
    RUNNER.invoke(app, ["load", "products.csv", "--kind", "product", "--as-of", "2024-02-01"])
    ended = call("--corpus", "documents", "--tokens", "2000", "--harness", "--json")
    assert ended.exit_code == 0, ended.output
    (asked,) = json.loads(ended.stdout.splitlines()[-1])["harness"].values()
    assert any(task.startswith("wareword_recall") for task in asked)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_refused_and_leaves_models_of_the_graph_alone(shop):
    ended = call("--device", "cuda")
    assert ended.exit_code == 1
    assert "without --device cuda" in ended.output
    assert remembered(Path("home")).get("device") in (None, "cpu")
