"""Megatron: tokens as `.bin` and where each document is as `.idx`, which Megatron-LM, NeMo and
nanotron read (IndexedDataset, version 1 of MMIDIDX).

Each document is one sequence and ends with the token that the tokenizer has for that. The index
holds, little-endian: the mark, version 1, a code of the type of tokens, how many sequences and
document borders; the length of each sequence, where it begins in the other file, and the borders.
"""

import struct
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from verbalize.curation.tokens import END_OF_TEXT, Encoder
from verbalize.errors import VerbalizeError
from verbalize.export.format import Batches, Format

_MARK = b"MMIDIDX\x00\x00"
_CODES = {np.dtype("<u2"): 8, np.dtype("<i4"): 4}
_MOST_IN_TWO_BYTES = 65_500


def write(batches: Batches, files: Sequence[Path], encoder: Encoder | None) -> int:
    """Writes a shard; returns its tokens without the ends of documents.

    Raises:
        VerbalizeError: if the tokenizer has no token that ends a document.
    """
    assert encoder is not None
    if encoder.end is None:
        raise VerbalizeError(
            f"{encoder.name} has no token that ends a document; add one, such as {END_OF_TEXT}"
        )
    kind = token_type(encoder.vocabulary)
    lengths = []
    with files[0].open("wb") as file:
        for batch in batches:
            texts = batch["text"].to_pylist()
            documents = [[*tokens, encoder.end] for tokens in encoder.encode(texts)]
            lengths.append(np.fromiter(map(len, documents), "<i4", len(documents)))
            file.write(np.fromiter(chain.from_iterable(documents), kind).tobytes())
    each = np.concatenate(lengths)
    files[1].write_bytes(_index(each, kind))
    return int((each - 1).sum(dtype=np.int64))


def token_type(vocabulary: int) -> np.dtype:
    """The type of tokens that Megatron itself takes for a vocabulary."""
    return np.dtype("<u2" if vocabulary < _MOST_IN_TWO_BYTES else "<i4")


def _index(lengths: np.ndarray, kind: np.dtype) -> bytes:
    # int64: where each sequence begins, in bytes.
    begins = np.concatenate([[0], np.cumsum(lengths[:-1], dtype="<i8")]) * kind.itemsize
    borders = np.arange(len(lengths) + 1, dtype="<i8")
    head = struct.pack("<9sQBQQ", _MARK, 1, _CODES[kind], len(lengths), len(borders))
    return head + lengths.tobytes() + begins.astype("<i8").tobytes() + borders.tobytes()


FORMAT = Format(
    description="tokens as .bin and .idx, for Megatron-LM, NeMo and nanotron",
    media_type="application/octet-stream",
    files=("part-{shard:05}_text_document.bin", "part-{shard:05}_text_document.idx"),
    write=write,
    tokenized=True,
)
