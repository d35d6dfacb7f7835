"""The datasheet of a corpus: what is in it, from where, under which licence, and how to tell that
it is whole.

After Gebru et al. 2021, "Datasheets for Datasets", as far as counting can answer its questions.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

from verbalize.curation.tokens import VOCABULARY
from verbalize.export.corpus import WarehouseCorpus
from warehouse.sources import sample

_UNKNOWN_LICENCE = "as the source states; not known here"
_KEPT = """
SELECT statement.*
FROM text.statement AS statement
SEMI JOIN text.kept USING (document_id)
"""


def write_datasheet(
    corpus: WarehouseCorpus, folder: Path, format: str, shards: list[Path]
) -> dict[str, Any]:
    """Writes `datasheet.json`, `datasheet.md`, and for Hugging Face the card `README.md`; returns
    the datasheet."""
    sheet = _sheet(corpus, folder, format, shards)
    (folder / "datasheet.json").write_text(json.dumps(sheet, indent=2, ensure_ascii=False) + "\n")
    (folder / "datasheet.md").write_text(_markdown(sheet))
    if format == "hf":
        (folder / "README.md").write_text(f"---\n{_card(sheet)}---\n\n{_markdown(sheet)}")
    return sheet


def _sheet(
    corpus: WarehouseCorpus, folder: Path, format: str, shards: list[Path]
) -> dict[str, Any]:
    kinds = _rows(
        corpus,
        """
        SELECT kind, language, count(*) AS documents, sum(tokens)::BIGINT AS tokens
        FROM text.kept GROUP BY ALL ORDER BY ALL
        """,
    )
    sources = [
        row["source"]
        for row in _rows(corpus, "SELECT DISTINCT source FROM ops.load ORDER BY source")
    ]
    return {
        "format": format,
        "seed": corpus.seed,
        "documents": corpus.documents,
        "tokens": sum(row["tokens"] or 0 for row in kinds),
        "tokenizer": f"byte-level BPE, at most {VOCABULARY} tokens, trained on this corpus",
        "kinds": kinds,
        "left_out": _rows(
            corpus,
            """
            SELECT stage, reason, kind, count(*) AS documents
            FROM text.removed JOIN text.document USING (document_id) GROUP BY ALL ORDER BY ALL
            """,
        ),
        "provenance": _rows(
            corpus,
            f"""
            SELECT
                provenance,
                count(*) AS facts_said,
                round(count(*) / sum(count(*)) OVER (), 4) AS share
            FROM (SELECT unnest(fact_ids) AS fact_id FROM ({_KEPT}))
            JOIN facts.fact USING (fact_id) GROUP BY ALL ORDER BY ALL
            """,
        ),
        "templates": _rows(
            corpus,
            f"""
            SELECT template, count(DISTINCT phrasing) AS phrasings, count(*) AS sentences
            FROM ({_KEPT}) GROUP BY ALL ORDER BY ALL
            """,
        ),
        "sources": [{"source": source, "licence": _licence(source)} for source in sources],
        "shards": [
            {
                "file": str(shard.relative_to(folder)),
                "bytes": shard.stat().st_size,
                "sha256": _sha256(shard),
            }
            for shard in shards
        ],
    }


def _licence(source: str) -> str:
    return sample.LICENCE if source == sample.SOURCE else _UNKNOWN_LICENCE


def _rows(corpus: WarehouseCorpus, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = corpus.connection.execute(query).to_arrow_table().to_pylist()
    return rows


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _markdown(sheet: dict[str, Any]) -> str:
    parts = [
        "# Datasheet\n",
        f"{sheet['documents']:,} documents, {sheet['tokens']:,} tokens ({sheet['tokenizer']}). "
        "Every document is rendered from facts of a product warehouse by templates and was read "
        "back; `fact_ids` names the facts that it says. Predicted facts are worded as likely, "
        "stated facts as certain, and resolved ones, which hold for products of several sources "
        "that were taken for one, as certain from a confidence of 0.9 on, else as likely, and only "
        "where the source of the product itself states nothing. "
        "Households appear only as groups of at least 20. The order of "
        f"documents is drawn by the seed {sheet['seed']}.\n",
    ]
    titles = {
        "kinds": "Documents and tokens by kind",
        "left_out": "Left out by curation",
        "provenance": "Provenance of what is said",
        "templates": "Templates",
        "sources": "Sources and licences",
        "shards": "Shards",
    }
    parts += [f"## {title}\n\n{_table(sheet[name])}\n" for name, title in titles.items()]
    return "\n".join(parts)


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "None."
    lines = [list(rows[0]), ["---"] * len(rows[0])] + [
        [str(value) for value in row.values()] for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _card(sheet: dict[str, Any]) -> str:
    """The metadata block of a dataset card (Hugging Face Hub, dataset card specification)."""
    licences = {row["licence"] for row in sheet["sources"]}
    card = {
        "license": "mit" if licences == {sample.LICENCE} else "other",
        "language": sorted({row["language"] for row in sheet["kinds"]}),
        "task_categories": ["text-generation"],
        "tags": ["e-commerce", "knowledge-graph", "synthetic"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": "data/train-*.parquet"}],
            }
        ],
    }
    return str(yaml.safe_dump(card, sort_keys=False))
