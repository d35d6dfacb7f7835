"""How fast near duplicates are left out, and how rightly, next to datatrove and datasketch.

The texts are documents of the embedded sample and, for one in six, an edited copy, so similarities
of 0.5 to 1 occur. All tools take the same JSON lines, read words between white space, 112
permutations in 14 bands and five-word shingles, and leave out documents; one process each.
datatrove runs as it is, with spaCy for words, and helped by str.split. The truth is an exact join
of all pairs. Recall: of the pairs of at least the threshold, those of which not both are kept.
Precision: of the documents left out, those that are that similar to a kept one.
rensa makes signatures and looks up its index only, so it has neither.

    python benchmarks/dedup.py [--documents 30000] [--threshold 0.8] [--home FOLDER] [--json]
"""

import json
import math
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.sparse import csr_matrix
from side_by_side import measure, parser, print_table, tell

from verbalize.curation import CurationSettings, near
from verbalize.render import render
from warehouse.connection import memory, reader, writer
from warehouse.load import load

WORDS = 5
BANDS, ROWS = 14, 8
PERMUTATIONS = BANDS * ROWS
COPIES = 6


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--documents", type=int, default=30_000)
    options.add_argument("--threshold", type=float, default=0.8, help="Jaccard similarity")
    options.add_argument("--home", type=Path, help="a warehouse with documents, not the sample")
    arguments = options.parse_args()
    if arguments.measure:
        tool, path, threshold = arguments.measure
        _measure(tool, Path(path), float(threshold))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "documents.jsonl"
        texts = _with_copies(_texts(arguments.home, arguments.documents))
        path.write_text(
            "".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in texts.items())
        )
        pairs = _truth(texts, arguments.threshold)
        found = {}
        for tool in TOOLS:
            row = measure(__file__, tool, path, arguments.threshold)
            gone = Path(folder) / f"{tool}.json"
            row |= _judged(set(json.loads(gone.read_text())), pairs) if gone.exists() else _UNJUDGED
            row["documents_a_second"] = round(len(texts) / row["seconds"])
            found[tool,] = row
    result: dict[str, Any] = {
        "documents": len(texts),
        "pairs": len(pairs),
        "tools": {tool: row for (tool,), row in found.items()},
        "times": {
            tool: {clock: _times(found, tool, clock) for clock in ("seconds", "processor_seconds")}
            for tool in DATATROVE
        },
    }
    if arguments.json:
        print(json.dumps(result))
        return
    print_table(
        found,
        ["tool"],
        {
            "left out": "left_out",
            "documents/s": "documents_a_second",
            "recall": "recall",
            "precision": "precision",
            "processor s": "processor_seconds",
        },
    )
    print(f"\n{len(texts):,} documents, {len(pairs):,} pairs of at least {arguments.threshold}.")
    for tool, times in result["times"].items():
        print(
            f"Ours has {times['seconds']:.1f} times the documents/s of {tool}, and "
            f"{times['processor_seconds']:.1f} times by processor time, which other work on the "
            "machine changes less."
        )


def _times(found: dict[tuple[str], dict[str, float]], tool: str, clock: str) -> float:
    """How many times as long a tool takes as ours."""
    return found[tool,][clock] / found["ours",][clock]


_UNJUDGED: dict[str, float] = {"left_out": 0, "recall": float("nan"), "precision": float("nan")}


def _texts(home: Path | None, count: int) -> list[str]:
    """So many documents that `count` is reached with the copies."""
    with tempfile.TemporaryDirectory() as folder:
        if home is None:
            home = Path(folder)
            with writer(home) as connection:
                load(connection, "sample", fraction=0.02)
                render(connection)
        with reader(home) as connection:
            rows = connection.execute(
                """
                SELECT text FROM text.document
                ORDER BY kind <> 'product', md5(document_id) LIMIT ?
                """,
                [count * COPIES // (COPIES + 1)],
            ).fetchall()
    return [text for (text,) in rows]


def _with_copies(texts: list[str]) -> dict[str, str]:
    """The texts by identifier, and of one in six a copy in which words are replaced and added."""
    draw = random.Random(0)
    found = {f"{place:07}": text for place, text in enumerate(texts)}
    for place in range(0, len(texts), COPIES):
        words = texts[place].split()
        for _ in range(draw.choice((0, 0, 0, 1, 1, 2))):
            words[draw.randrange(len(words))] = f"word{draw.randrange(1_000_000)}"
        words += [f"more{draw.randrange(1_000_000)}" for _ in range(draw.choice((0, 1, 2, 4, 8)))]
        found[f"{len(found):07}"] = " ".join(words)
    names = list(found)
    draw.shuffle(names)
    return {f"{place:07}": found[name] for place, name in enumerate(names)}


def shingles(text: str) -> set[str]:
    """What the truth compares: five words that follow each other, in lower case."""
    words = _words(text)
    return {" ".join(words[i : i + WORDS]) for i in range(max(len(words) - WORDS + 1, 1))}


def _words(text: str) -> list[str]:
    return [word.strip(".,;:!?()\"'“”") for word in text.lower().split()]


def _truth(texts: dict[str, str], threshold: float) -> set[tuple[str, str]]:
    """All pairs of at least the threshold: a pair must share one of the rarest shingles of each
    (prefix filtering, Chaudhuri et al. 2006), and is then compared in full."""
    names = list(texts)
    numbers: dict[str, int] = {}
    said = [
        [numbers.setdefault(shingle, len(numbers)) for shingle in sorted(shingles(texts[name]))]
        for name in names
    ]
    sizes = np.array([len(row) for row in said])
    columns = np.concatenate(said)
    incidence = csr_matrix(
        (np.ones(len(columns), np.int32), columns, np.append(0, np.cumsum(sizes))),
        shape=(len(names), len(numbers)),
    )
    times = np.bincount(columns)
    rarest = [
        sorted(row, key=lambda shingle: (times[shingle], shingle))[
            : len(row) - math.ceil(threshold * len(row)) + 1
        ]
        for row in said
    ]
    prefix = pa.table(
        {
            "name": np.repeat(np.arange(len(names)), [len(row) for row in rarest]),
            "shingle": np.concatenate(rarest),
            "size": np.repeat(sizes, [len(row) for row in rarest]),
        }
    )
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.register("prefix", prefix)
        found = connection.sql(
            f"""
            SELECT DISTINCT a.name AS one, b.name AS other
            FROM prefix AS a JOIN prefix AS b ON a.shingle = b.shingle AND a.name < b.name
            WHERE least(a.size, b.size) >= {threshold} * greatest(a.size, b.size)
            """
        ).to_arrow_table()
    one, other = found["one"].to_numpy(), found["other"].to_numpy()
    pairs = set()
    for first in range(0, len(one), 200_000):
        left, right = one[first : first + 200_000], other[first : first + 200_000]
        common = np.asarray(incidence[left].multiply(incidence[right]).sum(axis=1)).ravel()
        alike = common >= threshold * (sizes[left] + sizes[right] - common)
        pairs |= {(names[i], names[j]) for i, j in zip(left[alike], right[alike], strict=True)}
    return pairs


def _judged(gone: set[str], pairs: set[tuple[str, str]]) -> dict[str, float]:
    settled = sum(one in gone or other in gone for one, other in pairs)
    beside_kept = {
        name
        for one, other in pairs
        for name, peer in ((one, other), (other, one))
        if peer not in gone
    }
    return {
        "left_out": len(gone),
        "recall": round(settled / max(len(pairs), 1), 4),
        "precision": round(len(gone & beside_kept) / max(len(gone), 1), 4),
    }


def _measure(tool: str, path: Path, threshold: float) -> None:
    # What a process pays once, such as opening an empty warehouse, is no cost of a document.
    run = TOOLS[tool](path, threshold)
    begin, worked = time.perf_counter(), time.process_time()
    gone = run()
    seconds, worked = time.perf_counter() - begin, time.process_time() - worked
    if gone is not None:
        (path.parent / f"{tool}.json").write_text(json.dumps(gone))
    tell(seconds=seconds, processor_seconds=round(worked, 2))


def _ours(path: Path, threshold: float) -> Callable[[], list[str]]:
    connection = memory()

    def run() -> list[str]:
        connection.execute(
            f"""
            INSERT INTO text.document
            SELECT id, 'product', 'en', id, '', text, NULL FROM read_json('{path}',
                columns = {{'id': 'VARCHAR', 'text': 'VARCHAR'}})
            """
        )
        near.STAGE.run(connection, CurationSettings(near_threshold=threshold))
        rows = connection.execute("SELECT document_id FROM text.removed").fetchall()
        return [name for (name,) in rows]

    return run


def _datatrove_as_it_is(path: Path, threshold: float) -> Callable[[], list[str]]:
    """Its four steps on one worker, with its own splitting of English into words, by spaCy."""
    return _datatrove_steps(path, "eng")


def _datatrove(path: Path, threshold: float) -> Callable[[], list[str]]:
    """The same, but words between white space, as the other tools have them."""
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Words(WordTokenizer):  # type: ignore[misc]
        def word_tokenize(self, text: str) -> list[str]:
            return text.split()

        def sent_tokenize(self, text: str) -> list[str]:
            return [text]

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return [(0, len(text))]

    return _datatrove_steps(path, Words())


def _datatrove_steps(path: Path, words: object) -> Callable[[], list[str]]:
    """It does not verify, so the threshold is that of its bands."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.hashing import HashConfig
    from datatrove.utils.logging import logger
    from datatrove.utils.text import TextNormConfig
    from xxhash import xxh64_intdigest

    logger.remove()

    folder = Path(tempfile.mkdtemp(dir=path.parent))
    source = folder / "source"
    source.mkdir()
    (source / path.name).symlink_to(path)
    # Numbers stay: products that differ in a number differ.
    config = MinhashConfig(
        n_grams=WORDS,
        num_buckets=BANDS,
        hashes_per_bucket=ROWS,
        norm_config=TextNormConfig(norm_numbers=False),
        hash_config=HashConfig(precision=64),
    )

    def run() -> list[str]:
        read = JsonlReader(str(source))
        sign = MinhashDedupSignature(str(folder / "signatures"), config, words)
        # xxhash takes bytes only since version 4.
        sign._hash_func = lambda text: xxh64_intdigest(text.encode())
        steps = [
            (1, [read, sign]),
            (
                BANDS,
                [
                    MinhashDedupBuckets(
                        str(folder / "signatures"), str(folder / "buckets"), config=config
                    )
                ],
            ),
            (
                1,
                [
                    MinhashDedupCluster(
                        str(folder / "buckets"), str(folder / "removed"), config=config
                    )
                ],
            ),
            (
                1,
                [
                    read,
                    MinhashDedupFilter(str(folder / "removed")),
                    JsonlWriter(str(folder / "kept"), compression=None),
                ],
            ),
        ]
        for place, (tasks, pipeline) in enumerate(steps):
            LocalPipelineExecutor(
                pipeline, tasks=tasks, workers=1, logging_dir=str(folder / f"logs{place}")
            ).run()
        lines = path.read_text().splitlines()
        kept = {
            json.loads(line)["id"]
            for file in (folder / "kept").glob("*.jsonl")
            for line in file.read_text().splitlines()
        }
        return [name for name in (json.loads(line)["id"] for line in lines) if name not in kept]

    return run


def _datasketch(path: Path, threshold: float) -> Callable[[], list[str]]:
    """As its users write it: signatures, index, and each candidate verified; longest text first."""
    from datasketch import MinHash, MinHashLSH

    def run() -> list[str]:
        texts = _read(path)
        said = {name: shingles(text) for name, text in texts.items()}
        index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS))
        gone = []
        names = sorted(texts, key=lambda name: (-len(texts[name]), name))
        signed = MinHash.generator(
            ([shingle.encode() for shingle in said[name]] for name in names),
            num_perm=PERMUTATIONS,
        )
        for name, signature in zip(names, signed, strict=True):
            own = said[name]
            if any(
                len(own & said[other]) >= threshold * len(own | said[other])
                for other in index.query(signature)
            ):
                gone.append(name)
            else:
                index.insert(name, signature)
        return gone

    return run


def _rensa(path: Path, threshold: float) -> Callable[[], None]:
    from rensa import RMinHash, RMinHashLSH

    def run() -> None:
        said = [list(shingles(text)) for text in _read(path).values()]
        matrix = RMinHash.digest_matrix_from_token_sets(said, PERMUTATIONS, 0)
        index = RMinHashLSH(threshold, PERMUTATIONS, BANDS)
        index.insert_matrix_and_query_duplicate_flags(matrix)

    return run


def _read(path: Path) -> dict[str, str]:
    rows = (json.loads(line) for line in path.read_text().splitlines())
    return {row["id"]: row["text"] for row in rows}


DATATROVE = ("datatrove", "datatrove, words by str.split")
TOOLS: dict[str, Callable[[Path, float], Callable[[], list[str] | None]]] = {
    "ours": _ours,
    DATATROVE[0]: _datatrove_as_it_is,
    DATATROVE[1]: _datatrove,
    "datasketch": _datasketch,
    "rensa": _rensa,
}


if __name__ == "__main__":
    main()
