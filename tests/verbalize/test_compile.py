"""Templates as SQL: the bytes of Jinja2, row by row, or a reason."""

from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError

from verbalize import grammar, tables
from verbalize.compile import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    TEXT,
    NotCompiled,
    Value,
    compile_template,
    list_of,
)
from verbalize.compile.english import SAME_CASE
from verbalize.phrasing import environment

ENVIRONMENT = environment(grammar.grammar().writing)
TYPES = {
    "text": TEXT,
    "other": TEXT,
    "number": INTEGER,
    "amount": FLOAT,
    "sure": BOOLEAN,
    "items": list_of(TEXT),
    "counts": list_of(INTEGER),
}
COLUMNS = {name: Value(f'"{name}"', type) for name, type in TYPES.items()}
ARROW = {
    TEXT: pa.string(),
    INTEGER: pa.int64(),
    FLOAT: pa.float64(),
    BOOLEAN: pa.bool_(),
    list_of(TEXT): pa.list_(pa.string()),
    list_of(INTEGER): pa.list_(pa.int64()),
}
Row = dict[str, Any]

ROWS: list[Row] = [
    {
        "text": "the 8 oz Häagen-Dazs", "other": "", "number": 3, "amount": 0.1, "sure": True,
        "items": ["tea", None, "“Earl, Grey”"], "counts": [1, 0, -7],
    },
    {
        "text": "straße 'x'\n\"y\" {{ text }}", "other": "\u3000 tea\t", "number": 0,
        "amount": -0.0, "sure": False, "items": [], "counts": [],
    },
    dict.fromkeys(TYPES),
    {
        "text": "", "other": "ΟΔΟΣ", "number": -(2**63), "amount": float("nan"), "sure": None,
        "items": ["a", "b"], "counts": [None],
    },
    {
        "text": "hour", "other": "d\x00e", "number": 2**63 - 1, "amount": 1e16, "sure": True,
        "items": ["one"], "counts": [2**63 - 1, 2**63 - 1],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def compiled(database: duckdb.DuckDBPyConnection, template: str, rows: list[Row]) -> list[Any]:
    """What the SQL of a template gives for each row."""
    values = pa.table(
        {
            "place": pa.array(range(len(rows))),
            **{n: pa.array([row[n] for row in rows], ARROW[t]) for n, t in TYPES.items()},
        }
    )
    sql = compile_template(template, COLUMNS, ENVIRONMENT).sql
    database.register("given_rows", values)
    found = database.execute(f"SELECT {sql} FROM given_rows ORDER BY place").fetchall()
    return [text for (text,) in found]


def rendered(template: str, row: Row) -> str | None:
    """What Jinja2 gives; None for an error."""
    try:
        return ENVIRONMENT.from_string(template).render(row)
    except (TemplateError, TypeError, AttributeError, IndexError):
        return None


def assert_same(
    database: duckdb.DuckDBPyConnection, template: str, rows: list[Row], some: bool = True
) -> None:
    """The SQL gives what Jinja2 gives, or NULL."""
    said = [rendered(template, row) for row in rows]
    for row, text, sql in zip(rows, said, compiled(database, template, rows), strict=True):
        assert sql in (text, None), (template, row)
    if some:
        assert any(text is not None for text in compiled(database, template, rows)), template


@pytest.mark.parametrize(
    "template",
    [
        "plain",
        "{{ text }}|{{ number }}|{{ amount }}|{{ sure }}|{{ none }}",
        "{{ 'it''s' }} {{ 1.5 }} {{ -3 }} {{ 'a' ~ number ~ text }}",
        "  {%- if text %} yes {{ text }} {% elif number -%} {{ number }} {% else %} {% endif %}\n",
        "{% if items %}{{ items | join(', ') }}{% else %}nothing{% endif %}",
        "{% if not text and (number or sure) %}a{% else %}b{% endif %}",
        "{{ text or other or 'neither' }}{{ text and other }}",
        "{{ 'yes' if number > 1 else 'no' }}",
        "{{ text is none }}{{ text is not none }}{{ text is defined }}{{ nowhere is defined }}",
        "{{ text == other }}{{ text != 'hour' }}{{ number == 3 }}{{ sure == true }}",
        "{% if number is not none and 0 <= number < 5 %}few{% endif %}",
        "{{ amount == amount }}{{ amount != amount }}{{ amount == 0.0 }}",
        "{% if amount is not none %}{{ amount > 0.0 }}{{ amount <= 1e16 }}{% endif %}",
        "{{ 'a' in ['a', 'b'] }}{{ text in ('hour', '') }}{{ 'o' in (text or '') }}",
        "{% if items is not none %}{{ text in items }}{{ none in items }}{% endif %}",
        "{% for item in items or ['x'] %}{{ loop.index }}/{{ loop.length }} {{ item }}"
        "{% if not loop.last %}, {% endif %}{% else %}empty{% endfor %}",
        "{% for item in items %}{% for count in counts %}{{ item }}{{ count }}{{ loop.first }}"
        "{{ loop.revindex }}{% endfor %}{{ loop.index0 }}{{ loop.revindex0 }};{% endfor %}",
        "{% for item in items if item %}{{ loop.index }}{{ item }}{% else %}none{% endfor %}",
        "{% for text in items %}{{ text }}{% endfor %}{{ text }}",
        "{% for count in counts %}{{ loop.index % 2 }}{{ loop.index + 1 - 2 }}{% endfor %}",
        "{% if number is not none %}{{ number % 7 }} {{ number + number }}{% endif %}",
        "{% set said = text or 'x' %}{% if sure %}{% set said = 'sure' %}{% endif %}{{ said }}",
        "{% set a = 1 %}{% for item in items %}{{ a }}{% set a = 2 %}{{ a }}{% endfor %}{{ a }}",
        "{% set said %}[{{ text }}]{% endset %}{{ said | upper }}{{ said | length }}",
        "{% macro m(a, b='x', c=b) %}<{{ a }}{{ b }}{{ c }}{{ text }}>{% endmacro %}"
        "{{ m(text) }}{{ m(number, c=other) }}{{ m(1, 2) }}",
        "{% macro inner(a) %}({{ a }}){% endmacro %}{% macro outer(a) %}{{ inner(a ~ '!') }}"
        "{% endmacro %}{% for item in items %}{{ outer(item) }}{% endfor %}",
        "{{ text | upper }}{{ text | lower }}{{ text | capitalize }}",
        "{{ other | trim }}|{{ text | trim('the 8') }}|{{ number | upper }}|{{ sure | lower }}",
        "{{ text | replace('h', other) }}{{ text | replace('aa', 5) }}",
        "{{ text | default('x') }}{{ text | d('x', true) }}{{ nowhere | default('y') }}",
        "{% if items %}{{ items | first }}{{ items | last }}{{ items[0] ~ items[-1] }}{% endif %}",
        "{{ items | length }}{{ text | length }}{{ counts | join('+') }}",
        "{{ number | string ~ '!' }}",
        "{{ text | a }} {{ text | heading }} {{ text | noun('one', 'many') }}",
        "{{ items | listing }}",
        "{# nothing #}{% raw %}{{ x }}{% endraw %}",
    ],
)
def test_sql_says_what_jinja_says(database, template):
    assert_same(database, template, ROWS)


LETTERS = st.characters(exclude_categories=["Cs"])
WORDS = st.one_of(
    st.sampled_from(["", "the tea", "an, b", "İstanbul", "ΟΔΟΣ", "one", "U2", "“x”", "½ l", "SUV"]),
    st.text(st.sampled_from("abehouEUNST 18,;'\"“”éßıſŉµ\u0301\t\xa0\n\x00茶🍵{%"), max_size=8),
    st.text(LETTERS, max_size=5),
)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)
VALUES = {
    TEXT: WORDS,
    INTEGER: NUMBERS,
    FLOAT: st.floats(),
    BOOLEAN: st.booleans(),
    list_of(TEXT): st.lists(st.none() | WORDS, max_size=4),
    list_of(INTEGER): st.lists(st.none() | NUMBERS, max_size=3),
}
GIVEN_ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | VALUES[type] for name, type in TYPES.items()}),
    min_size=1,
    max_size=6,
)
CONSTANTS = st.text(st.sampled_from("ab '.,é“茶\t"), max_size=4).map(repr)
TEXT_FILTERS = (
    "upper", "lower", "capitalize", "trim", "trim('a ')", "replace('a', 'b')", "default('x', true)",
    "string", "a", "heading", "noun('one', 'many')", "length", "first",
)  # fmt: skip
ITEM_FILTERS = ("join", "join(', ')", "listing", "first", "last", "length")


@st.composite
def expressions(draw: st.DrawFn, texts: tuple[str, ...], depth: int = 2) -> str:
    """Something that can be printed; `texts` are names that are known beside the columns."""
    kind = draw(st.integers(0, 9 if depth else 3))
    names = (*texts, "text", "other", "number", "amount", "sure")
    inner = expressions(texts, depth - 1)
    match kind:
        case 0 | 1:
            return draw(st.sampled_from(names))
        case 2:
            return draw(CONSTANTS)
        case 3:
            listed = draw(st.sampled_from(["items", "counts"]))
            return f"({listed} | {draw(st.sampled_from(ITEM_FILTERS))})"
        case 4 | 5:
            return f"({draw(inner)} | {draw(st.sampled_from(TEXT_FILTERS))})"
        case 6:
            return f"({draw(inner)} ~ {draw(inner)})"
        case 7:
            return f"({draw(inner)} if {draw(conditions(texts, depth - 1))} else {draw(inner)})"
        case 8:
            return f"({draw(inner)} {draw(st.sampled_from(['or', 'and']))} {draw(inner)})"
        case _:
            return f"({draw(conditions(texts, depth - 1))})"


@st.composite
def conditions(draw: st.DrawFn, texts: tuple[str, ...], depth: int = 1) -> str:
    inner = expressions(texts, depth)
    match draw(st.integers(0, 6 if depth else 4)):
        case 0:
            return draw(inner)
        case 1:
            return f"{draw(inner)} is {draw(st.sampled_from(['none', 'not none', 'defined']))}"
        case 2:
            compared = draw(st.sampled_from(["==", "!=", "<", ">=", "in", "not in"]))
            return f"({draw(inner)} {compared} {draw(inner)})"
        case 3:
            return f"({draw(inner)} in {draw(st.sampled_from(['items', 'counts']))})"
        case 4:
            return draw(st.sampled_from(["items", "counts", "number % 2", "number + 1 > number"]))
        case 5:
            return f"(not {draw(conditions(texts, depth - 1))})"
        case _:
            joined = draw(st.sampled_from(["and", "or"]))
            return f"({draw(conditions(texts, 0))} {joined} {draw(conditions(texts, 0))})"


@st.composite
def bodies(draw: st.DrawFn, texts: tuple[str, ...] = (), depth: int = 2, top: bool = True) -> str:
    """Some statements one after the other."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        dash = draw(st.sampled_from(["", "-"]))
        inner = bodies(texts, depth - 1, top=False)
        match draw(st.integers(0, 8 if depth else 3)):
            case 0:
                parts.append(draw(st.sampled_from(["a ", "  \n", "it's ", "“é” "])))
            case 1 | 2 | 3:
                parts.append(f"{{{{{dash} {draw(expressions(texts))} }}}}")
            case 4:
                parts.append(f"{{%{dash} if {draw(conditions(texts))} %}}{draw(inner)}")
                if draw(st.booleans()):
                    parts.append(f"{{% elif {draw(conditions(texts))} {dash}%}}{draw(inner)}")
                if draw(st.booleans()):
                    parts.append(f"{{% else %}}{draw(inner)}")
                parts.append("{% endif %}")
            case 5:
                known = (*texts, "item", "loop.index", "loop.last")
                listed = draw(st.sampled_from(["items", "counts", "[text, other]"]))
                test = draw(st.sampled_from(["", " if item", " if item is not none"]))
                parts.append(f"{{% for item in {listed}{test} {dash}%}}")
                parts.append(draw(bodies(known, depth - 1, top=False)))
                parts.append(draw(st.sampled_from(["", "{% else %}none"])) + "{% endfor %}")
            case 6:
                name = f"set_{draw(st.integers(0, 1))}"
                parts.append(f"{{% set {name} = {draw(expressions(texts))} %}}")
                texts = (*texts, name)
            case 7:
                name = f"set_{draw(st.integers(0, 1))}"
                parts.append(f"{{% set {name} %}}{draw(inner)}{{% endset %}}")
                texts = (*texts, name)
            case _ if top and "m(1)" not in texts:
                given = ("x", "y", "text", "number")
                parts.append("{% macro m(x, y=other) %}")
                parts.append(draw(bodies(given, depth - 1, top=False)) + "{% endmacro %}")
                texts = (*texts, "m(1)", "m(text)", "m('a', y=number)")
    return "".join(parts)


@given(template=bodies(), rows=GIVEN_ROWS)
@settings(max_examples=100, suppress_health_check=list(HealthCheck))
def test_sql_of_any_template_gives_the_bytes_of_jinja_or_nothing(database, template, rows):
    try:
        assert_same(database, template, rows, some=False)
    except NotCompiled as refused:
        assert refused.line <= template.count("\n") + 1


def vocabulary() -> list[str]:
    """The words that the tables of templates have, as they stand and shouted."""
    words: set[str] = set()
    for name in ("abbreviations", "labels", "units", "values"):
        words.update(tables.table("en", name).values())
        words.update(key[-1] for key in tables.table("en", name))
    return sorted(words | {word.upper() for word in words} | {word.title() for word in words})


def rows_of(texts: list[str]) -> list[Row]:
    return [{**dict.fromkeys(TYPES), "text": text} for text in texts]


@pytest.mark.parametrize("name", ["a", "heading"])
def test_english_of_the_whole_vocabulary_is_said_by_sql(database, name):
    words = vocabulary()
    template = f"{{{{ text | {name} }}}}"
    expected = [grammar.grammar().writing[name](word) for word in words]
    assert compiled(database, template, rows_of(words)) == expected


BEGINNINGS = st.text(
    st.sampled_from("UuNnIiSsTtOoRrEeKkBbAaCcHhLlDdVvMmFfXx018-&' \"“(éØıß"), max_size=6
)


@given(st.lists(BEGINNINGS | WORDS, min_size=1, max_size=40))
@settings(max_examples=100, suppress_health_check=list(HealthCheck))
def test_the_article_by_sound_is_the_same_in_sql(database, texts):
    for text, said in zip(texts, compiled(database, "{{ text | a }}", rows_of(texts)), strict=True):
        assert said in (grammar.article(text), None), text
        if text.isascii():
            assert said is not None, text


def test_letters_that_sql_is_trusted_with_have_one_capital_and_one_small_form(database):
    letters = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
    database.register("letter", pa.table({"letter": letters}))
    trusted = database.execute(
        """
        SELECT letter, upper(letter), lower(letter)
        FROM letter WHERE regexp_full_match(letter, ?)
        """,
        [SAME_CASE],
    ).fetchall()
    assert len(trusted) > 30_000
    assert [row for row in trusted if row[1:] != (row[0].upper(), row[0].lower())] == []


@pytest.mark.parametrize(
    ("template", "line", "reason"),
    [
        ("a\n{{ text.upper() }}", 2, "a call of what is no macro"),
        ("{{ text\n| shouted }}", 2, "filter shouted is unknown"),
        ("\n\n{{ text | wordcount }}", 3, "filter wordcount is not compiled"),
        ("{{ items | join(', ', attribute='x') }}", 1, "arguments of other kinds"),
        ("{% include 'other' %}", 1, "Include"),
        ("{% for item in items %}{{ loop.cycle('a', 'b') }}{% endfor %}", 1, "call"),
        ("{% for item in items recursive %}{{ item }}{% endfor %}", 1, "recursive"),
        ("{{ nowhere }}", 1, "nothing is known of nowhere"),
        ("{% if sure %}{% set a = 1 %}{% endif %}\n{{ a }}", 2, "not set in every branch"),
        ("{% set text = 1 %}", 1, "set of text"),
        ("{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}", 1, "calls itself"),
        ("{% macro m(x) %}{{ x }}{% endmacro %}{{ m() }}", 1, "called without x"),
        ("{{ items }}", 1, "printed as Python code"),
        ("{{ text or number }}", 1, "of one type"),
        ("{{ text == number }}", 1, "compares VARCHAR with BIGINT"),
        ("{{ 'a' if sure }}", 1, "without an else"),
        ("{% set a = 'xxxxxxxx' ~ text %}" + "{% set a = a ~ a %}" * 20, 1, "too long"),
    ],
)
def test_what_cannot_be_compiled_says_where_and_why(template, line, reason):
    with pytest.raises(NotCompiled, match=f"line {line}: .*{reason}.*; Jinja2 renders it"):
        compile_template(template, COLUMNS, ENVIRONMENT)


def test_a_filter_that_took_the_name_of_another_is_not_taken_for_it():
    other = environment({**grammar.grammar().writing, "upper": str.lower})
    with pytest.raises(NotCompiled, match="filter upper is not compiled"):
        compile_template("{{ text | upper }}", COLUMNS, other)


def test_values_are_never_taken_for_templates_or_sql(database):
    text = "{{ number }}'; DROP TABLE x; --{% raw %}"
    assert compiled(database, "{{ text }}!", rows_of([text])) == [text + "!"]
