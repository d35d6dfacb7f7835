"""What a feed format gives to the loader: landed rows, and the lines that could not be read."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Options:
    """What the user says about a file, where its content does not.

    `delimiter` and `quote` override what is found in delimited text; `fraction` takes a share of
    the sample.
    """

    delimiter: str | None = None
    quote: str | None = None
    fraction: float = 1.0


@dataclass(frozen=True)
class Feed:
    """One table of rows as they are in the file.

    `table` stands in the schema `raw` and has the columns of the file. `numbered` tells that it has
    a column `row_number` too: the place of the row in the file, from 1, the header not counted;
    otherwise rows stand in the order of the file, none left out. `unreadable` is a temporary table
    (row_number, reason, line) of what is not a row, or None. `kind`, `source` and `as_of` are given
    only where the format itself fixes them.
    """

    table: str
    columns: tuple[str, ...]
    numbered: bool = False
    unreadable: str | None = None
    kind: str | None = None
    source: str | None = None
    as_of: datetime | None = None
