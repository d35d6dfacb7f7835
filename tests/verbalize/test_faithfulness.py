"""Documents yield their facts again, and a run in which one does not changes nothing."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.copies import copy_of
from tests.verbalize.shop import START, Shop
from verbalize import render as rendering
from verbalize.errors import FaithfulnessError
from verbalize.render import render
from warehouse.connection import FILE_NAME, memory, writer

NASTY = st.sampled_from(
    [
        "{{ 7 * 7 }}", "{% for x in y %}", "{# #}", "<script>a(1)</script>", "&lt;b&gt;", "=1+1",
        "@SUM(A1)", "“quoted”", '"', "'", "a. b", "a, b, and c", "x as well as y", "and z", ";",
        "It is sold as tea.", " in a 8 oz size", " under item number 1.", "\u202eabc", "\u200b",
        "\x00", "\x07", "\n\r\t", "\\", "|", "é", "e\u0301\u0301\u0301", "漢字", "🍵", "", " ", ".",
        "THE CATEGORY TEAS", "FRZN CHEDR/SWISS", "(item 1)", "x" * 3000, "$1.50", "12 OZ",
    ]
)  # fmt: skip
WORDS = st.lists(st.one_of(NASTY, st.text(max_size=12)), min_size=1, max_size=4).map("".join)
TIMES = st.datetimes(datetime(2023, 1, 1), datetime(2025, 1, 1))
SLOTS = (
    "name", "description", "brand", "manufacturer", "department", "category", "productType",
    "size", "color",
)  # fmt: skip
PRODUCT = st.fixed_dictionaries({"sku": WORDS}, optional=dict.fromkeys(SLOTS, WORDS))


def add(shop: Shop, number: int, facts: dict[str, str], since: datetime, hours: int) -> str:
    product = shop.node("product", f"{number}{facts['sku']}", facts.get("name"))
    for predicate, value in facts.items():
        range_kind = {"brand": "brand", "manufacturer": "manufacturer"}.get(predicate, "category")
        if predicate in ("sku", "name", "description", "size", "color"):
            shop.fact(product, predicate, value)
        else:
            thing = shop.node(range_kind, f"{predicate}/{value}", value)
            shop.fact(product, predicate, thing, node=True)
    shop.fact(product, "price", "12.50", start=since, end=since + timedelta(hours=hours))
    shop.fact(product, "promotionDisplay", facts["sku"] or "front", start=since)
    return product


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PRODUCT, min_size=1, max_size=4), TIMES, st.integers(1, 400), st.integers(0, 9))
@example(
    [{"sku": "{{ 7 * 7 }}"}, {"sku": " under item number 1.{{ 7 * 7 }}"}],
    datetime(2023, 1, 1),
    1,
    1,
)
def test_facts_with_any_text_are_said_and_come_back(products, since, hours, seed):
    with memory() as connection:
        shop = Shop(connection)
        added = [add(shop, number, facts, since, hours) for number, facts in enumerate(products)]
        for one, other in zip(added, added[1:], strict=False):
            shop.fact(one, "isRelatedTo", other, node=True, confidence=0.1234)
        counts = render(connection, seed=seed)
        (unsaid,) = connection.execute(
            """
            SELECT count(*) FROM facts.fact ANTI JOIN (
                SELECT unnest(fact_ids) AS fact_id FROM text.statement
            ) USING (fact_id)
            """
        ).fetchone()
        assert unsaid == 0
        assert counts["facts_read_back"] >= sum(map(len, products))


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """The file of a shop with documents."""
    home = tmp_path_factory.mktemp("told")
    with writer(home) as opened:
        shop = Shop(opened)
        green = shop.product("1", name="Green tea", size="12 OZ", color="green", price="1.50")
        shop.fact(green, "price", "1.25", start=datetime(2023, 12, 1), end=START)
        tea = shop.product("2", productType="TEA", size="9 OZ")
        shop.fact(tea, "isRelatedTo", shop.node("product", "1"), node=True, confidence=0.25)
        shop.fact(tea, "price", "2.50", start=datetime(2024, 3, 1))
        render(opened)
    return home / FILE_NAME


@pytest.fixture
def told(written):
    """A shop with documents."""
    with copy_of(written) as opened:
        yield Shop(opened)


@pytest.mark.parametrize(
    ("file", "slot", "broken"),
    [
        ("product.j2", "{{ size | a }}", "{{ size | replace('12', '13') | a }}"),
        ("product.j2", "{{ color }}", "{{ color | replace('green', 'red') }}"),
        ("product.j2", "{{ name }}", "{{ name | replace('tea', '') }}"),
        ("product.j2", "{{ since }}", "{{ since | replace('January', 'May') }}"),
        ("product.j2", "{{ price }}", "{{ price | replace('1', '2') }}"),
        ("related.j2", "{{ share }}", "{{ share | replace('25', '26') }}"),
        ("related.j2", "{{ isRelatedTo }}", "{{ isRelatedTo | replace('1', '2') }}"),
        ("history.j2", "{{ it }}", "{{ it | replace('1', '2') }}"),
    ],
)
def test_a_template_that_says_something_else_fails_the_run(
    told, rewrite_template, file, slot, broken
):
    before = told.documents()
    rewrite_template(file, slot, broken)
    with pytest.raises(FaithfulnessError, match="Mend the phrasing"):
        render(told.connection)
    assert told.documents() == before


TEA = "(SELECT document_id FROM text.document WHERE kind = 'product' AND contains(text, 'Green'))"
COLOR = f"document_id = {TEA} AND template = 'product.color'"
OTHER = "(SELECT fact_id FROM facts.fact WHERE object = '9 OZ')"


@pytest.mark.parametrize(
    ("problem", "tampering"),
    [
        (
            "something is said and not claimed",
            f"UPDATE text.statement SET fact_ids = [] WHERE {COLOR}",
        ),
        (
            "a fact is claimed and not said",
            f"UPDATE text.statement SET fact_ids = list_append(fact_ids, {OTHER}) WHERE {COLOR}",
        ),
        (
            "a fact is named and not claimed",
            """
            UPDATE text.statement SET fact_ids = fact_ids[1:1]
            WHERE template = 'related.related'
            """,
        ),
        (
            "a fact is claimed and not said",
            f"""
            UPDATE text.document SET text = text[:position('.' IN text)]
            WHERE document_id = {TEA}
            """,
        ),
        (
            "no phrasing reads the sentence",
            f"UPDATE text.document SET text = text || ' It is cheap.' WHERE document_id = {TEA}",
        ),
        (
            "the time or share is not that of the fact",
            """
            UPDATE text.document SET text = replace(text, 'March 1,', 'January 1,');
            UPDATE text.statement SET sentence = replace(sentence, 'March 1,', 'January 1,');
            """,
        ),
        (
            "text and evidence have other sentences",
            f"""
            UPDATE text.statement SET sentence = 'It is cheap.'
            WHERE {COLOR}
            """,
        ),
    ],
)
def test_evidence_and_text_that_differ_fail_the_run(told, monkeypatch, problem, tampering):
    before = told.documents()
    publish = rendering._publish

    def publish_and_tamper(connection, language):
        publish(connection, language)
        connection.execute(tampering)

    monkeypatch.setattr(rendering, "_publish", publish_and_tamper)
    with pytest.raises(FaithfulnessError, match=problem):
        render(told.connection)
    assert told.documents() == before


def test_an_item_that_looks_like_the_end_of_a_list_is_read_back(shop):
    for label in ("Jams", "and Teas", "Jams as well as Teas", "Salt, and Pepper"):
        shop.category("type", label, broader=shop.category("category", "Pantry"))
    render(shop.connection)
    (text,) = (text for text in shop.texts("category") if "Salt" in text and "Jams" in text)
    assert "“and Teas”" in text


def test_the_time_of_a_fact_is_read_to_the_microsecond(shop):
    product = shop.product("1")
    start = datetime(2024, 3, 1, 12, 30, 5, 123456)
    shop.fact(product, "price", "2.00", start=start, end=start + timedelta(days=1))
    shop.fact(product, "price", "3.00", start=START, end=START + timedelta(days=7))
    render(shop.connection)
    assert "March 1, 2024, at 12:30:05.123456" in shop.text("history")


def test_a_name_that_reads_like_another_phrasing_is_quoted(shop):
    for number in range(12):
        shop.product(str(number), name=f"Tea {number} in a 8 oz size", productType="TEA")
    render(shop.connection, kinds=("product", "product_questions"))
    texts = " ".join(shop.texts("product_questions"))
    assert "They get “Tea" in texts
