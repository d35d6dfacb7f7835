"""The kept documents as files that trainers read: streamed in shards, written beside and renamed
when whole.

The order of documents is drawn by the seed. The same warehouse and seed give the same bytes. Adding
a format is one new module with a function like `dolma.write`, and its line in FORMATS.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from verbalize.export import dolma, huggingface
from verbalize.export.corpus import Corpus, WarehouseCorpus
from verbalize.export.datasheet import write_datasheet
from warehouse.errors import WarewordError

Progress = Callable[[str, int, int], None]
Writer = Callable[[Corpus, Path, Progress], list[Path]]

FORMATS: dict[str, Writer] = {"dolma": dolma.write, "hf": huggingface.write}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class ExportError(WarewordError):
    """A corpus that cannot be written as asked."""


def export(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    format: str,
    name: str,
    seed: int = 0,
    shard_documents: int = 50_000,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes the corpus `name` into `folder`, in the place of what that name held; returns the
    datasheet.

    Raises:
        ExportError: if the format is unknown, the name is no plain name, or there are no documents.
    """
    if format not in FORMATS:
        raise ExportError(f"no corpus format {format!r}; --format is one of {', '.join(FORMATS)}")
    if not _NAME.fullmatch(name):
        raise ExportError(f"corpus name {name!r}: use letters, digits, dot, - and _ only")
    corpus = WarehouseCorpus(connection, seed, shard_documents)
    if not corpus.documents:
        raise ExportError("there are no documents to export; make them with: wareword render")
    draft, old, whole = folder / f".{name}.part", folder / f".{name}.old", folder / name
    for leftover in (draft, old):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir(parents=True)
    shards = FORMATS[format](corpus, draft, progress or (lambda what, done, total: None))
    datasheet = write_datasheet(corpus, draft, format, shards)
    if whole.exists():
        whole.rename(old)
    draft.rename(whole)
    shutil.rmtree(old, ignore_errors=True)
    return datasheet
