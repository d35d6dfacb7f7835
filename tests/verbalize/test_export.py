"""Corpora as files: whole, the same bytes for the same seed, and read by the tools that they are
for."""

import hashlib
import io
import json
from pathlib import Path

import pytest
from zstandard import ZstdDecompressor

from verbalize.export import FORMATS, ExportError, export

DOCUMENTS = 25


@pytest.fixture
def corpus(connection):
    connection.execute(
        """
        INSERT INTO facts.node
        SELECT 'product:' || i, 'product', 'shop', i::VARCHAR, i::VARCHAR
        FROM range($documents) AS r(i)
        """,
        {"documents": DOCUMENTS},
    )
    connection.execute(
        f"""
        INSERT INTO facts.fact
        SELECT
            'fact' || i, 'product:' || i, 'size', i || ' oz', 'literal', NULL, NULL,
            CASE WHEN i < 5 THEN 'predicted' ELSE 'stated' END, 'shop', 1.0,
            TIMESTAMP '2024-01-01' + to_days(i::INTEGER), NULL, 'load:1'
        FROM range({DOCUMENTS}) AS r(i)
        """
    )
    connection.execute(
        f"""
        INSERT INTO text.document
        SELECT
            'document:' || i, 'product', 'en', 'product:' || i, 'Item ' || i,
            concat('Item "', i, '" — ', i, ' oz', chr(10)), 7
        FROM range({DOCUMENTS}) AS r(i)
        """
    )
    connection.execute(
        """
        INSERT INTO text.removed
        VALUES ('document:3', 'near', 'similar words', NULL, 'document:4')
        """
    )
    connection.execute(
        f"""
        INSERT INTO text.statement
        SELECT 'document:' || i, 1, 'product.size', 0, 'Item.', ['fact' || i]
        FROM range({DOCUMENTS}) AS r(i)
        """
    )
    return connection


def lines(path: Path) -> list[dict]:
    with path.open("rb") as file:
        text = io.TextIOWrapper(ZstdDecompressor().stream_reader(file), encoding="utf-8").read()
    return [json.loads(line) for line in text.splitlines()]


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_dolma_shards_hold_every_kept_document_once_with_its_evidence(corpus, tmp_path):
    sheet = export(corpus, tmp_path, format="dolma", name="one", shard_documents=10)
    shards = sorted((tmp_path / "one" / "documents").iterdir())
    rows = [row for shard in shards for row in lines(shard)]
    assert [len(lines(shard)) for shard in shards] == [10, 10, 4]
    assert {row["id"] for row in rows} == {f"document:{i}" for i in range(DOCUMENTS) if i != 3}
    row = next(row for row in rows if row["id"] == "document:7")
    assert set(row) == {"id", "text", "source", "added", "created", "metadata"}
    assert row["text"] == 'Item "7" — 7 oz\n' and row["created"] == "2024-01-08T00:00:00.000Z"
    assert row["metadata"]["fact_ids"] == ["fact7"]
    assert (sheet["documents"], sheet["tokens"]) == (24, 24 * 7)


def test_hugging_face_datasets_loads_the_folder_as_it_is(corpus, tmp_path):
    datasets = pytest.importorskip("datasets", reason="the dev extra brings datasets")
    export(corpus, tmp_path, format="hf", name="cards", shard_documents=10)
    loaded = datasets.load_dataset(
        str(tmp_path / "cards"), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded.num_rows == 24
    assert {"id", "text", "source", "added", "created", "metadata"} == set(loaded.column_names)


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_seed_gives_the_same_bytes_and_another_another_order(corpus, tmp_path, format):
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        export(corpus, tmp_path, format=format, name=name, seed=seed, shard_documents=10)
    assert digest(tmp_path / "one") == digest(tmp_path / "again") != digest(tmp_path / "other")


def test_a_document_names_all_sources_whose_facts_it_says(corpus, tmp_path):
    # Product 7 of the shop is product 9 of a supplier, who alone states its color.
    corpus.execute(
        """
        INSERT INTO catalog.product (product_id, source, key, load_id)
        VALUES ('product:7', 'shop', '7', 'load'), ('product:s9', 'supplier', '9', 'load');
        INSERT INTO facts.fact
        SELECT id, subject, predicate, object, kind, NULL, NULL, provenance, source, 1.0,
            TIMESTAMP '2024-01-01', NULL, 'load:1'
        FROM (VALUES
            ('same', 'product:s9', 'sameAs', 'product:7', 'node', 'resolved', 'entity resolution'),
            ('theirs', 'product:s9', 'color', 'red', 'literal', 'stated', 'supplier'),
            ('fused', 'product:7', 'color', 'red', 'literal', 'resolved', 'entity resolution')
        ) AS v(id, subject, predicate, object, kind, provenance, source);
        UPDATE text.statement SET fact_ids = ['fact7', 'fused'] WHERE document_id = 'document:7'
        """
    )
    export(corpus, tmp_path, format="dolma", name="one")
    rows = lines(tmp_path / "one" / "documents" / "part-00000.jsonl.zst")
    told = {row["id"]: (row["source"], row["metadata"]["sources"]) for row in rows}
    assert told["document:7"] == ("shop+supplier", ["shop", "supplier"])
    assert told["document:8"] == ("shop", ["shop"])


def test_the_datasheet_counts_and_signs_what_is_there(corpus, tmp_path):
    export(corpus, tmp_path, format="dolma", name="one")
    sheet = json.loads((tmp_path / "one" / "datasheet.json").read_text())
    assert sheet["provenance"] == [
        {"provenance": "predicted", "facts_said": 4, "share": 0.1667},
        {"provenance": "stated", "facts_said": 20, "share": 0.8333},
    ]
    assert sheet["templates"] == [{"template": "product.size", "phrasings": 1, "sentences": 24}]
    assert {"seed", "tokens", "kinds", "sources", "tokenizer"} <= set(sheet)
    files = digest(tmp_path / "one")
    assert all(files[shard["file"]] == shard["sha256"] for shard in sheet["shards"])


@pytest.mark.parametrize("name", ["../out", "/abs", "a/b", "", ".hidden", "a\\b"])
def test_a_name_cannot_leave_its_folder(corpus, tmp_path, name):
    with pytest.raises(ExportError, match="name"):
        export(corpus, tmp_path / "corpus", format="dolma", name=name)
    assert not (tmp_path / "out").exists()


def test_an_export_that_fails_leaves_the_one_before(corpus, tmp_path, monkeypatch):
    export(corpus, tmp_path, format="dolma", name="one")
    before = digest(tmp_path / "one")

    def fail(*arguments: object) -> list[Path]:
        raise OSError("disk full")

    monkeypatch.setitem(FORMATS, "dolma", fail)
    with pytest.raises(OSError, match="disk full"):
        export(corpus, tmp_path, format="dolma", name="one")
    assert digest(tmp_path / "one") == before
    monkeypatch.undo()
    export(corpus, tmp_path, format="dolma", name="one")
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_nothing_to_export_tells_what_to_do(connection, tmp_path):
    with pytest.raises(ExportError, match="wareword render"):
        export(connection, tmp_path, format="dolma", name="one")
