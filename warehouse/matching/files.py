"""Files to matchings: whatever a feed format can read is landed, looked at, and matched; a matching
becomes a data contract, which a person edits and a load keeps to."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.contracts import Contract, Field
from warehouse.errors import LoadError
from warehouse.kinds import KINDS, Column, Kind
from warehouse.matching.candidates import Matching, to_schema, to_table
from warehouse.matching.currencies import currency_of
from warehouse.matching.drift import logical_types
from warehouse.matching.profiles import profile
from warehouse.sources import detect, plain_files
from warehouse.sources.feed import Feed, Options

# An answer that is less sure is shown, and left out of the contract.
SURE = 0.5
_LOGICAL = {"integer": "integer", "number": "number", "money": "number", "time": "timestamp"}


@dataclass(frozen=True)
class Landed:
    """One table of a file, landed in `table`."""

    file: str
    format: str
    feed: Feed

    @property
    def table(self) -> str:
        return f"raw.{self.feed.table}"


def landed(
    connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options
) -> Iterator[Landed]:
    """Lands the tables of a file, one after the other; each stays until the next is asked for.

    Raises:
        LoadError: if the file cannot be read.
    """
    with plain_files(path, options) as members:
        for member in members:
            module = detect(member.path)
            for feed in module.read(connection, member.path, options):
                yield Landed(member.name, module.name, feed)


def match_file(
    connection: duckdb.DuckDBPyConnection,
    path: str | Path,
    kind: str | None = None,
    options: Options | None = None,
) -> Iterator[tuple[Landed, Matching]]:
    """Matches each table of a file to the canonical schema; a kind that the format fixes holds.

    Raises:
        LoadError: if the file cannot be read, or there is no such kind.
    """
    for found in landed(connection, path, options or Options()):
        yield found, to_schema(connection, found.table, found.feed.columns, found.feed.kind or kind)


def match_files(
    connection: duckdb.DuckDBPyConnection,
    path: str | Path,
    other: str | Path,
    options: Options | None = None,
) -> Matching:
    """Matches the columns of the first table of a file to those of another file.

    Raises:
        LoadError: if one of them cannot be read.
    """
    tables = []
    for name, file in (("left", path), ("right", other)):
        found = next(landed(connection, file, options or Options()), None)
        if found is None:
            raise LoadError(f"{file}: there is no table in it; check the path")
        connection.execute(f"CREATE OR REPLACE TABLE raw.{name} AS FROM {found.table}")
        tables.append((f"raw.{name}", found.feed.columns))
    (left, columns), (right, others) = tables
    return to_table(connection, left, columns, right, others)


def contract_of(
    connection: duckdb.DuckDBPyConnection, found: Landed, matching: Matching, source: str
) -> Contract:
    """The contract that a matching proposes: what is sure, and the types that the sample keeps.

    A column is promised to be numbers or times only where its target is such, so that no good row
    of another file is turned away for the form of a column that nobody reads as a number.
    """
    assert matching.kind is not None
    columns = found.feed.columns
    sure = {
        answer.target: answer.column
        for answer in matching.answers
        if answer.target and answer.confidence >= SURE
    }
    canonical = KINDS[matching.kind].columns_by_name
    filled = {column: canonical[target] for target, column in sure.items()}
    seen = logical_types(profile(connection, found.table, columns))
    fields = tuple(
        Field(
            column,
            type=_promised(seen[column], filled.get(column)),
            required=column in filled and filled[column].required,
        )
        for column in columns
    )
    ordered = {name: sure[name] for name in canonical if name in sure}
    constants = _currency(connection, found.table, KINDS[matching.kind], ordered)
    return Contract(
        source=source, kind=matching.kind, columns=ordered, constants=constants, fields=fields
    )


def _currency(
    connection: duckdb.DuckDBPyConnection, table: str, kind: Kind, columns: dict[str, str]
) -> dict[str, str]:
    """The constant that says the currency of amounts, where no column does and the file tells."""
    for column in kind.columns:
        amounts = columns.get(column.written_in or "")
        if amounts and column.name not in columns:
            code = currency_of(connection, table, amounts)
            return {column.name: code} if code else {}
    return {}


def _promised(seen: str, target: Column | None) -> str:
    """The type that is promised of a column: that of its target, if all of its values have it."""
    wanted = _LOGICAL.get(target.type) if target else None
    return (
        wanted
        if wanted and (seen == wanted or (seen, wanted) == ("integer", "number"))
        else "string"
    )
