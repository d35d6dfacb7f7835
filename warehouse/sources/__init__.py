"""Feed formats. A module here has three things: `name`, `detect(path)` and `read(connection, path,
options)`.

Adding a format is one new module and its line in SOURCES; the first that detects the content of a
file reads it.
"""

from pathlib import Path
from types import ModuleType

from warehouse.errors import LoadError
from warehouse.sources import delimited, jsonlines, parquet, sample

SOURCES: dict[str, ModuleType] = {
    module.name: module for module in (sample, parquet, jsonlines, delimited)
}


def detect(path: str | Path) -> ModuleType:
    """The module that reads `path`, found by its content.

    Raises:
        LoadError: if the file is missing, empty, not readable, or of no known format.
    """
    if not sample.detect(path):
        _check_readable(Path(path))
    for module in SOURCES.values():
        if module.detect(path):
            return module
    raise LoadError(
        f"{path}: not recognised as any of {', '.join(SOURCES)}; "
        "save the table as CSV, JSON lines or Parquet and load that"
    )


def _check_readable(path: Path) -> None:
    if not path.is_file():
        raise LoadError(
            f"{path}: no such file; check the path, or load the sample with: wareword load sample"
        )
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise LoadError(
            f"{path}: {error.strerror}; check its permissions and load it again"
        ) from error
    if empty:
        raise LoadError(f"{path}: the file is empty; export it again and load the new one")
