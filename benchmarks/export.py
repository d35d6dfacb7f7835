"""How fast documents become corpus files, next to what else writes them.

Case by case, all tools write the same documents with the same metadata, in the same order; that
they are the same is checked. `query` only reads them, as every tool must first: what is beyond it
is writing. DuckDB's bare COPY is the limit; pandas, datatrove's writers, MDSWriter of
mosaicml-streaming and TarWriter of webdataset are what a user would take, where they are installed.
Ours also cuts into shards, writes attributes of Dolma, counts for the datasheet, signs each file
with its SHA-256, and replaces what was there only when all is whole. `delta` is what changed where
one document in a hundred did.

    python benchmarks/export.py [--rows 20000] [--home FOLDER] [--json]
"""

import hashlib
import json
import struct
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
from side_by_side import measure, parser, print_table, ratio, tell
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

from verbalize.export import export
from verbalize.export.corpus import DOCUMENTS
from verbalize.render import render
from verbalize.states import record_state
from warehouse.connection import reader, writer

# In the order of the seed 0, as ours writes them.
ORDERED = f"SELECT * FROM ({DOCUMENTS}) ORDER BY md5(concat('0 ', id))"
BATCH = 10_000
NEEDS = {"datatrove": "datatrove", "mdswriter": "streaming", "tarwriter": "webdataset"}
Connection = duckdb.DuckDBPyConnection


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=200_000, help="documents")
    options.add_argument(
        "--home", type=Path, help="a warehouse to export from, not a generated one"
    )
    arguments = options.parse_args()
    if arguments.measure:
        case, tool, home = arguments.measure
        _measure(case, tool, Path(home))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = arguments.home or _generate(Path(folder), arguments.rows)
        found = {
            (case, tool): measure(__file__, case, tool, home)
            for case, tool in WRITERS
            if tool not in NEEDS or find_spec(NEEDS[tool])
        }
    for case, _ in found:
        contents = {row["content"] for (own, _), row in found.items() if own == case} - {None}
        if len(contents) > 1:
            raise SystemExit(f"the tools wrote different documents: {case}, {contents}")
    if arguments.json:
        print(json.dumps(_result(found)))
        return
    counts = {
        "documents": "documents",
        "bytes": "bytes",
        "documents/s": "documents_per_second",
        "text MB/s": "megabytes_per_second",
        "CPU s": "cpu_seconds",
    }
    print_table(found, ["format", "tool"], counts)


def _result(found: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    tools = list(dict.fromkeys(tool for _, tool in found))
    result: dict[str, Any] = {
        tool: {case: row for (case, own), row in found.items() if own == tool} for tool in tools
    }
    result["ratio"] = {
        tool: {case: ratio(found[case, "ours"], row) for case, row in result[tool].items()}
        for tool in tools
        if tool != "ours"
    }
    return result


def _measure(case: str, tool: str, home: Path) -> None:
    write = WRITERS[case, tool]
    with tempfile.TemporaryDirectory() as place, reader(home) as connection:
        folder = Path(place)
        tokenizer = _tokenizer(folder / "tokenizer.json")
        _import(tool)
        begin, worked = time.perf_counter(), time.process_time()
        write(connection, folder / "corpus", tokenizer)
        seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - worked
        documents, letters, content = CONTENTS[case](folder / "corpus")
        files = [path for path in (folder / "corpus").rglob("*") if path.is_file()]
        written = sum(path.stat().st_size for path in files)
        if tool == "query":
            counted = "SELECT count(*), sum(strlen(text)) FROM text.kept"
            ((documents, letters),) = connection.execute(counted).fetchall()
            content = None
    tell(
        seconds=seconds,
        cpu_seconds=round(cpu_seconds, 2),
        documents=documents,
        bytes=written,
        documents_per_second=round(documents / seconds),
        megabytes_per_second=round(letters / seconds / 1e6, 1),
        content=content,
    )


def _import(tool: str) -> None:
    """Imports are not counted."""
    if tool == "datatrove":
        import datatrove.pipeline.writers  # noqa: F401
    elif tool == "mdswriter":
        import streaming  # noqa: F401
    elif tool == "tarwriter":
        import webdataset  # noqa: F401


def _generate(home: Path, rows: int) -> Path:
    """A warehouse of products that have documents of five sentences."""
    with writer(home) as connection:
        connection.execute(
            """
            INSERT INTO facts.node
            SELECT node_id('product', 'shop', i::VARCHAR), 'product', 'shop', i, i
            FROM range(?) AS t (i)
            """,
            [rows],
        )
        connection.execute(
            """
            INSERT INTO facts.fact
            SELECT
                left(md5(node_id || said.predicate), 16), node_id, said.predicate, said.object,
                'literal', said.unit, NULL, 'stated', 'shop', 1, '2024-01-01', NULL, 'load'
            FROM (
                SELECT node_id, unnest([
                    {'predicate': 'sku', 'object': key, 'unit': NULL},
                    {'predicate': 'name', 'object': 'Tea blend ' || key, 'unit': NULL},
                    {'predicate': 'size', 'object': hash(key) % 99 + 1 || ' OZ', 'unit': NULL},
                    {'predicate': 'color', 'object': 'green', 'unit': NULL},
                    {'predicate': 'gtin', 'object': (hash(key) % 10000000)::VARCHAR, 'unit': NULL}
                ]) AS said
                FROM facts.node
            )
            """
        )
        render(connection, kinds=("product",))
        record_state(connection)
        _change(connection)
    return home


def _change(connection: Connection) -> None:
    """Another state, to which a hundredth of the documents is new."""
    connection.execute(
        "UPDATE text.document SET text = text || ' It is new.' WHERE hash(document_id) % 100 = 0"
    )
    record_state(connection)


def _tokenizer(path: Path) -> Path:
    """A tokenizer of bytes, so that what is measured is writing."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    trainer = BpeTrainer(
        vocab_size=257, special_tokens=["<|endoftext|>"], initial_alphabet=ByteLevel.alphabet(),
        show_progress=False,
    )  # fmt: skip
    tokenizer.train_from_iterator([], trainer)
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return path


Write = Callable[[Connection, Path, Path], object]


def _ours(form: str) -> Write:
    def write(connection: Connection, folder: Path, tokenizer: Path) -> None:
        export(connection, folder.parent, format=form, name=folder.name, tokenizer=tokenizer)

    return write


def _delta(connection: Connection, folder: Path, tokenizer: Path) -> None:
    """What changed since the second of two states, of which the last has a hundredth."""
    states = connection.execute("SELECT as_of FROM text.state ORDER BY as_of DESC").fetchall()
    since: datetime = states[1][0]
    export(connection, folder.parent, format="dolma", name=folder.name, since=since)


def _query(connection: Connection, folder: Path, tokenizer: Path) -> None:
    folder.mkdir()
    for _ in connection.sql(ORDERED).to_arrow_reader(BATCH):
        pass


def _copy(form: str) -> Write:
    def write(connection: Connection, folder: Path, tokenizer: Path) -> None:
        folder.mkdir()
        file = folder / ("corpus.parquet" if form == "parquet" else "corpus.jsonl.zst")
        connection.execute(f"COPY ({ORDERED}) TO '{file}' (FORMAT {form}, COMPRESSION zstd)")

    return write


def _pandas_lines(connection: Connection, folder: Path, tokenizer: Path) -> None:
    folder.mkdir()
    documents = connection.execute(ORDERED).df()
    documents.to_json(folder / "corpus.jsonl.zst", orient="records", lines=True)


def _pandas_parquet(connection: Connection, folder: Path, tokenizer: Path) -> None:
    folder.mkdir()
    documents = connection.execute(ORDERED).df()
    documents.to_parquet(folder / "corpus.parquet", compression="zstd")


def _datatrove(kind: str) -> Write:
    def write(connection: Connection, folder: Path, tokenizer: Path) -> None:
        from datatrove.data import Document
        from datatrove.pipeline import writers

        def documents() -> Iterator[Document]:
            for row in _rows(connection):
                told = {name: row[name] for name in ("source", "added", "created")}
                yield Document(row["text"], row["id"], metadata=told | row["metadata"])

        made = getattr(writers, kind)(str(folder), compression="zstd")
        for _ in made.run(documents(), 0, 1):
            pass

    return write


def _mdswriter(connection: Connection, folder: Path, tokenizer: Path) -> None:
    from streaming import MDSWriter

    columns = {"id": "str", "text": "str", "source": "str", "metadata": "json"}
    with MDSWriter(columns=columns, out=str(folder)) as made:
        for row in _rows(connection):
            made.write({name: row[name] for name in columns})


def _tarwriter(connection: Connection, folder: Path, tokenizer: Path) -> None:
    import webdataset

    folder.mkdir()
    fields = ("id", "source", "added", "created", "metadata")
    with webdataset.TarWriter(str(folder / "shard.tar")) as made:
        for number, row in enumerate(_rows(connection)):
            told = {name: row[name] for name in fields}
            made.write({"__key__": f"{number:07}", "txt": row["text"], "json": told})


def _rows(connection: Connection) -> Iterator[dict[str, Any]]:
    for batch in connection.sql(ORDERED).to_arrow_reader(BATCH):
        yield from batch.to_pylist()


WRITERS: dict[tuple[str, str], Write] = {
    ("dolma", "ours"): _ours("dolma"),
    ("dolma", "query"): _query,
    ("dolma", "duckdb"): _copy("json"),
    ("dolma", "pandas"): _pandas_lines,
    ("delta", "ours"): _delta,
    ("jsonl", "ours"): _ours("jsonl"),
    ("jsonl", "datatrove"): _datatrove("JsonlWriter"),
    ("hf", "ours"): _ours("hf"),
    ("hf", "duckdb"): _copy("parquet"),
    ("hf", "pandas"): _pandas_parquet,
    ("hf", "datatrove"): _datatrove("ParquetWriter"),
    ("mds", "ours"): _ours("mds"),
    ("mds", "mdswriter"): _mdswriter,
    ("webdataset", "ours"): _ours("webdataset"),
    ("webdataset", "tarwriter"): _tarwriter,
    ("megatron", "ours"): _ours("megatron"),
    ("text", "ours"): _ours("text"),
}

# What was written: documents, bytes of text, and what tells whether it is the same.
Content = tuple[int, int, str]


def _read_by_duckdb(read: str, pattern: str) -> Callable[[Path], Content]:
    def content(folder: Path) -> Content:
        files = list(map(str, folder.glob(pattern)))
        if not files:
            return 0, 0, ""
        (found,) = duckdb.execute(
            f"""
            SELECT count(*), sum(strlen(text)), bit_xor(md5_number_lower(id || text))::VARCHAR
            FROM {read.format(files)}
            """
        ).fetchall()
        return found

    return content


def _read_shards(folder: Path) -> Content:
    """Of MDS: the columns are id, metadata, source, text."""
    documents, letters, seen = 0, 0, 0
    for path in sorted(folder.glob("*.mds")):
        shard = path.read_bytes()
        (count,) = struct.unpack_from("<I", shard)
        for place in struct.unpack_from(f"<{count}I", shard, 4):
            sizes = struct.unpack_from("<4I", shard, place)
            begin = place + 16
            identifier = shard[begin : begin + sizes[0]]
            text = shard[begin + sum(sizes[:3]) : begin + sum(sizes)]
            seen ^= _hash(identifier + text)
            documents, letters = documents + 1, letters + len(text)
    return documents, letters, str(seen)


def _read_archives(folder: Path) -> Content:
    documents, letters, seen = 0, 0, 0
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path) as archive:
            for member in archive:
                if member.name.endswith(".txt"):
                    file = archive.extractfile(member)
                    assert file is not None
                    text = file.read()
                    seen ^= _hash(text)
                    documents, letters = documents + 1, letters + len(text)
    return documents, letters, str(seen)


def _read_tokens(folder: Path) -> Content:
    documents = tokens = 0
    for path in folder.glob("*.idx"):
        (count,) = struct.unpack_from("<Q", path.read_bytes(), 18)
        documents += count
        tokens += path.with_suffix(".bin").stat().st_size // 2
    return documents, tokens - documents, ""


def _read_text(folder: Path) -> Content:
    contents = [path.read_bytes() for path in folder.glob("*.txt")]
    documents = sum(content.count(b"\n") for content in contents)
    return documents, sum(map(len, contents)) - documents, ""


def _hash(content: bytes) -> int:
    return int.from_bytes(hashlib.md5(content).digest()[:8], "little")


_LINES = _read_by_duckdb("read_json_auto({}, maximum_object_size = 100000000)", "**/*.jsonl.zst")
_PARQUET = _read_by_duckdb("read_parquet({})", "**/*.parquet")


def _read_dolma(folder: Path) -> Content:
    """Of Dolma: not its attributes."""
    documents = folder / "documents"
    return _LINES(documents if documents.exists() else folder)


CONTENTS: dict[str, Callable[[Path], Content]] = {
    "dolma": _read_dolma,
    "delta": _read_dolma,
    "jsonl": _LINES,
    "hf": _PARQUET,
    "mds": _read_shards,
    "webdataset": _read_archives,
    "megatron": _read_tokens,
    "text": _read_text,
}


if __name__ == "__main__":
    main()
