"""Opens the warehouse so that readers always see a whole, finished state.

DuckDB lets nobody read a file that another process has open for writing. So a writer works on a
copy, and publishes it by an atomic rename when all is done; a writer that fails or is killed leaves
the published file as it was. Writers take turns: the second waits for the first, and says so.
"""

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import duckdb

from warehouse.errors import WarehouseError

FILE_NAME = "warehouse.duckdb"
MEMORY_LIMIT = "2GB"
"""What DuckDB may hold in memory before it writes to the disk; WAREWORD_MEMORY_LIMIT changes it."""

Progress = Callable[[str, int, int], None]

_LOOK_SECONDS = 0.2
_SCHEMA = Path(__file__).parent / "schema"
_WORK = ".work"
_SPILL = "spill"
_SIZE = re.compile(r"[1-9]\d* ?[KMGT]i?B")


def memory() -> duckdb.DuckDBPyConnection:
    """An empty warehouse that lives in memory, with the whole schema."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    _migrate(connection)
    return connection


@contextmanager
def reader(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published warehouse, read only.

    Raises:
        WarehouseError: if nothing is published in `home` yet.
    """
    path = home / FILE_NAME
    if not path.exists():
        raise WarehouseError(
            f"{home} holds no {FILE_NAME}; load something first, for example: wareword run --sample"
        )
    with _opened(path, Path(_folder_of_this_process().name), read_only=True) as connection:
        yield connection


@contextmanager
def writer(
    home: Path, wait: float = 0, progress: Progress | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the published warehouse to write on; it is published when the block ends without an
    error. While another process writes in `home`, it waits for `wait` seconds at most.

    Raises:
        WarehouseError: if another process is still writing in `home` then, if the published file
        is of another version, or if nothing can be written in `home`.
    """
    work = home / _WORK
    try:
        work.mkdir(parents=True, exist_ok=True)
        (work / "lock").open("a").close()
    except OSError as error:
        raise WarehouseError(
            f"nothing can be written in {home} ({error.strerror}: {error.filename}); "
            "give another --home"
        ) from error
    with _lock(work / "lock", wait, progress):
        published, draft, spill = home / FILE_NAME, work / FILE_NAME, work / _SPILL
        for leftover in work.glob(f"{FILE_NAME}*"):
            leftover.unlink()
        shutil.rmtree(spill, ignore_errors=True)
        if published.exists():
            shutil.copyfile(published, draft)
        with _opened(draft, spill) as connection:
            _migrate(connection)
            yield connection
            connection.execute("CHECKPOINT")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(published)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All that is done in the block becomes visible together, or not at all."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        # An open reader refuses it; then what went wrong is told, and not that.
        with suppress(duckdb.ResourceInUseException):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def first_row(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: object = None
) -> tuple[Any, ...] | None:
    """The first row of a query, or None. The result is read to its end: one that is left open
    holds the connection."""
    rows = connection.execute(query, parameters).fetchall()
    return rows[0] if rows else None


def only_row(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: object = None
) -> tuple[Any, ...]:
    """The row of a query that has one."""
    (row,) = connection.execute(query, parameters).fetchall()
    return row


def home_of(connection: duckdb.DuckDBPyConnection) -> Path | None:
    """The home whose warehouse, or the working copy of it, a connection has open; None where it
    lives in memory."""
    row = first_row(
        connection, "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
    )
    if row is None or row[0] is None:
        return None
    folder = Path(row[0]).parent
    return folder.parent if folder.name == _WORK else folder


def spill_folder(connection: duckdb.DuckDBPyConnection) -> Path | None:
    """Where files may lie for a while that a killed writer would leave: the next one removes them.
    None where the warehouse lives in memory."""
    home = home_of(connection)
    if home is None:
        return None
    folder = home / _WORK / _SPILL
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_version(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The schema files that a warehouse has, with their content hash.

    Raises:
        WarehouseError: if one of them differs from that of this version, or is not in it.
    """
    applied: dict[str, str] = dict(connection.execute("FROM ops.migration").fetchall())
    ours = {path.name: _content_hash(path) for path in _schema_files()}
    for name in sorted(applied):
        if ours.get(name) != applied[name]:
            how = "differs" if name in ours else "is not in this version"
            raise WarehouseError(
                f"this warehouse was made by another version of Wareword ({name} {how}); "
                "use another --home, or move this one away and run again"
            )
    return applied


def quoted(identifier: str) -> str:
    """An identifier as SQL text, safe whatever it contains."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string as SQL text, for the few places where DuckDB takes no parameter."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _lock(path: Path, wait: float, progress: Progress | None) -> Iterator[None]:
    """Holds the lock of a home; the file says who holds it, and since when."""
    begin = time.monotonic()
    with path.open("a+", encoding="utf-8") as file:
        while not _locked(file):
            waited = time.monotonic() - begin
            if waited >= wait:
                raise WarehouseError(
                    f"{path.parent.parent} is being written by {_holder(path)}; start again when "
                    "it has ended, or wait longer with --wait SECONDS (WAREWORD_WAIT)"
                )
            if progress:
                progress(f"waiting for {_holder(path)}", int(waited), int(wait))
            time.sleep(min(_LOOK_SECONDS, wait - waited))
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now():%Y-%m-%d %H:%M:%S}")
        file.flush()
        yield


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() or "another process"


def _opened(path: Path, spill: Path, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    limit = os.environ.get("WAREWORD_MEMORY_LIMIT") or MEMORY_LIMIT
    if not _SIZE.fullmatch(limit):
        raise WarehouseError(
            f"WAREWORD_MEMORY_LIMIT is {limit!r}, which is no size; give one such as 8GB"
        )
    settings: dict[str, Any] = {"memory_limit": limit, "temp_directory": str(spill)}
    connection = duckdb.connect(str(path), read_only, settings)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@cache
def _folder_of_this_process() -> TemporaryDirectory[str]:
    """Where readers spill: processes that share a folder would write over each other. It is removed
    when the process ends."""
    return TemporaryDirectory(prefix="wareword-", ignore_cleanup_errors=True)


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Applies the schema files that the warehouse does not have yet, by their numbers."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS ops")
    connection.execute(
        """
        CREATE TABLE IF NOT EXISTS ops.migration (
            file VARCHAR NOT NULL, content_hash VARCHAR NOT NULL
        )
        """
    )
    applied = check_version(connection)
    for path in _schema_files():
        if path.name not in applied:
            with transaction(connection):
                connection.execute(path.read_text())
                connection.execute(
                    "INSERT INTO ops.migration VALUES (?, ?)", [path.name, _content_hash(path)]
                )


def _schema_files() -> list[Path]:
    return sorted(_SCHEMA.glob("*.sql"))


def _content_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
