"""What a feed format gives to the loader: landed rows, and the lines that could not be read."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Options:
    """What the user says about a file, where its content does not.

    `delimiter` and `quote` override what is found in delimited text; `fraction` takes a share of the sample.
    """

    delimiter: str | None = None
    quote: str | None = None
    fraction: float = 1.0


@dataclass(frozen=True)
class Feed:
    """One table of rows as they are in the file.

    `relation` is a temporary table with `row_number` (from 1, the header not counted) and the columns of the file.
    `unreadable` is a temporary table (row_number, reason, line) of what is not a row, or None.
    `kind`, `source` and `as_of` are given only where the format itself fixes them.
    """

    relation: str
    columns: tuple[str, ...]
    unreadable: str | None = None
    kind: str | None = None
    source: str | None = None
    as_of: datetime | None = None
