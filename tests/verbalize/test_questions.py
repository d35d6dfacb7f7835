"""Questions and their answers as fields of what is exported."""

import pytest

from verbalize.curation import curate
from verbalize.grammar import grammar
from verbalize.render import render
from verbalize.states import records
from verbalize.tables import languages


@pytest.mark.parametrize("language", languages())
def test_questions_and_answers_together_are_the_text(shop, tmp_path, language):
    shop.product("7", name="Why not? A tea? Yes", brand="Acme", category="TEAS", size="8 OZ")
    render(shop.connection, languages=(language,), kinds=("product", "product_questions"))
    curate(shop.connection, tmp_path / "tokenizer.json")
    rows = shop.connection.execute(f"SELECT text, metadata FROM ({records()})").fetchall()
    told = {metadata["kind"]: (text, metadata["questions"]) for text, metadata in rows}
    text, questions = told["product_questions"]
    sentence = grammar(language).sentence
    said = [f"{one['question']}{sentence.gap}{one['answer']}" for one in questions]
    assert sentence.gap.join(said) == text
    assert all(one["question"].endswith(sentence.question) for one in questions)
    assert told["product"][1] is None


def test_nothing_is_taken_of_a_document_in_which_something_was_masked(shop, tmp_path):
    shop.product("7", name="Tea", brand="Acme", category="TEAS", size="8 OZ")
    render(shop.connection, kinds=("product_questions",))
    shop.connection.execute(
        """
        INSERT INTO text.masked
        SELECT document_id, title, '[EMAIL]', ['EMAIL'] FROM text.document
        """
    )
    ((metadata,),) = shop.connection.execute(f"SELECT metadata FROM ({records()})").fetchall()
    assert metadata["questions"] is None
