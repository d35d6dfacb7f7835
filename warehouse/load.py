"""Files into the warehouse: land, check, quarantine, publish, in one transaction.

A file is landed as it is, matched to a canonical kind, and checked by the declared columns. Bad
rows go to ops.reject with the reason, good ones to the canonical table, and what they state becomes
facts. The same content loads once.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse import facts
from warehouse.checks import problem, typed
from warehouse.connection import literal, quoted, transaction
from warehouse.errors import LoadError
from warehouse.kinds import Kind
from warehouse.matching import Match, match
from warehouse.sources import detect, sample
from warehouse.sources.feed import Feed, Options

DEFAULT_SOURCE = "shop"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class LoadReport:
    """What came of one file and kind. `unchanged` tells that the same content was loaded before."""

    load_id: str
    source: str
    kind: str
    file: str
    format: str
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    unmapped: tuple[str, ...]
    unchanged: bool


def load(
    connection: duckdb.DuckDBPyConnection,
    path: str | Path,
    *,
    as_of: datetime | None = None,
    source: str | None = None,
    kind: str | None = None,
    mapping: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    options: Options | None = None,
    fraction: float = 1.0,
    progress: Progress | None = None,
) -> list[LoadReport]:
    """Loads a file, or the sample, whole or not at all.

    `as_of` is the time from which what the file states is valid; formats that know their own time
    need none. `source` names who states it (default `shop`): identifiers are unique within a
    source. `mapping` (canonical column to column of the file) and `constants` (canonical column to
    one value) complete what the header does not tell.

    Raises:
        LoadError: if the file cannot be read or matched, or is older than what the source stated
        last; nothing is changed then.
    """
    module = detect(path)
    options = options or Options(fraction=fraction)
    name = Path(path).name
    content_hash = _content_hash(path, options, mapping, constants, kind)
    with transaction(connection):
        done = _loaded_before(connection, source, name, content_hash)
        if done:
            return done
        feeds = module.read(connection, path, options)
        reports = []
        for index, feed in enumerate(feeds):
            found = match(feed.columns, feed.kind or kind, mapping, constants)
            if progress:
                progress(f"loading {found.kind.name}", index, len(feeds))
            stated = feed.as_of or as_of
            if stated is None:
                raise LoadError(
                    f"{path}: from when is it valid? Give --as-of, such as --as-of 2024-01-31"
                )
            job = _Job(
                connection,
                feed,
                found,
                feed.source or _checked_source(source),
                name,
                module.name,
                content_hash,
                stated,
            )
            reports.append(job.run())
        if progress:
            progress("loaded", len(feeds), len(feeds))
    return reports


@dataclass(frozen=True)
class _Job:
    """One feed on its way through the four steps."""

    connection: duckdb.DuckDBPyConnection
    feed: Feed
    match: Match
    source: str
    file: str
    format: str
    content_hash: str
    as_of: datetime

    @property
    def kind(self) -> Kind:
        return self.match.kind

    @property
    def landed(self) -> str:
        """The raw table of the source and kind."""
        return f"raw.{quoted(f'{self.source}_{self.kind.name}')}"

    @property
    def row_number(self) -> str:
        """The place of a landed row in the file, as SQL; rowid counts from an offset inside a
        transaction."""
        return (
            "row_number"
            if self.feed.numbered
            else f"rowid - (SELECT min(rowid) FROM {self.landed}) + 1"
        )

    def run(self) -> LoadReport:
        sequence = self._count("SELECT coalesce(max(sequence), 0) + 1 FROM ops.load")
        key = "\x1f".join(
            [self.source, self.kind.name, self.file, self.content_hash, str(sequence)]
        )
        load_id = f"load:{hashlib.md5(key.encode()).hexdigest()[:16]}"
        self._keep_raw()
        self._check()
        rows_read, rows_rejected = self._quarantine(load_id)
        if rows_read and rows_read == rows_rejected:
            raise LoadError(self._nothing_good(load_id))
        self._publish(load_id)
        report = LoadReport(
            load_id, self.source, self.kind.name, self.file, self.format,
            rows_read, rows_read - rows_rejected, rows_rejected, self.match.unmapped, False,
        )  # fmt: skip
        self.connection.execute(
            "INSERT INTO ops.load VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                load_id, self.source, self.kind.name, self.file, self.format, self.content_hash, self.as_of, sequence,
                rows_read, report.rows_loaded, rows_rejected, list(self.match.unmapped),
            ],
        )  # fmt: skip
        if self.kind.node:
            facts.state_rows(
                self.connection,
                self.kind,
                "good",
                source=self.source,
                as_of=self.as_of,
                load_id=load_id,
            )
        self.connection.execute("DROP VIEW good")
        self.connection.execute("DROP TABLE checked")
        return report

    def _count(self, statement: str) -> int:
        row = self.connection.execute(statement).fetchone()
        assert row is not None
        return int(row[0])

    def _keep_raw(self) -> None:
        self.connection.execute(f"DROP TABLE IF EXISTS {self.landed}")
        name = self.landed.removeprefix("raw.")
        self.connection.execute(f"ALTER TABLE raw.{self.feed.table} RENAME TO {name}")
        self.connection.execute(
            f"COMMENT ON TABLE {self.landed} IS {literal(f'{self.kind.name} rows of {self.source} as they were last landed')}"
        )

    def _check(self) -> None:
        """Makes `checked`: identifiers, canonical columns with their types, and the list of
        problems of each row."""
        types = {
            column: type_name
            for column, type_name, *_ in self.connection.execute(
                f"DESCRIBE {self.landed}"
            ).fetchall()
        }
        values, problems = [], []
        for column in self.kind.columns:
            field = self.match.columns.get(column.name)
            expression = (
                f"landed.{quoted(field)}"
                if field
                else literal(self.match.constants.get(column.name, ""))
            )
            value = typed(column, expression, types[field] if field else "VARCHAR")
            values.append(f"{value} AS {quoted(column.name)}")
            problems.append(
                f"{{'field': {literal(field or column.name)}, 'reason': {problem(column, expression)}}}"
            )
        identifiers = [
            f"CASE WHEN {quoted(column.name)} IS NOT NULL THEN "
            f"node_id({literal(column.reference)}, {literal(self.source)}, {quoted(column.name)}) END AS {quoted(f'{column.name}_id')}"
            for column in self.kind.columns
            if column.reference
        ]
        self.connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE checked AS
            WITH
            valued AS (SELECT {self.row_number} AS row_number, landed, {", ".join(values)} FROM {self.landed} AS landed),
            identified AS (SELECT * {self._own_key()}{"".join(f", {identifier}" for identifier in identifiers)} FROM valued)
            SELECT
                * EXCLUDE (landed),
                list_filter([{", ".join(problems)}], lambda found: found.reason IS NOT NULL) AS problems
            FROM identified AS valued
            """
        )
        self._mark_repeated_keys()

    def _own_key(self) -> str:
        """Completes the key of an entity that may have none: rows that say the same are the same."""
        key = self.kind.columns_by_name.get("key")
        if key is None or key.required:
            return ""
        values = ", ".join(f"{quoted(column.name)}::VARCHAR" for column in self.kind.columns)
        return f"REPLACE (coalesce(key, left(md5(concat_ws(chr(31), {values})), 16)) AS key)"

    def _mark_repeated_keys(self) -> None:
        if not self.kind.identifier:
            return
        field = literal(self.match.columns.get("key", "key"))
        self.connection.execute(
            f"""
            UPDATE checked SET problems = [{{'field': {field}, 'reason': 'the key stands in row ' || first_row || ' already'}}]
            FROM (
                SELECT key, min(row_number) AS first_row FROM checked
                WHERE len(problems) = 0 GROUP BY key HAVING count(*) > 1
            ) AS repeated
            WHERE checked.key = repeated.key AND row_number > first_row AND len(problems) = 0
            """
        )

    def _quarantine(self, load_id: str) -> tuple[int, int]:
        """Puts bad rows into ops.reject and shows the others as `good`; returns rows read and
        rejected."""
        self.connection.execute(
            f"""
            INSERT INTO ops.reject
            SELECT ?, ?, row_number, problem.field, problem.reason, "row"
            FROM (SELECT row_number, unnest(problems) AS problem FROM checked WHERE len(problems) > 0)
            JOIN (
                SELECT {self.row_number} AS row_number, to_json(landed)::VARCHAR AS "row" FROM {self.landed} AS landed
                WHERE {self.row_number} IN (SELECT row_number FROM checked WHERE len(problems) > 0)
            ) USING (row_number)
            ORDER BY row_number
            """,
            [load_id, self.file],
        )
        own = f", node_id({literal(self.kind.name)}, {literal(self.source)}, key) AS {self.kind.identifier}"
        self.connection.execute(
            f"""
            CREATE OR REPLACE TEMP VIEW good AS
            SELECT * {own if self.kind.identifier else ""} FROM checked WHERE len(problems) = 0
            """
        )
        read = self._count("SELECT count(*) FROM checked")
        rejected = read - self._count("SELECT count(*) FROM good")
        if self.feed.unreadable:
            self.connection.execute(
                f"""
                INSERT INTO ops.reject
                SELECT ?, ?, row_number, NULL, reason, coalesce(line, '') FROM {self.feed.unreadable} ORDER BY row_number
                """,
                [load_id, self.file],
            )
            unreadable = self._count(f"SELECT count(*) FROM {self.feed.unreadable}")
            read, rejected = read + unreadable, rejected + unreadable
        return read, rejected

    def _nothing_good(self, load_id: str) -> str:
        first = self.connection.execute(
            "SELECT row_number, field, reason FROM ops.reject WHERE load_id = ? ORDER BY row_number LIMIT 1",
            [load_id],
        ).fetchone()
        assert first is not None
        row_number, field, reason = first
        return (
            f"{self.file}: no row passes the checks of {self.kind.name}; the first problem is in row {row_number}, "
            f"{field or 'the whole row'}: {reason}. Check --kind, --map and --source"
        )

    def _publish(self, load_id: str) -> None:
        table = self.kind.table
        # What an earlier content of this file brought, and what it turned away, gives way to the
        # new one.
        earlier = "SELECT load_id FROM ops.load WHERE source = ? AND kind = ? AND file = ?"
        names = [self.source, self.kind.name, self.file]
        self.connection.execute(f"DELETE FROM ops.reject WHERE load_id IN ({earlier})", names)
        if self.kind.identifier:
            self.connection.execute(
                f"DELETE FROM {table} WHERE {self.kind.identifier} IN (SELECT {self.kind.identifier} FROM good)"
            )
        else:
            self.connection.execute(f"DELETE FROM {table} WHERE load_id IN ({earlier})", names)
        wanted = [
            column for (column, *_) in self.connection.execute(f"DESCRIBE {table}").fetchall()
        ]
        given = {column for (column, *_) in self.connection.execute("DESCRIBE good").fetchall()}
        own = {"source": literal(self.source), "load_id": literal(load_id)}
        values = [
            own.get(column) or (quoted(column) if column in given else "NULL") for column in wanted
        ]
        self.connection.execute(
            f"INSERT INTO {table} SELECT {', '.join(values)} FROM good ORDER BY row_number"
        )


def _checked_source(source: str | None) -> str:
    source = source or DEFAULT_SOURCE
    if (
        not source.replace("_", "").replace("-", "").isalnum()
        or not source.isascii()
        or source == sample.SOURCE
    ):
        raise LoadError(
            f"source name {source!r}: use letters, digits, - and _, and not the name of the sample; for example --source shop"
        )
    return source


def _content_hash(
    path: str | Path, options: Options, mapping: object, constants: object, kind: str | None
) -> str:
    digest = hashlib.sha256(
        repr(
            (options, sorted((mapping or {}).items()), sorted((constants or {}).items()), kind)
        ).encode()
    )
    files = (
        [sample.folder() / f"{file}.parquet" for file in sample.FILES]
        if sample.detect(path)
        else [Path(path)]
    )
    for file in files:
        with file.open("rb") as opened:
            while block := opened.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _loaded_before(
    connection: duckdb.DuckDBPyConnection, source: str | None, file: str, content_hash: str
) -> list[LoadReport]:
    """The newest loads of this file, if they are of this content."""
    rows = connection.execute(
        """
        SELECT load_id, source, kind, file, format, rows_read, rows_loaded, rows_rejected, unmapped, content_hash
        FROM ops.load
        WHERE file = ? AND (source = ? OR format = ?)
        QUALIFY sequence = max(sequence) OVER (PARTITION BY source, kind)
        ORDER BY sequence
        """,
        [file, source or DEFAULT_SOURCE, sample.name],
    ).fetchall()
    if not rows or any(found != content_hash for *_, found in rows):
        return []
    return [LoadReport(*row[:8], unmapped=tuple(row[8]), unchanged=True) for row in rows]
