"""Sentences by one query of SQL, and by Jinja2 where SQL has no word for them."""

import pytest

from verbalize import writing
from verbalize.compile import NotCompiled
from verbalize.phrasing import KINDS, document_template
from verbalize.render import render

NAMES = ("½ l of tea", "ßoda", "ﬁg jam", "Évian", "ǆem", "ÍSLENSKT", "tea", "茶 (green)")
ODD = ("½", "ß", "SSoda", "ﬁ", "FIg", "ǆ", "Ǆ", "茶")
"""What SQL cannot be trusted with: its capital, or the sound that an article goes by."""


def test_jinja_says_what_sql_has_no_word_for_and_would_say_the_rest_alike(shop, monkeypatch):
    for number, name in enumerate(NAMES):
        shop.product(str(number), name=name, size=f"{name} BAG", brand=name)
    left, say = [], writing._say

    def watched(*given):
        said = say(*given)
        left.extend(said["sentence"].to_pylist())
        return said

    def no_sql(*_: object) -> None:
        raise NotCompiled(1, "SQL is not asked")

    monkeypatch.setattr(writing, "_say", watched)
    render(shop.connection, seed=5)
    by_both = shop.documents()
    assert all(name in str(by_both) for name in NAMES)
    assert left and all(any(odd in sentence for odd in ODD) for sentence in left)
    left.clear()
    monkeypatch.setattr(writing, "compiled", no_sql)
    monkeypatch.setattr(writing, "BATCH", 5)
    render(shop.connection, seed=5)
    assert shop.documents() == by_both
    assert len(left) > len(by_both)


@pytest.mark.parametrize("kind", KINDS)
def test_every_phrasing_of_english_is_compiled(kind):
    template = document_template(kind)
    for order in writing._orders(template):
        for phrasing in writing._phrasings(template, order):
            assert writing.compiled(template, phrasing).sql
