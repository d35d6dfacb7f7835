"""Two shops with three products each, of which pairs are more or less likely one product."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from warehouse.facts import derive
from warehouse.load import load

EAST = "1,Blue mug,Acme,4.00,16 OZ\n2,Red mug,Acme,3.50,12 OZ\n3,Teapot,Bolt,20.00,1 L\n"
WEST = "x,Mug blue,ACME,4.50,1 LB\ny,Mug red,Acme Inc,3.50,12 OZ\nz,Tea pot,Bolt,19.00,1 L\n"
LIKELY = {"1x": 0.9, "1y": 0.3, "2x": 0.4, "2y": 0.8, "3z": 0.6}

Tell = Callable[..., None]


@pytest.fixture
def tell(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Tell:
    """Loads what a source states as of a day."""

    def told(source: str, rows: str, day: datetime) -> None:
        path = tmp_path / f"{source}.csv"
        path.write_text(f"id,title,brand,price,size\n{rows}")
        load(connection, path, source=source, as_of=day)
        derive(connection)

    return told


@pytest.fixture
def shops(connection: duckdb.DuckDBPyConnection, tell: Tell) -> duckdb.DuckDBPyConnection:
    """East, then west, and the pairs of LIKELY."""
    tell("east", EAST, datetime(2024, 1, 1))
    tell("west", WEST, datetime(2024, 1, 2))
    for (east, west), probability in LIKELY.items():
        connection.execute(
            """
            INSERT INTO catalog.candidate_pair
            SELECT
                node_id('product', 'east', ?), node_id('product', 'west', ?), 'east', 'west', ?,
                NULL
            """,
            [east, west, probability],
        )
    return connection
