"""What tests of feeds ask of the products that were loaded."""

import duckdb


def stated(connection: duckdb.DuckDBPyConnection, key: str) -> dict[str, list[str]]:
    """What holds of a product: objects by predicate, money with its unit."""
    found: dict[str, list[str]] = {}
    rows = connection.execute(
        """
        SELECT predicate, concat_ws(' ', object, unit) FROM facts.labelled
        WHERE subject_key = ? AND subject_kind = 'product' ORDER BY ALL
        """,
        [key],
    ).fetchall()
    for predicate, value in rows:
        found.setdefault(predicate, []).append(value)
    return found
