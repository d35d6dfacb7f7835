"""The datasheet of a corpus: what is in it, from where, under which licence, and how to tell that
it is whole.

After Gebru et al. 2021, "Datasheets for Datasets", as far as counting can answer its questions.
What each figure means stands beside it, from `meanings.csv`.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from verbalize.export.corpus import UNKNOWN_LICENCE, Description
from verbalize.export.format import Shard

_TITLES = {
    "kinds": "Documents by kind",
    "writers": "Who wrote the documents",
    "left_out": "Documents left out",
    "unsaid": "Stated facts that no document says, by predicate",
    "variety": "Variety",
    "provenance": "Provenance of what is said",
    "templates": "Templates",
    "sources": "Sources and licences",
    "shards": "Shards",
}

# Licences of data that the Hub has names for (https://hf.co/docs/hub/repositories-licenses), which
# are those of SPDX in small letters, or others.
_HUB = {"odbl-1.0": "odbl", "odc-by-1.0": "odc-by", "pddl-1.0": "pddl"}
_HUB_LICENCES = {
    "apache-2.0", "bsd-2-clause", "bsd-3-clause", "c-uda", "cc0-1.0", "cdla-permissive-1.0",
    "cdla-permissive-2.0", "cdla-sharing-1.0", "eupl-1.1", "eupl-1.2", "etalab-2.0", "isc", "mit",
    "mpl-2.0", "unlicense", *_HUB.values(),
    *(f"cc-by-{version}" for version in ("2.0", "2.5", "3.0", "4.0")),
    *(f"cc-by-sa-{version}" for version in ("3.0", "4.0")),
    *(f"cc-by-nc-{version}" for version in ("2.0", "3.0", "4.0")),
    *(f"cc-by-nc-sa-{version}" for version in ("2.0", "3.0", "4.0")),
    *(f"cc-by-nc-nd-{version}" for version in ("3.0", "4.0")),
    "cc-by-nd-4.0",
}  # fmt: skip


def datasheet(
    told: Description, format: str, holds: str, shards: Sequence[Shard], withdrawn: int | None
) -> dict[str, Any]:
    """What `datasheet.json` tells of a format that `holds` documents or conversations; `withdrawn`
    counts the documents that a delta takes away."""
    licences = {source.source: source.licence for source in told.sources}
    sheet: dict[str, Any] = {
        "format": format,
        holds: sum(shard.documents for shard in shards),
        "about": told.about,
        "languages": told.languages,
        **told.figures,
        "provenance": _provenance(shards),
        "sources": [asdict(source) for source in told.sources],
        "shards": [
            {
                "file": name,
                **signed,
                holds: shard.documents,
                "sources": shard.sources,
                "licences": sorted(
                    {
                        licences.get(name, "not known")
                        for sources in shard.sources
                        for name in sources.split("+")
                    }
                ),
                "facts": shard.facts,
            }
            for shard in shards
            for name, signed in shard.files.items()
        ],
    }
    if withdrawn is not None:
        sheet["withdrawn"] = withdrawn
    return {**sheet, "meaning": _meaning(_figures(sheet))}


def in_markdown(sheet: dict[str, Any], holds: str) -> str:
    """The datasheet for people."""
    tables = {name: rows for name, rows in sheet.items() if _is_table(name, rows)}
    single = {
        name: value
        for name, value in sheet.items()
        if name not in tables and name not in ("about", "meaning")
    }
    counted = [f"{sheet[holds]:,} {holds}"]
    if sheet.get("tokens") is not None:
        counted.append(
            f"{sheet['tokens']:,} tokens ({sheet.get('tokenizer', 'tokenizer not told')})"
        )
    if "withdrawn" in sheet:
        counted.append(f"{sheet['withdrawn']:,} documents withdrawn since {sheet.get('since')}")
    meaning = _meaning(single)
    lines = [
        f"- {name.replace('_', ' ')}: {_cell(value)}"
        + (f" ({meaning[name]})" if name in meaning else "")
        for name, value in single.items()
    ]
    parts = [f"# Datasheet\n\n{', '.join(counted)}. {sheet['about']}\n", "\n".join(lines) + "\n"]
    parts += [
        f"## {_TITLES.get(name, name.replace('_', ' ').capitalize())}\n\n{_table(rows)}"
        for name, rows in tables.items()
    ]
    return "\n".join(parts)


def dataset_card(sheet: dict[str, Any], holds: str, files: str) -> str:
    """The card of a dataset for the Hugging Face Hub, whose rows are in `files`: its metadata
    block, then the datasheet. Without shards it names no files, so that `datasets` says that there
    are none instead of reading what lies beside."""
    rows = [{"split": "train", "path": files}] if sheet["shards"] else []
    card = {
        **_licence(sheet["sources"]),
        "language": sheet["languages"],
        "task_categories": ["text-generation"],
        "tags": ["e-commerce", "knowledge-graph", "synthetic"],
        "configs": [{"config_name": "default", "data_files": rows}],
    }
    return f"---\n{yaml.safe_dump(card, sort_keys=False)}---\n\n{in_markdown(sheet, holds)}"


def _licence(sources: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The licences of all sources as the Hub has them; `other` where it does not know one."""
    told = sorted({source["spdx"] or source["licence"] for source in sources})
    known = [_HUB.get(licence.lower(), licence.lower()) for licence in told]
    if known and _HUB_LICENCES.issuperset(known):
        return {"license": known[0] if len(known) == 1 else known}
    name = re.sub(r"[^a-z0-9.]+", "-", " and ".join(told).lower()).strip("-")
    named = name and UNKNOWN_LICENCE not in told
    return {"license": "other", **({"license_name": name} if named else {})}


def _provenance(shards: Sequence[Shard]) -> list[dict[str, Any]]:
    facts = sum((Counter(shard.facts) for shard in shards), Counter())
    return [
        {
            "provenance": provenance,
            "facts_said": count,
            "share": round(count / facts.total(), 4),
        }
        for provenance, count in sorted(facts.items())
    ]


def _is_table(name: str, rows: Any) -> bool:
    return name in _TITLES or (isinstance(rows, list) and bool(rows) and isinstance(rows[0], dict))


def _figures(sheet: dict[str, Any]) -> Iterator[str]:
    """The names of all figures of a datasheet, and of the columns of its tables."""
    for name, value in sheet.items():
        yield name
        if _is_table(name, value) and value:
            yield from value[0]


def _meaning(figures: Iterable[str]) -> dict[str, str]:
    """What figures mean, in plain words, by name; those without an entry are left out."""
    known = _meanings()
    return {name: known[name] for name in dict.fromkeys(figures) if name in known}


@cache
def _meanings() -> dict[str, str]:
    path = Path(__file__).with_name("meanings.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["figure"]: row["meaning"] for row in csv.DictReader(file)}


def _legend(rows: list[dict[str, Any]]) -> str:
    """What the columns of a table mean."""
    meaning = _meaning(rows[0] if rows else ())
    return "".join(f"- `{name}`: {words}\n" for name, words in meaning.items())


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "None.\n"
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[_cell(value) for value in row.values()] for row in rows]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{table}\n{_legend(rows)}"


def _cell(value: Any) -> str:
    """A value as Markdown: of a dictionary its entries, of a list its parts; nothing for none."""
    if isinstance(value, dict):
        return ", ".join(f"{_cell(name)}: {_cell(count)}" for name, count in value.items())
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
