"""Readers see whole states only; writers take turns; every table says what it holds."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.connection import FILE_NAME, reader, transaction, writer
from warehouse.errors import WarehouseError
from warehouse.kinds import KINDS


def test_what_fails_is_never_published(tmp_path):
    with writer(tmp_path) as connection:
        connection.execute("CREATE TABLE ops.note AS SELECT 1 AS number")
    with pytest.raises(ZeroDivisionError), writer(tmp_path) as connection:
        connection.execute("INSERT INTO ops.note VALUES (2)")
        raise ZeroDivisionError
    with reader(tmp_path) as connection:
        assert connection.execute("FROM ops.note").fetchall() == [(1,)]


def test_readers_go_on_while_a_writer_works(tmp_path):
    with writer(tmp_path) as connection:
        connection.execute("CREATE TABLE ops.note AS SELECT 1 AS number")
    with writer(tmp_path) as writing, reader(tmp_path) as reading:
        writing.execute("INSERT INTO ops.note VALUES (2)")
        assert reading.execute("FROM ops.note").fetchall() == [(1,)]


def test_a_second_writer_is_told_who_writes_and_since_when(tmp_path):
    with (
        writer(tmp_path),
        pytest.raises(WarehouseError, match=rf"process {os.getpid()}, since \d{{4}}-.*--wait"),
        writer(tmp_path),
    ):
        pass


WRITER = """
import sys, time
from pathlib import Path
from warehouse.connection import writer
with writer(Path(sys.argv[1]), 60, lambda what, done, total: print(what, flush=True)) as connection:
    print('writing', flush=True)
    (value,) = connection.execute('SELECT max(number) FROM ops.note').fetchone()
    connection.execute('BEGIN')
    connection.execute('INSERT INTO ops.note VALUES (?)', [value + 1])
    connection.execute('INSERT INTO ops.note VALUES (?)', [value + 2])
    connection.execute('COMMIT')
    time.sleep(float(sys.argv[2]))
"""
ROOT = Path(__file__).parents[2]


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_writers_wait_for_each_other_and_readers_see_whole_states_meanwhile(tmp_path):
    with writer(tmp_path) as connection:
        connection.execute("CREATE TABLE ops.note AS SELECT 0 AS number")
    first = start(tmp_path, 2)
    assert first.stdout is not None and first.stdout.readline() == "writing\n"
    second = start(tmp_path, 0)
    assert second.stdout is not None
    assert second.stdout.readline().startswith(f"waiting for process {first.pid}, since ")
    seen = set()
    while second.poll() is None:
        with reader(tmp_path) as connection:
            seen.add(connection.execute("SELECT count(*) FROM ops.note").fetchone()[0])
    assert (first.wait(), second.wait()) == (0, 0)
    assert seen <= {1, 3, 5} and 1 in seen
    with reader(tmp_path) as connection:
        numbers = connection.execute("FROM ops.note ORDER BY number").fetchall()
    assert numbers == [(0,), (1,), (2,), (3,), (4,)]


def test_a_killed_writer_leaves_the_published_warehouse_and_no_lock(tmp_path):
    with writer(tmp_path) as connection:
        connection.execute("CREATE TABLE ops.note AS SELECT 1 AS number")
    script = (
        "import sys, time; from pathlib import Path; from warehouse.connection import writer\n"
        "with writer(Path(sys.argv[1])) as connection:\n"
        "    connection.execute('INSERT INTO ops.note SELECT 2 FROM range(100000)')\n"
        "    print('ready', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with reader(tmp_path) as connection:
        assert connection.execute("FROM ops.note").fetchall() == [(1,)]
    with writer(tmp_path) as connection:
        assert connection.execute("FROM ops.note").fetchall() == [(1,)]


def test_a_warehouse_of_another_version_is_refused(tmp_path):
    with writer(tmp_path) as connection:
        connection.execute("UPDATE ops.migration SET content_hash = 'other'")
    with pytest.raises(WarehouseError, match="another version"), writer(tmp_path):
        pass


def test_a_warehouse_of_a_newer_version_is_not_written(tmp_path):
    with writer(tmp_path) as connection:
        connection.execute("INSERT INTO ops.migration VALUES ('99_later.sql', 'other')")
    before = (tmp_path / FILE_NAME).read_bytes()
    message = "another version of Wareword .99_later.sql is not in this version.*another --home"
    with pytest.raises(WarehouseError, match=message), writer(tmp_path):
        pass
    assert (tmp_path / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize("home", ["/proc/nohome", "a-file.csv", "a-file.csv/home"])
def test_a_home_in_which_nothing_can_be_written_is_named(tmp_path, monkeypatch, home):
    monkeypatch.chdir(tmp_path)
    Path("a-file.csv").write_text("id,title\n")
    message = f"nothing can be written in {home} .*give another --home"
    with pytest.raises(WarehouseError, match=message), writer(Path(home)):
        pass


def test_a_missing_warehouse_tells_what_to_do(tmp_path):
    with pytest.raises(WarehouseError, match="wareword run --sample"), reader(tmp_path):
        pass
    assert not (tmp_path / FILE_NAME).exists()


def test_no_two_processes_spill_into_one_folder(tmp_path):
    with writer(tmp_path) as writing:
        folders = [spill_folder(writing)]
    with reader(tmp_path) as reading, reader(tmp_path) as again:
        folders += [spill_folder(reading)]
        assert spill_folder(again) == folders[-1]
    script = (
        "import sys; from pathlib import Path; from warehouse.connection import reader\n"
        "with reader(Path(sys.argv[1])) as connection:\n"
        "    print(*connection.execute(\"SELECT current_setting('temp_directory')\").fetchone())\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    folders.append(subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout.strip())
    assert len(set(folders)) == 3
    assert not Path(folders[-1]).exists()


def spill_folder(connection) -> str:
    return connection.execute("SELECT current_setting('temp_directory')").fetchone()[0]


def test_what_a_killed_writer_spilled_is_removed(tmp_path):
    spilled = tmp_path / ".work" / "spill" / "duckdb_temp_storage-0.tmp"
    spilled.parent.mkdir(parents=True)
    spilled.write_bytes(b"left")
    with writer(tmp_path):
        assert not spilled.exists()


def test_every_table_view_column_and_macro_has_a_comment(connection):
    silent = connection.execute(
        """
        SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE comment IS NULL
        UNION ALL
        SELECT schema_name || '.' || view_name FROM duckdb_views()
        WHERE NOT internal AND comment IS NULL
        UNION ALL
        SELECT schema_name || '.' || table_name || '.' || column_name FROM duckdb_columns()
        WHERE NOT internal AND comment IS NULL
        UNION ALL
        SELECT schema_name || '.' || function_name FROM duckdb_functions()
        WHERE NOT internal AND comment IS NULL
        """
    ).fetchall()
    assert silent == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=str)
def test_declared_columns_are_those_of_the_canonical_table(connection, kind):
    table = {column for (column, *_) in connection.execute(f"DESCRIBE {kind.table}").fetchall()}
    declared = {f"{column.name}_id" if column.reference else column.name for column in kind.columns}
    made = {"source", "load_id", kind.identifier, "rest" if kind.rest else None} - {None}
    assert declared | made == table


def test_an_error_while_a_reader_is_open_is_told_as_it_is(connection):
    with pytest.raises(KeyboardInterrupt), transaction(connection):
        reader = connection.sql("FROM range(100_000)").to_arrow_reader(10)
        next(reader)
        raise KeyboardInterrupt


def test_the_environment_says_how_much_memory_there_is(tmp_path, monkeypatch):
    monkeypatch.setenv("WAREWORD_MEMORY_LIMIT", "1GB")
    with writer(tmp_path) as opened:
        assert opened.sql("SELECT current_setting('memory_limit')").fetchall() == [("953.6 MiB",)]
    for wrong in ("much", "-1", "80%", "0GB"):
        monkeypatch.setenv("WAREWORD_MEMORY_LIMIT", wrong)
        with pytest.raises(WarehouseError, match="no size"), reader(tmp_path):
            pass


def test_what_is_added_after_an_insertion_of_no_row_is_there(connection):
    # DuckDB 1.5 lost it, if several threads added it within one transaction.
    connection.execute("CREATE TABLE number AS SELECT range AS n FROM range(0)")
    connection.execute("CREATE TABLE source AS SELECT range AS n FROM range(200_000)")
    with transaction(connection):
        connection.execute("INSERT INTO number FROM source WHERE n < 0 ORDER BY n")
        connection.execute("INSERT INTO number FROM source")
    assert connection.execute("SELECT count(*) FROM number").fetchone() == (200_000,)
