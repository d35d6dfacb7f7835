"""Documents that would give away answers of a benchmark are left out, and it is said of which."""

import json
import re
from pathlib import Path

import pytest

from tests.verbalize.curation.documents import put, removed
from verbalize.curation import CurationError, CurationSettings, curate
from verbalize.grammar import grammar
from verbalize.phrasing import kinds_of, lines
from verbalize.render import render

ITEM = "Which jar of green olives with garlic is the one that comes from the valley of Jaén?"
ANSWER = "the small one with a blue lid"
TEXTS = {
    "same words": f"We were asked: {ITEM} Nobody knew.",
    "short answer": f"It is {ANSWER.upper()}!",
    "near miss": "Which jar of green olives with pepper is the one that comes with a blue lid?",
    "other": "Frozen peas, 16 oz, are sold in the grocery aisle.",
}


def benchmark(folder: Path, *items: dict) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items))
    return path


def run(connection, folder: Path, *paths: Path, words: int = 8):
    return curate(
        connection,
        folder / "tokenizer.json",
        CurationSettings(stages=("contamination",), benchmarks=paths, overlap_words=words),
    )


def test_shared_words_leave_a_document_out_and_name_the_item(connection, tmp_path):
    put(connection, TEXTS)
    run(connection, tmp_path, benchmark(tmp_path, {"id": "q7", "question": ITEM, "a": [ANSWER]}))
    reason = ("contamination", "words of a benchmark", None)
    assert removed(connection) == {"same words": reason, "short answer": reason}
    detail = connection.execute(
        "SELECT detail FROM text.removed WHERE document_id = 'same words'"
    ).fetchone()
    assert detail == ("questions.jsonl q7: which jar of green olives with garlic is",)


def test_of_a_text_file_each_line_is_an_item(connection, tmp_path):
    put(connection, TEXTS)
    path = tmp_path / "questions.txt"
    path.write_text(f"\n{ITEM}\n")
    run(connection, tmp_path, path)
    assert set(removed(connection)) == {"same words"}


def test_of_a_json_list_each_element_is_an_item(connection, tmp_path):
    put(connection, TEXTS)
    path = tmp_path / "questions.json"
    path.write_text(json.dumps([{"id": "q7", "question": ITEM}, {"question": "no"}], indent=1))
    run(connection, tmp_path, path)
    assert set(removed(connection)) == {"same words"}


def test_wrong_filters_and_benchmarks_are_told_before_a_stage_runs(connection, tmp_path):
    put(connection, TEXTS)
    for settings in (
        CurationSettings(filters=("words <<3",)),
        CurationSettings(benchmarks=(tmp_path / "missing.jsonl",)),
    ):
        told: list[str] = []
        with pytest.raises(CurationError):
            curate(
                connection,
                tmp_path / "tokenizer.json",
                settings,
                progress=lambda what, done, total, told=told: told.append(what),
            )
        assert told == []


def test_more_words_must_be_shared_where_more_are_asked_for(connection, tmp_path):
    put(connection, {"a": " ".join(ITEM.split()[:10])})
    path = benchmark(tmp_path, {"question": ITEM})
    run(connection, tmp_path, path, words=11)
    assert not removed(connection)
    run(connection, tmp_path, path, words=10)
    assert set(removed(connection)) == {"a"}


def test_what_many_items_share_tells_nothing(connection, tmp_path):
    put(connection, TEXTS | {"a": "They were bought together because they both are a type of jar."})
    items = [
        {"id": place, "said": f"because they both are a type of jar or of thing {place}"}
        for place in range(20)
    ]
    run(connection, tmp_path, benchmark(tmp_path, *items))
    assert not removed(connection)


def test_an_item_in_many_documents_takes_them_all(connection, tmp_path):
    leaks = {f"leak {place}": f"Box {place} says: {ITEM}" for place in range(11)}
    others = {f"other {place}": f"Box {place} holds peas." for place in range(899)}
    put(connection, leaks | others)
    run(connection, tmp_path, benchmark(tmp_path, {"id": "q7", "question": ITEM}))
    assert set(removed(connection)) == set(leaks)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_of_templates_alone_tell_nothing(connection, tmp_path, language):
    written = [line for kind in kinds_of(language) for line in lines(kind, language)]
    parts = [re.split(r"{{.*?}}", line) for line in written]
    gap = grammar(language).sentence.gap
    within = max((part for line in parts for part in line), key=len)
    across = max((line[-1] for line in parts), key=len) + gap + max((o[0] for o in parts), key=len)
    put(connection, {"within": f"Tea{gap}{within}", "across": f"Tea{gap}{across}"}, language)
    items = [{"id": place, "said": words} for place, words in enumerate((within, across))]
    path = benchmark(tmp_path, *items)
    run(connection, tmp_path, path, words=5)
    assert not removed(connection)
    # The same words are a leak where no template of the language says them.
    connection.execute("UPDATE text.document SET language = 'xx'")
    run(connection, tmp_path, path, words=5)
    assert set(removed(connection)) == {"within", "across"}


@pytest.mark.parametrize("form", ["identifier", "names"])
def test_a_document_that_says_the_fact_of_an_item_is_left_out(shop, tmp_path, form):
    tea = shop.product("7", name="Green tea", size="8 OZ")
    shop.product("8", name="Black tea", size="16 OZ")
    (fact,) = shop.connection.execute(
        "SELECT fact_id FROM facts.fact WHERE subject = ? AND predicate = 'size'", [tea]
    ).fetchone()
    render(shop.connection, kinds=["product"])
    items = {
        "identifier": {"id": "q1", "fact_ids": [fact]},
        "names": {"id": "q1", "subject": "green tea", "object": "8 oz", "text": "?"},
    }
    run(shop.connection, tmp_path, benchmark(tmp_path, items[form]))
    rows = shop.connection.execute(
        "SELECT title, reason, detail FROM text.removed JOIN text.document USING (document_id)"
    ).fetchall()
    assert rows == [
        ("Green tea (item 7)", "fact of a benchmark", f"questions.jsonl q1: fact {fact}")
    ]


@pytest.mark.parametrize("content", ['{"a": ', "\x80"], ids=["half", "bytes"])
def test_a_file_that_is_no_benchmark_is_told(connection, tmp_path, content):
    put(connection, TEXTS)
    path = tmp_path / "broken.jsonl"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(CurationError, match=r"broken\.jsonl"):
        run(connection, tmp_path, path)


def test_a_file_that_is_not_there_is_told(connection, tmp_path):
    put(connection, TEXTS)
    with pytest.raises(CurationError, match="cannot be read"):
        run(connection, tmp_path, tmp_path / "none.jsonl")


def test_numbers_and_nested_things_of_an_item_are_no_error(connection, tmp_path):
    put(connection, TEXTS)
    items = [{"id": None, "n": 3, "deep": {"er": [{"est": ITEM}]}, "fact_ids": "x"}, [1], "text"]
    path = tmp_path / "odd.jsonl"
    path.write_text("\n".join(map(json.dumps, items)))
    run(connection, tmp_path, path)
    assert set(removed(connection)) == {"same words"}
