"""Metadata of a corpus for machines: Croissant 1.0 (Akhtar et al. 2024; MLCommons), JSON-LD.

All files are listed with their SHA-256; of Parquet, the columns are described as well, so that
`mlcroissant` gives the records.
"""

import json
from collections.abc import Sequence
from typing import Any

from verbalize.export.corpus import Description
from verbalize.export.format import Format, Shard

_PARQUET = "application/x-parquet"
_COLUMNS = {
    "id": "Identifier; the same in every export",
    "text": "The document",
    "source": "Who states what it says",
    "added": "Since when the corpus has it so",
    "created": "When the newest of its facts began",
}
# Files beside the metadata.
_SHARDS = {
    "@type": "cr:FileSet",
    "@id": "shards",
    "name": "shards",
    "encodingFormat": _PARQUET,
    "includes": "data/*.parquet",
}
# As the specification gives it, word by word: its readers compare.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{
        name: f"cr:{name}"
        for name in (
            "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty",
            "fileObject", "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key",
            "md5", "parentField", "path", "recordSet", "references", "regex", "repeated",
            "replace", "samplingRate", "separator", "source", "subField", "transform",
        )
    },
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}  # fmt: skip


def croissant(name: str, told: Description, form: Format, shards: Sequence[Shard]) -> str:
    """The content of `croissant.json`."""
    files = [
        {
            "@type": "cr:FileObject",
            "@id": file,
            "name": file,
            "contentUrl": file,
            "contentSize": f"{signed['bytes']} B",
            "encodingFormat": form.media_type,
            "sha256": signed["sha256"],
        }
        for shard in shards
        for file, signed in shard.files.items()
    ]
    metadata: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": name,
        "description": told.about,
        "license": sorted({source.spdx or source.licence for source in told.sources}),
        "creator": [{"@type": "sc:Organization", "name": source.source} for source in told.sources],
        "inLanguage": told.languages,
        "keywords": ["e-commerce", "knowledge graph", "text generation"],
        "distribution": files,
    }
    if "as_of" in told.figures:
        metadata["version"] = metadata["datePublished"] = told.figures["as_of"]
    if form.media_type == _PARQUET and files:
        metadata["distribution"] = [*files, _SHARDS]
        metadata["recordSet"] = [_records()]
    return json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"


def _records() -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "documents",
        "name": "documents",
        "key": {"@id": "documents/id"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"documents/{column}",
                "name": f"documents/{column}",
                "description": description,
                "dataType": "sc:Text",
                "source": {"fileSet": {"@id": "shards"}, "extract": {"column": column}},
            }
            for column, description in _COLUMNS.items()
        ],
    }
