"""A small warehouse, a tokenizer and general text to mix."""

import json
from pathlib import Path

import pytest

from verbalize.curation.tokens import count_tokens, open_tokenizer

PRODUCTS = 30


@pytest.fixture
def warehouse(connection):
    """Products with a document of two kinds each."""
    connection.execute(
        f"""
        INSERT INTO facts.node
        SELECT 'product:' || i, 'product', 'shop', i::VARCHAR, i::VARCHAR
        FROM range({PRODUCTS}) r(i)
        """
    )
    connection.execute(
        f"""
        INSERT INTO facts.fact
        SELECT
            'fact' || i, 'product:' || i, 'size', i || ' oz', 'literal', NULL, NULL, 'stated',
            'shop', 1.0, TIMESTAMP '2024-01-01', NULL, 'load:1'
        FROM range({PRODUCTS}) r(i)
        """
    )
    connection.execute(
        f"""
        INSERT INTO text.document BY NAME
        SELECT
            concat(kind, i) AS document_id, kind, 'en' AS language, 'product:' || i AS subject,
            'Item ' || i AS title, concat('The ', kind, ' of item ', i, ' is ', i, ' oz.') AS text
        FROM range({PRODUCTS}) r(i), (SELECT unnest(['product', 'history']) AS kind)
        """
    )
    connection.execute(
        """
        INSERT INTO text.statement
        SELECT document_id, 1, kind || '.size', 0, text, ['fact' || split_part(subject, ':', 2)]
        FROM text.document
        """
    )
    return connection


@pytest.fixture
def encoder(warehouse, tmp_path):
    count_tokens(warehouse, tmp_path / "tokenizer.json")
    return open_tokenizer(tmp_path / "tokenizer.json")


@pytest.fixture
def web(tmp_path) -> Path:
    """Fifty general texts in two files."""
    folder = tmp_path / "web"
    folder.mkdir()
    for part in range(2):
        rows = [{"text": f"Rain number {part} {i} falls on the hills."} for i in range(25)]
        (folder / f"{part}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder
