"""Dolma: JSON lines of `id, text, source, added, created, metadata`, zstd, in `documents/`; beside
them, line by line, `attributes/wareword/` (Soldaini et al. 2024; data format of the toolkit).

An attribute is a list of spans `[begin, end, value]` in characters; what is measured of a document
is one span over all of it. The mixer of the toolkit filters by them.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from verbalize.curation.tokens import Encoder
from verbalize.export.encoding import content, encode, line
from verbalize.export.format import Batches, Format
from verbalize.export.jsonl import FIELDS, compressed
from warehouse.connection import literal, quoted

ATTRIBUTES = "wareword"
DIGITS = 4
"""Places of a measure after the point."""


def write(batches: Batches, files: Sequence[Path], encoder: Encoder | None) -> None:
    """Writes the documents and the attributes of a shard."""
    first = next(batches)
    expressions = line(FIELDS), line({"id": "id", "attributes": _spans(first.schema)})
    with compressed(files[0]) as documents, compressed(files[1]) as attributes:
        for lines, spans in encode(_chain(first, batches), *expressions):
            documents.write(content(lines))
            attributes.write(content(spans))


def _spans(schema: pa.Schema) -> str:
    """SQL of the attributes of a document; none of what was not measured."""
    measured = schema.field("attributes").type if "attributes" in schema.names else ()
    spans = []
    for measure in measured:
        value = f"attributes.{quoted(measure.name)}"
        if pa.types.is_floating(measure.type):
            value = f"round({value}::DOUBLE, {DIGITS})"
        spans.append(
            f"{literal(f'{ATTRIBUTES}__{measure.name}')}: "
            f"CASE WHEN {value} IS NULL THEN [] ELSE [json_array(0, length(text), {value})] END"
        )
    return f"{{{', '.join(spans)}}}" if spans else "MAP {}"


def _chain(first: pa.RecordBatch, batches: Batches) -> Batches:
    yield first
    yield from batches


FORMAT = Format(
    description="Dolma JSON lines with attributes, for the Dolma toolkit and OLMo",
    media_type="application/jsonlines+zstd",
    files=(
        "documents/part-{shard:05}.jsonl.zst",
        f"attributes/{ATTRIBUTES}/part-{{shard:05}}.jsonl.zst",
    ),
    write=write,
)
