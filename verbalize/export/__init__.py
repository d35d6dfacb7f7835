"""A corpus as files that trainers read: streamed in shards, gone on with after a stop, and visible
only when whole.

The order of documents is drawn by the seed. The same warehouse and seed give the same bytes. Adding
a format is one new module with a FORMAT like that of `jsonl`, and its line in FORMATS.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from verbalize.curation.tokens import Encoder, open_tokenizer
from verbalize.export import (
    chat,
    dolma,
    huggingface,
    jsonl,
    megatron,
    mosaic,
    plain,
    web_dataset,
)
from verbalize.export.conversations import ConversationCorpus
from verbalize.export.corpus import Corpus, Description
from verbalize.export.croissant import croissant
from verbalize.export.datasheet import dataset_card, datasheet, in_markdown
from verbalize.export.format import Batches, Format, Shard
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
    "chat": chat.FORMAT,
}

TOMBSTONES = "tombstones.jsonl"

_SHEET = "datasheet.json"
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
    tokenizer: str | Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes the corpus of a warehouse as `write_corpus` does; returns the datasheet.

    With `since`, the time of a state of the corpus (`as_of` of its datasheet), only documents are
    written that changed since, and TOMBSTONES names those that are gone: whoever has that state, or
    a later one, puts them in the place of the documents of the same identifiers.

    Raises:
        ExportError: if there are no documents, or, for a format of conversations, none with
            questions, or the corpus is older than `since`.
    """
    form = _checked(format, name)
    kind = ConversationCorpus if form.holds == "conversations" else WarehouseCorpus
    corpus = kind(connection, seed, shard_documents, since)
    newest = newest_state(connection)
    if since is not None and (newest is None or newest < since):
        raise ExportError(
            f"the corpus is as of {newest}, which is before {since}; "
            "give as --since the as_of of the datasheet of the corpus that you have"
        )
    if since is None and not corpus.documents:
        raise ExportError(_nothing(corpus))
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


def since_of(folder: Path, said: str) -> datetime:
    """The state that `said` means: the name of a corpus in `folder`, or a time in UTC.

    Raises:
        ExportError: if it is neither.
    """
    sheet = folder / said / _SHEET
    if _NAME.fullmatch(said) and sheet.is_file():
        said = json.loads(sheet.read_text(encoding="utf-8")).get("as_of", said)
    try:
        found = datetime.fromisoformat(said)
    except ValueError as error:
        raise ExportError(
            f"{said!r} is neither a time, such as 2024-01-31, nor a corpus in {folder}; "
            "give the as_of of the datasheet of the corpus that you have"
        ) from error
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def tokenized(formats: Sequence[str]) -> bool:
    """Whether some of the formats holds tokens, so that it needs a tokenizer."""
    return any(name in FORMATS and FORMATS[name].tokenized for name in formats)


def write_corpus(
    corpus: Corpus,
    folder: Path | str,
    *,
    format: str,
    name: str,
    form: Format | None = None,
    tokenizer: Encoder | str | Path | None = None,
    withdrawn: Batches | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes a corpus as `name` into a folder, in the place of what that name held, or at an
    address of fsspec, where nothing may be yet; returns the datasheet. `form` goes before the
    format of that name.

    If it is stopped and called again with the same corpus, it goes on at the first missing shard.
    Beside the shards lie the datasheet, Croissant metadata and the SHA-256 of each file.

    Raises:
        ExportError: if the format is unknown, the name is no plain name, or a tokenizer is missing.
        TokenizerError: if the tokenizer cannot be read.
        VerbalizeError: if the place cannot be written, or documents do not fit the format.
    """
    known = _checked(format, name)
    form = form or known
    encoder = _encoder(format, tokenizer) if form.tokenized else None
    place = open_place(folder, name)
    shards = write_shards(
        corpus, place, form, encoder, progress or (lambda what, done, total: None)
    )
    sums = {file: signed["sha256"] for shard in shards for file, signed in shard.files.items()}
    count = None
    if withdrawn is not None:
        path = place.scratch / TOMBSTONES
        count = write_tombstones(withdrawn, path)
        sums[TOMBSTONES] = signature(path)["sha256"]
        place.keep(path, TOMBSTONES)
    told = corpus.description()
    if encoder:
        told = _counted(told, encoder, shards)
    sheet = datasheet(told, format, form.holds, shards, count)
    texts = {
        **form.index(shards),
        _SHEET: json.dumps(sheet, indent=2, ensure_ascii=False) + "\n",
        "datasheet.md": in_markdown(sheet, form.holds),
        "croissant.json": croissant(name, told, form, shards),
        **({"README.md": dataset_card(sheet, form.holds, form.card)} if form.card else {}),
        **({"tokenizer.json": encoder.file} if encoder and encoder.file else {}),
    }
    sums |= {file: sha256(text.encode()).hexdigest() for file, text in texts.items()}
    texts[SUMS] = "".join(f"{digest}  {file}\n" for file, digest in sorted(sums.items()))
    for file, text in texts.items():
        path = place.scratch / file
        path.write_text(text, encoding="utf-8")
        place.keep(path, file)
    place.finish()
    return sheet


def _counted(told: Description, encoder: Encoder, shards: Sequence[Shard]) -> Description:
    """The description with the tokens that were written; those of kinds may be of another
    tokenizer, and are left out."""
    kinds = [
        {column: value for column, value in row.items() if column != "tokens"}
        for row in told.figures.get("kinds", ())
    ]
    tokens = sum(shard.tokens or 0 for shard in shards)
    counted = {"tokens": tokens, "tokenizer": encoder.name, **({"kinds": kinds} if kinds else {})}
    return replace(told, figures={**told.figures, **counted})


def _nothing(corpus: WarehouseCorpus | ConversationCorpus) -> str:
    if isinstance(corpus, ConversationCorpus) and corpus.without_questions:
        return (
            f"none of the {corpus.without_questions:,} documents has questions, of which chat is "
            "made; render some: wareword render --kind usual --kind comparison_questions "
            "(docs/documents.md names all kinds)"
        )
    return "there are no documents to export; make them with: wareword render"


def _checked(format: str, name: str) -> Format:
    if format not in FORMATS:
        raise ExportError(f"no corpus format {format!r}; --format is one of {', '.join(FORMATS)}")
    if not _NAME.fullmatch(name):
        raise ExportError(f"corpus name {name!r}: use letters, digits, dot, - and _ only")
    return FORMATS[format]


def _encoder(format: str, tokenizer: Encoder | str | Path | None) -> Encoder:
    if tokenizer is None:
        raise ExportError(
            f"{format} holds tokens; give a tokenizer: --tokenizer tokenizer.json, or tiktoken:NAME"
        )
    return open_tokenizer(tokenizer) if isinstance(tokenizer, str | Path) else tokenizer
