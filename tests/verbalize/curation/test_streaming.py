"""What stages read and find: all rows in their order, and a connection that is free meanwhile."""

import pyarrow as pa
import pytest

from verbalize.curation.streaming import BATCH, batches, gathered
from warehouse.connection import transaction, writer

SCHEMA = pa.schema([("number", pa.int64())])


@pytest.mark.parametrize("rows", [0, 1, BATCH, 2 * BATCH + 1])
def test_batches_have_all_rows_in_order_while_the_connection_does_more(connection, rows):
    found: list[int] = []
    query = f"SELECT range AS number FROM range({rows}) ORDER BY range DESC"
    with transaction(connection):
        for batch in batches(connection, query):
            assert 0 < len(batch) <= BATCH
            connection.execute("SELECT 1").fetchall()
            found += batch["number"].chunk(0).to_pylist()
    assert found == list(range(rows))[::-1]


@pytest.mark.parametrize("sizes", [[], [0], [2, 0, 3]])
def test_what_is_gathered_is_there_for_the_block_alone(connection, sizes):
    tables = (pa.table([list(range(size))], schema=SCHEMA) for size in sizes)
    with gathered(connection, "found", SCHEMA, tables):
        rows = connection.execute("SELECT number FROM found").fetchall()
    assert [number for (number,) in rows] == [number for size in sizes for number in range(size)]
    views = connection.execute("SELECT view_name FROM duckdb_views()").fetchall()
    assert ("found",) not in views


def test_a_folder_that_is_called_as_a_column_changes_no_row(tmp_path):
    schema = pa.schema([("language", pa.string())])
    rows = [pa.table([["de"]], schema=schema)]
    with (
        writer(tmp_path / "language=xx") as connection,
        gathered(connection, "found", schema, rows),
    ):
        found = connection.execute("SELECT language FROM found").fetchall()
    assert found == [("de",)]


def test_what_goes_wrong_in_the_block_leaves_no_view_behind(connection):
    with pytest.raises(KeyError), gathered(connection, "found", SCHEMA, []):
        raise KeyError
    views = connection.execute("SELECT view_name FROM duckdb_views()").fetchall()
    assert ("found",) not in views
