"""Every language says the same facts, in its own words, and each of its sentences is read back."""

import csv
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verbalize import phrasing, tables
from verbalize.errors import TemplateError, VerbalizeError
from verbalize.grammar import grammar
from verbalize.locales import locale_words
from verbalize.measures import literal_words, size_words
from verbalize.phrasing import document_template, kinds_of
from verbalize.render import render
from verbalize.tables import TEMPLATES, languages, table

OTHERS = languages()[1:]
KINDS = {
    language: sorted(path.stem for path in (TEMPLATES / language).glob("*.j2"))
    for language in languages()
}


@pytest.fixture
def stocked(shop):
    """A shop of which every kind of document can be made."""
    tea = shop.product(
        "1", name="Earl Grey", brand="Acme", manufacturer="12", productType="TEAS",
        department="GROCERY", category="FINE TEAS", size="2.5 OZ", color="green", price="1234.50",
        description="Leaves. Dried; black.", gtin="4006381333931",
    )  # fmt: skip
    jam = shop.product("2", productType="JAMS", size="24 CT")
    shop.fact(tea, "isRelatedTo", jam, node=True, confidence=0.256)
    shop.fact(tea, "price", "999.00", start=datetime(2023, 3, 6), end=datetime(2023, 3, 13))
    shop.fact(tea, "promotionDisplay", "store front", end=datetime(2024, 1, 15))
    shop.fact(shop.node("brand", "Acme"), "brandCount", "1000")
    shop.fact(shop.node("manufacturer", "12"), "makesProducts", "1200")
    for label in ("TEAS, GREEN", "TEAS", "COFFEE"):
        shop.category("type", label, broader=shop.category("category", "FINE TEAS"))
    shop.segment(1234)
    return shop


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "7 x 4 x 1.5 inches"), ("de", "7 x 4 x 1,5 Zoll"), ("es", "7 x 4 x 1,5 pulgadas"),
     ("zh", "7×4×1.5英寸")],
)  # fmt: skip
def test_a_size_that_is_dimensions_is_no_size_of_a_package(shop, language, words):
    for number in range(8):
        shop.product(str(number), name=f"Radio {number}", size=f"7 x 4 x 1.5 inches{' ' * number}")
    render(shop.connection, kinds=["product", "product_questions"], languages=[language])
    texts = shop.texts("product") + shop.texts("product_questions")
    assert len(texts) == 16
    package = {"en": " size", "de": "Packung", "es": "formato", "zh": "规格"}[language]
    assert all(words in text and package not in text for text in texts)


@pytest.mark.slow
def test_a_language_says_numbers_money_shares_and_dates_in_its_way(stocked):
    said = {
        "en": ("$1,234.50", "26%", "March 6, 2023", "2.5 oz", "24-count", "1,234 households"),
        "de": ("1.234,50 $", "26 %", "06.03.2023", "2,5 oz", "24 Stück", "1.234 Haushalte"),
        "es": ("1.234,50 US$", "26 %", "6 de marzo de 2023", "2,5 oz", "24 unidades", "hogares"),
        "zh": ("US$1,234.50", "26%", "2023年3月6日", "2.5盎司", "24件", "1,234户"),
    }
    render(stocked.connection, languages=tuple(said))
    for language, all_words in said.items():
        rows = stocked.connection.execute(
            "SELECT text FROM text.document WHERE language = ?", [language]
        ).fetchall()
        texts = " ".join(text for (text,) in rows)
        for words in all_words:
            assert words in texts, (language, words)


@pytest.mark.slow
def test_words_of_another_language_stand_in_the_quotation_marks_of_the_text(stocked):
    render(stocked.connection, languages=("de", "es", "zh"))
    for language, words in (("de", "„fine teas“"), ("es", "«fine teas»"), ("zh", "“fine teas”类")):
        (text,) = stocked.connection.execute(
            """
            SELECT text FROM text.document
            WHERE kind = 'product' AND language = ? AND contains(text, 'Earl Grey')
            """,
            [language],
        ).fetchone()
        assert words in text
        assert table(language, "labels")["GROCERY",] in text


def test_chinese_sentences_follow_each_other_without_a_space(stocked):
    render(stocked.connection, languages=("zh",))
    (text,) = stocked.connection.execute(
        "SELECT text FROM text.document WHERE kind = 'history'"
    ).fetchone()
    assert text.count("。") >= 3 and "。 " not in text


def test_chinese_questions_end_in_the_mark_of_the_language(stocked):
    render(stocked.connection, languages=("zh",), kinds=["product_questions"])
    texts = stocked.texts("product_questions")
    assert all("？" in text and "?" not in text for text in texts)


@pytest.mark.parametrize(("language", "price"), [("en", "$1,234.50"), ("zh", "US$1,234.50")])
def test_a_price_at_the_end_of_an_edge_is_worded_as_any_other(stocked, language, price):
    render(stocked.connection, languages=(language,), kinds=["neighbourhood"])
    assert any(price in text for text in stocked.texts("neighbourhood"))


def test_german_names_a_brand_as_one_and_a_kind_of_brand_as_what_it_is(shop):
    for key, brand in (("1", "Acme"), ("2", "Private")):
        shop.product(key, brand=brand, productType="TEAS")
    render(shop.connection, languages=("de",), kinds=["product"])
    texts = " ".join(shop.texts("product"))
    assert "Marke Acme" in texts
    assert "Handelsmarke" in texts and "Marke Handelsmarke" not in texts


def test_what_follows_products_alone_does_not_put_other_things_into_quotation_marks(shop):
    parent = shop.category("category", "BAKED BREAD/BUNS/ROLLS")
    shop.fact(parent, "productCount", "9")
    render(shop.connection, languages=("de",), kinds=["category"])
    assert "Kategorie Brot und Brötchen" in shop.text("category")


def test_sizes_with_a_decimal_comma_are_listed_with_commas(shop):
    teas = shop.category("type", "TEAS")
    shop.fact(teas, "productCount", "9")
    for size in ("2.5 OZ", "3.5 OZ", "4 OZ"):
        shop.fact(teas, "offersSize", size, confidence=0.3)
    render(shop.connection, languages=("de",), kinds=["guide"])
    assert "2,5 oz, 3,5 oz sowie 4 oz" in shop.text("guide")


def test_a_language_without_any_of_the_kinds_tells_which_it_has(stocked, rewrite_template):
    (tables.TEMPLATES / "de" / "guide.j2").unlink()
    with pytest.raises(VerbalizeError, match="Deutsch has no template of guide.*product, family"):
        render(stocked.connection, languages=("en", "de"), kinds=["guide"])


@pytest.mark.parametrize("language", languages())
def test_every_language_has_every_kind_with_the_statements_that_english_makes(language):
    assert kinds_of(language) == phrasing.KINDS
    for kind in phrasing.KINDS:
        own, english = document_template(kind, language), document_template(kind)
        assert {one.name: one.slots for one in own.statements} == {
            one.name: one.slots for one in english.statements
        }, kind


def test_a_home_has_the_languages_that_were_asked_for_last(shop):
    shop.product("1", name="Tea")
    found = "SELECT DISTINCT language FROM text.document ORDER BY language"
    counts = render(shop.connection, languages=("en", "de"), kinds=("product",))
    assert shop.connection.execute(found).fetchall() == [("de",), ("en",)]
    assert counts["documents"] == {"product": 2}
    render(shop.connection, languages=("es",))
    assert shop.connection.execute(found).fetchall() == [("es",)]


@pytest.mark.parametrize(
    ("language", "kind"), [(one, kind) for one in languages() for kind in KINDS[one]]
)
def test_every_statement_has_at_least_four_phrasings(language, kind):
    template = document_template(kind, language)
    few = [
        statement.name
        for statement in template.statements
        if len({phrasing.line for phrasing in statement.phrasings}) < 4
    ]
    assert few == []


@pytest.mark.parametrize("language", languages())
def test_no_phrasing_claims_that_there_is_more_than_it_lists(language):
    more = {"en": "among others", "de": "unter anderem", "es": "entre otr", "zh": "listing }}等"}
    claiming = [
        line
        for kind in KINDS[language]
        for line in phrasing.lines(kind, language)
        if more[language] in line.lower()
    ]
    assert claiming == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_english_has_words_for_has_words_in_every_language(language):
    assert set(table("en", "units")) == set(table(language, "units"))
    used = {"size", "container"}.union(
        *(document_template(kind, language).slots for kind in KINDS[language])
    )
    missing = set(table("en", "values")) - set(table(language, "values"))
    assert {key for key in missing if key[0] in used} == set()


@pytest.mark.parametrize("language", languages())
def test_no_key_stands_twice_in_a_table(language):
    for path in (TEMPLATES / language).glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            keys = [tuple(row[:-1]) for row in csv.reader(file)]
        assert len(keys) == len(set(keys)), path


@pytest.mark.parametrize(
    ("language", "size", "words"),
    [
        ("de", "1 GA", "1 Gallone"),
        ("de", "2 GA", "2 Gallonen"),
        ("de", "6 PK/6.75 OZ", "6 x 6,75 oz"),
        ("es", "42-48 CT", "42 a 48 unidades"),
        ("es", "1/2 GAL", "1/2 galón"),
        ("es", "1-1/2 GAL", "1 1/2 galones"),
        ("es", "8 OZ BTL", "8 oz en botella"),
        ("zh", "2 IN X 55 YD", "2英寸×55码"),
    ],
)
def test_sizes_stand_as_the_language_has_them(language, size, words):
    assert size_words(size, language) == words


def test_ages_stand_as_the_language_has_them():
    assert literal_words("segmentAge", "25-34", "es") == "de 25 a 34 años"
    assert literal_words("segmentAge", "65+", "zh") == "65岁及以上"


PRICES = st.decimals(0, 99_999, places=3).map(lambda price: str(price.normalize() + Decimal(0)))


@given(
    st.sampled_from(languages()),
    *[st.tuples(PRICES, st.sampled_from(["USD", "EUR", "JPY", "CNY", "GBP", "KWD"]))] * 2,
)
def test_other_money_has_other_words(language, one, other):
    said = [
        locale_words("price", " ".join(money), grammar(language)) or " ".join(money)
        for money in (one, other)
    ]
    same = one[1] == other[1] and Decimal(one[0]) == Decimal(other[0])
    assert (said[0] == said[1]) == same


def test_money_that_a_locale_would_round_stays_as_its_source_wrote_it():
    assert locale_words("price", "12.50 JPY", grammar("en")) is None
    assert locale_words("price", "12.00 JPY", grammar("en")) == "¥12"
    assert locale_words("price", "12 EUR", grammar("en")) == "€12.00"


def test_a_grammar_that_lacks_something_tells_what(rewrite_template):
    rewrite_template("grammar.toml", 'item = "item {number}"', 'item = "item"')
    with pytest.raises(TemplateError, match="item must have number"):
        grammar("en")
    rewrite_template("grammar.toml", 'gap = " "\n', "")
    with pytest.raises(TemplateError, match="gap"):
        grammar("en")
