"""Two files of products to their matches, without a warehouse of one's own: both are loaded into
one in memory, and linked there."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from warehouse.connection import memory, quoted
from warehouse.errors import LoadError
from warehouse.load import load
from warehouse.resolution.linking import Linked, Settings, link
from warehouse.resolution.measuring import Score, blocking_recall, score
from warehouse.sources import delimited
from warehouse.sources.feed import Options

_LEFT, _RIGHT = "left", "right"
# What is in memory needs a time from which it is valid, and ends with the process.
_AS_OF = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Resolved:
    """The matches of two files (left_key, right_key, probability and both titles), what was done
    for them, and how good they are, if that is known."""

    linked: Linked
    matches: pa.Table
    seconds: float
    score: Score | None
    blocking_recall: float | None

    def told(self) -> dict[str, Any]:
        """The figures, by the names that the command line promises; measures only if known."""
        told: dict[str, Any] = {
            "left_rows": self.linked.lefts,
            "right_rows": self.linked.rights,
            "matches": self.matches.num_rows,
            "pairs_compared": self.linked.blocking.pairs,
            "pairs_by_rule": self.linked.blocking.pairs_by_rule,
            "comparisons": list(self.linked.comparisons),
            "seconds": round(self.seconds, 2),
        }
        if self.score is not None:
            told |= {
                "precision": round(self.score.precision, 4),
                "recall": round(self.score.recall, 4),
                "f1": round(self.score.f1, 4),
                "known": self.score.known,
                "blocking_recall": round(self.blocking_recall or 0.0, 4),
            }
        return told

    def write(self, path: Path) -> None:
        """Writes the matches as CSV."""
        pyarrow.csv.write_csv(self.matches.select(["left_key", "right_key", "probability"]), path)


def resolve_files(
    left: str | Path, right: str | Path, settings: Settings, gold: str | Path | None = None
) -> Resolved:
    """Links the products of two files; measures where `gold` has the right pairs.

    `seconds` counts all from reading the files to the matches.

    Raises:
        LoadError: if a file cannot be read as products, or the right pairs name products that the
        files do not have.
    """
    connection = memory()
    started = time.perf_counter()
    for source, path in ((_LEFT, left), (_RIGHT, right)):
        load(connection, path, source=source, kind="product", as_of=_AS_OF)
    linked = link(connection, _LEFT, _RIGHT, settings)
    seconds = time.perf_counter() - started
    matches = _with_keys(connection, linked.matches)
    if gold is None:
        return Resolved(linked, matches, seconds, None, None)
    known = _known(connection, gold)
    found = score(linked.matches, known)
    return Resolved(linked, matches, seconds, found, blocking_recall(linked.pairs, known))


def _with_keys(connection: duckdb.DuckDBPyConnection, matches: pa.Table) -> pa.Table:
    connection.register("matched", matches)
    return connection.execute(
        """
        SELECT
            l.key AS left_key,
            r.key AS right_key,
            probability,
            coalesce(l.name, '') AS left_title,
            coalesce(r.name, '') AS right_title
        FROM matched
        JOIN catalog.product AS l ON l.product_id = left_id
        JOIN catalog.product AS r ON r.product_id = right_id
        ORDER BY probability DESC, left_key, right_key
        """
    ).to_arrow_table()


def _known(connection: duckdb.DuckDBPyConnection, path: str | Path) -> pa.Table:
    """The right pairs of a file whose first two columns are identifiers of the left and the right
    file."""
    (feed,) = delimited.read(connection, path, Options())
    if len(feed.columns) < 2:
        raise LoadError(
            f"{path}: expected two columns, identifiers of the left and of the right file"
        )
    one, other = (quoted(column) for column in feed.columns[:2])
    known = connection.execute(
        f"""
        SELECT l.product_id AS left_id, r.product_id AS right_id, row_number, {one}, {other}
        FROM raw.{quoted(feed.table)} AS landed
        LEFT JOIN catalog.product AS l ON l.source = $left AND l.key = {one}
        LEFT JOIN catalog.product AS r ON r.source = $right AND r.key = {other}
        ORDER BY row_number
        """,
        {"left": _LEFT, "right": _RIGHT},
    ).to_arrow_table()
    wrong = known.filter(pc.or_(pc.is_null(known["left_id"]), pc.is_null(known["right_id"])))
    if wrong.num_rows:
        row = wrong.slice(0, 1).to_pylist()[0]
        side = feed.columns[0] if row["left_id"] is None else feed.columns[1]
        raise LoadError(
            f"{path}, row {row['row_number']}, {side}: {row[side]!r} is no identifier of a product "
            f"of its file ({wrong.num_rows:,} such rows); the first column names products of the "
            "left file, the second those of the right one"
        )
    return known.select(["left_id", "right_id"])
