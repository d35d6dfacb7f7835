"""The tables of words beside the templates: what is written so in a source is said so."""

import csv
from functools import cache
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
FIRST = "en"
"""The language that has all tables; readable labels are in it where another one has no words."""


def languages() -> tuple[str, ...]:
    """The languages that there are templates of, the first one first."""
    names = (folder.name for folder in TEMPLATES.iterdir() if folder.is_dir())
    return tuple(sorted(names, key=lambda name: (name != FIRST, name)))


@cache
def table(language: str, name: str) -> dict[tuple[str, ...], str]:
    """A table of `templates/<language>/`: its last column by the columns before it; none has no
    rows."""
    path = TEMPLATES / language / f"{name}.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {tuple(key): words for *key, words in list(csv.reader(file))[1:]}
