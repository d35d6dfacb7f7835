"""Changes to edit requests: what to ask a model, what it should answer now, what must stay, and
what follows.

All prose stands in `templates/`, one file a language, by predicate; all choosing is one run of
set-based SQL. Customers are never asked about: only facts whose subject and object are products,
categories, brands, makers or groups become requests.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from editing.changes import EditError
from editing.conflicts import write_changes
from editing.names import write_names
from warehouse.connection import transaction

Progress = Callable[[str, int, int], None]

_TEMPLATES = Path(__file__).parent / "templates"
_STEPS = [
    (Path(__file__).parent / f"{step}.sql").read_text()
    for step in ("choice", "locality", "portability", "requests")
]


def write_requests(
    connection: duckdb.DuckDBPyConnection,
    t0: datetime,
    t1: datetime,
    *,
    limit: int = 2_000,
    seed: int = 0,
    predicted: bool = False,
    language: str = "en",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Fills `edit.change` and `edit.request` for two times; returns counts of changes and of
    requests by kind and predicate.

    At most `limit` requests are made, as many conflicts as additions, and in each as many of every
    predicate, as far as there are; `seed` draws them. Additions of predicates that were first seen
    after `t0`, and changed nothing, come after all others.

    Raises:
        EditError: if `t0` is not before `t1`, `limit` is under 1, or there are no templates in
            `language`.
    """
    if limit < 1:
        raise EditError(f"limit is {limit}; give the number of requests to make, 1 or more")
    phrases = _phrases(language)
    _tell(progress, "comparing facts", 0)
    counts = write_changes(connection, t0, t1, predicted=predicted)
    variables = {"t0": t0, "t1": t1, "limit": limit, "seed": seed, "predicted": predicted}
    for name, value in variables.items():
        connection.execute(f"SET VARIABLE edit_{name} = ?", [value])
    connection.register("edit_phrase", phrases)
    try:
        _tell(progress, "naming things", 1)
        write_names(connection, language)
        _tell(progress, "writing requests", 2)
        with transaction(connection):
            for step in _STEPS:
                connection.execute(step)
    finally:
        connection.unregister("edit_phrase")
    _tell(progress, "requests", 3)
    return {"changes": counts, "requests": _counts(connection)}


def _tell(progress: Progress | None, what: str, done: int) -> None:
    if progress:
        progress(what, done, 3)


def _counts(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    rows = connection.execute(
        "SELECT change, predicate, count(*) FROM edit.request GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    counts: dict[str, dict[str, int]] = {}
    for change, predicate, number in rows:
        counts.setdefault(change, {})[predicate] = number
    return counts


def _phrases(language: str) -> pa.Table:
    """The templates as a table (predicate, role, via, position, text)."""
    path = _TEMPLATES / f"{language}.toml"
    if path not in _TEMPLATES.glob("*.toml"):
        known = ", ".join(sorted(found.stem for found in _TEMPLATES.glob("*.toml")))
        raise EditError(f"no edit templates in language {language!r}; there are: {known}")
    rows = [
        {"predicate": predicate, **row}
        for predicate, templates in tomllib.loads(path.read_text()).items()
        for row in _rows(templates)
    ]
    schema = {
        "predicate": pa.string(),
        "role": pa.string(),
        "via": pa.string(),
        "position": pa.int32(),
        "text": pa.string(),
    }
    return pa.Table.from_pylist(rows, schema=pa.schema(schema))


def _rows(templates: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for role, plural in (("prompt", "prompts"), ("opening", "openings")):
        for position, text in enumerate(templates[plural]):
            yield {"role": role, "position": position, "text": text}
    for role in ("hop", "holds"):
        for via, text in templates.get(role, {}).items():
            yield {"role": role, "via": via, "text": text}
    for role in ("same", "per_unit"):
        if role in templates:
            yield {"role": role, "text": templates[role]}
    if "compare" in templates:
        yield {
            "role": "compare",
            "via": templates["compare"]["pick"],
            "text": templates["compare"]["prompt"],
        }
