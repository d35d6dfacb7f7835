"""Two shops with three products each, of which pairs are more or less likely one product; and two
larger catalogs."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.copies import copy_of
from tests.warehouse.resolution.catalogs import LEFT, RIGHT, SAME, load_catalogs
from warehouse.connection import FILE_NAME, memory, writer
from warehouse.facts import derive
from warehouse.load import load

EAST = "1,Blue mug,Acme,4.00,16 OZ\n2,Red mug,Acme,3.50,12 OZ\n3,Teapot,Bolt,20.00,1 L\n"
WEST = "x,Mug blue,ACME,4.50,1 LB\ny,Mug red,Acme Inc,3.50,12 OZ\nz,Tea pot,Bolt,19.00,1 L\n"
LIKELY = {"1x": 0.9, "1y": 0.3, "2x": 0.4, "2y": 0.8, "3z": 0.6}

Tell = Callable[[str, str, datetime], None]


def tell_in(connection: duckdb.DuckDBPyConnection, folder: Path) -> Tell:
    """A function that loads what a source states as of a day."""

    def told(source: str, rows: str, day: datetime) -> None:
        path = folder / f"{source}.csv"
        path.write_text(f"id,title,brand,price,size\n{rows}")
        load(connection, path, source=source, as_of=day)
        derive(connection)

    return told


@pytest.fixture(scope="session")
def shops_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of east, then west, and the pairs of LIKELY."""
    home = tmp_path_factory.mktemp("shops")
    with writer(home) as opened:
        tell = tell_in(opened, home)
        tell("east", EAST, datetime(2024, 1, 1))
        tell("west", WEST, datetime(2024, 1, 2))
        for (east, west), probability in LIKELY.items():
            opened.execute(
                """
                INSERT INTO catalog.candidate_pair
                SELECT
                    node_id('product', 'east', ?), node_id('product', 'west', ?), 'east', 'west', ?,
                    NULL
                """,
                [east, west, probability],
            )
    return home / FILE_NAME


@pytest.fixture
def shops(shops_file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of it."""
    with copy_of(shops_file) as opened:
        yield opened


@pytest.fixture
def tell(shops: duckdb.DuckDBPyConnection, tmp_path: Path) -> Tell:
    """Loads what a source states as of a day, beside what the shops stated."""
    return tell_in(shops, tmp_path)


Load = Callable[..., duckdb.DuckDBPyConnection]


@pytest.fixture
def same() -> list[tuple[str, str]]:
    """Keys of the products of both catalogs that are one."""
    return SAME


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Both catalogs as files, and the right pairs."""
    paths = tmp_path / "left.csv", tmp_path / "right.csv", tmp_path / "matches.csv"
    texts = LEFT, RIGHT, "D1|D2\n" + "".join(f"{left}|{right}\n" for left, right in SAME)
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


@pytest.fixture
def catalogs(tmp_path: Path) -> Load:
    """Loads files of products, given as texts by source, into a warehouse in memory."""

    def loaded(**texts: str) -> duckdb.DuckDBPyConnection:
        connection = memory()
        load_catalogs(connection, tmp_path, **texts)
        return connection

    return loaded
