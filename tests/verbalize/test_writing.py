"""Sentences by one query of SQL, and by Jinja2 where SQL has no word for them."""

from verbalize import writing
from verbalize.compile import NotCompiled
from verbalize.render import render
from verbalize.writing import explain

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


def test_documents_written_some_at_a_time_are_those_written_at_once(shop, monkeypatch):
    for number in range(12):
        shop.product(str(number), name=f"Tea {number % 5}", brand="Acme", category="TEAS")
    choose, blocks = writing._chosen, []

    def watched(*given):
        blocks.append(given[-1])
        return choose(*given)

    monkeypatch.setattr(writing, "_chosen", watched)
    render(shop.connection, seed=5, variants=3)
    at_once, documents = len(blocks), shop.documents()
    blocks.clear()
    monkeypatch.setattr(writing, "PARTS", 4)
    render(shop.connection, seed=5, variants=3)
    assert len(blocks) > 2 * at_once
    assert shop.documents() == documents


def test_every_phrasing_of_english_is_compiled():
    assert {one.by for one in explain("en")} == {"SQL", "SQL mostly"}


def test_a_phrasing_that_sql_has_no_filter_for_is_left_to_jinja(shop, rewrite_template):
    old, new = "Its color is {{ color }}.", "Its color is {{ color | wordwrap }}."
    rewrite_template("product.j2", old, new)
    (told,) = (one for one in explain("en") if one.by == "Jinja2")
    assert (told.kind, told.statement, told.phrasing) == ("product", "color", 0)
    assert told.reason == "filter wordwrap is not compiled"
    for number in range(12):
        shop.product(str(number), color="green")
    render(shop.connection)
    assert any(old.replace("{{ color }}", "green") in text for text in shop.texts("product"))
