"""Documents of some kinds and languages are written anew, and all others stay."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines import stages
from pipelines.cli import app
from verbalize import grammar, phrasing, tables
from warehouse.connection import only_row, reader, writer


@pytest.fixture
def templates(tmp_path, monkeypatch) -> Path:
    """A copy of the templates, with a language that a user has made."""
    folder = tmp_path / "words" / "templates"
    shutil.copytree(tables.TEMPLATES, folder)
    (folder / "nl").mkdir()
    for file in ("grammar.toml", "product.j2", "brand.j2"):
        shutil.copy(folder / "en" / file, folder / "nl" / file)
    for module in (tables, phrasing, grammar):
        monkeypatch.setattr(module, "TEMPLATES", folder)
    yield folder
    forget()


@pytest.fixture
def home(tmp_path, monkeypatch, templates) -> Path:
    """A home with documents in English, and after those some of the user's language."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREWORD_HOME", str(tmp_path / "home"))
    Path("products.csv").write_text(
        "id,title,brand,category\n1,Blue mug,Acme,Mugs\n2,Red mug,Acme,Mugs\n"
    )
    call("load", "products.csv", "--as-of", "2024-01-31")
    call("render", "--kind", "product", "--kind", "brand")
    call("curate", "--duplicate-threshold", "0.8")
    told = call("render", "--language", "nl", "--keep-others")
    assert "languages: [en, nl]" in told
    return tmp_path / "home"


def forget() -> None:
    for remembered in (
        phrasing.document_template, phrasing.separators, tables.table, grammar.grammar,
        stages._files_beside_code,
    ):  # fmt: skip
        remembered.cache_clear()


def call(*arguments: str) -> str:
    forget()
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def documents(home: Path) -> dict[tuple[str, str], set[str]]:
    with reader(home) as connection:
        rows = connection.execute("SELECT language, kind, text FROM text.document").fetchall()
    return {
        (language, kind): {text for *of, text in rows if of == [language, kind]}
        for language, kind, _ in rows
    }


def test_only_what_was_asked_is_written_after_an_edit_and_a_language_of_the_user_stays(
    home, templates
):
    before = documents(home)
    assert before.keys() == {("en", "brand"), ("en", "product"), ("nl", "brand"), ("nl", "product")}
    edit(templates / "en" / "product.j2", "The ", "Our ")
    told = call("render", "--kind", "product", "--language", "en", "--keep-others")
    assert "2 documents written anew and read back, 4 kept" in told and "older" not in told
    after = documents(home)
    assert after["en", "product"] != before["en", "product"]
    assert {**after, ("en", "product"): None} == {**before, ("en", "product"): None}
    told = call("export")
    assert "render      done before" in told and "curate      done before" in told
    assert documents(home) == after
    assert stages.remembered(home)["duplicate_threshold"] == 0.8


def test_an_edit_beside_what_was_asked_is_told_and_made_by_the_next_command(home, templates):
    before = documents(home)
    edit(templates / "en" / "product.j2", "item number", "article number")
    edit(templates / "en" / "brand.j2", "products", "wares")
    told = call("render", "--kind", "product", "--language", "en", "--keep-others")
    assert "documents that are kept are older" in told
    assert documents(home)["en", "brand"] == before["en", "brand"]
    told = call("curate")
    assert "3 documents in nl are gone" in told and "curate      done before" not in told
    after = documents(home)
    assert after.keys() == {("en", "brand"), ("en", "product")}
    assert after["en", "brand"] != before["en", "brand"]


def test_words_between_slots_can_change_documents_of_other_kinds_and_are_told(home, templates):
    edit(templates / "en" / "brand.j2", "Of {{ it }} products, the", "Of {{ it }} wares, the")
    told = call("render", "--kind", "brand", "--language", "en", "--keep-others")
    assert "documents that are kept are older" in told


def test_a_kind_beside_the_settings_is_told(home):
    told = call("render", "--kind", "category", "--keep-others")
    assert "Documents of category go when all are written anew" in told


def test_rewrites_are_not_counted_as_facts_read_back(home):
    with writer(home) as connection:
        connection.execute(
            """
            INSERT INTO text.statement
            SELECT document_id, 99, 'rewrite.paraphrase', 0, 'So.', ['a', 'b']
            FROM text.document WHERE kind = 'product' LIMIT 1
            """
        )
    call("render", "--kind", "brand", "--keep-others")
    with reader(home) as connection:
        (counted,) = only_row(
            connection,
            """
            SELECT (metadata ->> 'facts_read_back')::BIGINT - (
                SELECT sum(len(fact_ids)) FROM text.statement
                WHERE NOT starts_with(template, 'rewrite.')
            )
            FROM ops.stage WHERE stage = 'render'
            """,
        )
    assert counted == 0
