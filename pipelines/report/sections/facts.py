"""Facts by predicate and provenance, and the history of one product."""

from datetime import datetime, timedelta
from typing import Any

import duckdb

from pipelines.drawing import Bar, Line, bars, legend, lines, spans
from pipelines.report.names import name_of
from warehouse.connection import first_row

PROVENANCE = {"stated": 0, "resolved": 2, "predicted": 3, "written": 1}

_BANDS = (("display", "promotionDisplay", 1), ("mailer", "promotionMailer", 2))


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Counts of facts, and prices and promotions of the product whose price changed most often."""
    found = connection.execute(
        """
        WITH counted AS (
            SELECT
                -- Columns without a place of their own are one bar a namespace.
                regexp_replace(predicate, ':.*', ': other columns') AS predicate, provenance,
                count(*) AS facts, count(*) FILTER (valid_to IS NULL) AS open
            FROM facts.fact GROUP BY ALL
        )
        SELECT * FROM counted
        ORDER BY sum(facts) OVER (PARTITION BY predicate) DESC, predicate, provenance
        """
    ).fetchall()
    rows = []
    for predicate in dict.fromkeys(row[0] for row in found):
        own = [row for row in found if row[0] == predicate]
        every, now = sum(row[2] for row in own), sum(row[3] for row in own)
        text = f"{every:,}" if every == now else f"{every:,}, of which {now:,} hold now"
        parts = tuple((row[2], PROVENANCE.get(row[1], 5)) for row in own)
        rows.append(Bar(predicate, parts, text))
    used = {name: tone for name, tone in PROVENANCE.items() if any(row[1] == name for row in found)}
    return {
        "count": len(found),
        "picture": bars(rows),
        "legend": legend(used),
        "history": _history(connection),
    }


def _history(connection: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    """The product with the most prices, among those with the most kinds of history. What was
    resolved repeats what was stated, and is left out."""
    chosen = first_row(
        connection,
        """
        SELECT subject FROM facts.fact
        WHERE predicate IN ('price', 'promotionDisplay', 'promotionMailer')
            AND (valid_to IS NULL OR valid_from < valid_to) AND provenance <> 'resolved'
        GROUP BY subject HAVING count(DISTINCT object) FILTER (predicate = 'price') > 1
        ORDER BY count(DISTINCT predicate) DESC, count(*) FILTER (predicate = 'price') DESC, subject
        LIMIT 1
        """,
    )
    if chosen is None:
        return None
    subject = chosen[0]
    rows = connection.execute(
        """
        SELECT predicate, object, valid_from, valid_to, unit FROM facts.fact
        WHERE subject = ? AND predicate IN ('price', 'promotionDisplay', 'promotionMailer')
            AND (valid_to IS NULL OR valid_from < valid_to) AND provenance <> 'resolved'
        ORDER BY valid_from, predicate, object
        """,
        [subject],
    ).fetchall()
    last = max(row[3] or row[2] + timedelta(days=7) for row in rows)
    first = min(row[2] for row in rows)
    ticks = _months(first, last)
    prices = [(_seconds(row[2]), float(row[1])) for row in rows if row[0] == "price"]
    until = (_seconds(last), prices[-1][1])
    bands = [
        (
            name,
            tone,
            [
                (_seconds(row[2]), _seconds(row[3] or last), f"{row[1]}, from {row[2]:%Y-%m-%d}")
                for row in rows
                if row[0] == predicate
            ],
        )
        for name, predicate, tone in _BANDS
    ]
    bands = [band for band in bands if band[2]]
    unit = next((row[4] for row in rows if row[0] == "price" and row[4]), "")
    return {
        "name": name_of(connection, subject),
        "prices": len(prices),
        "promotions": sum(len(band[2]) for band in bands),
        "picture": lines(
            [Line("shelf price", [*prices, until], 0, True)],
            width=960,
            height=240,
            up=f"shelf price {unit}".strip(),
            ticks=ticks,
            reach=[_seconds(first)],
        ),
        "bands": spans(bands, _seconds(first), _seconds(last), ticks) if bands else "",
    }


def _seconds(time: datetime) -> float:
    return (time - datetime(1970, 1, 1)).total_seconds()


def _months(first: datetime, last: datetime) -> list[tuple[float, str]]:
    """The beginnings of months between two times, twelve at most."""
    months = []
    year, month = first.year, first.month
    while (begin := datetime(year, month, 1)) <= last:
        if begin >= first:
            months.append((_seconds(begin), f"{begin:%b}" if month > 1 else f"{begin:%Y}"))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return months[:: max(1, -(-len(months) // 13))]
