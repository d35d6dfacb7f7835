"""Two files of products to their matches, without a warehouse of one's own: both are loaded into
one in memory, and linked there."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from warehouse.connection import memory, quoted
from warehouse.contracts import Contract
from warehouse.errors import HeaderError, LoadError
from warehouse.kinds import PRODUCT
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
    left: str | Path,
    right: str | Path,
    settings: Settings,
    gold: str | Path | None = None,
    labels: str | Path | None = None,
) -> Resolved:
    """Links the products of two files; measures where `gold` has the right pairs.

    `labels` are pairs that are known to be one product, or not to be. Products of labelled pairs
    count neither as found nor as right where it is measured.

    `seconds` counts all from reading the files to the matches.

    Raises:
        LoadError: if a file cannot be read as products, or the right pairs name products that the
        files do not have.
    """
    started = time.perf_counter()
    connection = loaded(left, right)
    known_labels = None if labels is None else labelled_pairs(connection, labels)
    linked = link(connection, _LEFT, _RIGHT, settings, known_labels)
    seconds = time.perf_counter() - started
    matches = _with_keys(connection, linked.matches)
    if gold is None:
        return Resolved(linked, matches, seconds, None, None)
    known = known_pairs(connection, gold)
    recall = blocking_recall(linked.pairs, known)
    found = linked.matches
    if known_labels is not None:
        known, found = (_unlabelled(pairs, known_labels) for pairs in (known, found))
    return Resolved(linked, matches, seconds, score(found, known), recall)


def loaded(left: str | Path, right: str | Path) -> duckdb.DuckDBPyConnection:
    """A warehouse in memory with the products of two files, of the sources left and right.

    Where a header does not say it, columns are taken as `wareword match` finds them: what is here
    is in no warehouse, and a person sees the matches.
    """
    connection = memory()
    for source, path in ((_LEFT, left), (_RIGHT, right)):
        try:
            load(connection, path, source=source, kind="product", as_of=_AS_OF)
        except HeaderError:
            contract = _contract(path, source)
            load(connection, path, contract=contract, as_of=_AS_OF)
    return connection


def _contract(path: str | Path, source: str) -> Contract:
    """What the columns of a file of products mean, by its headers and values."""
    # What matches is slow to import, and seldom wanted.
    from warehouse.matching.files import contract_of, match_file

    with memory() as connection:
        for found, matching in match_file(connection, path, PRODUCT.name):
            contract = contract_of(connection, found, matching, source)
            if "key" in contract.columns and matching.kind == PRODUCT.name:
                # No type or rule is promised: the rows are taken as they are.
                return replace(contract, fields=())
    raise LoadError(
        f"{path}: no column is surely the identifier of products. Call it key in the file; or "
        f"write a contract with: wareword match {path} --source NAME, say in it which column fills "
        "key, load both files with wareword load, and resolve them with: wareword run"
    )


def _with_keys(connection: duckdb.DuckDBPyConnection, matches: pa.Table) -> pa.Table:
    connection.register("matched", matches)
    return connection.sql(
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


def _unlabelled(pairs: pa.Table, labels: pa.Table) -> pa.Table:
    """The pairs of which neither product was labelled."""
    for side in ("left_id", "right_id"):
        pairs = pairs.join(labels.select([side]), side, join_type="left anti")
    return pairs


def known_pairs(connection: duckdb.DuckDBPyConnection, path: str | Path) -> pa.Table:
    """The right pairs (left_id, right_id) of a file whose first two columns are identifiers of the
    left and the right file.

    Raises:
        LoadError: if there are no two columns, or a row names no product.
    """
    return _named(connection, path)[0].select(["left_id", "right_id"])


def labelled_pairs(connection: duckdb.DuckDBPyConnection, path: str | Path) -> pa.Table:
    """The labelled pairs (left_id, right_id, is_match) of such a file, whose third column, if there
    is one, says 1 or 0, true or false, yes or no; without one, all are matches.

    Raises:
        LoadError: if there are no two columns, or a row names no product or has another label.
    """
    named, columns = _named(connection, path)
    if len(columns) == 2:
        return named.select(["left_id", "right_id"]).append_column(
            "is_match", pa.array([True] * len(named), pa.bool_())
        )
    connection.register("named", named)
    labels = connection.sql(
        f"""
        SELECT
            left_id,
            right_id,
            CASE
                WHEN lower(trim(label)) IN ('1', 'true', 'yes') THEN true
                WHEN lower(trim(label)) IN ('0', 'false', 'no') THEN false
            END AS is_match,
            row_number,
            label
        FROM (SELECT *, {quoted(columns[2])} AS label FROM named)
        ORDER BY row_number
        """
    ).to_arrow_table()
    wrong = labels.filter(pc.is_null(labels["is_match"]))
    if wrong.num_rows:
        row = wrong.slice(0, 1).to_pylist()[0]
        raise LoadError(
            f"{path}, row {row['row_number']}, {columns[2]}: {row['label']!r} is no label; "
            "give 1 for one product, 0 for two"
        )
    return labels.select(["left_id", "right_id", "is_match"])


def _named(
    connection: duckdb.DuckDBPyConnection, path: str | Path
) -> tuple[pa.Table, tuple[str, ...]]:
    """The rows of a file of pairs with the identifiers of their products, and its columns."""
    if not Path(path).is_file():
        raise LoadError(f"{path}: there is no such file of pairs; check the path")
    (feed,) = delimited.read(connection, path, Options())
    if len(feed.columns) < 2:
        raise LoadError(
            f"{path}: expected two columns, identifiers of the left and of the right file"
        )
    one, other = (quoted(column) for column in feed.columns[:2])
    named = connection.sql(
        f"""
        SELECT l.product_id AS left_id, r.product_id AS right_id, landed.*
        FROM raw.{quoted(feed.table)} AS landed
        LEFT JOIN catalog.product AS l ON l.source = $left AND l.key = {one}
        LEFT JOIN catalog.product AS r ON r.source = $right AND r.key = {other}
        ORDER BY row_number
        """,
        params={"left": _LEFT, "right": _RIGHT},
    ).to_arrow_table()
    connection.execute(f"DROP TABLE raw.{quoted(feed.table)}")
    wrong = named.filter(pc.or_(pc.is_null(named["left_id"]), pc.is_null(named["right_id"])))
    if wrong.num_rows:
        row = wrong.slice(0, 1).to_pylist()[0]
        side = feed.columns[0] if row["left_id"] is None else feed.columns[1]
        raise LoadError(
            f"{path}, row {row['row_number']}, {side}: {row[side]!r} is no identifier of a product "
            f"of its file ({wrong.num_rows:,} such rows); the first column names products of the "
            "left file, the second those of the right one"
        )
    return named, feed.columns
