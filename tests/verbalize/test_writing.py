"""Sentences by one query of SQL, and by Jinja2 where SQL has no word for them."""

import pytest

from verbalize import writing
from verbalize.compile import NotCompiled
from verbalize.phrasing import KINDS, document_template
from verbalize.render import render

NAMES = ["½ l of tea", "ßoda", "ﬁg jam", "“L 4 OZ”", "Évian", "ǆem", "ÍSLENSKT", "tea", "茶 (green)"]


def fill(shop) -> None:
    for number, name in enumerate(NAMES):
        shop.product(str(number), name=name, size=f"{name} BAG", brand=name, category=f"ALL {name}")
        shop.product(f"likely {number}", name=f"Some {name}", color=name, price="1.50")


def no_sql(*_: object) -> None:
    raise NotCompiled(1, "SQL is not asked")


def test_jinja_says_what_sql_says(shop, monkeypatch):
    fill(shop)
    render(shop.connection, seed=5)
    by_both = shop.documents()
    monkeypatch.setattr(writing, "compiled", no_sql)
    monkeypatch.setattr(writing, "BATCH", 3)
    render(shop.connection, seed=5)
    assert shop.documents() == by_both
    assert {name in str(by_both) for name in ("a “½ l of tea", "ßoda", "Évian")} == {True}


def test_only_what_sql_has_no_word_for_is_left_to_jinja(shop, monkeypatch):
    fill(shop)
    left = []
    say = writing._say
    monkeypatch.setattr(writing, "_say", lambda *given: left.append(given) or say(*given))
    render(shop.connection)
    sentences = [row["sentence"] for given in left for row in say(*given).to_pylist()]
    assert any("½ l of tea" in sentence for sentence in sentences)
    assert all(any(odd in text for odd in ("½", "ß", "ﬁ", "ǆ", "茶")) for text in sentences)


@pytest.mark.parametrize("kind", KINDS)
def test_every_phrasing_of_english_is_compiled(kind):
    template = document_template(kind)
    for order in writing._orders(template):
        for phrasing in writing._phrasings(template, order):
            assert writing.compiled(template, phrasing).sql
