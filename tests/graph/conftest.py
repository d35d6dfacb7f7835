"""A small shop and models trained on it, shared: tests read them, or write on a copy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from graph.attributes import AttributeSettings, train_attributes
from graph.links import train_links
from graph.mixing import LinkSettings
from tests.graph.shop import fill
from warehouse.connection import reader, writer

ATTRIBUTES = AttributeSettings(hidden=16, epochs=8, batch=32)
LINKS = LinkSettings(hidden=16, epochs=3, windows=3, fresh_epochs=20)


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """The home of the shop, with its models and their metrics."""
    made = tmp_path_factory.mktemp("shop")
    with writer(made) as opened:
        fill(opened, tmp_path_factory.mktemp("feeds"))
        train_attributes(opened, made / "models", ATTRIBUTES)
        train_links(opened, made / "models", LINKS)
    return made


@pytest.fixture(scope="session")
def models(home) -> Path:
    """The folder of the models of the shop."""
    return home / "models"


@pytest.fixture(scope="session")
def shop(home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of the shop, to read."""
    with reader(home) as opened:
        yield opened


@pytest.fixture
def copied(home, tmp_path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the warehouse of the shop, to write on."""
    with writer(Path(shutil.copytree(home, tmp_path / "copy"))) as opened:
        yield opened
