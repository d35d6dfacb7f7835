"""`wareword extract` measures on labelled files, and finds what products of the warehouse lack."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app

COLORS = ("Red", "Blue", "Green")


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("WAREWORD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WAREWORD_LLM_MODEL", raising=False)
    paths = []
    for name, numbers in (("train", range(60)), ("test", range(60, 80))):
        path = tmp_path / f"{name}.jsonl"
        path.write_text(
            "\n".join(
                json.dumps(
                    {
                        "input": f"Acme {COLORS[number % 3]} Lamp {number}",
                        "category": "Lamp",
                        "target_scores": {"Color": {COLORS[number % 3]: 1}},
                    }
                )
                for number in numbers
            )
        )
        paths.append(str(path))
    return paths


def call(*arguments):
    return CliRunner().invoke(app, ["extract", *arguments])


def test_it_measures_one_file_by_what_it_learns_from_another(files):
    train, test = files
    found = json.loads(call("--train", train, "--test", test, "--json").stdout.splitlines()[-1])
    assert found["micro_f1"] == 1
    assert found["attributes"]["Color"]["questions"] == found["categories"]["Lamp"]["questions"]
    told = call("--train", train, "--test", test, "--share", "0.5").stdout
    assert "seen in training" in told and "Color" in told


def test_wrong_calls_say_what_is_wrong(files):
    train, test = files
    assert call("--train", train).exit_code == 2
    assert call("--by", "magic").exit_code == 2
    assert "above 0" in call("--train", train, "--test", test, "--share", "0").stderr
    assert "cannot be read" in call("--train", "none", "--test", test).stderr


def test_without_a_language_model_it_says_how_to_set_one(files):
    train, test = files
    ended = call("--train", train, "--test", test, "--by", "llm-list")
    assert ended.exit_code == 1 and "WAREWORD_LLM_MODEL" in ended.stderr


def test_a_warehouse_without_texts_says_why_nothing_is_found(files, tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("id,brand\n1,Acme\n")
    loaded = CliRunner().invoke(
        app, ["load", str(path), "--kind", "product", "--as-of", "2024-01-31"]
    )
    assert loaded.exit_code == 0
    stages = json.loads(call("--json").stdout.splitlines()[-1])["stages"]
    assert stages[-1]["stage"] == "extract"
    assert "title" in stages[-1]["metadata"]["skipped"]


def test_the_command_says_why_nothing_was_found(files):
    Path("lamps.csv").write_text("id,title\n1,Red lamp\n2,Blue lamp\n")
    told = ["load", "lamps.csv", "--source", "lamps", "--as-of", "2024-01-01"]
    assert CliRunner().invoke(app, told).exit_code == 0

    for _ in range(2):
        result = call()
        assert result.exit_code == 0, result.output
        assert "no column of an attribute" in " ".join(result.output.split())
