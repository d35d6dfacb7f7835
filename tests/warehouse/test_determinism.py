"""Two loads of the same input hold the same rows in the same order."""

from warehouse.connection import memory
from warehouse.facts import derive
from warehouse.load import load


def test_two_loads_of_the_sample_hold_the_same_facts_in_the_same_order(sample):
    with memory() as again:
        load(again, "sample", fraction=0.02)
        derive(again)
        for table in (
            "facts.fact",
            "facts.node",
            "catalog.product",
            "catalog.category",
            "behaviour.event",
            "ops.reject",
        ):
            assert (
                again.execute(f"FROM {table}").fetchall()
                == sample.execute(f"FROM {table}").fetchall()
            ), table
