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
_PACKED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "ZIP (or spreadsheet)",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\xfd7zXZ": "xz",
    b"BZh91AY": "bzip2",
}


def detect(path: str | Path) -> ModuleType:
    """The module that reads `path`, found by its content.

    Raises:
        LoadError: if the file is missing, empty, packed, not readable, or of no known format.
    """
    if not sample.detect(path):
        _check_readable(path)
    for module in SOURCES.values():
        if module.detect(path):
            return module
    raise LoadError(
        f"{path}: not recognised as any of {', '.join(SOURCES)}; "
        "save the table as CSV, JSON lines or Parquet and load that"
    )


def _check_readable(path: str | Path) -> None:
    try:
        if Path(path).is_dir():
            raise LoadError(f"{path}: a folder; name a file in it")
        if not Path(path).is_file():
            raise LoadError(
                f"{path}: no such file here; "
                "check the path, or load the sample with: wareword load sample"
            )
        with Path(path).open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise LoadError(
            f"{path}: {error.strerror}; check its permissions and load it again"
        ) from error
    if not head:
        raise LoadError(f"{path}: the file is empty; export it again and load the new one")
    for mark, packing in _PACKED.items():
        if head.startswith(mark):
            raise LoadError(f"{path}: a {packing} file; unpack it, and load the table inside")
