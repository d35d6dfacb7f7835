"""Fixtures of the tests of documents."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from tests.verbalize.shop import Shop
from verbalize import grammar, phrasing, tables
from verbalize.phrasing import KINDS
from verbalize.render import render
from warehouse.connection import memory

Rewrite = Callable[[str, str, str], None]

LARGE = ("neighbourhood", "neighbourhood_questions", "product_questions", "history_questions")
"""Kinds with a document for each product that small shops show as well."""


@pytest.fixture
def shop(connection: duckdb.DuckDBPyConnection) -> Shop:
    """An empty shop."""
    return Shop(connection)


@pytest.fixture(scope="session")
def corpus(sample_warehouse: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The facts of the slice of the sample, rendered; shared, so tests only read it."""
    with memory() as copied:
        for table in ("node", "fact"):
            facts = sample_warehouse.sql(f"FROM facts.{table}").to_arrow_table()
            copied.register("copying", facts)
            copied.execute(f"INSERT INTO facts.{table} FROM copying")
            copied.unregister("copying")
        render(copied, kinds=[kind for kind in KINDS if kind not in LARGE])
        yield copied


@pytest.fixture(scope="session", autouse=True)
def parsed_once() -> Iterator[None]:
    """Parses the text of a template once, however often templates are forgotten."""
    parse = phrasing.parse
    parsed: dict[tuple[str, str, str], phrasing.DocumentTemplate] = {}

    def once(kind: str, source: str, spoken: grammar.Grammar) -> phrasing.DocumentTemplate:
        key = kind, source, repr(spoken)
        if key not in parsed:
            parsed[key] = parse(kind, source, spoken)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phrasing, "parse", once)
        yield


@pytest.fixture
def rewrite_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rewrite]:
    """Renders with a copy of the templates in which a file has other words."""
    folder = tmp_path / "templates"
    shutil.copytree(tables.TEMPLATES, folder)

    def rewrite(file: str, old: str, new: str) -> None:
        path = folder / "en" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        forget()

    def forget() -> None:
        for remembered in (
            phrasing.document_template, phrasing.separators, tables.table, grammar.grammar
        ):  # fmt: skip
            remembered.cache_clear()

    monkeypatch.setattr(tables, "TEMPLATES", folder)
    monkeypatch.setattr(phrasing, "TEMPLATES", folder)
    monkeypatch.setattr(grammar, "TEMPLATES", folder)
    forget()
    yield rewrite
    forget()
