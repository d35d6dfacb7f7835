"""From a document back to its facts."""

import pytest

from verbalize.render import render
from verbalize.trace import TraceError, trace


def test_a_trace_shows_the_facts_of_each_sentence_in_words(shop):
    shop.product("7", name="Green tea", brand="Acme")
    render(shop.connection)
    (document,) = shop.connection.execute(
        "SELECT document_id FROM text.document WHERE kind = 'product'"
    ).fetchone()
    found = trace(shop.connection, document)
    assert (found.kind, found.title) == ("product", "Green tea (item 7)")
    assert found.text == " ".join(sentence.sentence for sentence in found.sentences)
    assert [sentence.position for sentence in found.sentences] == [1, 2]
    told = [
        {(fact["predicate"], fact["object"], fact["provenance"]) for fact in sentence.facts}
        for sentence in found.sentences
    ]
    assert told == [
        {("sku", "7", "stated"), ("name", "Green tea", "stated")},
        {("brand", "Acme", "stated")},
    ]


def test_a_document_that_is_not_there_tells_how_to_find_one(connection):
    with pytest.raises(TraceError, match="wareword sql"):
        trace(connection, "document:none")


def test_every_sentence_of_the_sample_can_be_traced(corpus):
    documents = corpus.execute(
        "SELECT document_id FROM text.document ORDER BY md5(document_id) LIMIT 20"
    ).fetchall()
    for (document,) in documents:
        found = trace(corpus, document)
        assert found.sentences and all(sentence.facts for sentence in found.sentences)


def test_personal_data_is_masked_in_the_text_the_sentences_and_the_facts(shop):
    shop.product("7", name="Green tea", brand="bob@example.com", description="Ask bob@example.com.")
    render(shop.connection)
    (document,) = shop.connection.execute(
        "SELECT document_id FROM text.document WHERE contains(text, '@') AND kind = 'product'"
    ).fetchone()
    found = trace(shop.connection, document)
    assert "@" not in repr(found)
    assert "[EMAIL]" in found.text
    assert found.text == " ".join(sentence.sentence for sentence in found.sentences)
