"""`wareword rewrite` as a stage of the main job."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from tests.rewriting_model import faithful, model
from warehouse.connection import reader


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREWORD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("WAREWORD_LLM_MODEL", raising=False)
    Path("products.csv").write_text("id,title,brand\n1,Blue mug,Acme\n2,Red mug,Acme\n")
    assert call("load", "products.csv", "--as-of", "2024-01-31").exit_code == 0
    return tmp_path / "home"


def call(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.slow
def test_documents_are_rewritten_once_counted_and_taken_away_again(home, llm_server, monkeypatch):
    # What predicts is not of interest here, and slow.
    llm_server.answer = model(faithful)
    monkeypatch.setenv("WAREWORD_LLM_BASE_URL", llm_server.url)
    monkeypatch.setenv("WAREWORD_LLM_MODEL", "test-model")
    first = call("rewrite", "--limit", "2", "--json")
    assert first.exit_code == 0, first.output
    stage = json.loads(first.stdout.splitlines()[-1])["stages"][-1]
    assert stage["metadata"]["rewritten"]["paraphrase (en)"]["kept"] == 2
    assert "2 of 2 kept" in first.output
    asked = llm_server.attempts
    assert "done before" in call("rewrite").output.splitlines()[-2]
    assert call("render", "--seed", "7").exit_code == 0
    assert rewritten(home) == 2 and llm_server.attempts > asked
    assert call("rewrite", "--limit", "0").exit_code == 0
    assert rewritten(home) == 0


def test_without_a_model_the_next_step_is_told(home):
    result = call("rewrite", "--limit", "2")
    assert result.exit_code == 1
    assert "WAREWORD_LLM_MODEL" in result.output
    assert call("rewrite", "--limit", "2", "--form", "poem").exit_code == 1


def rewritten(home: Path) -> int:
    """Rewritten documents, all of them counted in tokens."""
    with reader(home) as connection:
        row = connection.execute(
            """
            SELECT count(*), count(tokens)
            FROM text.document SEMI JOIN text.rewrite USING (document_id)
            """
        ).fetchone()
    assert row[0] == row[1]
    return row[0]
