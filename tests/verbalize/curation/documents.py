"""Documents by hand, and what became of them."""

import duckdb


def put(connection: duckdb.DuckDBPyConnection, texts: dict[str, str], language: str = "en") -> None:
    """Adds documents: texts by identifier."""
    connection.execute(
        """
        INSERT INTO text.document
        SELECT unnest($names), 'product', $language, 'product:1', 'title', unnest($texts), NULL
        """,
        {"names": list(texts), "texts": list(texts.values()), "language": language},
    )


def kept(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Texts of the kept documents by identifier."""
    return dict(connection.execute("SELECT document_id, text FROM text.kept").fetchall())


def removed(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str, str | None]]:
    """Stage, reason and kept document of what was removed, by identifier."""
    rows = connection.execute(
        "SELECT document_id, stage, reason, kept_document_id FROM text.removed"
    ).fetchall()
    return {name: (stage, reason, kept) for name, stage, reason, kept in rows}


def signals(connection: duckdb.DuckDBPyConnection, document_id: str) -> dict[str, object]:
    """The signals of a document by name."""
    (row,) = (
        connection.sql("FROM text.signal WHERE document_id = ?", params=[document_id])
        .to_arrow_table()
        .to_pylist()
    )
    return row
