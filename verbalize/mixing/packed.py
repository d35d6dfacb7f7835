"""A shard as sequences of one length, encoded and packed: Parquet that a training loop takes as it
is.

Documents are packed within their shard, so a shard is made alone, and what a trainer meets first
stays first. The tokens of a shard are written beside it and gathered from there a few sequences at
a time; only lengths and identifiers stay in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from verbalize.curation.tokens import Encoder
from verbalize.export.format import Batches, Format
from verbalize.mixing.packing import Packing, best_fit, concatenated, joined, runs
from verbalize.mixing.sampling import shuffled

IGNORED = -100
_AT_ONCE = 256

SCHEMA = pa.schema(
    {
        "input_ids": pa.list_(pa.int32()),
        "labels": pa.list_(pa.int32()),
        "position_ids": pa.list_(pa.int32()),
        "seq_lengths": pa.list_(pa.int32()),
        "document_ids": pa.list_(pa.string()),
    }
)


def packed(length: int) -> Format:
    """The format: a row is one sequence of `length` tokens.

    `input_ids`; `labels`, the same but -100 where nothing is to be learnt (padding, and the first
    token of each part); `position_ids`, from 0 in each part; `seq_lengths` and `document_ids` of
    the parts. Each document ends with the tokenizer's token for that. Phases of a mixture stay in
    their order; within one, the sequences of a shard are shuffled.
    """
    return Format(
        description=f"Parquet of packed sequences of {length} tokens",
        media_type="application/vnd.apache.parquet",
        files=("data/train-{shard:05}-of-{shards:05}.parquet",),
        write=partial(_write, length),
        tokenized=True,
        card="data/train-*.parquet",
    )


def loss(lengths: np.ndarray, phases: np.ndarray, length: int, shard: int) -> dict[str, Any]:
    """What packing shards of `shard` documents loses, beside what cutting all documents in a row
    would; `lengths` are those of the documents with their ends."""
    packings = [
        _by_phase(lengths[begin : begin + shard], phases[begin : begin + shard], length)[0]
        for begin in range(0, len(lengths), shard)
    ]
    sequences = sum(packing.sequences for packing in packings)
    tokens = int(lengths.sum(dtype=np.int64))
    cut = sum(packing.documents_cut for packing in packings)
    return {
        "length": length,
        "sequences": sequences,
        "tokens_with_ends": tokens,
        "padding": round(1 - tokens / (sequences * length), 6) if sequences else 0.0,
        "documents_cut": cut,
        "documents_cut_if_concatenated": concatenated(lengths, length).documents_cut,
    }


@dataclass(frozen=True)
class _Encoded:
    """Documents as tokens: `offsets[i]` to `offsets[i + 1]` are those of document i."""

    tokens: np.ndarray
    offsets: np.ndarray
    ids: pa.Array
    phases: np.ndarray


def _write(length: int, batches: Batches, files: Sequence[Path], encoder: Encoder | None) -> int:
    assert encoder is not None
    spool = files[0].with_name(f"{files[0].name}-tokens")
    encoded = _encode(batches, encoder, spool)
    packing, opened = _by_phase(np.diff(encoded.offsets), encoded.phases, length)
    salt = encoded.ids[0].as_py()
    order = np.concatenate(
        [
            begin + shuffled(end - begin, 0, f"{salt} {begin}")
            for begin, end in zip(opened, opened[1:], strict=False)
        ]
    )
    pad = 0 if encoder.end is None else encoder.end
    with parquet.ParquetWriter(files[0], SCHEMA, compression="zstd") as file:
        for begin in range(0, packing.sequences, _AT_ONCE):
            chosen = order[begin : begin + _AT_ONCE]
            file.write_batch(_rows(encoded, packing, chosen, pad))
    ends = 0 if encoder.end is None else len(encoded.ids)
    tokens = int(encoded.offsets[-1]) - ends
    del encoded
    spool.unlink()
    return tokens


def _encode(batches: Batches, encoder: Encoder, spool: Path) -> _Encoded:
    end = [] if encoder.end is None else [encoder.end]
    lengths, ids, phases = [], [], []
    with spool.open("wb") as file:
        for batch in batches:
            tokens = [[*text, *end] for text in encoder.encode(batch["text"].to_pylist())]
            file.write(np.fromiter(chain.from_iterable(tokens), np.uint32).tobytes())
            lengths.append(np.fromiter(map(len, tokens), np.int64, len(tokens)))
            ids.append(batch["id"])
            phases.append(_phases(batch))
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    spooled = np.memmap(spool, np.uint32, "r") if offsets[-1] else np.zeros(0, np.uint32)
    return _Encoded(spooled, offsets, pa.chunked_array(ids), np.concatenate(phases))


def _phases(batch: pa.RecordBatch) -> np.ndarray:
    """The phase of each document; 1 where the corpus has none."""
    metadata = batch["metadata"]
    if pa.types.is_struct(metadata.type) and metadata.type.get_field_index("mix") >= 0:
        return metadata.field("mix").field("phase").to_numpy(zero_copy_only=False)
    return np.ones(len(batch), dtype=np.int32)


def _by_phase(lengths: np.ndarray, phases: np.ndarray, length: int) -> tuple[Packing, list[int]]:
    """Each phase packed by itself, as one packing; and where the sequences of each begin, and the
    last end."""
    packings, opened = [], [0]
    for phase in np.unique(phases).tolist():
        documents = np.flatnonzero(phases == phase)
        packing = best_fit(lengths[documents], length)
        packings.append(replace(packing, document=documents[packing.document]))
        opened.append(opened[-1] + packing.sequences)
    return joined(packings), opened


def _rows(encoded: _Encoded, packing: Packing, chosen: np.ndarray, pad: int) -> pa.RecordBatch:
    """The sequences `chosen` as rows."""
    pieces_each = np.diff(packing.offsets)[chosen]
    pieces = runs(packing.offsets[chosen], pieces_each)
    tokens_each = packing.tokens[pieces]
    # Where each token comes from, and where it goes to in [sequences, length].
    source = runs(encoded.offsets[packing.document[pieces]] + packing.start[pieces], tokens_each)
    filled = np.add.reduceat(tokens_each, np.cumsum(pieces_each) - pieces_each)
    before = np.cumsum(tokens_each) - tokens_each
    before -= np.repeat(np.cumsum(filled) - filled, pieces_each)
    sequence = np.repeat(np.arange(len(chosen)), pieces_each)
    target = runs(sequence * packing.length + before, tokens_each)
    position = runs(np.zeros_like(tokens_each), tokens_each)

    inputs = np.full(len(chosen) * packing.length, pad, dtype=np.int32)
    inputs[target] = encoded.tokens[source]
    labels = np.full_like(inputs, IGNORED)
    learnt = target[position > 0]
    labels[learnt] = inputs[learnt]
    # Padding is a part of its own.
    places = np.arange(len(inputs)) % packing.length - np.repeat(filled, packing.length)
    places[target] = position
    lists = [_sequences(values, packing.length) for values in (inputs, labels, places)]
    offsets = np.concatenate([[0], np.cumsum(pieces_each)]).astype(np.int32)
    names = encoded.ids.take(pa.array(packing.document[pieces])).combine_chunks()
    return pa.record_batch(
        [
            *lists,
            pa.ListArray.from_arrays(offsets, tokens_each.astype(np.int32)),
            pa.ListArray.from_arrays(offsets, names),
        ],
        schema=SCHEMA,
    )


def _sequences(values: np.ndarray, length: int) -> pa.ListArray:
    offsets = np.arange(0, len(values) + 1, length, dtype=np.int32)
    return pa.ListArray.from_arrays(offsets, values.astype(np.int32))
