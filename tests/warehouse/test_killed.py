"""A load that is killed at any moment leaves the published warehouse as it was, and the next one
ends as if nothing had happened."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from warehouse.connection import reader

ROOT = Path(__file__).parents[2]
LOAD = """
import sys
from datetime import datetime
from pathlib import Path
from warehouse.connection import writer
from warehouse.facts import derive
from warehouse.load import load
home, path, day = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
with writer(home, 60) as connection:
    load(connection, path, as_of=datetime(2024, 1, day))
    derive(connection)
"""
ROWS = 3_000


def start(home: Path, path: Path, day: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LOAD, str(home), str(path), str(day)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def content(home: Path) -> dict[str, str]:
    """A hash of the rows of every table, in their order."""
    with reader(home) as connection:
        tables = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL"
        ).fetchall()
        return {
            f"{schema}.{table}": hashlib.sha256(
                repr(connection.execute(f'FROM "{schema}"."{table}"').fetchall()).encode()
            ).hexdigest()
            for schema, table in tables
        }


def products(folder: Path, price: int) -> Path:
    path = folder / f"p{price}" / "products.csv"
    path.parent.mkdir(exist_ok=True)
    rows = "".join(f"{n},Mug {n},Brand {n % 7},Home,{n % price}\n" for n in range(ROWS))
    path.write_text("id,title,brand,department,price\n" + rows)
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The two files, what is published after each, and how long the second takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    first, second = products(folder, 10), products(folder, 11)
    assert start(folder / "home", first, 1).wait() == 0
    before = content(folder / "home")
    process, begin = start(folder / "home", second, 2), time.monotonic()
    assert process.wait() == 0
    return first, second, before, content(folder / "home"), time.monotonic() - begin


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_load_killed_at_a_random_moment_changes_nothing_and_the_next_one_succeeds(
    undisturbed, tmp_path, seed
):
    first, second, before, after, seconds = undisturbed
    home = tmp_path / "home"
    assert start(home, first, 1).wait() == 0
    process = start(home, second, 2)
    time.sleep(random.Random(seed).random() * seconds * 0.9)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    # It may have ended just before it was killed; there is no state between the two.
    assert content(home) in (before, after)
    assert start(home, second, 2).wait() == 0
    assert content(home) == after
    assert sorted(path.name for path in (home / ".work").iterdir()) == ["lock"]
