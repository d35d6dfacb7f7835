"""Corpora as files: whole, the same bytes for the same seed, gone on with after a stop, signed."""

import json
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest
import yaml

from tests.verbalize.exported import (
    DOCUMENTS,
    GONE,
    OF_DOCUMENTS,
    byte_tokenizer,
    digest,
    lay_out,
    lines,
)
from verbalize.errors import VerbalizeError
from verbalize.export import ExportError, export, huggingface, warehouse
from verbalize.export.warehouse import WarehouseCorpus
from warehouse.connection import reader, writer
from warehouse.licences import state


@pytest.fixture
def corpus(connection):
    lay_out(connection)
    return connection


def write(corpus, folder, format="dolma", name="one", **options):
    options = {"shard_documents": 10, "tokenizer": byte_tokenizer(), **options}
    return export(corpus, folder, format=format, name=name, **options)


def test_dolma_shards_hold_every_kept_document_once_with_its_evidence(corpus, tmp_path):
    sheet = write(corpus, tmp_path)
    shards = sorted((tmp_path / "one" / "documents").iterdir())
    rows = [row for shard in shards for row in lines(shard)]
    assert [len(lines(shard)) for shard in shards] == [10, 10, 4]
    assert {row["id"] for row in rows} == {f"document:{i}" for i in range(DOCUMENTS) if i != GONE}
    row = next(row for row in rows if row["id"] == "document:7")
    assert set(row) == {"id", "text", "source", "added", "created", "metadata"}
    assert row["text"] == 'Item "7" — 7 oz\n' and row["created"] == "2024-01-08T00:00:00.000Z"
    assert row["metadata"]["fact_ids"] == ["fact7"]
    assert (sheet["documents"], sheet["tokens"]) == (24, 24 * 7)


def test_a_fact_that_two_sentences_say_is_named_and_counted_once(corpus, tmp_path):
    corpus.execute(
        "UPDATE text.statement SET fact_ids = ['fact7', 'fact8'] WHERE document_id = 'document:7'"
    )
    corpus.execute(
        """
        INSERT INTO text.statement
        SELECT * REPLACE (position + 1 AS position, ['fact8', 'fact9', 'fact7'] AS fact_ids)
        FROM text.statement WHERE document_id = 'document:7'
        """
    )
    export(corpus, tmp_path, format="dolma", name="one")
    rows = lines(tmp_path / "one" / "documents" / "part-00000.jsonl.zst")
    (told,) = (row["metadata"] for row in rows if row["id"] == "document:7")
    assert told["fact_ids"] == ["fact7", "fact8", "fact9"] and told["stated_facts"] == 3


@pytest.mark.parametrize("format", OF_DOCUMENTS)
def test_the_same_seed_gives_the_same_bytes_and_another_another_order(corpus, tmp_path, format):
    for name, seed, threads in (("one", 1, 1), ("again", 1, 4), ("other", 2, 4)):
        corpus.execute(f"SET threads = {threads}")
        write(corpus, tmp_path / name, format, seed=seed)
    one, again, other = (digest(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again != other


@pytest.mark.parametrize("format", OF_DOCUMENTS)
def test_documents_looked_up_some_at_a_time_give_the_same_bytes(
    corpus, tmp_path, monkeypatch, format
):
    monkeypatch.setattr(huggingface, "ROWS", 4)
    write(corpus, tmp_path / "whole", format)
    monkeypatch.setattr(warehouse, "AT_ONCE", 7)
    write(corpus, tmp_path / "some", format)
    assert digest(tmp_path / "some") == digest(tmp_path / "whole")


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
    write(corpus, tmp_path)
    sheet = json.loads((tmp_path / "one" / "datasheet.json").read_text())
    assert sheet["provenance"] == [
        {"provenance": "predicted", "facts_said": 4, "share": 0.1667},
        {"provenance": "stated", "facts_said": 20, "share": 0.8333},
    ]
    assert sheet["templates"] == [{"template": "product.size", "phrasings": 1, "sentences": 24}]
    assert {"seed", "tokens", "kinds", "sources", "tokenizer"} <= set(sheet)
    files = digest(tmp_path / "one")
    assert all(files[shard["file"]] == shard["sha256"] for shard in sheet["shards"])
    assert [shard["sources"] for shard in sheet["shards"][::2]] == [
        {"shop": 10},
        {"shop": 10},
        {"shop": 4},
    ]


def test_the_datasheet_says_in_plain_words_what_each_figure_means(corpus, tmp_path):
    sheet = write(corpus, tmp_path)
    figures = set(sheet) - {"about", "meaning"}
    tables = {name for name in figures if isinstance(sheet[name], list) and name != "languages"}
    columns = {column for name in tables for row in sheet[name] for column in row}
    assert (figures - tables) | columns <= set(sheet["meaning"])
    page = (tmp_path / "one" / "datasheet.md").read_text()
    assert "- `facts_said`: facts of that provenance that documents say" in page
    assert "- seed: 0 (the number from which" in page


def test_the_datasheet_counts_tokens_by_the_tokenizer_that_wrote_them(corpus, tmp_path):
    sheet = write(corpus, tmp_path, "megatron")
    texts = [f'Item "{i}" — {i} oz\n' for i in range(DOCUMENTS) if i != GONE]
    assert sheet["tokens"] == sum(len(text.encode()) for text in texts)
    assert sheet["tokenizer"].startswith("tokenizer.json (")
    assert sheet["kinds"] == [{"kind": "product", "language": "en", "documents": 24}]


def test_documents_that_a_language_model_wrote_are_counted_and_named(corpus, tmp_path):
    corpus.execute(
        """
        INSERT INTO text.rewrite BY NAME
        SELECT 'document:' || i AS document_id, 'document:0' AS original_id, 'paraphrase' AS form,
            'en' AS language, '' AS persona, '' AS length, 'writer-7b' AS model, 'call' AS call_id,
            '' AS text, CASE WHEN i = 99 THEN 'new name' END AS reason, 1 AS coverage, 5 AS words
        FROM (VALUES (7), (8), (99)) AS v(i)
        """
    )
    sheet = write(corpus, tmp_path, "jsonl", shard_documents=100)
    assert sheet["writers"] == [
        {"written_by": "templates", "documents": 22},
        {"written_by": "writer-7b", "documents": 2},
    ]
    (shard,) = (tmp_path / "one" / "data").iterdir()
    written = {row["id"]: row["metadata"]["written_by"] for row in lines(shard)}
    assert {id for id, by in written.items() if by} == {"document:7", "document:8"}
    assert written["document:7"] == "writer-7b" and written["document:0"] is None


def test_measures_that_changed_meanwhile_are_another_corpus(corpus):
    before = WarehouseCorpus(corpus, 0, 10).fingerprint
    corpus.execute("INSERT INTO text.signal BY NAME SELECT 'document:1' AS document_id, 3 AS words")
    assert WarehouseCorpus(corpus, 0, 10).fingerprint != before


@pytest.mark.parametrize("format", OF_DOCUMENTS)
def test_sha256sum_finds_every_file_whole(corpus, tmp_path, format):
    write(corpus, tmp_path, format)
    folder = tmp_path / "one"
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=False
    )
    named = {line.split("  ", 1)[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert checked.returncode == 0
    assert named == set(digest(folder)) - {"SHA256SUMS"}


@pytest.mark.parametrize("name", ["../out", "/abs", "a/b", "", ".hidden", "a\\b"])
def test_a_name_cannot_leave_its_folder(corpus, tmp_path, name):
    with pytest.raises(ExportError, match="name"):
        write(corpus, tmp_path / "corpus", name=name)
    assert not (tmp_path / "out").exists()


def test_an_export_that_fails_leaves_the_one_before_and_the_next_goes_on(corpus, tmp_path):
    write(corpus, tmp_path, name="whole", seed=2)
    write(corpus, tmp_path, seed=1)
    before = digest(tmp_path / "one")
    told = []

    def stop(what: str, done: int, total: int) -> None:
        told.append(done)
        if done == 2 and told.count(2) == 1:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write(corpus, tmp_path, seed=2, progress=stop)
    assert digest(tmp_path / "one") == before
    write(corpus, tmp_path, seed=2, progress=stop)
    assert told == [0, 1, 2, 2]
    assert without_name(digest(tmp_path / "one")) == without_name(digest(tmp_path / "whole"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "whole"]


def test_what_is_left_of_another_corpus_is_not_gone_on_with(corpus, tmp_path):
    def stop(what: str, done: int, total: int) -> None:
        if done == 1:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write(corpus, tmp_path, progress=stop)
    corpus.execute("UPDATE text.document SET text = 'Another one' WHERE document_id = 'document:7'")
    write(corpus, tmp_path)
    write(corpus, tmp_path / "whole")
    assert digest(tmp_path / "one") == digest(tmp_path / "whole" / "one")


def test_a_killed_export_goes_on_at_the_first_missing_shard(tmp_path):
    home = tmp_path / "home"
    with writer(home) as connection:
        lay_out(connection)
    killed = f"""
import os
from pathlib import Path
from verbalize.export import export
from warehouse.connection import reader

def kill(what, done, total):
    if done == 2:
        os._exit(9)

with reader(Path({str(home)!r})) as connection:
    export(connection, Path({str(tmp_path)!r}), format="dolma", name="one", shard_documents=5,
           progress=kill)
"""
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", killed], cwd=root, check=False).returncode == 9
    assert not (tmp_path / "one").exists()
    told = []
    with reader(home) as connection:
        write(
            connection,
            tmp_path,
            shard_documents=5,
            progress=lambda what, done, total: told.append(done),
        )
        write(connection, tmp_path / "whole", shard_documents=5)
    assert told == [2, 3, 4]
    assert digest(tmp_path / "one") == digest(tmp_path / "whole" / "one")


def test_nothing_to_export_tells_what_to_do(connection, tmp_path):
    with pytest.raises(ExportError, match="wareword render"):
        write(connection, tmp_path)


def test_tokens_need_a_tokenizer(corpus, tmp_path):
    with pytest.raises(ExportError, match="--tokenizer"):
        write(corpus, tmp_path, "megatron", tokenizer=None)


class TestAtAnAddress:
    @pytest.fixture
    def store(self):
        store = fsspec.filesystem("memory")
        yield store
        store.rm("/", recursive=True)

    def test_the_files_are_those_of_a_folder(self, corpus, tmp_path, store):
        write(corpus, "memory://bucket/corpora")
        write(corpus, tmp_path)
        found = {path: store.cat(path) for path in store.find("/bucket/corpora/one")}
        here = tmp_path / "one"
        assert found == {
            f"/bucket/corpora/one/{name}": (here / name).read_bytes() for name in digest(here)
        }

    def test_a_stopped_export_goes_on(self, corpus, tmp_path, store):
        told = []

        def stop(what: str, done: int, total: int) -> None:
            told.append(done)
            if told == [0, 1, 2]:
                raise OSError("connection lost")

        with pytest.raises(OSError, match="connection lost"):
            write(corpus, "memory://bucket", progress=stop)
        assert not store.exists("/bucket/one/SHA256SUMS")
        write(corpus, "memory://bucket", progress=stop)
        write(corpus, tmp_path)
        assert told == [0, 1, 2, 2]
        assert store.cat("/bucket/one/SHA256SUMS") == (tmp_path / "one/SHA256SUMS").read_bytes()
        assert not store.exists("/bucket/one/.unfinished.json")

    def test_leftovers_of_another_corpus_are_replaced(self, corpus, tmp_path, store):
        def stop(what: str, done: int, total: int) -> None:
            if done == 4:
                raise OSError("connection lost")

        with pytest.raises(OSError, match="connection lost"):
            write(corpus, "memory://bucket", shard_documents=5, progress=stop)
        write(corpus, "memory://bucket")
        write(corpus, tmp_path)
        found = {path.removeprefix("/bucket/one/") for path in store.find("/bucket/one")}
        assert found == set(digest(tmp_path / "one"))

    def test_an_export_that_another_one_took_the_place_of_does_not_go_on(
        self, corpus, tmp_path, store
    ):
        def stop_at(shard):
            def stop(what: str, done: int, total: int) -> None:
                if done == shard:
                    raise OSError("connection lost")

            return stop

        for seed, shard in ((1, 2), (2, 0)):
            with pytest.raises(OSError, match="connection lost"):
                write(corpus, "memory://bucket", seed=seed, progress=stop_at(shard))
        write(corpus, "memory://bucket", seed=1)
        write(corpus, tmp_path, seed=1)
        found = {path.removeprefix("/bucket/one/") for path in store.find("/bucket/one")}
        assert found == set(digest(tmp_path / "one"))

    def test_a_whole_corpus_is_never_replaced(self, corpus, store):
        write(corpus, "memory://bucket")
        with pytest.raises(VerbalizeError, match="--name"):
            write(corpus, "memory://bucket", seed=2)

    @pytest.mark.parametrize(
        "address",
        [
            "s3://key:hunter2@bucket/corpora",
            "s3://key:hun/hunter2@bucket/corpora",
            "s3://key:hun/ter/hunter2@bucket/corpora",
            "https://hunter2@host/corpora",
            "https://host/corpora?sig=hunter2",
            "https://host/corpora#hunter2",
        ],
    )
    def test_an_address_with_a_secret_is_refused_and_not_repeated(self, corpus, address):
        with pytest.raises(VerbalizeError, match="environment") as told:
            write(corpus, address)
        assert "hunter2" not in str(told.value)

    def test_a_folder_of_a_store_may_have_an_at_sign(self, corpus, store):
        write(corpus, "memory://bucket/team@home")
        assert store.exists("/bucket/team@home/one/SHA256SUMS")

    def test_the_kind_of_an_address_may_be_in_capitals(self, corpus, store):
        write(corpus, "MEMORY://bucket/loud")
        assert store.exists("/bucket/loud/one/SHA256SUMS")

    def test_a_chained_address_is_no_folder(self, corpus):
        with pytest.raises(VerbalizeError, match="chained"):
            write(corpus, "simplecache::memory://bucket")

    def test_an_unknown_kind_of_address_tells_so(self, corpus):
        with pytest.raises(VerbalizeError, match="cannot be written"):
            write(corpus, "nowhere://bucket")


def without_name(files: dict[str, str]) -> dict[str, str]:
    """Of a corpus of another name, what must be the same: its name stands in two files."""
    return {
        file: sha for file, sha in files.items() if file not in ("croissant.json", "SHA256SUMS")
    }


class TestLicences:
    """Of a shop and a supplier; product 7 of the shop is told by both."""

    @pytest.fixture
    def licensed(self, corpus):
        corpus.execute(
            """
            INSERT INTO ops.load
            SELECT 'load ' || source, source, 'product', 'products.csv', 'delimited', 'hash',
                TIMESTAMP '2024-01-01', number, 1, 1, 0, []
            FROM (VALUES ('shop', 1), ('supplier', 2)) AS v(source, number);
            INSERT INTO facts.fact
            SELECT * REPLACE ('theirs' AS fact_id, 'supplier' AS source)
            FROM facts.fact WHERE fact_id = 'fact7';
            UPDATE text.statement SET fact_ids = ['fact7', 'theirs']
            WHERE document_id = 'document:7'
            """
        )

        def write_stating(folder, **licences):
            corpus.execute("DELETE FROM ops.licence")
            for source, licence in licences.items():
                state(corpus, [source], licence)
            write(corpus, folder, "hf", shard_documents=100)
            return folder / "one"

        return write_stating

    def test_the_datasheet_names_them_by_source_and_shard(self, licensed, tmp_path):
        folder = licensed(tmp_path, shop="CC-BY-4.0", supplier="terms of supplier.example")
        sheet = json.loads((folder / "datasheet.json").read_text())
        assert sheet["sources"] == [
            {"source": "shop", "licence": "CC-BY-4.0", "spdx": "CC-BY-4.0"},
            {"source": "supplier", "licence": "terms of supplier.example", "spdx": None},
        ]
        (shard,) = sheet["shards"]
        assert shard["sources"] == {"shop": 23, "shop+supplier": 1}
        assert shard["licences"] == ["CC-BY-4.0", "terms of supplier.example"]
        assert "| shop | CC-BY-4.0 | CC-BY-4.0 |" in (folder / "datasheet.md").read_text()

    def test_croissant_names_them(self, licensed, tmp_path):
        folder = licensed(tmp_path, shop="PSF-2.0", supplier="terms of supplier.example")
        told = json.loads((folder / "croissant.json").read_text())
        assert told["license"] == ["PSF-2.0", "terms of supplier.example"]

    @pytest.mark.parametrize(
        ("licences", "card"),
        [
            (("CC-BY-4.0", "CC-BY-4.0"), {"license": "cc-by-4.0"}),
            (("ODbL-1.0", "ODbL-1.0"), {"license": "odbl"}),
            (("CC0-1.0", "MIT"), {"license": ["cc0-1.0", "mit"]}),
            (("PSF-2.0", "PSF-2.0"), {"license": "other", "license_name": "psf-2.0"}),
            (("MIT", "Our terms!"), {"license": "other", "license_name": "mit-and-our-terms"}),
        ],
    )
    def test_the_card_has_names_that_the_hub_knows(self, licensed, tmp_path, licences, card):
        folder = licensed(tmp_path, shop=licences[0], supplier=licences[1])
        metadata = yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])
        told = {name: value for name, value in metadata.items() if name.startswith("license")}
        assert told == card

    def test_one_that_nobody_stated_is_not_known(self, licensed, tmp_path):
        folder = licensed(tmp_path, shop="MIT")
        sheet = json.loads((folder / "datasheet.json").read_text())
        assert [source["spdx"] for source in sheet["sources"]] == ["MIT", None]
        card = (folder / "README.md").read_text().split("---\n")[1]
        assert "license: other\n" in card and "license_name" not in card
