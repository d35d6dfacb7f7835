"""Documents made by hand, and corpora read without the code that wrote them."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer
from zstandard import ZstdDecompressor

from verbalize.export import FORMATS
from verbalize.export.corpus import Description, Source

_FOLDER = TemporaryDirectory()
DOCUMENTS = 25
GONE = 3
OF_DOCUMENTS = [name for name, form in FORMATS.items() if form.holds == "documents"]
"""Formats of documents: all but chat."""


def lay_out(connection: duckdb.DuckDBPyConnection, documents: int = DOCUMENTS) -> None:
    """Documents of one sentence and one fact each, all kept but one."""
    connection.execute(
        """
        INSERT INTO facts.node
        SELECT 'product:' || i, 'product', 'shop', i::VARCHAR, i::VARCHAR FROM range($n) AS r(i)
        """,
        {"n": documents},
    )
    connection.execute(
        f"""
        INSERT INTO facts.fact
        SELECT
            'fact' || i, 'product:' || i, 'size', i || ' oz', 'literal', NULL, NULL,
            CASE WHEN i < 5 THEN 'predicted' ELSE 'stated' END, 'shop', 1.0,
            TIMESTAMP '2024-01-01' + to_days(i::INTEGER), NULL, 'load:1'
        FROM range({documents}) AS r(i)
        """
    )
    connection.execute(
        f"""
        INSERT INTO text.document
        SELECT
            'document:' || i, 'product', 'en', 'product:' || i, 'Item ' || i,
            concat('Item "', i, '" — ', i, ' oz', chr(10)), 7
        FROM range({documents}) AS r(i)
        """
    )
    connection.execute(
        f"INSERT INTO text.removed VALUES ('document:{GONE}', 'near', 'similar', NULL, NULL)"
    )
    connection.execute(
        f"""
        INSERT INTO text.statement
        SELECT 'document:' || i, 1, 'product.size', 0, 'Item.', ['fact' || i]
        FROM range({documents}) AS r(i)
        """
    )


def digest(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def lines(path: Path) -> list[dict]:
    """The objects of a file of JSON lines."""
    content = path.read_bytes()
    if path.suffix == ".zst":
        content = ZstdDecompressor().stream_reader(content).readall()
    text = content.decode()
    return [json.loads(line) for line in text.split("\n") if line]


@cache
def byte_tokenizer() -> Path:
    """A tokenizer whose tokens are bytes and one that ends a document."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    trainer = BpeTrainer(
        vocab_size=257,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([], trainer)
    path = Path(_FOLDER.name) / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@dataclass(frozen=True)
class Given:
    """A corpus of documents that are given, `shard_documents` to a shard, in batches of `rows`."""

    records: list[dict]
    shard_documents: int = 4
    rows: int = 3

    @property
    def documents(self) -> int:
        return len(self.records)

    @property
    def shards(self) -> int:
        return -(-self.documents // self.shard_documents)

    @property
    def fingerprint(self) -> str:
        return repr(self)

    def batches(self, first: int = 0) -> Iterator[tuple[int, pa.RecordBatch]]:
        whole = pa.RecordBatch.from_pylist(self.records)
        for shard in range(first, self.shards):
            begin, end = shard * self.shard_documents, (shard + 1) * self.shard_documents
            part = whole.slice(begin, end - begin)
            for place in range(0, len(part), self.rows):
                yield shard, part.slice(place, self.rows)

    def description(self) -> Description:
        return Description("What was given.", ["en", "de"], [Source("shop", "CC0", "CC0-1.0")])
