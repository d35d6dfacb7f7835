"""Corpora as trainers read them. A format is one module with `write_shard`, `SUFFIX` and `describe`, and one line in FORMATS.

Documents stream from the warehouse a shard at a time. All is written into a folder beside the final one, which takes its place when it
is whole: a reader sees the old corpus or the new one, never a part. The same documents and seed give the same bytes.
"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from verbalize.errors import VerbalizeError
from verbalize.export import dolma, huggingface
from verbalize.export.datasheet import datasheet, markdown
from verbalize.export.shards import checksum, documents

Progress = Callable[[str, int, int], None]

FORMATS: dict[str, Any] = {"dolma": dolma, "hf": huggingface}
SHARD_DOCUMENTS = 50_000

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

__all__ = ["FORMATS", "SHARD_DOCUMENTS", "export"]


def export(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    format: str = "dolma",
    name: str = "sample",
    seed: int = 0,
    shard_documents: int = SHARD_DOCUMENTS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes the documents that are no duplicates to `folder`/`name`, in the order of a hash of seed and document.

    A corpus of the same name is replaced when the new one is whole. Returns the datasheet.

    Raises:
        VerbalizeError: if the format is unknown, the name could leave the folder, a file stands where the corpus should, or there are
            no documents.
    """
    if format not in FORMATS:
        raise VerbalizeError(f"there is no format {format!r}; give one of {', '.join(sorted(FORMATS))}")
    if not _NAME.fullmatch(name):
        raise VerbalizeError(f"corpus name {name!r}: use up to 64 small letters, digits, - and _, beginning with a letter or digit")
    if shard_documents < 1:
        raise VerbalizeError(f"shard_documents is {shard_documents}; give 1 or more")
    target = folder / name
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise VerbalizeError(f"{target} is not a folder; move it away, or give another name")
    writer = FORMATS[format]
    row = connection.execute("SELECT count(*) FROM text.document WHERE duplicate_of IS NULL").fetchone()
    total = row[0] if row else 0
    if not total:
        raise VerbalizeError("there are no documents to export; render them first: wareword render")
    shards = -(-total // shard_documents)
    draft = folder / f".{name}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    files = []
    for index in range(shards):
        if progress:
            progress(f"writing {name} as {format}", index, shards)
        path = draft / f"{writer.PREFIX}{index:05d}-of-{shards:05d}{writer.SUFFIX}"
        path.parent.mkdir(parents=True, exist_ok=True)
        written = writer.write_shard(path, documents(connection, seed, index * shard_documents, shard_documents))
        files.append({"file": str(path.relative_to(draft)), "documents": written, "bytes": path.stat().st_size, "sha256": checksum(path)})
    sheet = datasheet(connection, name=name, format=format, seed=seed, files=files)
    tokenizer = connection.execute("SELECT content FROM text.tokenizer").fetchone()
    if tokenizer:
        (draft / "tokenizer.json").write_text(tokenizer[0], encoding="utf-8")
    (draft / "datasheet.json").write_text(json.dumps(sheet, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (draft / "datasheet.md").write_text(markdown(sheet), encoding="utf-8")
    writer.describe(draft, sheet)
    _replace(draft, target)
    if progress:
        progress(f"written {name}", shards, shards)
    return sheet


def _replace(draft: Path, target: Path) -> None:
    """Puts the whole new corpus in the place of the old one."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    draft.rename(target)
    shutil.rmtree(old, ignore_errors=True)
