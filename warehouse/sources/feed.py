"""What a feed format gives to the loader: landed rows, and the lines that could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from warehouse.sources.records import Layout


@dataclass(frozen=True)
class Options:
    """What the user says about a file, where its content does not.

    `delimiter` and `quote` override what is found in delimited text; `fraction` takes a share of
    the sample. A packed file may expand to `expanded_gigabytes`, and to `expanded_ratio` times its
    own size; neither changes what is in it, so they are no part of what tells options apart. What
    the relation `earlier` (row_before, same) has of a file need not land again, as `records.opened`
    tells.
    """

    delimiter: str | None = None
    quote: str | None = None
    fraction: float = 1.0
    expanded_gigabytes: float = field(default=20.0, repr=False)
    expanded_ratio: float = field(default=200.0, repr=False)
    temporary: bool = field(default=False, repr=False)
    earlier: str | None = field(default=None, repr=False)

    @property
    def landing(self) -> str:
        """Where delimited text, JSON lines and Parquet land, as SQL; see `Feed.temporary`."""
        return "TEMP TABLE landed" if self.temporary else "TABLE raw.landed"


@dataclass(frozen=True)
class Feed:
    """One table of rows as they are in the file.

    `table` stands in the schema `raw`, or is `temporary`, and has `row_number`, the place of the
    row in the file (from 1, the header and blank lines not counted), and the columns of the file.
    `unreadable` is a temporary table (row_number, reason, line) of what is not a row, or None.
    `kind`, `source`, `as_of`, and `mapping` (canonical column to column of the file) are given only
    where the format itself fixes them: no other column is matched then. `namespace` is where its
    specification gives the fields their meaning, and stands before the predicates of product
    columns without a place (`warehouse/extras.py`); those of `placed` are no such columns, since
    others are made of them. `introduces` tells that its rows only name entities of which other rows
    speak; those that the warehouse knows stay as they are. A feed that is not `is_main` may be bad
    as a whole without harm to the others of its file. `layout` tells how its rows stand in the
    file, where each is a record of it; one that is `partial` lacks rows that were known.
    """

    table: str
    columns: tuple[str, ...]
    unreadable: str | None = None
    kind: str | None = None
    source: str | None = None
    as_of: datetime | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    namespace: str | None = None
    placed: tuple[str, ...] = ()
    introduces: bool = False
    temporary: bool = False
    is_main: bool = True
    layout: Layout | None = None
    partial: bool = False

    @property
    def relation(self) -> str:
        """The table, as SQL."""
        return f"{'temp' if self.temporary else 'raw'}.{self.table}"


def landed_name(name: str, place: int) -> str:
    """The name that a column of a file has in the raw table: never empty, never `row_number`."""
    name = name.replace("\0", " ").strip() or f"column_{place}"
    return f"{name}_in_file" if name.lower() == "row_number" else name
