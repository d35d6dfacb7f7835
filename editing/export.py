"""Edit requests to the files that editing tools read: CounterFact (ROME, MEMIT) and the arguments
of EasyEdit's `BaseEditor.edit`.

A folder of edits is written under a temporary name and renamed when whole. The same requests give
the same bytes.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from editing.changes import EditError
from warehouse.connection import only_row

Request = dict[str, Any]

INDEX = "edits.json"
# EasyEdit's own word where no earlier answer is known.
_UNKNOWN = "<|endoftext|>"


def export_edits(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    formats: tuple[str, ...] = ("counterfact", "easyedit"),
) -> dict[str, Any]:
    """Writes one file a format and the index `edits.json` into `folder`, in the place of what it
    held; returns the index. Where nothing is to be edited, the files hold no record.

    Raises:
        EditError: if a format is unknown, or `folder` holds something that is no edit set.
    """
    for name in formats:
        if name not in FORMATS:
            raise EditError(f"no edit format {name!r}; there are: {', '.join(FORMATS)}")
    requests = _requests(connection)
    if folder.exists() and any(folder.iterdir()) and not (folder / INDEX).exists():
        raise EditError(f"{folder} holds other things than edits; give another folder")
    files = {f"{name}.json": FORMATS[name](requests) for name in formats}
    index = _index(connection, requests, files)
    _publish(folder, {**files, INDEX: index})
    return index


def counterfact(requests: list[Request]) -> list[dict[str, Any]]:
    """Records of the CounterFact data set (Meng et al. 2022, "Locating and Editing Factual
    Associations in GPT", appendix H).

    Neighbourhood prompts are answered by the old target, attribute prompts by the new one, of other
    subjects. A record needs both targets, so additions are left out. `relation_id` is the predicate
    in the place of a Wikidata property.
    """
    return [
        {
            "case_id": case,
            "request_id": request["request_id"],
            "requested_rewrite": {
                "prompt": request["template"],
                "relation_id": request["predicate"],
                "target_new": {"str": request["target_new"], "id": request["object_new"]},
                "target_true": {"str": request["target_old"], "id": request["object_old"]},
                "subject": request["subject_text"],
            },
            "paraphrase_prompts": request["rephrasings"],
            "neighborhood_prompts": _asked(request["locality"], "old_answer"),
            "attribute_prompts": _asked(request["locality"], "new_answer"),
            "generation_prompts": request["openings"],
        }
        for case, request in enumerate(
            request for request in requests if request["change"] == "conflict"
        )
    ]


def easyedit(requests: list[Request]) -> dict[str, Any]:
    """Keyword arguments of `BaseEditor.edit` of EasyEdit: lists with one entry a request, null
    where there is none.

    EasyEdit takes one rephrasing a request: the first. A rule of locality or portability is one
    named group; its entry is the list of questions and the list of answers of the request.
    """
    return {
        "prompts": [request["prompt"] for request in requests],
        "target_new": [request["target_new"] for request in requests],
        "ground_truth": [request["target_old"] or _UNKNOWN for request in requests],
        "subject": [request["subject_text"] for request in requests],
        "rephrase_prompts": [request["rephrasings"][0] for request in requests],
        "locality_inputs": _groups([request["locality"] for request in requests]),
        "portability_inputs": _groups([request["portability"] for request in requests]),
    }


FORMATS: dict[str, Callable[[list[Request]], Any]] = {
    "counterfact": counterfact,
    "easyedit": easyedit,
}


def _requests(connection: duckdb.DuckDBPyConnection) -> list[Request]:
    table = connection.sql(
        """
        SELECT * EXCLUDE (changed_from, changed_to) FROM edit.request
        ORDER BY predicate, change DESC, request_id
        """
    ).to_arrow_table()
    requests: list[Request] = table.to_pylist()
    return requests


def _asked(questions: list[dict[str, str]], rule: str) -> list[str]:
    return [question["prompt"] for question in questions if question["rule"] == rule]


def _groups(asked: list[list[dict[str, str]]]) -> dict[str, dict[str, list[list[str] | None]]]:
    rules = sorted({question["rule"] for questions in asked for question in questions})
    groups: dict[str, dict[str, list[list[str] | None]]] = {}
    for rule in rules:
        chosen = [
            [question for question in questions if question["rule"] == rule] for questions in asked
        ]
        groups[rule.replace(" ", "_")] = {
            "prompt": [
                [question["prompt"] for question in questions] or None for questions in chosen
            ],
            "ground_truth": [
                [question["answer"] for question in questions] or None for questions in chosen
            ],
        }
    return groups


def _index(
    connection: duckdb.DuckDBPyConnection, requests: list[Request], files: dict[str, Any]
) -> dict[str, Any]:
    row = only_row(
        connection,
        """
        SELECT
            strftime(min(changed_from), '%Y-%m-%dT%H:%M:%S'),
            strftime(max(changed_to), '%Y-%m-%dT%H:%M:%S')
        FROM edit.change
        """,
    )
    by_predicate: dict[str, dict[str, int]] = {}
    for request in requests:
        counts = by_predicate.setdefault(request["change"], {})
        counts[request["predicate"]] = counts.get(request["predicate"], 0) + 1
    changes = connection.execute(
        "SELECT change, count(*) FROM edit.change GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return {
        "changed_from": row[0],
        "changed_to": row[1],
        "changes": dict(changes),
        "requests": by_predicate,
        "locality_questions": sum(len(request["locality"]) for request in requests),
        "portability_questions": sum(len(request["portability"]) for request in requests),
        "files": {
            name: len(content) if isinstance(content, list) else len(content["prompts"])
            for name, content in files.items()
        },
    }


def _publish(folder: Path, files: dict[str, Any]) -> None:
    draft, old = folder.with_name(f".{folder.name}.draft"), folder.with_name(f".{folder.name}.old")
    for leftover in (draft, old):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir(parents=True)
    for name, content in files.items():
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (draft / name).write_text(text + "\n", encoding="utf-8")
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
