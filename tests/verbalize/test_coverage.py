"""How much of what is stated the documents say, and what they say least of."""

from verbalize.coverage import coverage, in_words
from verbalize.render import render


def test_stated_facts_that_no_document_says_are_counted_by_predicate(shop):
    mug = shop.product("7", name="Red mug", color="red")
    shop.fact(mug, "url", "https://shop.example/mug")
    shop.fact(mug, "size", "8 OZ", provenance="predicted", confidence=0.9)
    shop.fact(shop.node("customer", "ann"), "incomeBand", "50-74K")
    render(shop.connection, kinds=["product"])
    found = coverage(shop.connection)
    assert (found["facts"], found["said"], found["share"]) == (4, 3, 0.75)
    assert found["unsaid"] == [{"predicate": "url", "facts": 1, "said": 0, "share": 0.0}]
    assert "3 of 4 stated facts (75%)" in in_words(found)


def test_a_fact_that_only_a_removed_document_says_is_not_said(shop):
    shop.product("7", name="Red mug")
    render(shop.connection, kinds=["product"])
    shop.connection.execute(
        """
        INSERT INTO text.removed BY NAME
        SELECT document_id, 'exact' AS stage, 'of the same words' AS reason FROM text.document
        """
    )
    assert coverage(shop.connection)["said"] == 0


def test_without_facts_there_is_nothing_to_say(connection):
    found = coverage(connection)
    assert found == {"facts": 0, "said": 0, "share": None, "unsaid": []}
    assert in_words(found) == "No facts are stated."
