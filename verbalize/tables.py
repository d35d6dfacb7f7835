"""The tables of words beside the templates: what is written so in a source is said so."""

import csv
from functools import cache
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"


@cache
def table(language: str, name: str) -> dict[tuple[str, ...], str]:
    """A table of `templates/<language>/`: its last column by the columns before it."""
    with (TEMPLATES / language / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {tuple(key): words for *key, words in list(csv.reader(file))[1:]}
