"""Documents from facts: what they say, how surely, in which words, with which evidence."""

import re
from collections import Counter
from datetime import datetime

import pytest

from tests.verbalize.shop import LEVELS, Shop
from verbalize.errors import TemplateError, VerbalizeError
from verbalize.phrasing import KINDS, document_template
from verbalize.render import SEGMENT_MINIMUM, never_said, render
from verbalize.tables import languages
from warehouse.connection import memory


def test_a_named_product_is_told_with_all_that_is_known_of_it(shop):
    shop.product(
        "7",
        name="Green tea",
        brand="Acme",
        manufacturer="12",
        department="GROCERY",
        category="TEAS",
        productType="TEA BAGS HERBAL & FLAVORED",
        size="18 CT",
        color="green",
        price="1234.50",
    )
    counts = render(shop.connection)
    assert counts["documents"] == {
        kind + form: count
        for kind, count in {"category": 1, "neighbourhood": 6, "product": 1}.items()
        for form in ("", "_questions")
    }
    text = shop.text("product")
    for words in (
        "Green tea",
        "item number 7",
        "herbal and flavored tea bags",
        "an 18-count size",
        "manufacturer 12",
        "an Acme product",
        "the grocery department",
        "the category teas",
        "green",
        "$1,234.50",
        "January 1, 2024",
    ):
        assert words in text


def test_a_product_without_a_name_is_called_by_its_type_size_and_number(shop):
    shop.product("7", productType="FRZN CORN", size="16 OZ")
    render(shop.connection)
    (title,) = shop.connection.execute(
        "SELECT title FROM text.document WHERE kind = 'product'"
    ).fetchone()
    assert title == "Item 7 (16 oz frozen corn)"


def test_predicted_facts_are_likely_and_stated_facts_are_certain(shop):
    for number in range(12):
        product = shop.product(str(number), name=f"Tea {number}", size="8 OZ")
        category = shop.category("category", "TEAS")
        if number % 2:
            shop.fact(product, "category", category, node=True)
        else:
            shop.fact(product, "category", category, node=True, provenance="predicted")
    render(shop.connection)
    likely = [text for text in shop.texts("product") if "likel" in text or "may well" in text]
    sure = [text for text in shop.texts("product") if text not in likely]
    doubt = ("probably", "likely", "likeliest", "may well")
    assert len(likely) + len(sure) == 12
    hedged = [text for text in shop.texts("product") if any(word in text for word in doubt)]
    assert len(hedged) == 6
    assert all("the category teas" in text for text in shop.texts("product"))
    said = shop.connection.execute(
        """
        SELECT DISTINCT provenance, template FROM (
            SELECT template, unnest(fact_ids) AS fact_id FROM text.statement
            WHERE template LIKE 'product.categ%'
        ) JOIN facts.fact USING (fact_id) WHERE predicate = 'category' ORDER BY ALL
        """
    ).fetchall()
    assert said == [("predicted", "product.category_likely"), ("stated", "product.category")]


RESOLVED = {
    "name": "Green tea", "description": "Leaves, dried.", "gtin": "4006381333931",
    "color": "green", "size": "8 OZ", "brand": "Acme", "manufacturer": "Acme Co",
    "department": "GROCERY", "category": "TEAS", "productType": "TEA",
}  # fmt: skip


@pytest.fixture(scope="module")
def said_of_resolved() -> dict[tuple[str, float], str]:
    """The template that says a value, by its predicate and the confidence that it was resolved
    with."""
    facts = {}
    with memory() as opened:
        shop = Shop(opened)
        for predicate, value in RESOLVED.items():
            node = predicate in ("brand", "manufacturer", *LEVELS)
            if predicate in LEVELS:
                value = shop.category(LEVELS[predicate], value)
            elif node:
                value = shop.node(predicate, value)
            for confidence in (0.54, 0.95):
                product = shop.product(f"{predicate} {confidence}")
                fact = shop.fact(
                    product,
                    predicate,
                    value,
                    node=node,
                    provenance="resolved",
                    confidence=confidence,
                )
                facts[fact] = predicate, confidence
        render(opened, kinds=["product"])
        said = opened.execute(
            "SELECT template, unnest(fact_ids) FROM text.statement WHERE template LIKE 'product.%'"
        ).fetchall()
    return {facts[fact]: template for template, fact in said if fact in facts}


@pytest.mark.parametrize("predicate", RESOLVED)
@pytest.mark.parametrize(("confidence", "likely"), [(0.54, True), (0.95, False)])
def test_what_was_resolved_is_certain_only_where_it_is_sure(
    said_of_resolved, predicate, confidence, likely
):
    assert said_of_resolved[predicate, confidence].endswith("_likely") == likely


def test_an_item_number_says_whose_it_is_where_there_are_several_sources(shop):
    north = shop.product("7", name="Green tea", size="8 OZ")
    south = Shop(shop.connection, "south").product("7", name="Black tea")
    shop.fact(north, "isRelatedTo", south, node=True, confidence=0.25)
    render(shop.connection)
    texts = " ".join(shop.texts("product"))
    assert "7 of shop" in texts and "7 of south" in texts
    assert "Black tea (item 7 of south)" in shop.text("related")


def test_an_item_number_of_the_only_source_stands_alone(shop):
    shop.product("7", name="Green tea")
    render(shop.connection)
    assert "7 of" not in shop.text("product")


def test_every_document_names_its_subject_in_its_first_sentence(shop):
    shop.category("type", "GREEN TEA", broader=shop.category("category", "TEAS"))
    shop.connection.execute("DELETE FROM facts.fact WHERE predicate = 'productCount'")
    shop.fact(shop.node("product", "9", "Jam"), "color", "red")
    render(shop.connection)
    for kind, name in (("category", "teas"), ("product", "item 9")):
        firsts = [text.split(".")[0] for text in shop.texts(kind)]
        assert all(name in first for first in firsts if "green" not in first), firsts


def test_one_price_that_holds_is_no_history_and_an_earlier_one_makes_it_one(shop):
    tea = shop.product("1", name="Tea")
    shop.fact(tea, "price", "3.00", start=datetime(2024, 3, 1))
    render(shop.connection)
    assert shop.texts("history") == []
    shop.fact(tea, "price", "2.00", end=datetime(2024, 3, 1))
    render(shop.connection)
    assert "$2.00" in shop.text("history") and "$3.00" in shop.text("history")


def test_what_a_source_states_itself_comes_before_what_is_hardly_resolved(shop):
    product = shop.product("1", name="Tea", brand="Acme")
    other = shop.node("brand", "Bolt")
    shop.fact(product, "brand", other, node=True, provenance="resolved", confidence=0.54)
    render(shop.connection)
    assert "Acme" in shop.text("product")
    assert "Bolt" not in shop.text("product")


def test_what_is_stated_is_not_told_again_as_likely(shop):
    product = shop.product("1", name="Tea", category="TEAS")
    coffee = shop.category("category", "COFFEE")
    shop.fact(product, "category", coffee, node=True, provenance="predicted")
    render(shop.connection)
    assert "coffee" not in shop.text("product")


@pytest.mark.parametrize(("members", "documents"), [(19, 0), (20, 1), (1234, 1)])
def test_only_groups_of_at_least_twenty_households_have_a_document(shop, members, documents):
    shop.segment(members)
    render(shop.connection)
    assert len(shop.texts("segment")) == documents
    if documents:
        assert f"{members:,} households aged 25 to 34" in shop.text("segment")


def test_the_smallest_group_can_be_raised_and_never_lowered(shop):
    shop.segment(25)
    render(shop.connection, segment_minimum=26)
    assert shop.texts("segment") == []
    with pytest.raises(VerbalizeError, match="give persons away"):
        render(shop.connection, segment_minimum=SEGMENT_MINIMUM - 1)


def test_facts_about_single_customers_are_never_told(shop):
    customer = shop.node("customer", "household 1")
    shop.fact(customer, "age", "25-34")
    shop.fact(customer, "composition", "2 Adults Kids")
    assert render(shop.connection)["documents"] == {}


def test_every_document_kind_comes_from_its_facts(shop):
    tea = shop.product("1", name="Tea", brand="Acme", manufacturer="12", productType="TEA")
    jam = shop.product("2", name="Jam")
    shop.fact(tea, "isRelatedTo", jam, node=True, confidence=0.256)
    shop.fact(tea, "price", "1.50", end=datetime(2024, 1, 8))
    shop.fact(tea, "promotionDisplay", "store front", end=datetime(2024, 1, 15))
    shop.fact(shop.node("brand", "Acme"), "brandCount", "5")
    shop.fact(shop.node("manufacturer", "12"), "makesProducts", "5")
    green = shop.product("3", name="Green tea", color="green", productType="TEA", size="8 OZ")
    for variant in (tea, green):
        shop.fact(variant, "isVariantOf", shop.node("product_group", "Teas"), node=True)
    shop.fact(tea, "size", "1 LB")
    drinks = shop.category("category", "DRINKS")
    teas = shop.category("type", "TEA")
    shop.fact(drinks, "productCount", "6")
    shop.fact(drinks, "lowPrice", "1.50")
    shop.fact(drinks, "peaksIn", "12", confidence=0.2)
    shop.fact(teas, "broader", drinks, node=True)
    shop.fact(shop.segment(20), "prefers", drinks, node=True, confidence=0.5)
    shop.fact(shop.node("query", "hot drink"), "answeredBy", tea, node=True)
    shop.fact(tea, "reviewCount", "4", confidence=0.75)
    assert set(render(shop.connection)["documents"]) == set(KINDS)
    assert "26%" in shop.text("related") and "Jam (item 2)" in shop.text("related")
    history = shop.text("history")
    assert "$1.50" in history and "the week" in history
    assert "at the front of the store" in history and "January 14, 2024" in history


def test_every_statement_of_every_kind_has_at_least_four_phrasings():
    few = [
        (kind, statement.name)
        for kind in KINDS
        for statement in document_template(kind).statements
        if len({phrasing.line for phrasing in statement.phrasings}) < 4
    ]
    assert few == []


def test_the_same_seed_gives_the_same_words_and_another_seed_others(shop):
    for number in range(30):
        shop.product(str(number), name=f"Tea {number}", size="8 OZ", color="green")
    render(shop.connection, seed=1)
    first = shop.documents()
    render(shop.connection, seed=1)
    again = shop.documents()
    render(shop.connection, seed=2)
    assert first == again != shop.documents()


def test_all_phrasings_are_used(shop):
    for number in range(80):
        shop.product(str(number), color="green")
    render(shop.connection)
    used = shop.connection.execute(
        "SELECT DISTINCT phrasing FROM text.statement WHERE template = 'product.color'"
    ).fetchall()
    assert {number for (number,) in used} == {0, 1, 2, 3}


def test_the_order_in_which_facts_came_does_not_matter():
    texts = []
    for step in (1, -1):
        with memory() as connection:
            from tests.verbalize.shop import Shop

            shop = Shop(connection)
            for number in list(range(20))[::step]:
                shop.product(str(number), productType="TEA", size="8 OZ", brand="Acme")
            render(connection)
            texts.append(shop.documents())
    assert texts[0] == texts[1]


def test_every_sentence_names_exactly_the_facts_that_it_says(shop):
    product = shop.product("7", name="Tea", color="green", size="8 OZ")
    render(shop.connection, kinds=("product",))
    said = shop.connection.execute(
        """
        SELECT template, list_sort(list(predicate)) FROM (
            SELECT template, unnest(fact_ids) AS fact_id FROM text.statement
        ) JOIN facts.fact USING (fact_id) WHERE subject = ? GROUP BY template ORDER BY template
        """,
        [product],
    ).fetchall()
    assert said == [
        ("product.color", ["color"]),
        ("product.named", ["name", "sku"]),
        ("product.size", ["size"]),
    ]


def test_names_of_other_things_are_evidence_too(shop):
    tea = shop.product("1", productType="TEA", size="8 OZ")
    jam = shop.product("2", productType="JAM", size="9 OZ")
    shop.fact(tea, "isRelatedTo", jam, node=True, confidence=0.5)
    render(shop.connection)
    assert "item 2 (9 oz jam)" in shop.text("related")
    said = shop.connection.execute(
        """
        SELECT predicate FROM (
            SELECT unnest(fact_ids) AS fact_id FROM text.statement
            WHERE template = 'related.related'
        ) JOIN facts.fact USING (fact_id) ORDER BY predicate
        """
    ).fetchall()
    assert [predicate for (predicate,) in said] == ["isRelatedTo", "productType", "size", "sku"]


def test_a_product_that_is_gone_keeps_no_document(shop):
    shop.product("1", name="Tea")
    jam = shop.product("2", name="Jam")
    render(shop.connection)
    assert len(shop.texts("product")) == 2
    shop.connection.execute(
        "UPDATE facts.fact SET valid_to = '2024-06-01' WHERE subject = ?", [jam]
    )
    render(shop.connection)
    assert "Tea" in shop.text("product")
    (orphans,) = shop.connection.execute(
        "SELECT count(*) FROM text.statement ANTI JOIN text.document USING (document_id)"
    ).fetchone()
    assert orphans == 0


def test_a_product_that_is_gone_has_the_name_that_it_had_last_in_its_history(shop):
    jam = shop.product("2", name="Jam")
    shop.fact(jam, "price", "2.00", end=datetime(2024, 3, 1))
    shop.fact(jam, "price", "3.00", start=datetime(2024, 3, 1))
    shop.connection.execute(
        "UPDATE facts.fact SET valid_to = '2024-06-01' WHERE subject = ? AND valid_to IS NULL",
        [jam],
    )
    render(shop.connection)
    text = shop.text("history")
    assert "history of Jam." in text
    # Once, where it says that the item left the catalog.
    assert text.count("item 2") == 1 and "May 31, 2024" in text


def test_sizes_that_mean_the_same_are_called_the_same(shop):
    for number, size in enumerate([".5 OZ", "0.5 OZ", "0.5  OZ", "0.5 OZS"]):
        shop.product(str(number), productType="TEA", size=size)
    render(shop.connection)
    assert all("a 0.5 oz size" in text for text in shop.texts("product"))


def test_categories_of_one_label_are_told_by_their_level(shop):
    grocery = shop.category("department", "GROCERY")
    shop.category("category", "CHEESE", broader=grocery)
    shop.category("type", "CHEESE", broader=grocery)
    render(shop.connection)
    (text,) = (text for text in shop.texts("category") if "group" in text.lower())
    assert "cheese (product type)" in text or "cheese (category)" in text


def test_brands_of_one_name_are_told_by_their_source_and_by_no_identifier(shop):
    for source in ("north", "south", "west"):
        there = Shop(shop.connection, source)
        for number in range(2):
            there.product(f"{source}{number}", name=f"Lamp {number}", brand="Alpenglanz")
        there.category("type", "LAMPS", broader=there.category("category", "HOME"))

    render(shop.connection)

    told = " ".join(shop.texts("product") + shop.texts("category"))
    assert "variant" not in told
    assert sorted(set(re.findall(r"Alpenglanz \(in the catalog of (\w+)\)", told))) in (
        ["north", "south"], ["north", "west"], ["south", "west"],
    )  # fmt: skip
    assert "(in the catalog of" in " ".join(shop.texts("category"))


def test_a_language_without_templates_is_refused(shop):
    with pytest.raises(VerbalizeError, match="there is en"):
        render(shop.connection, languages=("xx",))
    with pytest.raises(VerbalizeError):
        render(shop.connection, languages=("../en",))


def test_progress_tells_each_step(shop):
    steps = []
    render(shop.connection, progress=lambda *step: steps.append(step))
    assert [done for _, done, _ in steps] == list(range(len(KINDS) + 4))


def test_documents_of_the_sample_are_clean_english(corpus):
    sentences = [
        sentence for (sentence,) in corpus.execute("SELECT sentence FROM text.statement").fetchall()
    ]
    faults = Counter[str]()
    for sentence in sentences:
        words = sentence.split(" ")
        faults["beginning"] += not sentence[0].isupper()
        faults["end"] += sentence[-1] != "."
        faults["spaces"] += "" in words
        faults["double"] += any(
            a == b and not a.endswith(",") for a, b in zip(words, words[1:], strict=False)
        )
        faults["shouted"] += "FRZN" in words or "CHEDR" in words or "DEPT" in words
        faults["article"] += bool(re.search(r"\b(a (8|11\b|18\b|[aei])|an [2-7])", sentence))
    assert len(sentences) > 50_000
    assert {fault: count for fault, count in faults.items() if count} == {}


def test_a_description_gives_its_stop_to_the_sentence_and_a_name_with_a_comma_is_quoted(shop):
    for number in range(6):
        shop.product(str(number), name="Mug, no handle", description="A mug. It is made of clay.")
    shop.product("7", name="Cup", description="A cup: 0.3 l...")
    render(shop.connection, kinds=("product", "product_questions"))
    for text in (*shop.texts("product"), *shop.texts("product_questions")):
        assert ".”." not in text.replace("...”.", "")
        if "clay" in text:
            assert "“A mug. It is made of clay”." in text and "“Mug, no handle”" in text


def test_a_brand_that_is_one_in_two_catalogs_has_one_name_and_one_document(shop):
    north, south = shop.node("brand", "Acme"), Shop(shop.connection, "south").node("brand", "ACME")
    shop.product("1", name="Blue mug", brand="Acme")
    Shop(shop.connection, "south").product("7", name="Red mug", brand="ACME")
    shop.fact(north, "brandCount", "1")
    Shop(shop.connection, "south").fact(south, "brandCount", "4")
    resolution = Shop(shop.connection, "entity resolution")
    resolution.fact(south, "sameAs", north, node=True, provenance="resolved")
    resolution.fact(north, "brandCount", "5", provenance="resolved")
    render(shop.connection)
    assert len(shop.texts("brand")) == 1 and "5" in shop.text("brand")
    said = shop.texts("brand") + shop.texts("product")
    assert all("Acme" in text for text in said) and len(said) == 3
    assert not any("catalog of" in text for text in said)


def test_all_templates_of_a_language_are_checked_before_anything_is_done(shop, rewrite_template):
    shop.product("7", name="Mug")
    rewrite_template("brand.j2", "{{ it }} products, the", "{{ it }} {{ brandCount }}, the")
    steps = []
    with pytest.raises(TemplateError, match=r"^en/brand\.j2, line 8 \(brand, phrasing 1\) "):
        render(
            shop.connection,
            kinds=["product"],
            languages=["de", "en"],
            progress=lambda what, done, total: steps.append(what),
        )
    assert steps == []


def test_a_block_whose_slot_no_query_gives_is_told_with_what_to_edit(rewrite_template):
    assert never_said(languages(), KINDS) == []
    block = "{% block mpn %}\nIts part number is {{ mpn }}.\n{% endblock %}\n\n{% block named"
    rewrite_template("product.j2", "{% block named", block)
    (note,) = never_said(["en"], ["product", "category"])
    assert note.startswith("en/product.j2: the block mpn is never said")
    assert "verbalize/documents/product.sql gives no slot mpn; name it there" in note
