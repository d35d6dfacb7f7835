"""A corpus as files that trainers read: streamed in shards, gone on with after a stop, and visible
only when whole.

The order of documents is drawn by the seed. The same warehouse and seed give the same bytes. Adding
a format is one new module with a FORMAT like that of `jsonl`, and its line in FORMATS.
"""

import json
import re
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from verbalize.export import (
    dolma,
    huggingface,
    jsonl,
    megatron,
    mosaic,
    plain,
    web_dataset,
)
from verbalize.export.corpus import Corpus
from verbalize.export.croissant import croissant
from verbalize.export.datasheet import dataset_card, datasheet, in_markdown
from verbalize.export.format import Batches, Format
from verbalize.export.place import SUMS, open_place
from verbalize.export.warehouse import WarehouseCorpus
from verbalize.export.writing import Progress, signature, write_shards, write_tombstones
from verbalize.states import newest_state
from warehouse.errors import WarewordError

FORMATS: dict[str, Format] = {
    "dolma": dolma.FORMAT,
    "jsonl": jsonl.FORMAT,
    "hf": huggingface.FORMAT,
    "mds": mosaic.FORMAT,
    "megatron": megatron.FORMAT,
    "webdataset": web_dataset.FORMAT,
    "text": plain.FORMAT,
}

TOMBSTONES = "tombstones.jsonl"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class ExportError(WarewordError):
    """A corpus that cannot be written as asked."""


def export(
    connection: duckdb.DuckDBPyConnection,
    folder: Path | str,
    *,
    format: str,
    name: str,
    seed: int = 0,
    shard_documents: int = 50_000,
    since: datetime | None = None,
    tokenizer: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes the corpus of a warehouse as `write_corpus` does; returns the datasheet.

    With `since`, the time of a state of the corpus (`as_of` of its datasheet), only documents are
    written that changed since, and TOMBSTONES names those that are gone: whoever has that state, or
    a later one, puts them in the place of the documents of the same identifiers.

    Raises:
        ExportError: if there are no documents, or the corpus is older than `since`.
    """
    corpus = WarehouseCorpus(connection, seed, shard_documents, since)
    newest = newest_state(connection)
    if since is not None and (newest is None or newest < since):
        raise ExportError(
            f"the corpus is as of {newest}, which is before {since}; "
            "give as --since the as_of of the datasheet of the corpus that you have"
        )
    if since is None and not corpus.documents:
        raise ExportError("there are no documents to export; make them with: wareword render")
    withdrawn = None if since is None else corpus.withdrawn()
    return write_corpus(
        corpus,
        folder,
        format=format,
        name=name,
        tokenizer=tokenizer,
        withdrawn=withdrawn,
        progress=progress,
    )


def write_corpus(
    corpus: Corpus,
    folder: Path | str,
    *,
    format: str,
    name: str,
    tokenizer: Path | None = None,
    withdrawn: Batches | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes a corpus as `name` into a folder, in the place of what that name held, or at an
    address of fsspec, where nothing may be yet; returns the datasheet.

    If it is stopped and called again with the same corpus, it goes on at the first missing shard.
    Beside the shards lie the datasheet, Croissant metadata and the SHA-256 of each file.

    Raises:
        ExportError: if the format is unknown, the name is no plain name, or a tokenizer is missing.
        VerbalizeError: if the place cannot be written, or documents do not fit the format.
    """
    form = _checked(format, name, tokenizer)
    place = open_place(folder, name)
    shards = write_shards(
        corpus, place, form, tokenizer, progress or (lambda what, done, total: None)
    )
    sums = {file: signed["sha256"] for shard in shards for file, signed in shard.files.items()}
    count = None
    if withdrawn is not None:
        path = place.scratch / TOMBSTONES
        count = write_tombstones(withdrawn, path)
        sums[TOMBSTONES] = signature(path)["sha256"]
        place.keep(path, TOMBSTONES)
    told = corpus.description()
    sheet = datasheet(told, format, shards, count)
    texts = {
        **form.index(shards),
        "datasheet.json": json.dumps(sheet, indent=2, ensure_ascii=False) + "\n",
        "datasheet.md": in_markdown(sheet),
        "croissant.json": croissant(name, told, form, shards),
        **({"README.md": dataset_card(sheet)} if format == "hf" else {}),
    }
    sums |= {file: sha256(text.encode()).hexdigest() for file, text in texts.items()}
    texts[SUMS] = "".join(f"{digest}  {file}\n" for file, digest in sorted(sums.items()))
    for file, text in texts.items():
        path = place.scratch / file
        path.write_text(text, encoding="utf-8")
        place.keep(path, file)
    place.finish()
    return sheet


def _checked(format: str, name: str, tokenizer: Path | None) -> Format:
    if format not in FORMATS:
        raise ExportError(f"no corpus format {format!r}; --format is one of {', '.join(FORMATS)}")
    if not _NAME.fullmatch(name):
        raise ExportError(f"corpus name {name!r}: use letters, digits, dot, - and _ only")
    form = FORMATS[format]
    if form.tokenized and (tokenizer is None or not tokenizer.is_file()):
        raise ExportError(
            f"{format} holds tokens, and {tokenizer or 'no tokenizer'} is no file; "
            "give one of Hugging Face tokenizers: --tokenizer tokenizer.json"
        )
    return form
