"""The command line as people and machines use it."""

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from unittest.mock import Mock

import duckdb
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.commands.options import time
from warehouse.connection import reader, writer

COMMANDS = [
    "run",
    "load",
    "build",
    "train",
    "predict",
    "render",
    "curate",
    "export",
    "edits",
    "sql",
    "schema",
    "trace",
    "report",
    "ask",
    "withdraw",
    "dev",
    "doctor",
]


LARGE = (
    "openai",
    "numpy",
    "pyarrow",
    "torch",
    "scipy",
    "pandas",
    "sklearn",
    "dagster",
    "verbalize.curation",
)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREWORD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a file of products and the home in which it is loaded."""
    made = tmp_path_factory.mktemp("loaded")
    text = 'id,title,brand\n1,Blue mug,Acme\n2,"=cmd()",Acme\n3,[bold]x[/bold],Acme\n,none,Acme\n'
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        patch.setenv("WAREWORD_HOME", str(made / "home"))
        Path("products.csv").write_text(text)
        assert call("load", "products.csv", "--as-of", "2024-01-31").exit_code == 0
    return made


@pytest.fixture
def loaded(home, folder) -> Path:
    """A copy of it."""
    shutil.copytree(folder, home.parent, dirs_exist_ok=True)
    return home


def call(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command):
    result = call(command, "--help")
    assert result.exit_code == 0
    assert "Example" in result.stdout and f"wareword {command}" in result.stdout


def test_a_load_says_what_came_of_it(loaded):
    result = call("load", "products.csv", "--as-of", "2024-01-31", "--json")
    report = json.loads(result.stdout.splitlines()[-1])["loads"][0]
    assert (report["rows_loaded"], report["rows_rejected"], report["unchanged"]) == (3, 1, True)


def test_a_load_says_that_prices_are_taken_as_dollars(home, tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("id,title,price\n1,Mug,4\n")
    result = call("load", str(path), "--kind", "product", "--as-of", "2024-01-31", "--json")
    note = "no currency stated: prices are taken as USD; say otherwise with --set currency=EUR"
    assert f"rows loaded; {note}" in result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["loads"][0]["notes"] == [note]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sql", "SELECT 1"], "wareword run --sample"),
        (["load", "missing.csv", "--as-of", "2024-01-01"], "no such file"),
        (["render"], "wareword run --sample"),
    ],
)
def test_an_expected_failure_is_one_message_with_the_next_step_and_exit_code_1(
    home, arguments, message
):
    result = call(*arguments)
    assert result.exit_code == 1
    assert message in result.stderr and "Traceback" not in result.stderr
    assert message in json.loads(call(*arguments, "--json").stdout.splitlines()[-1])["error"]


def test_a_licence_that_is_of_no_file_is_refused(home):
    result = call("run", "--sample", "--licence", "MIT", "--home", str(home))
    assert result.exit_code == 1 and "wareword load FILE --licence" in result.output


def test_a_wrong_call_has_exit_code_2(home):
    assert call("sql", "SELECT 1", "--format", "xml").exit_code == 2
    assert call("load").exit_code == 2


def test_a_time_in_another_form_is_told_the_form_that_is_wanted(home):
    result = call("load", "products.csv", "--as-of", "31.01.2024")
    assert result.exit_code == 2 and "2024-01-31" in result.stderr


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2024-01-31", datetime(2024, 1, 31)),
        ("2024-01-31 12:30:00", datetime(2024, 1, 31, 12, 30)),
        ("2024-01-31T12:30:00+02:00", datetime(2024, 1, 31, 10, 30)),
    ],
)
def test_a_time_is_in_utc_unless_it_says_where(said, meant):
    assert time(said) == meant


def test_a_load_tells_little_beside_its_result(home, tmp_path):
    for source in ("east", "west"):
        path = tmp_path / f"{source}.csv"
        path.write_text("id,title,price,currency\n1,Mug,4,EUR\n")
        result = call("load", str(path), "--source", source, "--as-of", "2024-01-31")
        assert result.exit_code == 0 and len(result.stderr.splitlines()) < 6
        assert result.stderr.splitlines()[-2] == "product: 1 of 1 rows loaded"
        assert result.stderr.splitlines()[-1].startswith(f"licence of {source}: none is stated")


def test_a_wrong_call_ends_with_json_for_machines(home):
    command = [sys.executable, "-m", "pipelines.cli", "sql", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 2 and "Missing argument" in ended.stderr
    assert "wareword COMMAND --help" in json.loads(ended.stdout.splitlines()[-1])["error"]


def test_interrupting_ends_cleanly_and_keeps_what_was_finished(loaded):
    command = [sys.executable, "-m", "pipelines.cli", "run"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("facts"):
            process.send_signal(signal.SIGINT)
            break
    rest = process.stderr.read()
    assert process.wait() == 130
    assert "the same command goes on from there" in rest and "Traceback" not in rest
    with reader(loaded) as connection:
        assert connection.execute("SELECT count(*) FROM ops.stage").fetchone()[0] >= 1


def test_a_file_that_is_no_warehouse_is_one_message(home):
    home.mkdir()
    (home / "warehouse.duckdb").write_text(
        "not a database, but long enough to be read as one" * 200
    )
    for command in (["schema"], ["sql", "SELECT 1"], ["report"]):
        result = call(*command)
        assert result.exit_code == 1
        assert "wareword doctor" in result.stderr and "Traceback" not in result.stderr
    checks = json.loads(call("doctor", "--json").stdout.splitlines()[-1])["checks"]
    assert not next(check for check in checks if check["name"] == "warehouse")["ok"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ops.migration SET content_hash = 'old' WHERE file LIKE '04%'",
        "INSERT INTO ops.migration VALUES ('99_later.sql', 'new')",
    ],
)
def test_doctor_knows_a_warehouse_of_another_version(loaded, change):
    with writer(loaded) as connection:
        connection.execute(change)
    ended = call("doctor")
    assert ended.exit_code == 1 and "another version" in ended.stderr


def test_a_file_that_is_not_there_is_told_before_anything_waits(home):
    with writer(home):
        ended = call("load", "missing.csv", "--wait", "60")
    assert ended.exit_code == 1 and "missing.csv: no such file here" in ended.stderr


def test_a_mix_file_that_is_not_there_is_told_before_anything_is_made(loaded):
    ended = call("export", "--format", "hf", "--mix", "missing.yaml")
    assert ended.exit_code == 1 and ended.stderr.count("\n") == 1
    assert "missing.yaml: No such file or directory; give the path" in ended.stderr


def test_errors_of_the_operating_system_name_what_they_are_about(home, monkeypatch):
    error = PermissionError(13, "Permission denied", "locked/warehouse.duckdb")
    monkeypatch.setattr("pipelines.commands.data.reader", Mock(side_effect=error))
    ended = call("sql", "SELECT 1")
    assert "locked/warehouse.duckdb could not be opened or made: Permission" in ended.stderr
    assert "give another path or --home" in ended.stderr
    assert "Errno" not in ended.stderr


def test_a_load_tells_which_licence_it_replaces_or_that_there_is_none(loaded):
    again = ("load", "products.csv", "--as-of", "2024-01-31")
    assert "licence of shop: none is stated" in call(*again).stderr
    assert "licence of shop: Apache-2.0\n" in call(*again, "--licence", "apache-2.0").stderr
    assert "licence of shop" not in call(*again).stderr
    ended = call(*again, "--licence", "MIT")
    assert "licence of shop: MIT (was Apache-2.0)\n" in ended.stderr
    Path("wareword.yaml").write_text("licences: {shop: CC0-1.0}\n")
    assert "licence of shop: CC0-1.0 (was MIT)\n" in call(*again).stderr


def test_a_simple_command_needs_no_large_library(loaded):
    script = (
        "import sys; from pipelines.cli import app\n"
        "app(['sql', 'SELECT 1'], standalone_mode=False)\n"
        f"print([name for name in {LARGE} if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.stdout.endswith("\n[]\n"), ended.stdout + ended.stderr


def test_the_dagster_ui_on_a_port_that_is_taken_names_another(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = call("dev", "--port", str(port))
    assert ended.exit_code == 1 and f"--port {port + 1}" in ended.stderr


def test_an_export_has_the_name_that_it_is_given(loaded):
    assert call("export", "--name", "spring").exit_code == 1
    assert call("export", "--format", "xml").exit_code == 1
    assert not (loaded / "corpus").exists()


def test_sql_answers_as_table_csv_and_json(loaded):
    question = "SELECT key, name FROM catalog.product ORDER BY key"
    assert "Blue mug" in call("sql", question).stdout
    assert "[bold]x[/bold]" in call("sql", question).stdout
    printed = call("sql", question, "--format", "csv").stdout
    assert printed == "key,name\n1,Blue mug\n2,'=cmd()\n3,[bold]x[/bold]\n"
    answer = json.loads(call("sql", question, "--json").stdout)
    assert answer == {
        "columns": ["key", "name"],
        "rows": [["1", "Blue mug"], ["2", "=cmd()"], ["3", "[bold]x[/bold]"]],
    }


def test_numbers_that_json_lacks_are_words_in_json(loaded):
    printed = call("sql", "SELECT 'nan'::DOUBLE, [{'x': '-inf'::DOUBLE}]", "--json").stdout
    answer = json.loads(printed, parse_constant=pytest.fail)
    assert answer["rows"] == [["nan", [{"x": "-inf"}]]]


def test_rows_wider_than_the_terminal_stand_upright(loaded):
    shown = call("sql", "FROM catalog.product_wide ORDER BY key").stdout
    assert "row 1\n" in shown and "name" in shown
    assert re.search(r"^  name +Blue mug$", shown, re.MULTILINE)


@pytest.mark.parametrize(
    "statement",
    [
        "FROM read_csv('products.csv')",
        "COPY catalog.product TO 'out.csv'",
        "DELETE FROM facts.fact",
        "ATTACH 'other.duckdb'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "not sql",
        "",
        "/* nothing */",
        "SELECT 1; SELECT 2",
    ],
)
def test_sql_reads_the_warehouse_and_nothing_else(loaded, statement):
    result = call("sql", statement)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ") and "Traceback" not in result.stderr
    assert not Path("out.csv").exists()


def test_schema_tells_what_columns_mean(loaded):
    assert "half-open valid time" in call("schema", "facts.fact").stdout
    relations = json.loads(call("schema", "--json").stdout)["relations"]
    assert {"facts.fact", "catalog.product", "ops.reject"} <= {
        relation["name"] for relation in relations
    }


@pytest.mark.parametrize("name", ["facts.changes", "facts.changes(t0, t1)"])
def test_schema_tells_what_macros_mean(loaded, name):
    assert "only one of two times" in call("schema", name).stdout
    relations = json.loads(call("schema", "--json").stdout)["relations"]
    macros = {row["name"]: row for row in relations if "macro" in row["kind"]}
    assert {"facts.as_of(t)", "facts.changes(t0, t1)", "gtin_valid(code)"} <= set(macros)
    assert all(row["comment"] for row in relations)


def test_doctor_names_what_it_checked(home):
    result = call("doctor", "--json")
    checks = json.loads(result.stdout.splitlines()[-1])["checks"]
    assert {"Python", "duckdb", "memory", "disk", "warehouse"} <= {
        check["name"] for check in checks
    }


def test_doctor_asks_the_language_model_whether_it_is_there(home, llm_server, monkeypatch):
    def found() -> dict:
        checks = json.loads(call("doctor", "--json").stdout.splitlines()[-1])["checks"]
        return next(check for check in checks if check["name"] == "language model")

    monkeypatch.delenv("WAREWORD_LLM_MODEL", raising=False)
    assert found()["ok"] and "none" in found()["found"]
    monkeypatch.setenv("WAREWORD_LLM_BASE_URL", llm_server.url)
    monkeypatch.setenv("WAREWORD_LLM_MODEL", "test-model")
    assert found()["ok"] and "test-model at 127.0.0.1" in found()["found"]
    monkeypatch.setenv("WAREWORD_LLM_MODEL", "other-model")
    assert not found()["ok"] and "not among its models" in found()["found"]
    monkeypatch.setenv("WAREWORD_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    assert not found()["ok"] and "does not answer" in found()["found"]
    assert llm_server.asked == []


def test_a_pivot_is_one_statement_and_two_are_two(loaded):
    pivot = "PIVOT catalog.product ON brand USING count(*) GROUP BY source"
    assert json.loads(call("sql", pivot, "--json").stdout)["columns"] == ["source", "Acme"]
    assert "2 statements" in call("sql", f"{pivot}; SELECT 1").stderr


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), RuntimeError("Query interrupted"), duckdb.InterruptException()]
)
def test_a_question_that_is_interrupted_says_so(loaded, monkeypatch, error):
    monkeypatch.setattr("pipelines.query.run_one", Mock(side_effect=error))
    result = call("sql", "SELECT 1")
    assert (result.exit_code, "Stopped" in result.stderr) == (130, True)


def test_what_is_not_expected_has_its_json_too(loaded, monkeypatch):
    monkeypatch.setattr("pipelines.query.run_one", Mock(side_effect=ValueError("odd \udc8d")))
    result = call("sql", "SELECT 1", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[-1]) == {"error": "ValueError: odd \udc8d"}


def test_bytes_that_are_no_text_and_a_port_that_is_none_are_one_message(home):
    Path("bytes.csv").write_bytes(b"a\x8d\x81,b\xff\x90\n1,2\n")
    result = call("load", "bytes.csv", "--as-of", "2024-01-31", "--json")
    assert "no characters" in json.loads(result.stdout.splitlines()[-1])["error"]
    assert "no port 99999999" in call("dev", "--port", "99999999").stderr


def test_an_interrupt_that_other_code_catches_still_ends_the_run(loaded, monkeypatch):
    def catching(*arguments):
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return {}

    monkeypatch.setattr("graph.build.summarise", catching)
    result = call("build")
    assert result.exit_code == 130 and "goes on from there" in result.stderr


CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: shop_product
version: 1.2.0
status: active
schema:
- name: product
  properties:
  - {name: id, required: true, customProperties: [{property: fills, value: key}]}
  - {name: title, customProperties: [{property: fills, value: name}]}
  - {name: price, logicalType: number, customProperties: [{property: fills, value: price}]}
customProperties:
- {property: source, value: shop}
"""


def test_a_load_finds_the_contract_of_its_source_and_refuses_drift(home):
    (home / "contracts").mkdir(parents=True)
    (home / "contracts" / "shop_product.yaml").write_text(CONTRACT)
    Path("p.csv").write_text("id,title,price\n1,Mug,4\n")
    result = call("load", "p.csv", "--as-of", "2024-01-31", "--json")
    assert json.loads(result.stdout.splitlines()[-1])["loads"][0]["contract"] == "1.2.0"
    Path("p.csv").write_text("id,title\n1,Mug\n")
    drifted = call("load", "p.csv", "--as-of", "2024-02-01", "--json")
    assert drifted.exit_code == 1
    assert "--accept-drift" in json.loads(drifted.stdout.splitlines()[-1])["error"]
    result = call("load", "p.csv", "--as-of", "2024-02-01", "--accept-drift", "--json")
    (loaded,) = json.loads(result.stdout.splitlines()[-1])["loads"]
    assert loaded["drift"] == [
        "column 'price' (number) is missing, so price has no column now: 1 value ends"
    ]


def test_a_contract_may_be_given(home):
    Path("mine.yaml").write_text(CONTRACT)
    Path("p.csv").write_text("id,title,price\n1,Mug,4\n2,Cup,dear\n3,Pot,3\n")
    result = call("load", "p.csv", "--as-of", "2024-01-31", "--contract", "mine.yaml")
    assert result.exit_code == 0
    assert "2 of 3 rows loaded" in result.stderr and "by contract 1.2.0" in result.stderr
    Path("mine.yaml").write_text(CONTRACT.replace("number", "money"))
    wrong = call("load", "p.csv", "--as-of", "2024-01-31", "--contract", "mine.yaml")
    assert wrong.exit_code == 1 and "mine.yaml, line 12" in wrong.stderr


def test_render_explains_how_each_phrasing_is_said_and_changes_nothing(home):
    told = json.loads(call("render", "--explain", "--json").stdout)["phrasings"]
    assert {"kind", "statement", "phrasing", "by", "reason"} == set(told[0])
    assert any(one["by"] == "SQL" for one in told)
    assert "product.size 0: SQL mostly" in call("render", "--explain").stdout
    assert not home.exists()
