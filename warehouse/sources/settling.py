"""Landed rows in the form that the canonical columns want: columns made of others, in SQL."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

import duckdb

from warehouse.checks import typed
from warehouse.connection import first_row, quoted
from warehouse.kinds import EVENT
from warehouse.sources.feed import Feed


def settle(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    made: Mapping[str, str],
    without: Collection[str] = (),
) -> Feed:
    """The feed with columns made of its own, each an SQL expression; one that has the name of a
    column takes its place. Columns in `without` are left out."""
    kept = [column for column in feed.columns if column not in {*made, *without}]
    values = [*map(quoted, kept), *(f"{sql} AS {quoted(name)}" for name, sql in made.items())]
    connection.execute(
        f"CREATE OR REPLACE TABLE raw.settled AS SELECT row_number, {', '.join(values)} "
        f"FROM raw.{feed.table}"
    )
    connection.execute(f"DROP TABLE raw.{feed.table}")
    return replace(feed, table="settled", columns=(*kept, *made))


def own(feed: Feed, column: str) -> str:
    """A column of the feed as SQL text, or null where the feed does not have it."""
    return f"{quoted(column)}::VARCHAR" if column in feed.columns else "NULL::VARCHAR"


def valid_json(text: str) -> str:
    """SQL text that is JSON, or null."""
    return f"(CASE WHEN json_valid({text}) THEN {text} END)::JSON"


def joined(text: str, between: str) -> str:
    """A JSON list of texts as one text, `between` (SQL) between its parts; other text as it is."""
    # The cast: without it, text that is always null would be no list.
    found = f"json_extract_string({text}, '$[*]')::VARCHAR[]"
    parts = f"list_filter({found}, lambda part: trim(part) <> '')"
    is_list = f"json_type({valid_json(text)}) = 'ARRAY'"
    return f"CASE WHEN {is_list} THEN array_to_string({parts}, {between}) ELSE {text} END"


def amount(text: str) -> str:
    """The first number in SQL text such as `from $1,299.00`, without what groups its digits."""
    number = f"regexp_extract({text}, '[0-9][0-9,]*(\\.[0-9]+)?')"
    return f"nullif(replace({number}, ',', ''), '')"


def moment(
    connection: duckdb.DuckDBPyConnection, table: str, choice: str, column: str
) -> datetime | None:
    """The first or last (`choice`: min or max) time in a column of a landed table; null where no
    row has one."""
    described = connection.execute(f"DESCRIBE raw.{table}").fetchall()
    types = {name: type_name for name, type_name, *_ in described}
    time = typed(EVENT.columns_by_name["time"], quoted(column), types[column])
    row = first_row(connection, f"SELECT {choice}({time}) FROM raw.{table}")
    return row[0] if row else None
