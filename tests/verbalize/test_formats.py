"""Each format is read by the library that it is for, and gives the documents that went in."""

import gzip
import json
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from tests.verbalize.exported import OF_DOCUMENTS, Given, byte_tokenizer, digest, lines
from verbalize.errors import VerbalizeError
from verbalize.export import megatron, mosaic, write_corpus

HOSTILE = [
    'Quotes " and \\ and a tab\t.',
    "Line\nbreaks\r\nof\u2028many\x85kinds\x0b.",
    "Emoji 🧀 and Zürich, 奶酪.",
    "A document may say <|endoftext|> and go on.",
    "",
    "{{ template }} </s> | pipe",
    "long " * 3_000,
    "Zero \x00 byte",
    "The last one.",
]
RECORDS = [
    {
        "id": f"document:{number}",
        "text": text,
        "source": "shop" if number % 2 else "quoted, shop",
        "added": "2024-02-01T00:00:00.000Z",
        "created": "2024-01-31T00:00:00.000Z",
        "metadata": {"title": f"Item {number}", "fact_ids": ["a", "b"][: number % 3], "kind": None},
        "attributes": {"tokens": number * 2, "digits": None if number == 1 else 0.25},
    }
    for number, text in enumerate(HOSTILE)
]
FIELDS = ("id", "text", "source", "added", "created", "metadata")
EXPECTED = [{field: record[field] for field in FIELDS} for record in RECORDS]


@pytest.fixture
def written(tmp_path):
    def write(format: str, records: list[dict] = RECORDS) -> Path:
        write_corpus(
            Given(records), tmp_path, format=format, name="one", tokenizer=byte_tokenizer()
        )
        return tmp_path / "one"

    return write


def test_dolma_attributes_stand_line_by_line_beside_the_documents(written):
    folder = written("dolma")
    documents = sorted((folder / "documents").iterdir())
    attributes = sorted((folder / "attributes" / "wareword").iterdir())
    assert [path.name for path in documents] == [path.name for path in attributes]
    rows = [row for path in documents for row in lines(path)]
    spans = [row for path in attributes for row in lines(path)]
    assert rows == EXPECTED
    assert [row["id"] for row in spans] == [row["id"] for row in rows]
    assert spans[2]["attributes"] == {
        "wareword__tokens": [[0, len(HOSTILE[2]), 4]],
        "wareword__digits": [[0, len(HOSTILE[2]), 0.25]],
    }
    assert spans[1]["attributes"]["wareword__digits"] == []


def test_the_mixer_of_dolma_filters_by_the_attributes(written, tmp_path):
    dolma = pytest.importorskip("dolma.dolma", reason="dolma pins old libraries: a venv of its own")
    folder = written("dolma")
    mix = {
        "streams": [
            {
                "name": "shop",
                "documents": [str(folder / "documents" / "*.zst")],
                "attributes": ["wareword"],
                "output": {"path": str(tmp_path / "mixed"), "max_size_in_bytes": 1 << 20},
                "filter": {
                    "include": [],
                    "exclude": ["$.attributes[?(@.wareword__tokens[0][2] > 9)]"],
                },
            }
        ],
        "processes": 1,
        "work_dir": {"input": str(tmp_path / "in"), "output": str(tmp_path / "out")},
    }
    dolma.mixer_entrypoint(json.dumps(mix))
    found = [
        json.loads(line)
        for path in sorted((tmp_path / "mixed").iterdir())
        for line in gzip.decompress(path.read_bytes()).decode().split("\n")
        if line
    ]
    assert [row["id"] for row in found] == [f"document:{number}" for number in range(5)]


def test_datatrove_reads_the_json_lines(written):
    readers = pytest.importorskip("datatrove.pipeline.readers", reason="needs wareword[formats]")
    pytest.importorskip("orjson", reason="datatrove reads JSON by orjson")
    folder = written("jsonl")
    reader = readers.JsonlReader(str(folder / "data"), doc_progress=False)
    # datatrove leaves out documents without a text.
    expected = [record for record in EXPECTED if record["text"]]
    found = list(reader.run())
    assert [(document.id, document.text) for document in found] == [
        (record["id"], record["text"]) for record in expected
    ]
    assert found[0].metadata["title"] == "Item 0" and found[0].metadata["source"] == "quoted, shop"


def test_hugging_face_datasets_loads_the_folder_as_it_is(written, tmp_path):
    datasets = pytest.importorskip("datasets", reason="the dev extra brings datasets")
    folder = written("hf")
    loaded = datasets.load_dataset(str(folder), split="train", cache_dir=str(tmp_path / "cache"))
    assert list(loaded) == RECORDS


def test_streaming_reads_the_mosaic_shards(written, tmp_path):
    streaming = pytest.importorskip(
        "streaming", reason="mosaicml-streaming pins old libraries: a venv of its own"
    )
    folder = written("mds")
    loaded = streaming.StreamingDataset(local=str(folder), shuffle=False, batch_size=1)
    assert [sample_of(record) for record in RECORDS] == [loaded[i] for i in range(len(RECORDS))]


def test_mosaic_shards_are_as_the_format_says(written):
    folder = written("mds")
    index = json.loads((folder / "index.json").read_text())
    found = []
    for shard in index["shards"]:
        path = folder / shard["raw_data"]["basename"]
        content = path.read_bytes()
        assert len(content) == shard["raw_data"]["bytes"]
        (count,) = struct.unpack_from("<I", content)
        assert count == shard["samples"]
        places = struct.unpack_from(f"<{count + 1}I", content, 4)
        assert json.loads(content[4 * (count + 2) : places[0]])["format"] == "mds"
        for begin, end in zip(places, places[1:], strict=False):
            sizes = struct.unpack_from("<4I", content, begin)
            values, place = {}, begin + 16
            for name, size in zip(shard["column_names"], sizes, strict=True):
                values[name] = content[place : place + size].decode()
                place += size
            assert place == end
            found.append({**values, "metadata": json.loads(values["metadata"])})
    assert found == [sample_of(record) for record in RECORDS]


def test_a_shard_that_mosaic_cannot_address_is_refused(written, monkeypatch):
    monkeypatch.setattr(mosaic, "LIMIT", 1_000)
    with pytest.raises(VerbalizeError, match="WAREWORD_SHARD_DOCUMENTS"):
        written("mds")


def sample_of(record: dict) -> dict:
    return {name: record[name] for name in mosaic.COLUMNS}


@pytest.mark.slow
def test_megatron_reads_tokens_that_say_the_documents(written):
    indexed = pytest.importorskip(
        "megatron.core.datasets.indexed_dataset", reason="needs wareword[formats]"
    )
    folder = written("megatron")
    tokenizer = Tokenizer.from_file(str(byte_tokenizer()))
    prefixes = sorted(str(path)[: -len(".idx")] for path in folder.glob("*.idx"))
    loaded = [indexed.IndexedDataset(prefix) for prefix in prefixes]
    found = [np.asarray(tokens) for data in loaded for tokens in data]
    assert [tokenizer.decode(tokens[:-1]) for tokens in found] == HOSTILE
    assert {int(tokens[-1]) for tokens in found} == {tokenizer.token_to_id("<|endoftext|>")}
    assert all((np.diff(data.document_indices) == 1).all() for data in loaded)


def test_megatron_files_are_as_the_format_says(written):
    folder = written("megatron")
    index = (folder / "part-00000_text_document.idx").read_bytes()
    tokens = np.fromfile(folder / "part-00000_text_document.bin", "<u2")
    mark, version, code, sequences, borders = struct.unpack_from("<9sQBQQ", index)
    assert (mark, version, code, sequences, borders) == (b"MMIDIDX\0\0", 1, 8, 4, 5)
    lengths = np.frombuffer(index, "<i4", 4, 34)
    begins = np.frombuffer(index, "<i8", 4, 34 + 4 * 4)
    documents = np.frombuffer(index, "<i8", 5, 34 + 4 * 4 + 4 * 8)
    assert len(index) == 34 + 4 * 4 + 4 * 8 + 5 * 8
    assert list(lengths) == [len(text.encode()) + 1 for text in HOSTILE[:4]]
    assert list(begins) == [0, *(2 * np.cumsum(lengths[:-1]))]
    assert list(documents) == [0, 1, 2, 3, 4] and len(tokens) == lengths.sum()
    # What a document says of special tokens is text: the mark of the end stands only there.
    assert list(np.flatnonzero(tokens == 0)) == list(np.cumsum(lengths) - 1)


def test_a_tokenizer_without_an_end_of_documents_is_refused(tmp_path):
    tokenizer = Tokenizer.from_file(str(byte_tokenizer()))
    told = json.loads(tokenizer.to_str())
    del told["model"]["vocab"]["<|endoftext|>"]
    told["added_tokens"] = []
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(told))
    with pytest.raises(VerbalizeError, match="ends a document"):
        write_corpus(Given(RECORDS), tmp_path, format="megatron", name="one", tokenizer=path)


def test_webdataset_reads_the_tar_files(written):
    webdataset = pytest.importorskip("webdataset", reason="needs wareword[formats]")
    folder = written("webdataset")
    urls = sorted(map(str, folder.glob("*.tar")))
    loaded = webdataset.WebDataset(urls, shardshuffle=False).decode()
    assert [{**sample["json"], "text": sample["txt"]} for sample in loaded] == EXPECTED


def test_tar_reads_the_tar_files(written):
    folder = written("webdataset")
    found = []
    for path in sorted(folder.glob("*.tar")):
        assert path.stat().st_size % tarfile.RECORDSIZE == 0
        with tarfile.open(path) as archive:
            names = archive.getnames()
            found += [archive.extractfile(name).read().decode() for name in names[::2]]
        assert names == [f"{n // 2:07}.{'json' if n % 2 else 'txt'}" for n in range(len(names))]
    assert found == HOSTILE


def test_plain_text_has_a_document_a_line(written, tmp_path):
    datasets = pytest.importorskip("datasets", reason="the dev extra brings datasets")
    folder = written("text")
    loaded = datasets.load_dataset(
        "text", data_dir=str(folder), split="train", cache_dir=str(tmp_path / "cache"),
        data_files="*.txt",
    )  # fmt: skip
    assert [row["text"] for row in loaded] == [" ".join(text.splitlines()) for text in HOSTILE]


@pytest.mark.parametrize("format", OF_DOCUMENTS)
def test_metadata_may_be_a_string_of_json(written, format):
    records = [{**record, "metadata": json.dumps(record["metadata"])} for record in RECORDS]
    folder = written(format, records)
    if format in ("dolma", "jsonl"):
        found = [row for path in sorted(folder.rglob("*.zst")) for row in lines(path)]
        assert [row for row in found if "text" in row] == EXPECTED
    assert digest(folder)


def test_documents_without_measures_have_no_attributes(written):
    records = [{field: record[field] for field in FIELDS} for record in RECORDS]
    folder = written("dolma", records)
    (first, *_) = lines(folder / "attributes" / "wareword" / "part-00000.jsonl.zst")
    assert first == {"id": "document:0", "attributes": {}}


@pytest.mark.parametrize("format", OF_DOCUMENTS)
def test_croissant_is_valid(written, format):
    croissant = pytest.importorskip("mlcroissant", reason="needs wareword[formats]")
    folder = written(format)
    described = croissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not described.metadata.issues.errors
    files = {
        file.id: file.sha256
        for file in described.metadata.distribution
        if isinstance(file, croissant.FileObject)
    }
    assert {name: sha for name, sha in digest(folder).items() if name in files}.items() <= {
        *files.items()
    }
    if format == "hf":
        rows = list(described.records("documents"))
        assert [row["documents/id"].decode() for row in rows] == [row["id"] for row in RECORDS]


def test_megatron_tells_where_two_bytes_are_too_few():
    assert megatron.token_type(65_499) == np.dtype("<u2")
    assert megatron.token_type(65_500) == np.dtype("<i4")
