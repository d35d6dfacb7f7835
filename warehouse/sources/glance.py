"""What the beginning of a file tells: the keys of its first object, the columns of its table. By
these, formats of the same syntax are told apart."""

import csv
import json
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

_MOST_BYTES = 1 << 20
_MOST_HEADER_BYTES = 1 << 16
_PARQUET = b"PAR1"


def object_keys(path: str | Path) -> frozenset[str]:
    """The keys of the object in the first line that is not blank; none where there is no object."""
    with Path(path).open("rb") as file:
        line = b""
        while not line.strip() and (line := file.readline(_MOST_BYTES)):
            line = line.removeprefix(b"\xef\xbb\xbf")
    try:
        found = json.loads(line)
    except ValueError:
        return frozenset()
    return frozenset(found) if isinstance(found, dict) else frozenset()


def columns(path: str | Path) -> frozenset[str]:
    """The columns of a Parquet file, or the header of a text with commas or tabs."""
    with Path(path).open("rb") as file:
        head = file.readline(_MOST_HEADER_BYTES)
    try:
        if head.startswith(_PARQUET):
            return frozenset(parquet.read_schema(path).names)
        first = head.decode("utf-8-sig", "replace").strip().partition("\r")[0]
        delimiter = "\t" if "\t" in first else ","
        return frozenset(next(csv.reader([first], delimiter=delimiter), []))
    except (OSError, pa.ArrowInvalid, csv.Error):
        return frozenset()
