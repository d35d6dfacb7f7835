"""What is stated of products of two sources to what can be compared: words, model codes,
quantities in one unit each, colours, and brands that the catalogs themselves name."""

from pathlib import Path

import duckdb
import pyarrow as pa

_STATEMENTS = Path(__file__).with_name("normalise.sql").read_text()


def normalise(scratch: duckdb.DuckDBPyConnection, left: pa.Table, right: pa.Table) -> None:
    """Makes the table `described` in `scratch`, one row a product: its `side` ('left' or 'right'),
    `place` (from 0, in the order given), and what was found in it.

    `left` and `right` are as `products` gives them. Besides, `code` says in how many products each
    model code stands.
    """
    for side, table in (("left", left), ("right", right)):
        scratch.register(f"stated_{side}", table)
    scratch.execute(
        """
        CREATE TABLE stated AS
        SELECT 'left' AS side, row_number() OVER () - 1 AS place, * FROM stated_left
        UNION ALL
        SELECT 'right' AS side, row_number() OVER () - 1 AS place, * FROM stated_right
        """
    )
    scratch.execute(_STATEMENTS)
    scratch.execute(
        """
        CREATE TABLE code AS
        SELECT side, place, code, count(*) OVER (PARTITION BY code) AS products
        FROM (SELECT side, place, unnest(codes) AS code FROM described)
        """
    )
