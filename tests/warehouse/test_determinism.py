"""Two loads of the same input hold the same rows in the same order."""

import duckdb

from warehouse.connection import memory
from warehouse.facts import derive
from warehouse.load import load

TABLES = (
    "facts.fact",
    "facts.node",
    "catalog.product",
    "catalog.category",
    "behaviour.event",
    "ops.reject",
)


def content(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    """Rows, and a hash of what stands in which place."""
    hashed = f"SELECT count(*), bit_xor(hash(stored, rowid)) FROM {table} AS stored"
    return connection.execute(hashed).fetchone()


def test_two_loads_of_the_sample_hold_the_same_facts_in_the_same_order(sample):
    with memory() as again:
        load(again, "sample", fraction=0.02)
        derive(again)
        assert {table: content(again, table) for table in TABLES} == {
            table: content(sample, table) for table in TABLES
        }
