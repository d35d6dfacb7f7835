"""OTTO sessions (https://github.com/otto-de/recsys-dataset, "Data Format"): JSON lines, each a
session with its list of events. One row an event; the articles, of which the data tells nothing but
the number, are products with a key."""

from pathlib import Path

import duckdb

from warehouse.sources import jsonlines
from warehouse.sources.feed import Feed, Options
from warehouse.sources.glance import object_keys
from warehouse.sources.settling import moment, valid_json

name = "otto"

_TYPES = {"clicks": "click", "carts": "cart", "orders": "purchase"}
_COLUMNS = ("session", "aid", "ts", "event_type")


def detect(path: str | Path) -> bool:
    """True where the first line is a session with events."""
    return object_keys(path) == {"session", "events"}


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands the articles, then the events; a session without a list of events is set apart.

    Raises:
        LoadError: as `jsonlines.read`.
    """
    (feed,) = jsonlines.read(connection, path, options)
    is_list = f"json_type({valid_json('events')}) = 'ARRAY'"
    connection.execute(
        f"""
        INSERT INTO {feed.unreadable}
        SELECT row_number, 'the session has no list of events', concat_ws(' ', session, events)
        FROM raw.{feed.table} WHERE NOT coalesce({is_list}, false)
        """
    )
    names = " ".join(f"WHEN '{theirs}' THEN '{ours}'" for theirs, ours in _TYPES.items())
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE raw.landed_event AS
        SELECT
            row_number() OVER () AS row_number, session, event.aid, event.ts,
            CASE event.type {names} ELSE event.type END AS event_type
        FROM (
            SELECT session, unnest(
                from_json(events, '[{{"aid": "VARCHAR", "ts": "VARCHAR", "type": "VARCHAR"}}]')
            ) AS event
            FROM raw.{feed.table} WHERE {is_list}
        )
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TABLE raw.landed_product AS
        SELECT min(row_number) AS row_number, aid FROM raw.landed_event
        WHERE aid IS NOT NULL GROUP BY aid ORDER BY 1
        """
    )
    connection.execute(f"DROP TABLE raw.{feed.table}")
    as_of = moment(connection, "landed_event", "min", "ts")
    product = Feed(
        "landed_product",
        ("aid",),
        kind="product",
        as_of=as_of,
        mapping={"key": "aid"},
        # A catalog that is loaded beside says more of an article than that it exists.
        introduces=True,
    )
    mapping = {"product": "aid", "time": "ts", "event_type": "event_type", "session": "session"}
    event = Feed("landed_event", _COLUMNS, feed.unreadable, "event", as_of=as_of, mapping=mapping)
    return [product, event]
