"""How fast a corpus is counted, mixed and packed, and what packing loses, next to other tools.

count: tokens of the same texts by the same tokenizer, by us, a plain loop, a mapped Hugging Face
dataset and datatrove's TokensCounter. mix: two sources of Parquet to one mixed corpus of Parquet,
four tokens in five from the smaller one, by us and by `datasets.interleave_datasets`; `off` is
how far the share of tokens is from what was asked. pack: lengths to sequences, by us, by first-fit,
by best-fit one document at a time, and by cutting all documents in a row.

    python benchmarks/mixing.py [--documents 20000] [--lengths 1000000] [--length 2048] [--json]
"""

import json
import tempfile
import time
from bisect import bisect_left, insort
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from side_by_side import measure, parser, ratio, tell

from verbalize.curation.tokens import BATCH, count_each, open_tokenizer, train
from verbalize.mixing import Mix, export_mixture, mixture
from verbalize.mixing.packing import best_fit, concatenated
from warehouse.connection import memory

WEIGHTS = {"small": 0.8, "large": 0.2}


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--documents", type=int, default=20_000, help="texts to count and to mix")
    options.add_argument("--lengths", type=int, default=1_000_000, help="documents to pack")
    options.add_argument("--length", type=int, default=2_048, help="tokens of a packed sequence")
    arguments = options.parse_args()
    if arguments.measure:
        case, tool, folder, lengths, length = arguments.measure
        MEASURES[case, tool](Path(folder), int(lengths), int(length))
        return
    with tempfile.TemporaryDirectory() as folder:
        _generate(Path(folder), arguments.documents)
        found = {
            (case, tool): measure(__file__, case, tool, folder, arguments.lengths, arguments.length)
            for case, tool in MEASURES
        }
    counted = {row["tokens"] for (case, _), row in found.items() if case == "count"}
    if len(counted) > 1:
        raise SystemExit(f"the tools counted different tokens: {found}")
    if arguments.json:
        peers = {tool for _, tool in found} - {"ours"}
        result: dict[str, Any] = {tool: {} for tool in ("ours", *sorted(peers), "ratio")}
        for (case, tool), row in found.items():
            result[tool][case] = row
            if tool != "ours":
                result["ratio"].setdefault(tool, {})[case] = ratio(found[case, "ours"], row)
        print(json.dumps(result))
        return
    print("| case | tool | seconds | peak MB | ours takes | found |")
    print("|---|---|--:|--:|--:|---|")
    for (case, tool), row in found.items():
        times = "" if tool == "ours" else f"{ratio(found[case, 'ours'], row):.2f} x"
        told = ", ".join(
            f"{name} {value:,.6g}" if isinstance(value, float) else f"{name} {value:,}"
            for name, value in row.items()
            if name not in ("seconds", "peak_mb")
        )
        print(
            f"| {case} | {tool} | {row['seconds']:.2f} | {row['peak_mb']:,.0f} | {times} | {told} |"
        )


def _generate(folder: Path, documents: int) -> None:
    """Texts of words that occur as words do (Zipf), in two files, and a tokenizer."""
    rng = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = np.array(["".join(rng.choice(letters, rng.integers(2, 10))) for _ in range(20_000)])
    for name, share in (("small", 0.2), ("large", 0.8)):
        sizes = np.maximum(rng.lognormal(4.2, 0.8, int(documents * share)).astype(int), 3)
        chosen = words[np.minimum(rng.zipf(1.3, int(sizes.sum())) - 1, len(words) - 1)]
        parts = np.split(chosen, np.cumsum(sizes)[:-1])
        texts = [" ".join(part) + "." for part in parts]
        parquet.write_table(pa.table({"text": texts}), folder / f"{name}.parquet")
    train(texts[:5_000]).save(str(folder / "tokenizer.json"))


def _texts(folder: Path) -> pa.Table:
    return parquet.read_table([folder / "small.parquet", folder / "large.parquet"])


def _count(count: Callable[[Path], int], folder: Path, lengths: int, length: int) -> None:
    begin = time.perf_counter()
    tokens = count(folder)
    tell(seconds=time.perf_counter() - begin, tokens=int(tokens))


def _count_ours(folder: Path) -> int:
    encoder = open_tokenizer(folder / "tokenizer.json")
    batches = _texts(folder).to_batches(BATCH)
    return sum(int(pa.compute.sum(one["tokens"]).as_py()) for one in count_each(encoder, batches))


def _count_loop(folder: Path) -> int:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return sum(len(tokenizer.encode(text).ids) for text in _texts(folder)["text"].to_pylist())


def _count_datasets(folder: Path) -> int:
    import datasets
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def lengths(batch: dict[str, list[str]]) -> dict[str, list[int]]:
        return {"tokens": [len(one.ids) for one in tokenizer.encode_batch(batch["text"])]}

    loaded = datasets.Dataset(_texts(folder))
    return int(np.sum(loaded.map(lengths, batched=True, remove_columns=["text"])["tokens"]))


def _count_datatrove(folder: Path) -> int:
    from datatrove.data import Document
    from datatrove.pipeline.tokens import TokensCounter

    texts = _texts(folder)["text"].to_pylist()
    counter = TokensCounter(str(folder / "tokenizer.json"), count_eos_token=False)
    documents = (Document(text, str(place)) for place, text in enumerate(texts))
    return sum(one.metadata["token_count"] for one in counter.run(documents))


def _mix_ours(folder: Path, lengths: int, length: int) -> None:
    sources = {
        name: {"files": [f"{name}.parquet"], "weight": weight, "epochs": 100}
        for name, weight in WEIGHTS.items()
    }
    mix = Mix.model_validate({"folder": folder, "sources": sources})
    encoder = open_tokenizer(folder / "tokenizer.json")
    with memory() as connection:
        wanted = int(encoder.count(_texts(folder)["text"].to_pylist()).sum())
        make = partial(mixture, connection, mix, encoder, folder=folder / "counts", tokens=wanted)
        make()
        begin = time.perf_counter()
        made = make()
        planned = time.perf_counter() - begin
        export_mixture(made, folder / "corpus", format="hf", name="mixed")
        seconds = time.perf_counter() - begin
    tokens = {row["source"]: row["tokens"] for row in made.rows()}
    tell(
        seconds=seconds,
        planning_again=planned,
        documents=len(made.drawn),
        off=abs(tokens["small"] / made.tokens - WEIGHTS["small"]),
    )


def _mix_datasets(folder: Path, lengths: int, length: int) -> None:
    import datasets

    encoder = open_tokenizer(folder / "tokenizer.json")
    documents = _texts(folder).num_rows
    begin = time.perf_counter()
    loaded = [
        datasets.Dataset(parquet.read_table(folder / f"{name}.parquet").append_column(
            "source", pa.repeat(name, parquet.read_metadata(folder / f"{name}.parquet").num_rows)
        ))
        for name in WEIGHTS
    ]  # fmt: skip
    mixed = datasets.interleave_datasets(
        [one.shuffle(seed=0) for one in loaded],
        probabilities=list(WEIGHTS.values()),
        seed=0,
        stopping_strategy="all_exhausted",
    ).take(documents)
    mixed.to_parquet(folder / "interleaved.parquet")
    seconds = time.perf_counter() - begin
    tokens = encoder.count(list(mixed["text"]))
    small = tokens[np.array(mixed["source"]) == "small"].sum() / tokens.sum()
    tell(seconds=seconds, documents=len(mixed), off=float(abs(small - WEIGHTS["small"])))


def _pack(
    pack: Callable[[np.ndarray, int], tuple[int, int]], folder: Path, lengths: int, length: int
) -> None:
    documents = np.maximum(np.random.default_rng(0).lognormal(5.5, 1.3, lengths), 1).astype(int)
    begin = time.perf_counter()
    sequences, cut = pack(documents, length)
    seconds = time.perf_counter() - begin
    padding = 1 - documents.sum() / (sequences * length)
    tell(seconds=seconds, sequences=sequences, padding=float(padding), documents_cut=cut)


def _pack_ours(documents: np.ndarray, length: int) -> tuple[int, int]:
    packing = best_fit(documents, length)
    return packing.sequences, packing.documents_cut


def _pack_in_a_row(documents: np.ndarray, length: int) -> tuple[int, int]:
    packing = concatenated(documents, length)
    return packing.sequences, packing.documents_cut


def _pieces(documents: np.ndarray, length: int) -> list[int]:
    """Whole sequences apart, the rest of each document, in its order."""
    whole = [length] * int((documents // length).sum())
    return whole + [piece for piece in (documents % length).tolist() if piece]


def _pack_first_fit(documents: np.ndarray, length: int) -> tuple[int, int]:
    """Into the first sequence with room, found in a tree of the most room (Johnson 1973)."""
    pieces = _pieces(documents, length)
    size = 1 << (len(pieces) - 1).bit_length()
    most = [length] * (2 * size)
    sequences = 0
    for piece in pieces:
        at = 1
        while at < size:
            at = 2 * at if most[2 * at] >= piece else 2 * at + 1
        most[at] -= piece
        sequences = max(sequences, at - size + 1)
        while at > 1:
            at //= 2
            most[at] = max(most[2 * at], most[2 * at + 1])
    return sequences, int((documents > length).sum())


def _pack_one_by_one(documents: np.ndarray, length: int) -> tuple[int, int]:
    """Best-fit decreasing as it is defined, with the rooms in a sorted list."""
    rooms: list[int] = []
    sequences = 0
    for piece in sorted(_pieces(documents, length), reverse=True):
        at = bisect_left(rooms, piece)
        if at < len(rooms):
            room = rooms.pop(at)
        else:
            room = length
            sequences += 1
        if room > piece:
            insort(rooms, room - piece)
    return sequences, int((documents > length).sum())


MEASURES: dict[tuple[str, str], Callable[[Path, int, int], None]] = {
    ("count", "ours"): partial(_count, _count_ours),
    ("count", "plain loop"): partial(_count, _count_loop),
    ("count", "datasets"): partial(_count, _count_datasets),
    ("count", "datatrove"): partial(_count, _count_datatrove),
    ("mix", "ours"): _mix_ours,
    ("mix", "datasets"): _mix_datasets,
    ("pack", "ours"): partial(_pack, _pack_ours),
    ("pack", "first fit"): partial(_pack, _pack_first_fit),
    ("pack", "best fit, one by one"): partial(_pack, _pack_one_by_one),
    ("pack", "cut in a row"): partial(_pack, _pack_in_a_row),
}


if __name__ == "__main__":
    main()
