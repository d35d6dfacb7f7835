"""The report: the whole run on one HTML page with pictures, that opens from disk with no network.

Each module of `sections/` asks the warehouse and draws; `templates/` holds the prose. The same
warehouse gives the same bytes.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined

from pipelines.drawing import STYLE
from pipelines.report.sections import (
    corpus,
    edits,
    efficacy,
    facts,
    flow,
    loads,
    mixture,
    models,
    neighbourhood,
    resolution,
    texts,
)

Progress = Callable[[str, int, int], None]

SECTIONS: dict[str, Callable[[duckdb.DuckDBPyConnection], dict[str, Any]]] = {
    "flow": flow.section,
    "loads": loads.section,
    "facts": facts.section,
    "resolution": resolution.section,
    "texts": texts.section,
    "neighbourhood": neighbourhood.section,
    "models": models.section,
    "corpus": corpus.section,
    "mixture": mixture.section,
    "efficacy": efficacy.section,
    "edits": edits.section,
}


def write_report(
    connection: duckdb.DuckDBPyConnection, path: Path, *, progress: Progress | None = None
) -> Path:
    """Writes the page to `path`, whole or not at all."""
    environment = Environment(
        loader=PackageLoader("pipelines.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "plain": plain}
    found = {}
    for place, (name, section) in enumerate(SECTIONS.items()):
        if progress:
            progress(f"drawing {name}", place, len(SECTIONS))
        found[name] = section(connection)
    page = environment.get_template("page.html").render(found, drawing_style=STYLE)
    draft = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text(page, encoding="utf-8")
    draft.replace(path)
    return path


def number(value: float | None) -> str:
    """A number as people read it."""
    if value is None:
        return "–"
    if isinstance(value, int) or value == int(value) and abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.3f}"


def plain(value: object, limit: int = 400) -> str:
    """Text of a catalog without control characters and marks of direction, cut to `limit`."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"
