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
from tokenizers import Tokenizer

from verbalize.errors import VerbalizeError
from verbalize.export.format import Batches, Format

_MARK = b"MMIDIDX\x00\x00"
_CODES = {np.dtype("<u2"): 8, np.dtype("<i4"): 4}
_MOST_IN_TWO_BYTES = 65_500
_ENDS = ("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "[EOS]")


def write(batches: Batches, files: Sequence[Path], tokenizer: Path | None) -> None:
    """Writes a shard.

    Raises:
        VerbalizeError: if the tokenizer has no token that ends a document.
    """
    assert tokenizer is not None
    encoder = Tokenizer.from_file(str(tokenizer))
    encoder.no_padding()
    encoder.no_truncation()
    # Documents may speak of special tokens; what they say is text.
    encoder.encode_special_tokens = True
    kind = token_type(encoder.get_vocab_size())
    end = [_end(encoder, tokenizer)]
    lengths = []
    with files[0].open("wb") as file:
        for batch in batches:
            encodings = encoder.encode_batch_fast(
                batch["text"].to_pylist(), add_special_tokens=False
            )
            documents = [encoding.ids + end for encoding in encodings]
            lengths.append(np.fromiter(map(len, documents), "<i4", len(documents)))
            file.write(np.fromiter(chain.from_iterable(documents), kind).tobytes())
    files[1].write_bytes(_index(np.concatenate(lengths), kind))


def token_type(vocabulary: int) -> np.dtype:
    """The type of tokens that Megatron itself takes for a vocabulary."""
    return np.dtype("<u2" if vocabulary < _MOST_IN_TWO_BYTES else "<i4")


def _index(lengths: np.ndarray, kind: np.dtype) -> bytes:
    # int64: where each sequence begins, in bytes.
    begins = np.concatenate([[0], np.cumsum(lengths[:-1], dtype="<i8")]) * kind.itemsize
    borders = np.arange(len(lengths) + 1, dtype="<i8")
    head = struct.pack("<9sQBQQ", _MARK, 1, _CODES[kind], len(lengths), len(borders))
    return head + lengths.tobytes() + begins.astype("<i8").tobytes() + borders.tobytes()


def _end(encoder: Tokenizer, path: Path) -> int:
    found = (encoder.token_to_id(end) for end in _ENDS)
    end = next((token for token in found if token is not None), None)
    if end is None:
        raise VerbalizeError(
            f"{path} has no token that ends a document; add one of {', '.join(_ENDS)} to it"
        )
    return int(end)


FORMAT = Format(
    description="tokens as .bin and .idx, for Megatron-LM, NeMo and nanotron",
    media_type="application/octet-stream",
    files=("part-{shard:05}_text_document.bin", "part-{shard:05}_text_document.idx"),
    write=write,
    tokenized=True,
)
