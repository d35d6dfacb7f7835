"""Tokenizers of others: counted exactly, and never steered by what a text says."""

import base64
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from verbalize.curation.tokens import TokenizerError, count_tokens, open_tokenizer

TEXTS = ["Peas.", "", "A jar of peas <|endoftext|> and a can of corn, 12 oz — ünï 豆"]


@pytest.fixture
def ours(connection, tmp_path) -> Path:
    connection.execute(
        """
        INSERT INTO text.document BY NAME
        SELECT 'd' || i AS document_id, 'product' AS kind, 'en' AS language, 's' AS subject,
            't' AS title, 'A jar of peas holds ' || i || ' oz.' AS text
        FROM range(50) r(i)
        """
    )
    count_tokens(connection, tmp_path / "tokenizer.json")
    return tmp_path / "tokenizer.json"


@pytest.fixture
def ranks(tmp_path) -> Path:
    """A file of tiktoken ranks: all bytes, and one pair."""
    tokens = [bytes([value]) for value in range(256)] + [b"pe"]
    lines = [base64.b64encode(token) + f" {rank}".encode() for rank, token in enumerate(tokens)]
    path = tmp_path / "cl100k_base.tiktoken"
    path.write_bytes(b"\n".join(lines))
    return path


def test_counts_are_the_tokens_that_are_encoded(ours):
    encoder = open_tokenizer(ours)
    assert encoder.count(TEXTS).tolist() == [len(tokens) for tokens in encoder.encode(TEXTS)]


def test_a_text_cannot_say_the_token_that_ends_it(ours):
    encoder = open_tokenizer(ours)
    assert encoder.end is not None
    assert all(encoder.end not in tokens for tokens in encoder.encode(TEXTS))


def test_padding_truncation_and_special_tokens_of_a_file_do_not_count(tmp_path):
    tokenizer = Tokenizer(WordLevel({"[SEP]": 0, "peas": 1, "[UNK]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="$A [SEP]", special_tokens=[("[SEP]", 0)])
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=9)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    encoder = open_tokenizer(tmp_path / "tokenizer.json")
    assert encoder.count(["peas peas peas", "peas"]).tolist() == [3, 1]
    assert encoder.end == 0


def test_tiktoken_counts_by_the_file_that_is_given(ranks):
    pytest.importorskip("tiktoken", reason="the tiktoken extra brings it")
    encoder = open_tokenizer(f"tiktoken:cl100k_base={ranks}")
    assert encoder.count(["peas", "豆"]).tolist() == [3, 3]
    assert encoder.end == 100257


def test_tokenizers_that_count_differently_have_other_fingerprints(ours, ranks, tmp_path):
    pytest.importorskip("tiktoken", reason="the tiktoken extra brings it")
    copied = tmp_path / "copied.json"
    copied.write_bytes(ours.read_bytes())
    tokenizer = f"tiktoken:cl100k_base={ranks}"
    first = open_tokenizer(tokenizer).fingerprint
    ranks.write_bytes(ranks.read_bytes() + b"\n" + base64.b64encode(b"ea") + b" 257")
    assert first != open_tokenizer(tokenizer).fingerprint
    assert open_tokenizer(ours).fingerprint == open_tokenizer(copied).fingerprint


def test_an_encoding_that_cannot_be_fetched_says_how_else(monkeypatch, tmp_path):
    pytest.importorskip("tiktoken", reason="the tiktoken extra brings it")
    import requests

    def refuse(address: str) -> None:
        raise requests.ConnectionError(address)

    monkeypatch.setattr(requests, "get", refuse)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    with pytest.raises(TokenizerError, match="tiktoken:o200k_base=FILE.tiktoken"):
        open_tokenizer("tiktoken:o200k_base")


@pytest.mark.parametrize(
    "name, why",
    [
        ("nothing.json", "no tokenizer nothing.json"),
        ("tiktoken:nothing", "no encoding 'nothing'; there are: gpt2"),
        ("tiktoken:cl100k_base=nothing", "no file of tiktoken ranks"),
        (__file__, "no file of Hugging Face tokenizers"),
        (f"tiktoken:cl100k_base={__file__}", "no file of tiktoken ranks"),
    ],
    ids=["no file", "no encoding", "no ranks", "another file", "other ranks"],
)
def test_a_tokenizer_that_cannot_be_had_is_an_error_with_the_next_step(name, why):
    if name.startswith("tiktoken"):
        pytest.importorskip("tiktoken", reason="the tiktoken extra brings it")
    with pytest.raises(TokenizerError, match=why):
        open_tokenizer(name)
