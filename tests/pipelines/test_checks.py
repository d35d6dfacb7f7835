"""The checks of documents hold for every language and for rewrites, and find what is wrong."""

from pathlib import Path

import pytest

from pipelines.checks import CHECKS
from tests.copies import copy_of
from tests.verbalize.shop import Shop
from verbalize.render import render
from warehouse.connection import FILE_NAME, writer

QUERIES = {check.name: check.query for check in CHECKS}


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """The file of English and Chinese documents, and of a rewrite with a sentence that claims
    nothing."""
    home = tmp_path_factory.mktemp("rendered")
    with writer(home) as opened:
        fill(opened)
    return home / FILE_NAME


@pytest.fixture
def rendered(file):
    """A copy of it."""
    with copy_of(file) as opened:
        yield opened


def fill(connection):
    shop = Shop(connection)
    shop.product("7", name="Green tea", brand="Acme", size="250 G")
    found = render(connection, kinds=["product"], languages=("en", "zh"))
    connection.execute(
        """
        INSERT INTO ops.stage BY NAME
        SELECT 'render' AS stage, 'key' AS fingerprint, 1 AS seconds,
            json_object('facts_read_back', $read) AS metadata
        """,
        {"read": found["facts_read_back"]},
    )
    connection.execute(
        """
        INSERT INTO text.document
        VALUES ('document:r', 'product', 'zh', 'p', 'T', '绿茶很好。请选购。', NULL);
        INSERT INTO text.statement
        SELECT 'document:r', 1, 'rewrite.paraphrase', 0, '绿茶很好。', [min(fact_id)]
        FROM facts.fact;
        INSERT INTO text.statement
        VALUES ('document:r', 2, 'rewrite.paraphrase', 0, '请选购。', [])
        """
    )


def found(connection, name):
    return connection.execute(QUERIES[name]).fetchone()[0]


def test_chinese_documents_and_rewrites_pass(rendered):
    assert found(rendered, "read_back") == 0
    assert found(rendered, "evidence") == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_document_that_is_not_its_sentences_is_found(rendered, language):
    rendered.execute("UPDATE text.document SET text = text || '!' WHERE language = ?", [language])
    assert found(rendered, "read_back") > 0


def test_a_sentence_of_a_template_that_claims_nothing_is_found(rendered):
    rendered.execute("UPDATE text.statement SET fact_ids = [] WHERE template = 'product.named'")
    assert found(rendered, "evidence") > 0
    assert found(rendered, "read_back") > 0
