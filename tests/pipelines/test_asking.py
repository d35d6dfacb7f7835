"""Resolution in the main job, and its questions at the command line: a small shop with two
sources."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.report import write_report
from pipelines.settings import settings
from pipelines.stages import run
from warehouse.connection import reader

WORDS = [
    f"{color} {thing} {number}"
    for color in ("blue", "red", "green", "white", "black", "copper")
    for number, thing in enumerate(("mug", "teapot", "kettle", "plate", "pan"))
]
EAST = [f"e{n},Acme {word} A{n}{n}7,{n + 10}.00" for n, word in enumerate(WORDS)]
WEST = [f"w{n},{word} by Acme A{n}{n}7,{n + 11}.00" for n, word in enumerate(WORDS)]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> Path:
    """A folder with the home in which both sources are loaded, and their files."""
    folder = tmp_path_factory.mktemp("loaded")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("WAREWORD_HOME", str(folder / "home"))
        for source, rows, day in (("east", EAST, "2024-01-01"), ("west", WEST, "2024-02-01")):
            Path(f"{source}.csv").write_text("\n".join(["id,title,price", *rows]) + "\n")
            result = call("load", f"{source}.csv", "--source", source, "--as-of", day)
            assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def home(loaded, tmp_path, monkeypatch) -> Path:
    """A copy of it."""
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREWORD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def call(*arguments: str, said: str = ""):
    return CliRunner().invoke(app, list(arguments), input=said)


def told(result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def rows(home: Path, query: str) -> list:
    with reader(home) as connection:
        return connection.execute(query).fetchall()


def test_sources_are_resolved_asked_about_and_reported(home, tmp_path):
    first = told(call("ask", "--budget", "3", "--json", said="x\ny\nn\nq\n"))
    assert first["asked"] == 2
    assert rows(home, 'SELECT answer, answerer FROM ops.answer ORDER BY "sequence"') == [
        ("yes", "person"),
        ("no", "person"),
    ]
    second = told(call("ask", "--budget", "1", "--json", said="u\n"))
    assert second["asked"] == 1 and second["before"] == first["after"]
    assert rows(home, "SELECT count(DISTINCT question_id) FROM ops.answer") == [(3,)]
    # Nobody compared products again: only answers were weighed.
    assert rows(home, "SELECT count(DISTINCT compared) FROM ops.resolution") == [(1,)]
    with reader(home) as connection:
        page = write_report(connection, tmp_path / "report.html").read_text()
    for part in ("One product in several sources", "surely one", "Where sources differ"):
        assert part in page
    pair = rows(
        home, "SELECT subject, object FROM facts.current WHERE predicate = 'sameAs' LIMIT 1"
    )
    withdrawn = call("withdraw", *pair[0], "--json")
    told(withdrawn)
    assert "are two products again" in withdrawn.stderr and "wareword run" in withdrawn.stderr
    for (name,) in rows(home, f"SELECT label FROM facts.node WHERE node_id IN {pair[0]}"):
        assert name in withdrawn.stderr.replace("\n", " ")
    assert pair[0] not in rows(
        home, "SELECT subject, object FROM facts.current WHERE predicate = 'sameAs'"
    )
    told(call("withdraw", "--all", "--json"))
    assert rows(home, "SELECT count(*) FROM facts.current WHERE provenance = 'resolved'") == [(0,)]


def test_what_was_taken_back_as_a_whole_is_not_told_as_matches(home):
    assert told(call("ask", "--json", said="q\n"))["after"]["matches"] > 0
    told(call("withdraw", "--all", "--json"))
    after = told(call("ask", "--json", said="q\n"))["after"]
    assert (after["matches"], after["conflicts"]) == (0, 0)


def test_where_one_source_has_all_there_is_nothing_to_ask(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mugs.csv").write_text("id,title\n1,Blue mug\n2,Red mug\n")
    assert call("load", "mugs.csv", "--as-of", "2024-01-01").exit_code == 0
    result = call("ask", "--json")
    assert result.exit_code == 1
    assert "products of two sources are needed" in told_error(result)
    done = [outcome for outcome in run(settings(), "resolve") if outcome.stage == "resolve"]
    assert done[0].metadata["sources"] == ["shop"]


def told_error(result) -> str:
    return json.loads(result.stdout.splitlines()[-1])["error"]


def test_text_of_a_catalog_is_no_markup_for_who_is_asked_or_reads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREWORD_HOME", str(tmp_path / "home"))
    hostile = "[red]Acme[/red] <script>alert(1)</script>\x1b[31m"
    for source, day in (("east", "2024-01-01"), ("west", "2024-02-01")):
        rows = [f"{n},{hostile} mug {n} {source},{len(source) + n}" for n in range(4)]
        Path(f"{source}.csv").write_text("\n".join(["id,title,price", *rows]) + "\n")
        assert call("load", f"{source}.csv", "--source", source, "--as-of", day).exit_code == 0
    result = call("ask", "--budget", "1", said="n\n")
    assert result.exit_code == 0 and "[red]" in result.output and "\x1b[31m" not in result.output
    with reader(tmp_path / "home") as connection:
        page = write_report(connection, tmp_path / "report.html").read_text()
    assert "&lt;script&gt;" in page and "<script" not in page


def test_what_cannot_be_asked_or_taken_back_says_what_to_do(home, monkeypatch):
    for name in ("OPENAI_API_KEY", "WAREWORD_LLM_MODEL"):
        monkeypatch.delenv(name, raising=False)
    result = call("ask", "--answerer", "llm", "--json")
    assert result.exit_code == 1 and "WAREWORD_LLM_MODEL" in told_error(result)
    result = call("withdraw", "--json")
    assert result.exit_code == 1 and "--all" in told_error(result)
    result = call("withdraw", "product:1", "product:2", "--json")
    assert result.exit_code == 1 and "are not one product" in told_error(result)


def test_a_changed_value_of_one_source_is_one_edit_of_the_entity(home):
    list(run(settings(), "edits"))
    for source, day, price in (("west", "2024-03-01", "99.00"),):
        changed = ["id,title,price", WEST[0].replace("11.00", price), *WEST[1:]]
        Path(f"{source}.csv").write_text("\n".join(changed) + "\n")
        assert call("load", f"{source}.csv", "--source", source, "--as-of", day).exit_code == 0
    list(run(settings(edits_from="2024-02-15", edits_to="2024-03-02"), "edits"))
    assert rows(
        home,
        "SELECT predicate, object_old, object_new, provenance FROM edit.change",
    ) == [("price", "11.00", "99.00", "resolved")]
