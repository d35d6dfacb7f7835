"""A mixture by the command line: the plan, the corpus, what is wrong with a mix file."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from warehouse.connection import reader

MIX = """
sources:
  catalog: {weight: 1, epochs: 3}
  web: {files: [web.txt], weight: 1, licence: CC0-1.0}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home with a catalog, its documents, and a mix file beside it."""
    folder = tmp_path_factory.mktemp("mixing")
    rows = [f"{place},Mug number {place},Acme,{place} oz" for place in range(30)]
    (folder / "products.csv").write_text("\n".join(["id,title,brand,size", *rows]))
    (folder / "web.txt").write_text(
        "\n\n".join(f"Rain falls on hill {place}." for place in range(99))
    )
    (folder / "mix.yaml").write_text(MIX)
    home = folder / "home"
    loaded = call("load", str(folder / "products.csv"), "--as-of", "2024-01-31", home=home)
    assert loaded.exit_code == 0
    return home


def call(*arguments: str, home: Path):
    return CliRunner().invoke(app, [*arguments, "--home", str(home)])


def export(home: Path, *arguments: str):
    mix = str(home.parent / "mix.yaml")
    return call("export", "--mix", mix, "--tokens", "400", *arguments, home=home)


def answered(result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def test_a_plan_is_shown_and_nothing_is_written(home):
    result = export(home, "--plan", "--pack", "64")
    assert result.exit_code == 0, result.output
    for said in ("catalog", "web", "50.0%", "planned", "sequences of 64", "padding"):
        assert said in result.stdout
    assert not (home / "corpus" / "mix-hf").exists()
    plan = answered(export(home, "--dry-run", "--json"))["plan"]
    assert [(row["source"], row["tokens_planned"]) for row in plan] == [
        ("catalog", 200),
        ("web", 200),
    ]


def test_a_mixture_is_written_in_each_format_and_recorded(home):
    found = answered(export(home, "--format", "jsonl", "--format", "hf", "--json"))
    assert set(found["corpus"]) == {"mix-jsonl", "mix-hf"}
    for name, sheet in found["corpus"].items():
        assert (home / "corpus" / name / "datasheet.json").exists()
        assert sheet["mixture"] == found["plan"]
        assert {"source": "web", "licence": "CC0-1.0", "spdx": "CC0-1.0"} in sheet["sources"]
    with reader(home) as connection:
        rows = connection.execute("SELECT corpus, source, tokens FROM text.mixture").fetchall()
    told = [(row["source"], row["tokens"]) for row in found["plan"]]
    assert sorted(rows) == sorted((name, *row) for name in found["corpus"] for row in told)


def test_the_report_shows_what_was_mixed(home):
    answered(export(home, "--format", "text", "--name", "autumn", "--json"))
    answered(call("report", "--json", home=home))
    page = (home / "report.html").read_text()
    assert "Mixtures" in page and "autumn" in page and "phase 1: web" in page


def test_packed_sequences_are_written_for_hugging_face(home):
    packed = answered(export(home, "--format", "hf", "--name", "packed", "--pack", "64", "--json"))
    assert packed["corpus"]["packed"]["packing"] == [packed["packing"]]
    refused = export(home, "--format", "text", "--pack", "64")
    assert refused.exit_code == 1 and "--pack is for the format hf" in refused.output


@pytest.mark.parametrize("more", [(), ("--pack", "64")])
def test_a_name_cannot_leave_its_folder(home, more):
    refused = export(home, "--format", "hf", "--name", "../out", *more)
    assert refused.exit_code == 1 and "corpus name" in refused.output
    assert not (home / "out").exists()


def test_a_delta_is_not_mixed(home):
    refused = export(home, "--format", "hf", "--since", "2024-01-01")
    assert refused.exit_code == 1 and "leave out --since" in refused.output
    refused = call("export", "--format", "hf", "--since", "2024-01-01", "--plan", home=home)
    assert refused.exit_code == 1 and "leave out --since" in refused.output


def test_chat_is_not_mixed(home):
    refused = export(home, "--format", "chat")
    assert refused.exit_code == 1
    assert "chat holds conversations, and a mixture is of documents" in refused.output


def test_chat_tells_how_many_are_left_out(home):
    result = call("export", "--format", "chat", home=home)
    assert result.exit_code == 0
    assert "conversations in" in result.output and "documents without questions" in result.output


def test_a_tokenizer_that_nothing_would_use_is_refused(home):
    refused = call("export", "--format", "hf", "--tokenizer", "tokenizer.json", home=home)
    assert refused.exit_code == 1 and "--format megatron" in refused.output


def test_a_mix_file_that_is_wrong_is_named(home):
    (home.parent / "wrong.yaml").write_text("sources: {web: {wieght: 1}}")
    result = call("export", "--mix", str(home.parent / "wrong.yaml"), home=home)
    assert result.exit_code == 1
    assert "wrong.yaml: sources.web.wieght: there is no such field" in result.output


def test_the_main_job_follows_the_mix_file_of_the_settings(home):
    (home / "wareword.yaml").write_text(f"mix: {home.parent / 'mix.yaml'}\n")
    try:
        done = answered(call("export", "--json", home=home))
        again = answered(call("export", "--json", home=home))
        (home.parent / "web.txt").write_text("Snow falls.\n\nIt melts.")
        changed = answered(call("export", "--json", home=home))
    finally:
        (home / "wareword.yaml").unlink()
    ran = [
        {stage["stage"]: stage["ran"] for stage in one["stages"]}["export"]
        for one in (done, again, changed)
    ]
    assert ran == [True, False, True]
    sheet = json.loads((home / "corpus" / "hf" / "datasheet.json").read_text())
    assert [row["source"] for row in sheet["mixture"]] == ["catalog", "web"]
