"""Variants: what a document says of its subject, in another register, order and detail."""

from math import log2

import pytest

from tests.verbalize.shop import Shop
from verbalize.curation import CurationSettings, curate
from verbalize.errors import TemplateError
from verbalize.grammar import grammar
from verbalize.phrasing import PLAIN, parse
from verbalize.render import render

TITLE = "{% block title %}\n{{ it }}\n{% endblock %}\n"


@pytest.fixture
def shop_of_teas(shop):
    for number in range(12):
        shop.product(
            str(number), name=f"Tea {number}", brand="Acme", manufacturer="12", category="TEAS",
            size="8 OZ", color="green", price="1.50", gtin="4006381333931", description="Dried.",
        )  # fmt: skip
    return shop


def documents(shop: Shop) -> list[tuple[str, int, str, bool, bool, list[str]]]:
    """Subject, variant, register, brief, apart and statements of all product documents."""
    return shop.connection.execute(
        """
        SELECT
            subject, coalesce(variant, 0), coalesce(register, 'plain'), coalesce(brief, false),
            coalesce(apart, false),
            list(template ORDER BY position)
        FROM text.document
        JOIN text.statement USING (document_id)
        LEFT JOIN text.variant USING (document_id)
        WHERE kind = 'product' GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()


def test_the_first_document_is_the_same_whatever_variants_there_are(shop_of_teas):
    found = "SELECT * FROM text.document ANTI JOIN text.variant USING (document_id) ORDER BY ALL"
    render(shop_of_teas.connection, kinds=("product",))
    alone = shop_of_teas.connection.execute(found).fetchall()
    render(shop_of_teas.connection, kinds=("product",), variants=4)
    assert shop_of_teas.connection.execute(found).fetchall() == alone
    assert len(documents(shop_of_teas)) == 4 * len(alone)


def test_variants_differ_in_register_order_and_detail(shop_of_teas):
    render(shop_of_teas.connection, kinds=("product",), variants=7)
    told = [(*row[:4], row[5]) for row in documents(shop_of_teas) if not row[4]]
    whole = {tuple(said) for *_, brief, said in told if not brief}
    first = {tuple(said) for _, variant, *_, said in told if variant == 0}
    assert {register for _, _, register, *_ in told} == {"plain", "record", "shop"}
    assert len(first) == 1 and len(whole) > 15
    assert {said[0] for said in whole} == {"product.named"}
    assert {tuple(sorted(said)) for said in whole} == {tuple(sorted(*first))}
    for *_, brief, said in told:
        extra = {"product.gtin", "product.description", "product.brand_maker"}
        assert bool(extra & set(said)) is not brief


def test_some_variants_say_apart_what_others_say_in_one_sentence(shop_of_teas):
    render(shop_of_teas.connection, kinds=("product",), variants=13)
    told = [(apart, said) for *_, brief, apart, said in documents(shop_of_teas) if not brief]
    assert {apart for apart, _ in told} == {True, False}
    joined, alone = {"product.brand_maker"}, {"product.brand", "product.maker"}
    for apart, said in told:
        assert alone <= set(said) if apart else joined <= set(said)
        assert bool(joined & set(said)) is not apart
    facts = shop_of_teas.connection.execute(
        """
        SELECT DISTINCT len(list_distinct(flatten(list(fact_ids)))) FROM text.statement
        JOIN text.document USING (document_id) LEFT JOIN text.variant USING (document_id)
        WHERE kind = 'product' AND coalesce(brief, false) IS false GROUP BY document_id
        """
    ).fetchall()
    assert len(facts) == 1


def test_a_document_keeps_to_its_register(shop_of_teas):
    render(shop_of_teas.connection, kinds=("product",), variants=4)
    colors = shop_of_teas.connection.execute(
        """
        SELECT DISTINCT coalesce(register, 'plain'), sentence
        FROM text.statement LEFT JOIN text.variant USING (document_id)
        WHERE template = 'product.color'
        """
    ).fetchall()
    of = {register: {said for kept, said in colors if kept == register} for register, _ in colors}
    assert of["record"] == {"Color: green."}
    assert of["shop"] == {"Choose it in the color green."}
    assert not of["plain"] & (of["record"] | of["shop"])


def test_products_with_nothing_but_a_number_have_variants_in_all_registers(shop):
    for number in range(12):
        shop.product(str(number))
    render(shop.connection, kinds=["product"], variants=3)
    said = shop.connection.execute(
        """
        SELECT DISTINCT register FROM text.statement JOIN text.variant USING (document_id)
        WHERE template = 'product.item' ORDER BY register
        """
    ).fetchall()
    assert said == [("plain",), ("record",), ("shop",)]


def test_a_register_that_a_statement_has_no_line_of_says_a_plain_one():
    lines = "It comes in {{ size }}.\nSize: {{ size }}. {# record #}\n"
    block = f"{{% block size %}}\n{lines}{{% endblock %}}\n"
    template = parse("product", TITLE + block, grammar())
    assert template.registers == (PLAIN, "record")
    (statement,) = template.statements
    assert statement.numbers("record") == [1]
    assert statement.numbers("shop") == statement.numbers(PLAIN) == [0]


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("{% block size loud %}\nSize {{ size }}.\n{% endblock %}", "extra or free"),
        ("{% block size %}\nSize {{ size }}. {# record #}\n{% endblock %}", "without a register"),
    ],
)
def test_a_mark_that_cannot_be_is_refused(block, told):
    with pytest.raises(TemplateError, match=told):
        parse("product", TITLE + block, grammar())


def test_variety_counts_words_wordings_and_near_duplicates(shop_of_teas, tmp_path):
    connection = shop_of_teas.connection
    found = {}
    for variants in (1, 4):
        render(connection, kinds=("product",), variants=variants)
        curate(connection, tmp_path / "tokenizer.json")
        (found[variants],) = connection.sql("FROM text.variety").to_arrow_table().to_pylist()
    plain, varied = found[1], found[4]
    (sentences,) = connection.execute(
        "SELECT count(*) FROM text.statement SEMI JOIN text.kept USING (document_id)"
    ).fetchone()
    assert plain["language"] == "en" and plain["documents"] == 12
    assert 0 < varied["distinct_1"] < varied["distinct_2"] < varied["distinct_3"] < 1
    assert varied["wording_entropy"] > plain["wording_entropy"] > plain["template_entropy"]
    assert varied["wording_entropy"] < log2(sentences)
    assert plain["near_duplicates_after"] == varied["near_duplicates_after"] == 0
    # Some variants say apart what the first documents fuse.
    assert 1 < varied["facts_per_sentence"] < plain["facts_per_sentence"]


def test_variety_of_the_same_words_is_none(shop_of_teas, tmp_path):
    connection = shop_of_teas.connection
    render(connection, kinds=("product",))
    connection.execute("UPDATE text.document SET text = 'tea and tea'")
    connection.execute("UPDATE text.statement SET template = 'product.size', phrasing = 0")
    curate(connection, tmp_path / "tokenizer.json", CurationSettings(stages=()))
    (found,) = connection.sql("FROM text.variety").to_arrow_table().to_pylist()
    assert found["distinct_1"] == round(2 / 36, 4) and found["distinct_3"] == round(1 / 12, 4)
    assert found["template_entropy"] == found["wording_entropy"] == 0
    assert found["near_duplicates_before"] == found["near_duplicates_after"] == round(11 / 12, 4)
