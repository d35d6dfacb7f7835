"""Chat: questions and answers as conversations that trainers read, each once, with evidence."""

import json
from datetime import datetime
from pathlib import Path

import fsspec
import pytest
import yaml

from tests.copies import copy_of
from tests.verbalize.exported import Given, byte_tokenizer, digest, lines
from tests.verbalize.shop import Shop
from verbalize.errors import VerbalizeError
from verbalize.export import ExportError, export, write_corpus
from verbalize.render import render
from verbalize.states import newest_state, record_state
from warehouse.connection import FILE_NAME, reader, writer

KINDS = ("product", "product_questions")
TEMPLATE = """{% for one in messages %}{{ one['role'] }}: {{ one['content'] }}
{% endfor %}"""


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """The file of two products, told and asked about."""
    home = tmp_path_factory.mktemp("asking")
    with writer(home) as opened:
        shop = Shop(opened)
        shop.product("7", name="Green tea", brand="Acme", category="TEAS", size="8 OZ")
        shop.product("8", name='"Why not?" 奶酪\nA tea? Yes', brand="Acme", category="TEAS")
        render(opened, kinds=KINDS)
        record_state(opened)
    return home / FILE_NAME


@pytest.fixture
def asking(file):
    """A copy of it."""
    with copy_of(file) as opened:
        yield opened


def chat(connection, folder, name="chat", **options):
    options = {"shard_documents": 4, **options}
    return export(connection, folder, format="chat", name=name, **options)


def read(folder):
    """Conversations with their evidence, of all shards."""
    shards = sorted((folder / "data").iterdir())
    pairs = [
        pair
        for shard in shards
        for pair in zip(lines(shard), lines(folder / "evidence" / shard.name), strict=True)
    ]
    return [{**said, **told} for said, told in pairs]


def said(row):
    return tuple(message["content"] for message in row["messages"])


def test_each_question_of_a_document_is_a_conversation_of_its_own(asking, tmp_path):
    chat(asking, tmp_path)
    export(asking, tmp_path, format="jsonl", name="documents")
    documents = lines(tmp_path / "documents" / "data" / "00000.jsonl.zst")
    expected = {
        (row["id"], one["question"], one["answer"])
        for row in documents
        for one in row["metadata"]["questions"] or ()
    }
    found = read(tmp_path / "chat")
    assert expected == {(row["metadata"]["document"], *said(row)) for row in found}
    assert len(found) == len(expected) > 4
    assert all([one["role"] for one in row["messages"]] == ["user", "assistant"] for row in found)


def test_a_line_holds_messages_only_and_its_evidence_stands_beside_it(asking, tmp_path):
    chat(asking, tmp_path)
    for path in (tmp_path / "chat" / "data").iterdir():
        assert all(set(row) == {"messages"} for row in lines(path))
    for row in read(tmp_path / "chat"):
        ((template, facts),) = asking.execute(
            """
            SELECT template, fact_ids FROM text.statement
            WHERE document_id = $document AND contains(sentence, $answer)
            AND contains(sentence, $question)
            """,
            {
                "document": row["metadata"]["document"],
                "question": row["messages"][0]["content"],
                "answer": row["messages"][1]["content"],
            },
        ).fetchall()
        assert (row["metadata"]["templates"], row["metadata"]["fact_ids"]) == ([template], facts)
        assert row["metadata"]["stated_facts"] == len(facts)
        assert row["source"] == "shop" and row["created"] == "2024-01-01T00:00:00.000Z"


def test_the_same_question_and_answer_of_two_documents_is_there_once(asking, tmp_path):
    before = chat(asking, tmp_path)
    repeat(asking)
    sheet = chat(asking, tmp_path, "repeated")
    first, again = read(tmp_path / "chat"), read(tmp_path / "repeated")
    assert {row["id"] for row in first} == {row["id"] for row in again}
    assert sheet["conversations"] == before["conversations"] == len(again)
    assert (before["repeated_questions"], sheet["repeated_questions"]) == (0, len(again))
    (document,) = {row["metadata"]["document"] for row in again if "Green" in said(row)[0]}
    assert document == min(documents_of(asking, "Green"))


def documents_of(connection, words):
    rows = connection.execute(
        """
        SELECT document_id FROM text.document
        WHERE kind = 'product_questions' AND contains(text, ?)
        """,
        [words],
    ).fetchall()
    return [row[0] for row in rows]


def repeat(connection):
    """A copy of each document of questions, such as a variant in the same words."""
    connection.execute(
        """
        INSERT INTO text.statement
        SELECT statement.* REPLACE ('copy of ' || document_id AS document_id)
        FROM text.statement JOIN text.document USING (document_id)
        WHERE kind = 'product_questions';
        INSERT INTO text.document
        SELECT * REPLACE ('copy of ' || document_id AS document_id)
        FROM text.document WHERE kind = 'product_questions'
        """
    )


def test_the_datasheet_tells_what_is_in_it_and_what_is_left_out(asking, tmp_path):
    sheet = chat(asking, tmp_path)
    count = len(read(tmp_path / "chat"))
    assert sheet["kinds"] == [
        {"kind": "product_questions", "language": "en", "conversations": count}
    ]
    assert (sheet["conversations"], sheet["documents_without_questions"]) == (count, 2)
    assert sum(row["conversations"] for row in sheet["templates"]) == count
    assert "tokens" not in sheet and "documents" not in sheet
    assert {"conversations", "repeated_questions"} <= set(sheet["meaning"])
    files = digest(tmp_path / "chat")
    assert all(files[shard["file"]] == shard["sha256"] for shard in sheet["shards"])
    assert f"{count} conversations. " in (tmp_path / "chat" / "datasheet.md").read_text()


def test_the_same_seed_gives_the_same_bytes_and_another_another_order(asking, tmp_path):
    for name, seed, threads in (("one", 1, 1), ("again", 1, 4), ("other", 2, 4)):
        asking.execute(f"SET threads = {threads}")
        chat(asking, tmp_path / name, seed=seed)
    one, again, other = (digest(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again != other


def test_a_stopped_export_goes_on(asking, tmp_path):
    told = []

    def stop(what: str, done: int, total: int) -> None:
        told.append(done)
        if told == [0, 1]:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        chat(asking, tmp_path, progress=stop)
    chat(asking, tmp_path, progress=stop)
    chat(asking, tmp_path / "whole")
    assert told[:3] == [0, 1, 1]
    assert digest(tmp_path / "chat") == digest(tmp_path / "whole" / "chat")


def test_a_file_whose_evidence_never_came_does_not_outlive_its_export(
    asking, tmp_path, monkeypatch
):
    store = fsspec.filesystem("memory")
    put = store.put_file

    def lost(file, path):
        if "/evidence/" in path:
            raise OSError("connection lost")
        put(file, path)

    with monkeypatch.context() as patched:
        patched.setattr(store, "put_file", lost)
        with pytest.raises(OSError, match="connection lost"):
            chat(asking, "memory://chats", shard_documents=2)
    assert [path for path in store.find("/chats") if "/data/" in path]
    chat(asking, "memory://chats", shard_documents=4)
    chat(asking, tmp_path, shard_documents=4)
    found = {path.removeprefix("/chats/chat/") for path in store.find("/chats")}
    store.rm("/chats", recursive=True)
    assert found == set(digest(tmp_path / "chat"))


def test_a_delta_has_the_conversations_that_no_document_had_before(shop, tmp_path):
    tea = shop.product("7", name="Green tea", brand="Acme", category="TEAS")
    render(shop.connection, kinds=KINDS)
    record_state(shop.connection)
    since = newest_state(shop.connection)
    chat(shop.connection, tmp_path, "base")
    shop.fact(tea, "size", "8 OZ", start=datetime(2024, 2, 1))
    shop.product("9", name="Black tea", brand="Acme", category="TEAS")
    render(shop.connection, kinds=KINDS)
    record_state(shop.connection)
    sheet = chat(shop.connection, tmp_path, "delta", since=since)
    base, delta = ({said(row) for row in read(tmp_path / name)} for name in ("base", "delta"))
    chat(shop.connection, tmp_path, "fresh")
    fresh = {said(row) for row in read(tmp_path / "fresh")}
    assert base | delta >= fresh >= delta
    assert any("8 oz" in answer for _, answer in delta)
    assert (sheet["conversations"], sheet["withdrawn"]) == (len(delta), 0)
    assert (tmp_path / "delta" / "tombstones.jsonl").is_file()


def test_nothing_new_is_an_empty_delta(asking, tmp_path):
    sheet = chat(asking, tmp_path, since=newest_state(asking))
    assert (sheet["conversations"], sheet["shards"]) == (0, [])
    card = (tmp_path / "chat" / "README.md").read_text().split("---\n")[1]
    assert yaml.safe_load(card)["configs"] == [{"config_name": "default", "data_files": []}]


def test_hugging_face_datasets_says_that_an_empty_delta_has_no_files(asking, tmp_path):
    datasets = pytest.importorskip("datasets", reason="the dev extra brings datasets")
    chat(asking, tmp_path, since=newest_state(asking))
    with pytest.raises(datasets.exceptions.DataFilesNotFoundError):
        datasets.load_dataset(str(tmp_path / "chat"), cache_dir=str(tmp_path / "cache"))


def test_without_questions_it_tells_how_to_render_some(shop, tmp_path):
    shop.product("7", name="Green tea", brand="Acme")
    with pytest.raises(ExportError, match="no documents"):
        chat(shop.connection, tmp_path)
    render(shop.connection, kinds=("product",))
    with pytest.raises(ExportError, match="none of the 1 documents .* wareword render --kind"):
        chat(shop.connection, tmp_path)


def test_documents_are_no_conversations(tmp_path):
    record = {
        "id": "document:1", "text": "Tea.", "source": "shop", "added": "", "created": "",
        "metadata": {"kind": None},
    }  # fmt: skip
    with pytest.raises(VerbalizeError, match="no conversations"):
        write_corpus(Given([record]), tmp_path, format="chat", name="one")


def test_hugging_face_datasets_loads_the_folder_and_the_files(asking, tmp_path):
    datasets = pytest.importorskip("datasets", reason="the dev extra brings datasets")
    chat(asking, tmp_path)
    folder, cache = tmp_path / "chat", str(tmp_path / "cache")
    by_card = datasets.load_dataset(str(folder), split="train", cache_dir=cache)
    by_files = datasets.load_dataset(
        "json", data_files=f"{folder}/data/*.jsonl", split="train", cache_dir=cache
    )
    evidence = datasets.load_dataset(
        "json", data_files=f"{folder}/evidence/*.jsonl", split="train", cache_dir=cache
    )
    expected = [{"messages": row["messages"]} for row in read(folder)]
    assert list(by_card) == list(by_files) == expected
    assert [row["id"] for row in evidence] == [row["id"] for row in read(folder)]


def test_a_chat_template_takes_the_messages(asking, tmp_path):
    transformers = pytest.importorskip("transformers", reason="the edit extra brings transformers")
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(byte_tokenizer()))
    tokenizer.chat_template = TEMPLATE
    chat(asking, tmp_path)
    for row in read(tmp_path / "chat"):
        question, answer = said(row)
        text = tokenizer.apply_chat_template(row["messages"], tokenize=False)
        assert text == f"user: {question}\nassistant: {answer}\n"


def test_croissant_is_valid(asking, tmp_path):
    croissant = pytest.importorskip("mlcroissant", reason="needs wareword[formats]")
    chat(asking, tmp_path)
    described = croissant.Dataset(jsonld=str(tmp_path / "chat" / "croissant.json"))
    assert not described.metadata.issues.errors
    told = json.loads((tmp_path / "chat" / "croissant.json").read_text())
    files = digest(tmp_path / "chat")
    assert {file["@id"]: file["sha256"] for file in told["distribution"]} == {
        name: files[name] for name in files if name.startswith(("data/", "evidence/"))
    }


def test_a_warehouse_that_is_only_read_is_exported(asking, tmp_path):
    home = tmp_path / "home"
    with writer(home) as connection:
        for table in ("facts.node", "facts.fact", "text.document", "text.statement"):
            connection.register("copying", asking.sql(f"FROM {table}").to_arrow_table())
            connection.execute(f"INSERT INTO {table} FROM copying")
            connection.unregister("copying")
    with reader(home) as connection:
        assert chat(connection, tmp_path)["conversations"] == len(read(tmp_path / "chat"))
