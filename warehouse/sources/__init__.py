"""Feed formats. A module here has three things: `name`, `detect(path)` and `read(connection, path,
options)`.

Adding a format is one new module and its line in SOURCES; the first that detects the content of a
file reads it. A packed file is unpacked before any of them sees it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from warehouse.errors import LoadError
from warehouse.sources import (
    amazon_reviews,
    delimited,
    esci,
    google,
    jsonlines,
    merrec,
    otto,
    packed,
    parquet,
    sample,
    schema_org,
    shopify,
    webshop,
)
from warehouse.sources.feed import Options
from warehouse.sources.packed import Member

SOURCES: dict[str, ModuleType] = {
    module.name: module
    for module in (
        sample,
        esci,
        merrec,
        parquet,
        google,
        schema_org,
        amazon_reviews,
        otto,
        webshop,
        jsonlines,
        shopify,
        delimited,
    )
}

_BEGINNING = 1 << 12

# Their rows are kept as they land, so that a load can compare them with what it has.
KEPT_AS_THEY_ARE = (parquet, jsonlines, delimited)


@contextmanager
def plain_files(path: str | Path, options: Options) -> Iterator[Iterator[Member]]:
    """The files that `path` stands for: itself, or those that are packed in it; also the sample.

    Raises:
        LoadError: if the file is missing, empty or not readable, or as in `packed.plain`.
    """
    if sample.detect(path):
        yield iter([Member(Path(path).name, Path(path))])
        return
    check_readable(path)
    with packed.plain(Path(path), options) as found:
        yield found


def detect(path: str | Path) -> ModuleType:
    """The module that reads the plain file `path`, found by its content.

    Raises:
        LoadError: if it is of no known format.
    """
    for module in SOURCES.values():
        if module.detect(path):
            return module
    with Path(path).open("rb") as file:
        is_binary = b"\0" in file.read(_BEGINNING)
    what = (
        "is binary and no table, whatever its name says"
        if is_binary
        else f"not recognised as any of {', '.join(SOURCES)}"
    )
    raise LoadError(f"{path}: {what}; save the table as CSV, JSON lines or Parquet and load that")


def check_readable(path: str | Path) -> None:
    """Refuses what is no file that can be read, before anything waits for it.

    Raises:
        LoadError: saying why.
    """
    if sample.detect(path):
        return
    try:
        if Path(path).is_dir():
            raise LoadError(f"{path}: a folder; name a file in it")
        if not Path(path).is_file():
            raise LoadError(
                f"{path}: no such file here; "
                "check the path, or load the sample with: wareword load sample"
            )
        with Path(path).open("rb") as file:
            file.read(1)
    except OSError as error:
        raise LoadError(
            f"{path}: {error.strerror}; check its permissions and load it again"
        ) from error
