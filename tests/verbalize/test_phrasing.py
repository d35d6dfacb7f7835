"""Template files: the rules that keep reading exact, and what each error tells."""

import pytest

from verbalize.errors import TemplateError
from verbalize.grammar import grammar
from verbalize.phrasing import KINDS, document_template, parse

TITLE = "{% block title %}\n{{ it }}\n{% endblock %}\n"


def block(*lines: str, name: str = "size") -> str:
    return f"{{% block {name} %}}\n" + "\n".join(lines) + "\n{% endblock %}\n"


def test_a_line_writes_a_batch_and_reads_each_sentence():
    template = parse("product", TITLE + block("It comes in {{ size | a }} size."), grammar())
    (phrasing,) = template.statements[0].phrasings
    assert phrasing.write([("8 oz",), ("9 oz",)]) == [
        "It comes in an 8 oz size.",
        "It comes in a 9 oz size.",
    ]
    assert phrasing.slots == ("size",)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["{{ size }} is its size."], "must begin with words"),
        (["It comes in {{ size }}"], "must begin with words and end with"),
        (["It is {{ size }} {{ color }}."], "needs words between two slots"),
        (["It is {{ size }} and {{ size }}."], "must say each slot once"),
        (["It is {{ size }}.", "Its color is {{ color }}."], "say the same in each"),
        (["It is {{ size }}.", "It is {{ size }} big."], "begin alike"),
        (["Size {{ size }}.", "Size number {{ size }}."], "begin alike"),
        (["It is {{ size | a }."], "the line is"),
        (["It is {{ size | shouted }}."], "shouted"),
        (["It is {{ size | upper }}."], "must say each slot once"),
    ],
)
def test_a_line_that_could_not_be_read_back_is_refused(lines, told):
    with pytest.raises(TemplateError, match=told):
        parse("product", TITLE + block(*lines), grammar())


def test_a_template_needs_a_title():
    with pytest.raises(TemplateError, match="title"):
        parse("product", block("It is {{ size }}."), grammar())
    with pytest.raises(TemplateError, match="title"):
        parse("product", "{% block title %}\n{% endblock %}\n", grammar())


@pytest.mark.parametrize("kind", KINDS)
def test_every_template_keeps_the_rules(kind):
    template = document_template(kind)
    assert template.title.writes
    assert all(statement.phrasings for statement in template.statements)


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("The color of every one is {{ size }}.", "The color of {{ other }} is {{ color }}."),
        ("Record number: {{ sku }}.", "Record {{ sku }}: {{ name }}."),
        ("Record no: {{ sku }}.", "Record {{ sku }}: {{ size }}."),
        ("Sizes {{ size | listing }}.", "Sizes {{ other }}, and {{ color }}."),
    ],
)
def test_a_line_that_another_one_reads_is_refused_with_both(line, other):
    template = TITLE + block(other, name="other") + block(line)
    with pytest.raises(TemplateError, match="is read as") as refused:
        parse("product", template, grammar())
    assert line in str(refused.value) and other in str(refused.value)


def test_a_line_that_goes_on_where_another_one_ends_is_kept():
    longer = block("Sold as {{ size }} by {{ brand }}.", name="size_brand")
    assert parse("product", TITLE + block("Sold as {{ size }}.") + longer, grammar())


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            ["It is {{ size }}.", "Sold {{ size }}"],
            r"^en/product.j2, line 6 \(size, phrasing 2\) m",
        ),
        (["", "It is {{ size | a }."], r"^en/product.j2, line 6 \(size, phrasing 1\): "),
        (["It is {{ size }}.", "It is {{ size }} big."], "line 5 .* and en/product.j2, line 6 "),
    ],
)
def test_a_fault_is_told_with_its_file_and_line(lines, told):
    with pytest.raises(TemplateError, match=told):
        parse("product", TITLE + block(*lines), grammar())
