"""Kinds of documents that tell more than one subject: families, paths, comparisons, reasons."""

from datetime import datetime

import pytest

from tests.verbalize.shop import Shop
from verbalize import render as rendering
from verbalize.errors import FaithfulnessError, VerbalizeError
from verbalize.render import render
from verbalize.tables import languages
from warehouse.connection import memory


def family(shop, *variants: dict[str, str], label: str = "Mug") -> list[str]:
    group = shop.node("product_group", label)
    products = [shop.product(str(number), **stated) for number, stated in enumerate(variants)]
    for product in products:
        shop.fact(product, "isVariantOf", group, node=True)
    return products


def predicates(shop, template: str) -> list[str]:
    """Predicates of the facts that the only sentence of a statement says."""
    return [
        predicate
        for (predicate,) in shop.connection.execute(
            """
            SELECT predicate FROM (
                SELECT unnest(fact_ids) AS fact_id FROM text.statement WHERE template = ?
            ) JOIN facts.fact USING (fact_id) ORDER BY predicate
            """,
            [template],
        ).fetchall()
    ]


def test_a_family_tells_what_its_variants_share_and_in_what_they_differ(shop):
    family(
        shop,
        {"name": "Red mug", "brand": "Acme", "color": "red", "size": "8 OZ", "price": "5.00"},
        {"name": "Blue mug", "brand": "Acme", "color": "blue", "size": "8 OZ", "price": "6.50"},
    )
    render(shop.connection, kinds=["family"])
    text = shop.text("family")
    for words in ("the family Mug", "Red mug", "Blue mug", "an Acme product", "an 8 oz size"):
        assert words in text
    assert "$5.00" in text and "$6.50" in text and "red as well as blue" in text
    assert predicates(shop, "family.one_size") == ["size", "size"]


def test_families_of_one_color_say_so_in_every_phrasing(shop):
    for number in range(24):
        group = shop.node("product_group", f"Mug {number}")
        for size in ("8 OZ", "9 OZ"):
            mug = shop.product(f"{number}, {size}", color="blue", size=size)
            shop.fact(mug, "isVariantOf", group, node=True)
    render(shop.connection, kinds=["family"])
    used = shop.connection.execute(
        """
        SELECT DISTINCT phrasing FROM text.statement
        WHERE template = 'family.one_color' ORDER BY phrasing
        """
    ).fetchall()
    assert used == [(0,), (1,), (2,), (3,)]


def test_what_only_some_variants_are_known_to_have_is_not_said_of_all(shop):
    family(
        shop,
        {"name": "Red mug", "color": "red", "brand": "Acme"},
        {"name": "Blue mug", "color": "blue"},
    )
    render(shop.connection, kinds=["family"])
    assert "Acme" not in shop.text("family")


def test_a_group_of_one_is_no_family(shop):
    family(shop, {"name": "Red mug", "color": "red"})
    assert render(shop.connection, kinds=["family"])["documents"] == {}


def chain(shop, *labels: str) -> list[str]:
    """Categories, each within the one before it."""
    found: list[str] = []
    for label in labels:
        category = shop.node("category", label)
        if found:
            shop.fact(category, "broader", found[-1], node=True)
        shop.fact(category, "productCount", str(len(found) + 3))
        found.append(category)
    return found


def test_a_path_tells_each_step_from_the_root_with_its_products(shop):
    chain(shop, "Food", "Drinks", "Teas", "Herbal teas")
    render(shop.connection, kinds=["path"])
    (text,) = (text for text in shop.texts("path") if "Herbal teas" in text)
    places = [text.index(words) for words in ("Food", "Drinks", "the category Teas")]
    assert places == sorted(places)
    for count in ("3 products", "4 products", "5 products", "6 products"):
        assert count in text
    assert len(shop.texts("path")) == 3


def test_a_path_begins_at_its_root_though_no_products_are_counted_there(shop):
    home, kitchen, mugs = (
        shop.category("category", label) for label in ("Home", "Kitchen", "Mugs")
    )
    shop.fact(kitchen, "broader", home, node=True)
    shop.fact(mugs, "broader", kitchen, node=True)
    render(shop.connection, kinds=["path", "path_questions"])
    (text,) = (text for text in shop.texts("path") if "Mugs" in text)
    (beginning, *_) = text.split(". ")
    assert "the category Mugs" in beginning and "the category Home" in beginning
    templates = shop.connection.execute("SELECT DISTINCT template FROM text.statement").fetchall()
    assert ("path.root_uncounted",) in templates
    assert ("path_questions.root_uncounted",) in templates


def test_categories_that_lead_to_themselves_have_no_path(shop):
    tea, coffee = chain(shop, "Teas", "Coffees")
    shop.fact(tea, "broader", coffee, node=True)
    assert render(shop.connection, kinds=["path"])["documents"] == {}


def compared(shop, **other: str) -> str:
    shop.product("1", productType="TEA", brand="Acme", size="8 OZ", price="3.00")
    shop.product("2", productType="TEA", **{"brand": "Acme", "size": "8 OZ", **other})
    render(shop.connection, kinds=["comparison"])
    return shop.text("comparison")


def test_a_comparison_tells_what_is_the_same_and_which_is_cheaper_and_larger(shop):
    text = compared(shop, size="1 LB", price="4.00")
    for words in ("an Acme product", "$3.00", "$4.00"):
        assert words in text
    (first,) = shop.connection.execute(
        """
        SELECT object FROM text.document JOIN facts.current USING (subject)
        WHERE predicate = 'sku'
        """
    ).fetchone()
    cheaper, larger = ("first", "second") if first == "1" else ("second", "first")
    said = dict(shop.connection.execute("SELECT template, sentence FROM text.statement").fetchall())
    assert f"the {cheaper}" in said["comparison.lower_price"][30:]
    assert f"the {larger}" in said["comparison.larger_size"][30:]
    assert predicates(shop, "comparison.lower_price") == ["price", "price"]


def test_a_price_of_zero_is_cheaper_than_none(shop):
    compared(shop, price="0.00", size="1 LB")
    templates = shop.connection.execute("SELECT template FROM text.statement").fetchall()
    assert ("comparison.larger_size",) in templates
    assert ("comparison.lower_price",) not in templates


def test_one_amount_in_two_units_is_no_difference(shop):
    shop.product("1", productType="TEA", size="16 OZ", color="red")
    shop.product("2", productType="TEA", size="1 LB", color="green")
    shop.product("3", productType="JAM", size="PT", color="red")
    shop.product("4", productType="JAM", size="1 PT", color="green")
    render(shop.connection, kinds=["comparison"])
    templates = shop.connection.execute("SELECT DISTINCT template FROM text.statement").fetchall()
    said = {name for (name,) in templates}
    assert "comparison.other_color" in said and not any(name.endswith("_size") for name in said)


@pytest.mark.parametrize("language", languages())
def test_the_history_of_a_product_that_left_the_catalog_tells_that_and_until_when(shop, language):
    radio = shop.node("product", "7", "Radio")
    for predicate, value in (("sku", "7"), ("name", "Radio"), ("price", "3.00")):
        shop.fact(radio, predicate, value, end=datetime(2024, 1, 8))
    shop.fact(shop.product("8", name="Lamp"), "price", "4.00", end=datetime(2024, 1, 8))
    kinds = ["history", "history_questions"]
    render(shop.connection, kinds=kinds, languages=[language])
    rows = shop.connection.execute(
        """
        SELECT subject, sentence FROM text.statement JOIN text.document USING (document_id)
        WHERE ends_with(template, '.gone')
        """
    ).fetchall()
    assert [subject for subject, _ in rows] == [radio, radio]
    assert all("7" in sentence for _, sentence in rows)


@pytest.mark.parametrize(("tag", "told"), [(None, ["de", "en"]), ("de-AT", ["de"]), ("en", ["en"])])
def test_a_description_is_told_in_no_language_that_it_is_known_not_to_be_in(shop, tag, told):
    shop.product("7", name="Radio", description="A radio of wood.")
    shop.connection.execute(
        "UPDATE facts.fact SET language = ? WHERE predicate = 'description'", [tag]
    )
    render(shop.connection, kinds=["product"], languages=["en", "de"])
    rows = shop.connection.execute(
        "SELECT language FROM text.document WHERE contains(text, 'of wood') ORDER BY ALL"
    ).fetchall()
    assert [language for (language,) in rows] == told


@pytest.mark.parametrize(("products", "documents"), [(1, 0), (4, 0), (5, 3)])
def test_a_number_of_products_alone_is_a_document_from_five_on(shop, products, documents):
    shop.fact(shop.node("brand", "Acme"), "brandCount", str(products))
    shop.fact(shop.node("manufacturer", "Acme Inc"), "makesProducts", str(products))
    shop.fact(shop.category("category", "TEAS"), "productCount", str(products))
    render(shop.connection, kinds=["brand", "category"])
    assert len(shop.texts("brand") + shop.texts("category")) == documents


def test_a_brand_of_two_products_has_a_document_where_their_category_is_known(shop):
    acme = shop.node("brand", "Acme")
    shop.fact(acme, "brandCount", "2")
    shop.fact(acme, "brandCategory", shop.category("category", "TEAS"), node=True)
    render(shop.connection, kinds=["brand"])
    assert "2" in shop.text("brand")


@pytest.mark.parametrize("products", [9, 10])
def test_brands_and_makers_have_shares_of_ten_products_and_no_fewer(shop, products):
    teas = shop.category("type", "TEAS")
    shop.fact(teas, "productCount", str(products))
    shop.fact(teas, "offersSize", "8 OZ", confidence=0.5)
    for slot, kind in (("offersBrand", "brand"), ("offersMaker", "manufacturer")):
        shop.fact(teas, slot, shop.node(kind, "Acme"), node=True, confidence=0.5)
    render(shop.connection, kinds=["guide"])
    assert ("50%" in shop.text("guide")) is (products == 10)


@pytest.mark.slow
@pytest.mark.parametrize("language", languages())
def test_prices_that_are_known_are_told_apart_from_the_number_of_all_products(shop, language):
    mugs = shop.category("category", "MUGS")
    shop.fact(mugs, "productCount", "12")
    shop.fact(mugs, "lowPrice", "1.00")
    shop.fact(mugs, "highPrice", "2.00")
    for seed in range(6):
        render(shop.connection, kinds=["guide"], languages=(language,), seed=seed)
        (choice, prices) = shop.connection.execute(
            "SELECT template, sentence FROM text.statement ORDER BY position"
        ).fetchall()
        assert choice[0] == "guide.choice" and "12" in choice[1]
        known = {"en": "known", "de": "ekannt", "es": "cono", "zh": "已知"}[language]
        assert prices[0] == "guide.range" and known in prices[1] and "12" not in prices[1]


@pytest.mark.parametrize(("count", "documents"), [(2, 0), (3, 1)])
def test_reviews_are_told_from_three_on(shop, count, documents):
    tea = shop.product("1", name="Tea")
    shop.fact(tea, "reviewCount", str(count), confidence=0)
    render(shop.connection, kinds=["reviews", "reviews_questions"])
    assert len(shop.texts("reviews")) == len(shop.texts("reviews_questions")) == documents


STARS = {"few": (9, 0.75, 0), "none": (12, 0, 0), "enough": (12, 0.75, 2)}
"""The number of reviews of a product, the share that has stars, and how often it is told."""


@pytest.fixture(scope="module")
def reviewed() -> list[tuple[str, str, str, str]]:
    """Language, kind, product and text of the documents of reviews of the products of STARS."""
    with memory() as opened:
        shop = Shop(opened)
        for key, (count, share, _) in STARS.items():
            tea = shop.product(key, name=f"Tea {key}")
            shop.fact(tea, "reviewCount", str(count), confidence=share)
            shop.fact(tea, "smellReviews", str(count), confidence=share)
        render(opened, kinds=["reviews", "reviews_questions"], languages=languages())
        return opened.execute(
            """
            SELECT document.language, document.kind, node.key, text
            FROM text.document JOIN facts.node ON node_id = subject
            """
        ).fetchall()


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("product", STARS)
def test_a_share_of_stars_is_told_of_ten_reviews_and_no_fewer(reviewed, language, product):
    count, _, told = STARS[product]
    for kind in ("reviews", "reviews_questions"):
        (text,) = (text for *about, text in reviewed if about == [language, kind, product])
        assert text.count("75") == text.count("%") == told
        assert text.count(str(count)) == 2


@pytest.mark.parametrize("size", ["250 G", "two", "2 PK/4 OZ"])
def test_sizes_that_cannot_be_weighed_are_told_apart_and_not_ordered(shop, size):
    compared(shop, size=size)
    templates = shop.connection.execute("SELECT template FROM text.statement").fetchall()
    assert ("comparison.other_size",) in templates
    assert ("comparison.larger_size",) not in templates


def test_products_that_differ_in_nothing_are_not_compared(shop):
    shop.product("1", productType="TEA", size="8 OZ")
    shop.product("2", productType="TEA", size="8 OZ")
    assert render(shop.connection, kinds=["comparison"])["documents"] == {}


def test_comparisons_are_at_most_one_a_product(shop):
    for number in range(20):
        shop.product(str(number), productType="TEA", size=f"{number + 1} OZ")
    assert render(shop.connection, kinds=["comparison"])["documents"] == {"comparison": 19}


def test_what_is_bought_together_is_told_with_what_both_are(shop):
    tea = shop.product("1", name="Tea", category="DRINKS")
    shop.product("2", name="Jam", category="DRINKS")
    shop.fact(tea, "isRelatedTo", shop.node("product", "2"), node=True, confidence=0.25)
    render(shop.connection, kinds=["related"])
    said = predicates(shop, "related.same_category")
    assert said.count("category") == 2 and said.count("isRelatedTo") == 1
    assert "the category drinks" in shop.text("related")


def test_a_comparison_that_facts_do_not_bear_out_fails_the_run(shop, monkeypatch):
    shop.product("1", productType="TEA", price="3.00")
    shop.product("2", productType="TEA", price="5.00")
    collect = rendering._collect

    def collect_and_tamper(connection, kinds, minimum):
        collect(connection, kinds, minimum)
        for table in ("told", "asked"):
            connection.execute(
                f"""
                UPDATE {table} SET object = if(object = 'first', 'second', 'first')
                WHERE slot = 'cheaper'
                """
            )

    monkeypatch.setattr(rendering, "_collect", collect_and_tamper)
    with pytest.raises(FaithfulnessError, match="the facts compare in another way"):
        render(shop.connection, kinds=["comparison"])


def test_what_is_said_of_both_needs_a_fact_of_each(shop, monkeypatch):
    shop.product("1", productType="TEA", brand="Acme", price="3.00")
    shop.product("2", productType="TEA", brand="Acme", price="5.00")
    publish = rendering._publish

    def publish_and_tamper(connection, language):
        publish(connection, language)
        connection.execute(
            """
            UPDATE text.statement SET fact_ids = fact_ids[1:1]
            WHERE template = 'comparison.same_brand'
            """
        )

    monkeypatch.setattr(rendering, "_publish", publish_and_tamper)
    with pytest.raises(FaithfulnessError, match="not all of which it is said have the fact"):
        render(shop.connection, kinds=["comparison"])


def test_only_the_kinds_that_are_asked_for_are_written(shop):
    shop.product("1", name="Tea", category="DRINKS", price="2.00")
    shop.category("type", "TEAS", broader=shop.category("category", "DRINKS"))
    assert set(render(shop.connection, kinds=["category"])["documents"]) == {"category"}
    with pytest.raises(VerbalizeError, match="no kind of document 'prose'; give some of: product"):
        render(shop.connection, kinds=["prose"])
