"""Files of general text: what can be read is, what cannot is counted and named."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from verbalize.mixing import reading
from verbalize.mixing.reading import LeftOut, SourceError


def read(path: Path, column: str = "text", separator: str = "\n\n") -> tuple[list[str], LeftOut]:
    left_out = LeftOut()
    arrays = list(reading.texts(path, column, separator, left_out))
    return [text for array in arrays for text in array.to_pylist()], left_out


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


LINES = b'{"text": "one"}\n{"id": 7, "text": "two", "meta": {"a": [1]}}\r\n\n{"text": "three"}'


@pytest.mark.parametrize(
    "name, pack",
    [
        ("a.jsonl", bytes),
        ("a.jsonl.gz", gzip.compress),
        ("a.jsonl.zst", zstandard.ZstdCompressor().compress),
    ],
)
def test_json_lines_are_read_plain_and_packed(tmp_path, name, pack):
    assert read(put(tmp_path, name, pack(LINES))) == (["one", "two", "three"], LeftOut())


def test_parquet_gives_the_column_that_is_named(tmp_path):
    parquet.write_table(pa.table({"body": ["one", None, "", "two"]}), tmp_path / "a.parquet")
    texts, left_out = read(tmp_path / "a.parquet", "body")
    assert texts == ["one", "two"] and left_out.counts == {"no text": 2}


@pytest.mark.parametrize(
    "separator, texts",
    [("\n\n", ["one\ntwo", "three"]), ("<|endoftext|>", ["one\ntwo\n\n\n\nthree"])],
)
def test_plain_text_is_cut_at_its_separator(tmp_path, separator, texts):
    path = put(tmp_path, "a.txt", f"one\ntwo\n\n\n\nthree\n{separator}".encode())
    assert read(path, separator=separator)[0] == texts


def test_bad_lines_are_named_and_cost_no_good_ones(tmp_path):
    lines = [
        b'{"text": "a"}', b"[1]", b'{"text": 3}', b'{"text": "\xff"}', b"no json",
        b'{"text": "\\ud800"}', b'{"text":' + b"[" * 100_000, b'{"text": "b\\u0000"}',
    ]  # fmt: skip
    texts, left_out = read(put(tmp_path, "a.jsonl", b"\n".join(lines)))
    assert texts == ["a", "b\x00"]
    assert left_out.counts == {"no JSON in UTF-8": 3, "no text": 3}
    assert [where.split(":")[0] for where in left_out.first] == [
        f"a.jsonl, line {number}" for number in (4, 5, 7)
    ]


def test_a_line_that_is_too_long_is_passed_over_without_being_held(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_BYTES", 1_000)
    monkeypatch.setattr(reading, "_BLOCK_BYTES", 64)
    long = json.dumps({"text": "x" * 100_000}).encode()
    path = put(tmp_path, "a.jsonl", b'{"text": "one"}\n' + long + b'\n{"text": "two"}\n' + long)
    texts, left_out = read(path)
    assert texts == ["one", "two"] and sum(left_out.counts.values()) == 2
    assert left_out.first[0].startswith("a.jsonl, 2: longer than")


@given(
    st.lists(st.text(max_size=30), max_size=30),
    st.integers(1, 200),
    st.sampled_from(["\n\n", "--", "<|endoftext|>"]),
)
def test_blocks_do_not_change_what_is_read(tmp_path_factory, texts, block, separator):
    folder = tmp_path_factory.mktemp("blocks")
    lines = "\n".join(json.dumps({"text": text}) for text in texts)
    plain = separator.join(texts)
    json_lines = put(folder, "a.jsonl", lines.encode("utf-8", "surrogatepass"))
    text_file = put(folder, "a.txt", plain.encode("utf-8", "surrogatepass"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_BLOCK_BYTES", block)
        if any(texts):
            assert read(json_lines)[0] == [text for text in texts if text]
        wanted = [piece.strip() for piece in plain.split(separator)]
        assert read(text_file, separator=separator)[0] == [piece for piece in wanted if piece]


@pytest.mark.parametrize(
    "name, content, why",
    [
        ("a.csv", b"text\none", "what kind of file is it"),
        ("a.jsonl", b'{"body": "one"}\n', "no line is an object with text in 'text'"),
        ("a.jsonl.gz", gzip.compress(LINES)[:-9], "cannot be read to its end"),
        ("a.jsonl.zst", zstandard.ZstdCompressor().compress(LINES * 99)[:-9], "cannot be read to"),
        ("a.parquet", b"PAR1 nothing", "cannot be read to its end"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_with_its_name(tmp_path, name, content, why):
    with pytest.raises(SourceError, match=why) as raised:
        read(put(tmp_path, name, content))
    assert name in str(raised.value)


@pytest.mark.parametrize(
    "column, why", [("nothing", "no column 'nothing'; there are: n"), ("n", "is int64, no text")]
)
def test_a_column_of_parquet_that_is_no_text_is_an_error(tmp_path, column, why):
    parquet.write_table(pa.table({"n": [1]}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match=why):
        read(tmp_path / "a.parquet", column)
