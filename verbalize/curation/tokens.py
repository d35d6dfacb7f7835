"""Tokens: a byte-level BPE tokenizer trained on the corpus itself, since none can be fetched
offline, and exact counts by it or by any other tokenizer.

A tokenizer is named by a file of Hugging Face tokenizers (`tokenizer.json`), or as `tiktoken:NAME`
or `tiktoken:NAME=FILE` for OpenAI's. What is said as a special token in a text is text: nobody
who writes a review can end a document.
"""

import base64
import binascii
import hashlib
import types
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import pyarrow as pa
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

from verbalize.errors import VerbalizeError

VOCABULARY = 16_384
TRAINING_DOCUMENTS = 20_000
BATCH = 10_000
END_OF_TEXT = "<|endoftext|>"
TIKTOKEN = "tiktoken:"
# What ends a document, by the names that tokenizers give it; the first that there is.
_ENDS = (END_OF_TEXT, "<|end_of_text|>", "<|im_end|>", "</s>", "<eos>", "[EOS]", "[SEP]")


class TokenizerError(VerbalizeError):
    """There is no such tokenizer, or its file cannot be read."""


class Encoder(Protocol):
    """A tokenizer as counting and packing need it.

    `fingerprint` tells whether two tokenizers count alike; `end` is the token that ends a document,
    or None; all tokens are below `vocabulary`; `file` is its tokenizer.json, if it has one.
    """

    name: str
    fingerprint: str
    end: int | None
    vocabulary: int
    file: str | None

    def encode(self, texts: list[str]) -> list[list[int]]:
        """The tokens of each text, without special ones."""
        ...

    def count(self, texts: list[str]) -> np.ndarray:
        """[texts] int32: how many tokens each text has."""
        ...


def open_tokenizer(name: str | Path) -> Encoder:
    """The tokenizer of a file, or OpenAI's of a name.

    Raises:
        TokenizerError: if it cannot be had, and how it can.
    """
    said = str(name)
    return _tiktoken(said) if said.startswith(TIKTOKEN) else _file(Path(name))


class _Tokenizers:
    """Of Hugging Face tokenizers."""

    def __init__(self, name: str, content: bytes, tokenizer: Tokenizer) -> None:
        self.fingerprint = hashlib.sha256(content).hexdigest()[:16]
        self.name, self.tokenizer = f"{name} ({self.fingerprint})", tokenizer
        self.file: str | None = content.decode()
        found = (tokenizer.token_to_id(end) for end in _ENDS)
        self.end = next((token for token in found if token is not None), None)
        self.vocabulary = 1 + max(tokenizer.get_vocab().values(), default=0)
        # A file may ask for both, for the model that it was made for.
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True

    def encode(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._encoded(texts)]

    def count(self, texts: list[str]) -> np.ndarray:
        return np.fromiter(map(len, self._encoded(texts)), np.int32, len(texts))

    def _encoded(self, texts: list[str]) -> list[Any]:
        return self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)


class _Tiktoken:
    """Of OpenAI's tiktoken."""

    def __init__(self, encoding: Any) -> None:
        self.name = f"{TIKTOKEN}{encoding.name}"
        self.file: str | None = None
        self.end = encoding.eot_token
        self.vocabulary = encoding.n_vocab
        self.encoding = encoding
        digest = hashlib.sha256(encoding._pat_str.encode())
        for token in sorted(encoding._mergeable_ranks.items(), key=lambda ranked: ranked[1]):
            digest.update(token[0] + b" ")
        self.fingerprint = digest.hexdigest()[:16]

    def encode(self, texts: list[str]) -> list[list[int]]:
        tokens: list[list[int]] = self.encoding.encode_ordinary_batch(texts)
        return tokens

    def count(self, texts: list[str]) -> np.ndarray:
        return np.fromiter(map(len, self.encode(texts)), np.int32, len(texts))


def count_tokens(connection: duckdb.DuckDBPyConnection, path: Path) -> pa.Table:
    """Trains the tokenizer, writes it to `path` in the format of Hugging Face tokenizers, and
    returns (document_id, tokens).

    It is trained on the kept documents of the smallest hashes, so the same corpus gives the same
    file.
    """
    texts = connection.sql(
        """
        SELECT text FROM text.kept
        ORDER BY md5(document_id) LIMIT ?
        """,
        params=[TRAINING_DOCUMENTS],
    ).to_arrow_table()["text"]
    tokenizer = train(texts.to_pylist())
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    tokenizer.save(str(draft))
    draft.replace(path)
    # Closed whatever happens: an open reader would keep the transaction from being rolled back.
    with connection.sql(
        """
        SELECT document_id, text FROM text.kept
        ORDER BY document_id
        """
    ).to_arrow_reader(BATCH) as reader:
        counted = list(count_each(open_tokenizer(path), reader))
    empty = pa.table({"document_id": pa.array([], pa.string()), "tokens": pa.array([], pa.int32())})
    return pa.concat_tables([empty, *counted])


def count_each(encoder: Encoder, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The batches with `tokens` in the place of their column `text`."""
    for batch in batches:
        tokens = pa.array(encoder.count(batch["text"].to_pylist()), pa.int32())
        yield pa.Table.from_batches([batch.drop_columns(["text"])]).append_column("tokens", tokens)


def train(texts: Sequence[str], vocabulary: int = VOCABULARY, end: str = END_OF_TEXT) -> Tokenizer:
    """A byte-level BPE of at most `vocabulary` tokens, of which `end` ends a document."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    trainer = BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[end],
        initial_alphabet=ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _file(path: Path) -> Encoder:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TokenizerError(
            f"no tokenizer {path} ({error.strerror}); give a tokenizer.json, or tiktoken:NAME; "
            "wareword render makes one in models/"
        ) from error
    try:
        tokenizer = Tokenizer.from_buffer(content)
    except ValueError as error:
        raise TokenizerError(
            f"{path} is no file of Hugging Face tokenizers ({error}); give a tokenizer.json"
        ) from error
    return _Tokenizers(path.name, content, tokenizer)


def _tiktoken(said: str) -> Encoder:
    try:
        import tiktoken
        from tiktoken_ext.openai_public import ENCODING_CONSTRUCTORS
    except ImportError as error:
        raise TokenizerError(
            "tiktoken is not installed; install it with: pip install 'wareword[tiktoken]'"
        ) from error
    name, _, file = said.removeprefix(TIKTOKEN).partition("=")
    if name not in ENCODING_CONSTRUCTORS:
        raise TokenizerError(
            f"tiktoken has no encoding {name!r}; there are: {', '.join(ENCODING_CONSTRUCTORS)}"
        )
    make = ENCODING_CONSTRUCTORS[name]
    if file:
        # The library's own definition, with the ranks of the file in the place of those that it
        # would fetch.
        ranks = _ranks(Path(file))
        mine = {**make.__globals__, "load_tiktoken_bpe": lambda *given, **named: ranks}
        make = types.FunctionType(make.__code__, mine)
    try:
        return _Tiktoken(tiktoken.Encoding(**make()))
    except (OSError, ValueError) as error:
        raise TokenizerError(
            f"the encoding {name} cannot be fetched or read ({type(error).__name__}); give its "
            f"file: tiktoken:{name}=FILE.tiktoken"
        ) from error


def _ranks(path: Path) -> dict[bytes, int]:
    """A `.tiktoken` file: a line a token, in base64, with its rank."""
    try:
        lines = path.read_bytes().split(b"\n")
        pairs = (line.split() for line in lines if line)
        return {base64.b64decode(token, validate=True): int(rank) for token, rank in pairs}
    except (OSError, ValueError, binascii.Error) as error:
        raise TokenizerError(
            f"{path} is no file of tiktoken ranks ({error}); give a .tiktoken file"
        ) from error
