"""What things are called on the page, which is in English: by the titles of English documents; only
where there are none, by those of one other language."""

import duckdb

from warehouse.connection import only_row

LANGUAGE = """
SELECT language FROM text.document GROUP BY language ORDER BY language <> 'en', language LIMIT 1
"""
"""SQL of the language whose documents name things."""

TITLES = f"""
SELECT subject, min(title) AS title FROM text.document
WHERE kind IN ('product', 'category') AND language = ({LANGUAGE})
GROUP BY subject
"""
"""SQL of things with their titles; the columns are subject and title."""


def name_of(connection: duckdb.DuckDBPyConnection, node: str) -> str:
    """What one thing is called."""
    (name,) = only_row(
        connection,
        f"""
        SELECT coalesce(
            (SELECT title FROM ({TITLES}) WHERE subject = $node),
            (SELECT label FROM facts.node WHERE node_id = $node),
            $node
        )
        """,
        {"node": node},
    )
    return str(name)
