"""Files into the warehouse: land, check, quarantine, publish, in one transaction.

A file is landed as it is, matched to a canonical kind, and checked by the declared columns. Bad
rows go to ops.reject with the reason, good ones to the canonical table, and what they state becomes
facts. The same content of a file (known by its name, without the folder) loads once; another
content takes the place of the one before.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import duckdb

from warehouse import arrivals, audits, extras, facts, licences, replacing, unchanged
from warehouse.audits import Audit
from warehouse.checks import currency, nothing, problem, typed
from warehouse.connection import first_row, literal, only_row, quoted, transaction
from warehouse.contracts import Contract, Drift, choose, contract_text, drift
from warehouse.errors import ContractError, HeaderError, LoadError
from warehouse.kinds import KINDS, PRODUCT, Column, Kind
from warehouse.matching import Match, match
from warehouse.replacing import Delivery
from warehouse.sources import KEPT_AS_THEY_ARE, detect, plain_files, sample
from warehouse.sources.feed import Feed, Options
from warehouse.sources.packed import Member

DEFAULT_SOURCE = "shop"

_NOTHING = "''"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Difference:
    """What a file says that it did not say before: good rows that are new or changed (None where
    rows were not compared), and entities that it has now for the first time, or no more;
    `left_are_gone` tells that these are taken out, since the file is a snapshot."""

    rows_changed: int | None
    entered: int
    left: int
    left_are_gone: bool


@dataclass(frozen=True)
class LoadReport:
    """What came of one file and kind. `unchanged` tells that the same content was loaded before,
    `rows_late` how many rows the source has told of for a later time: they are history only.
    `contract` is the version that it kept, `drift` how it differed, `notes` what was taken for
    granted. Of a file that was compared with what was landed of it last, `difference` tells how."""

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
    rows_late: int = 0
    contract: str | None = None
    drift: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    difference: Difference | None = None


def load(
    connection: duckdb.DuckDBPyConnection,
    path: str | Path,
    *,
    as_of: datetime | None = None,
    source: str | None = None,
    licence: str | None = None,
    kind: str | None = None,
    mapping: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    options: Options | None = None,
    fraction: float = 1.0,
    contract: Contract | None = None,
    contracts: Sequence[Contract] = (),
    accept_rejects: bool = False,
    accept_drift: bool = False,
    accept_deletes: bool = False,
    progress: Progress | None = None,
) -> list[LoadReport]:
    """Loads a file, or the sample, whole or not at all.

    `as_of` is the time from which what the file states is valid; formats that know their own time
    need none. `source` names who states it (default `shop`): identifiers are unique within a
    source. `licence` is that of the source, by its SPDX name or in other words; it holds until
    another one is stated, and can be stated by a load of what was loaded before. `mapping`
    (canonical column to column of the file) and `constants` (canonical column to one value)
    complete what the header does not tell. A file of which more than half of the rows are bad is
    most likely not what it was taken for, and loads only with `accept_rejects`.

    `contract` is what the file keeps; of `contracts`, which the source is known to have, the one
    that fits it is taken. A file that lacks a column or has another type in it loads only with
    `accept_drift`, a snapshot that takes more away than its contract lets it only with
    `accept_deletes`.

    Raises:
        LoadError: if the file cannot be read or matched, or is bad for the greater part, or another
        part of the sample is loaded, or the licence is none; nothing is changed then.
        ContractError: if it does not keep its contract; nothing is changed then.
    """
    if as_of and as_of.tzinfo:
        as_of = as_of.astimezone(UTC).replace(tzinfo=None)
    options = options or Options(fraction=fraction)
    licence = None if licence is None else licences.checked(licence)
    promised = [contract] if contract else list(contracts)
    source = _source_promised(contract, source)
    accepted = Accepted(accept_rejects, accept_drift, accept_deletes)
    said = _Said(as_of, source, kind, mapping, constants, contract, promised, accepted)
    reports: list[LoadReport] = []
    jobs: list[_Job] = []
    with plain_files(path, options) as members, transaction(connection):
        for place, member in enumerate(members):
            with _told_by_name(member):
                content_hash = _content_hash(
                    member.path, options, mapping, constants, kind, promised
                )
                done = _loaded_before(connection, source, member.name, content_hash)
                if done and as_of and not _says_nothing_new(connection, done, as_of):
                    done = []
                reports += done
                module = detect(member.path)
                if module is sample and not done:
                    _check_no_other_part(connection)
                if not done:
                    landing = replace(options, temporary=module in KEPT_AS_THEY_ARE)
                    jobs += _jobs(connection, member, module, landing, content_hash, said, place)
        if contract and jobs and not any(job.contract for job in jobs):
            raise ContractError(
                f"{path}: the contract is of {contract.kind} rows of {contract.source}, the file "
                f"has {', '.join(sorted({job.kind.name for job in jobs}))}; give another --contract"
            )
        _check_whole_snapshots(jobs, reports)
        if len({job.file for job in jobs}) > 1:
            # Events name products that may stand in a later member.
            jobs.sort(key=lambda job: list(KINDS).index(job.kind.name))
        for index, job in enumerate(jobs):
            if progress:
                progress(f"loading {job.kind.name}", index, len(jobs))
            reports.append(job.run())
        _check_all_brought_rows(reports)
        if licence:
            licences.state(connection, (report.source for report in reports), licence)
        facts.tidy(connection)
    if progress and jobs:
        progress("loaded", len(jobs), len(jobs))
    return reports


def _check_whole_snapshots(jobs: Sequence["_Job"], known: Sequence[LoadReport]) -> None:
    """A snapshot is one file: each part of one would take away what the others hold."""
    for job in jobs:
        if job.delivery.snapshot:
            told = (job.source, job.kind.name)
            files = {one.file for one in jobs if (one.source, one.kind.name) == told}
            files |= {report.file for report in known if (report.source, report.kind) == told}
            if len(files) > 1:
                raise ContractError(
                    f"{', '.join(sorted(files))}: by its contract each of these is a snapshot of "
                    f"all {job.kind.name} rows of {job.source}; put them into one file, or say "
                    "delivery: incremental in the contract"
                )


def _check_all_brought_rows(reports: list[LoadReport]) -> None:
    """A feed of a file may be empty, but not all of them."""
    brought = {report.file for report in reports if report.rows_read}
    for report in reports:
        if report.file not in brought:
            raise LoadError(f"{report.file}: there are no rows; export it again")


def _source_promised(contract: Contract | None, source: str | None) -> str | None:
    """The source of a contract that the user gives, or else what the user says it is."""
    if contract is None:
        return source
    if source and source != contract.source:
        raise ContractError(
            f"the contract is that of source {contract.source!r}, not of {source!r}; "
            "leave out --source, or give another --contract"
        )
    return contract.source


def _choose(
    promised: Sequence[Contract], feed: Feed, source: str, kind: str | None, given: Contract | None
) -> Contract | None:
    """The contract of a feed; one that the user gives is that of every feed of its kind."""
    own = [contract for contract in promised if contract.source == source]
    if given in own and (feed.kind or kind) in (None, given.kind if given else None):
        return given
    return choose(own, feed.columns, feed.kind or kind)


def _match_of(
    file: str,
    feed: Feed,
    contract: Contract | None,
    kind: str | None,
    mapping: Mapping[str, str] | None,
    constants: Mapping[str, str] | None,
) -> Match:
    """Which column fills which: a contract that says it says all of it."""
    if contract is None or not contract.columns:
        return _matched(feed, contract.kind if contract else kind, mapping, constants)
    if mapping or constants:
        raise ContractError(
            f"{file}: the contract {contract.version} of {contract.source} says which column fills "
            "which; leave out --map and --set, or edit the contract"
        )
    return _promised_match(file, feed, contract)


def _promised_match(file: str, feed: Feed, contract: Contract) -> Match:
    """Columns as the contract has them, and no others; those that drifted away are left out."""
    kind = KINDS[contract.kind]
    columns = {name: of for name, of in contract.columns.items() if of in feed.columns}
    missing = [
        column.name
        for column in kind.columns
        if column.required and column.name not in {*contract.columns, *contract.constants}
    ]
    if missing:
        raise ContractError(
            f"{file}: by the contract {contract.version} of {contract.source} nothing fills "
            f"{', '.join(missing)} of {kind.name}; "
            "say in the contract which property fills it, or give it in constants"
        )
    placed = {*columns.values(), *feed.placed}
    unmapped = tuple(column for column in feed.columns if column not in placed)
    return Match(kind, columns, dict(contract.constants), unmapped)


@contextmanager
def _told_by_name(member: Member) -> Iterator[None]:
    """Errors name the file, and a member of a packed file as people do, not by where it was
    expanded."""
    try:
        yield
    except LoadError as error:
        told = str(error)
        if member.path.name != member.name:
            told = told.replace(str(member.path), member.name)
        if member.name not in told:
            told = f"{member.name}: {told}"
        archive, inside, _ = member.name.partition("/")
        if inside and isinstance(error, HeaderError):
            told += (
                f". --kind, --map and --set hold for every file in {archive}. To say them of one: "
                f"wareword match {archive} writes a contract for each; what no column has stands "
                "in its constants, such as constants: {event_type: purchase}"
            )
        raise type(error)(told) from error


def _matched(
    feed: Feed,
    kind: str | None,
    mapping: Mapping[str, str] | None,
    constants: Mapping[str, str] | None,
) -> Match:
    """What the user says goes before what the format says; names tell where no format does."""
    if not feed.is_main:
        mapping = constants = None
    if not feed.mapping or not {*(mapping or {}).values()} <= {*feed.columns}:
        return match(feed.columns, feed.kind or kind, mapping, constants)
    fixed = {name: of for name, of in feed.mapping.items() if name not in (constants or {})}
    said = {**fixed, **(mapping or {})}
    known = tuple(column for column in feed.columns if column in said.values())
    found = match(known, feed.kind or kind, said, constants)
    placed = {*found.columns.values(), *feed.placed}
    left = (column for column in feed.columns if column not in placed)
    return replace(found, unmapped=tuple(left))


def _jobs(
    connection: duckdb.DuckDBPyConnection,
    member: Member,
    module: ModuleType,
    options: Options,
    content_hash: str,
    said: "_Said",
    place: int,
) -> list["_Job"]:
    """The feeds of a file. One that stays, so that it is alone, is read only as far as it says what
    it did not say before, if it can be compared with that."""

    def read(earlier: str | None) -> list[_Job]:
        feeds = module.read(connection, member.path, replace(options, earlier=earlier))
        return [
            said.job(connection, feed, f"{place}_{number}", member, module.name, content_hash)
            for number, feed in enumerate(feeds)
        ]

    if options.temporary and member.stays:
        earlier = unchanged.find_earlier(connection, _checked_source(said.source), member.name)
        # What is wrong with a part may be right of the whole file, which is read then.
        with suppress(LoadError):
            jobs = read(earlier) if earlier else []
            if jobs and all(unchanged.follows(connection, job.landing()) for job in jobs):
                return jobs
    return read(None)


def _set_aside(connection: duckdb.DuckDBPyConnection, feed: Feed, number: str) -> Feed:
    """Gives landed tables names of their own, so that another member can land."""
    table, unreadable = f"landed_{number}", f"unreadable_{number}"
    schema = "temp" if feed.temporary else "raw"
    for left in (f"{schema}.{table}", f"temp.{unreadable}"):
        connection.execute(f"DROP TABLE IF EXISTS {left}")
    connection.execute(f"ALTER TABLE {schema}.{feed.table} RENAME TO {table}")
    if not feed.unreadable:
        return replace(feed, table=table)
    connection.execute(f"ALTER TABLE temp.{feed.unreadable} RENAME TO {unreadable}")
    return replace(feed, table=table, unreadable=unreadable)


@dataclass(frozen=True)
class Accepted:
    """What the user lets pass: many bad rows, drift from the contract, a snapshot that takes much
    away."""

    rejects: bool = False
    drift: bool = False
    deletes: bool = False


@dataclass(frozen=True)
class _Said:
    """What the user says of a file."""

    as_of: datetime | None
    source: str | None
    kind: str | None
    mapping: Mapping[str, str] | None
    constants: Mapping[str, str] | None
    contract: Contract | None
    promised: Sequence[Contract]
    accepted: Accepted

    def job(
        self,
        connection: duckdb.DuckDBPyConnection,
        feed: Feed,
        number: str,
        member: Member,
        form: str,
        content_hash: str,
    ) -> "_Job":
        as_of = feed.as_of or self.as_of
        if as_of is None:
            raise LoadError(
                f"{member.name}: from when is it valid? Give --as-of, such as --as-of 2024-01-31"
            )
        source = feed.source or _checked_source(self.source)
        contract = _choose(self.promised, feed, source, self.kind, self.contract)
        found = _match_of(member.name, feed, contract, self.kind, self.mapping, self.constants)
        if not member.stays:
            feed = replace(feed, layout=None)
        return _Job(
            connection, _set_aside(connection, feed, number), found, source, member.name, form,
            content_hash, as_of, self.accepted, contract,
        )  # fmt: skip


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
    accepted: Accepted
    contract: Contract | None

    @property
    def kind(self) -> Kind:
        return self.match.kind

    @property
    def landed(self) -> str:
        """The raw table of the source and kind."""
        return f"raw.{quoted(f'{self.source}_{self.kind.name}')}"

    def run(self) -> LoadReport:
        sequence = self._count("SELECT coalesce(max(sequence), 0) + 1 FROM ops.load")
        key = "\x1f".join(
            [self.source, self.kind.name, self.file, self.content_hash, str(sequence)]
        )
        load_id = f"load:{hashlib.md5(key.encode()).hexdigest()[:16]}"
        landing = self.landing()
        compared = unchanged.find_fresh(self.connection, landing)
        if not compared:
            assert not self.feed.partial
            self._keep_raw()
        drifted = self._drift()
        self._check(landing, compared)
        if self.feed.introduces:
            self._leave_known()
        rows_read, rows_rejected = self._quarantine(load_id)
        arrivals.clear(self.connection)
        audited = [
            *self._audit_rows(load_id, rows_read, rows_rejected),
            *self._audit_contract(drifted, _keys(landing, compared)),
        ]
        arrivals.find_newer(self.connection, self.kind, self.source, self.as_of)
        self._publish(load_id)
        report = LoadReport(
            load_id, self.source, self.kind.name, self.file, self.format,
            rows_read, rows_read - rows_rejected, rows_rejected, self.match.unmapped, False,
            self._count("SELECT count(*) FROM good")
            - self._count("SELECT count(*) FROM published"),
            self.contract.version if self.contract else None,
            tuple(map(self._drift_told, drifted)),
            self._notes(),
        )  # fmt: skip
        self.connection.execute(
            "INSERT INTO ops.load VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                load_id, self.source, self.kind.name, self.file, self.format, self.content_hash,
                self.as_of, sequence, rows_read, report.rows_loaded, rows_rejected,
                list(self.match.unmapped),
            ],
        )  # fmt: skip
        audits.record(self.connection, load_id, audited)
        if self.contract:
            self.connection.execute(
                "INSERT INTO ops.contract VALUES (?, ?, ?, ?, ?)",
                [
                    load_id, self.contract.version, self.contract.delivery, list(report.drift),
                    contract_text(self.contract),
                ],
            )  # fmt: skip
        if self.kind.node:
            unchanged.record(self.connection, landing, load_id, compared)
            arrivals.record_presence(
                self.connection, self.kind, self.source, self.file, load_id, compared
            )
            report = replace(report, difference=self._difference(load_id, compared))
            if self.delivery.snapshot:
                arrivals.record_untold(
                    self.connection, self.kind, self.source, load_id, self.feed.unreadable
                )
            facts.state_rows(
                self.connection,
                self.kind,
                "good",
                source=self.source,
                as_of=self.as_of,
                load_id=load_id,
            )
        if self.kind is PRODUCT:
            extras.state(
                self.connection,
                landed=self.landed,
                columns=self.match.unmapped,
                namespace=self.feed.namespace or self.source,
                source=self.source,
                as_of=self.as_of,
                load_id=load_id,
            )
        return report

    def _count(self, statement: str) -> int:
        row = only_row(self.connection, statement)
        return int(row[0])

    def _difference(self, load_id: str, compared: bool) -> Difference | None:
        """How the file differs from what it held before; None where it is new."""
        counted = only_row(
            self.connection,
            """
            SELECT
                (SELECT count(*) FROM good),
                count(*) FILTER (present),
                if($snapshot, (SELECT count(*) FROM gone), count(*) FILTER (NOT present)),
                (
                    SELECT count(*) FROM ops.load
                    WHERE source = $source AND kind = $kind AND file = $file
                )
            FROM ops.presence WHERE load_id = $load_id
            """,
            {
                "source": self.source,
                "kind": self.kind.name,
                "file": self.file,
                "load_id": load_id,
                "snapshot": (snapshot := self.delivery.snapshot),
            },
        )
        changed, entered, left, loads = counted
        if loads < 2:
            return None
        return Difference(changed if compared else None, entered, left, snapshot)

    def _notes(self) -> tuple[str, ...]:
        """That new prices are in a currency which nobody stated."""
        if self.kind is not PRODUCT or "currency" in self.match.constants:
            return ()
        counted = first_row(
            self.connection,
            """
            SELECT count(*), count_if(currency IS NULL)
            FROM good WHERE coalesce(price, sale_price) IS NOT NULL
            """,
        )
        prices, unstated = counted or (0, 0)
        if not unstated:
            return ()
        what = "prices are" if unstated == prices else f"{unstated:,} of {prices:,} prices are"
        how = "--set currency=EUR"
        if self.contract and self.contract.columns:
            how = "currency: EUR in the constants of the contract"
        return (f"no currency stated: {what} taken as USD; say otherwise with {how}",)

    def landing(self) -> unchanged.Landing:
        """The file as it has landed."""
        described = self.connection.execute(f"DESCRIBE {self.feed.relation}").fetchall()
        types = {column: type_name for column, type_name, *_ in described}
        key = None
        if "key" in self.match.columns:
            column = self.kind.columns_by_name["key"]
            key = typed(column, *self._landed(column, types))
        single = audits.single_values(self.contract, types) if self.contract else ()
        return unchanged.Landing(
            self.kind, self.source, self.file, self.as_of, self.feed.relation, self.landed,
            self.feed.columns, key, single, self._decides(types), types,
            self.feed.layout if self.feed.temporary else None, self.feed.partial,
        )  # fmt: skip

    def _decides(self, types: Mapping[str, str]) -> str | None:
        """All that decides what becomes of a row, beside values that one row alone may bear; None
        where the warehouse does."""
        if self.feed.introduces:
            return None
        promised = contract_text(self.contract) if self.contract else ""
        return self._checks("landed", types) + promised

    def _keep_raw(self) -> None:
        """Keeps the rows as they have landed. Those of a temporary table are copied, and checked
        where they are."""
        if self.feed.temporary:
            self.connection.execute(
                f"CREATE OR REPLACE TABLE {self.landed} AS FROM {self.feed.relation}"
            )
        else:
            self.connection.execute(f"DROP TABLE IF EXISTS {self.landed}")
            name = self.landed.removeprefix("raw.")
            self.connection.execute(f"ALTER TABLE {self.feed.relation} RENAME TO {name}")
        comment = literal(f"{self.kind.name} rows of {self.source} as they were last landed")
        self.connection.execute(f"COMMENT ON TABLE {self.landed} IS {comment}")

    def _check(self, landing: unchanged.Landing, compared: bool) -> None:
        """Makes `checked`: identifiers, canonical columns with their types, and the list of
        problems of each row that is to be loaded."""
        rows = self.feed.relation if self.feed.temporary else self.landed
        rows = "fresh" if compared else rows
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE checked AS {self._checks(rows, landing.types)}"
        )
        if self.contract:
            audits.turn_away(self.connection, self.contract, rows)
        self.connection.execute(f"DROP TABLE IF EXISTS {self.feed.relation}")
        self._mark_repeated_keys()

    def _checks(self, rows: str, types: Mapping[str, str]) -> str:
        """The rows of a relation with columns of these types, as `checked` has them."""
        given, values, reasons, problems, identifiers = [], [], [], [], []
        for column in self.kind.columns:
            name, field = quoted(column.name), self.match.columns.get(column.name)
            landed, landed_type = self._landed(column, types)
            filled = landed != _NOTHING
            value = typed(column, landed, landed_type) if filled else nothing(column)
            values.append(f"{value} AS {name}")
            # What nothing fills can only be wrong by that.
            if filled or column.required:
                given.append(f"{literal(column.name)}: {landed}")
                reason = quoted(f"{column.name} problem")
                reasons.append(f"{problem(column, f'given.{name}', landed_type)} AS {reason}")
                problems.append((literal(field or column.name), reason))
            if column.reference:
                node = f"node_id({literal(column.reference)}, {literal(self.source)}, {name})"
                own = quoted(f"{column.name}_id")
                identifiers.append(f", CASE WHEN {name} IS NOT NULL THEN {node} END AS {own}")
        own = ""
        if self.kind.identifier:
            node = f"node_id({literal(self.kind.name)}, {literal(self.source)}, key)"
            own = f"{node} AS {self.kind.identifier},"
        found = ", ".join(reason for _, reason in problems)
        listed = ", ".join(f"{{'field': {of}, 'reason': {reason}}}" for of, reason in problems)
        return f"""
            WITH
            valued AS (
                SELECT landed.row_number, {{{", ".join(given)}}} AS given, {", ".join(values)}
                FROM {rows} AS landed
            ),
            identified AS (SELECT * {self._own_key()} {"".join(identifiers)} FROM valued),
            judged AS (SELECT *, {", ".join(reasons)} FROM identified AS valued)
            SELECT
                * EXCLUDE (given, {found}),
                {own}
                CASE
                    WHEN coalesce({found}) IS NULL THEN []
                    ELSE list_filter([{listed}], lambda found: found.reason IS NOT NULL)
                END AS problems
            FROM judged
        """

    def _leave_known(self) -> None:
        own, table = self.kind.identifier, self.kind.table
        self.connection.execute(
            f"""
            DELETE FROM checked
            WHERE node_id({literal(self.kind.name)}, {literal(self.source)}, key) IN (
                SELECT {own} FROM {table}
            )
            """
        )

    def _landed(self, column: Column, types: Mapping[str, str]) -> tuple[str, str]:
        """What the file gives for a column, as an SQL expression, and its type."""
        field = self.match.columns.get(column.name)
        landed = literal(self.match.constants.get(column.name, ""))
        landed_type = "VARCHAR"
        if field:
            landed, landed_type = f"landed.{quoted(field)}", types[field]
        if column.written_in:
            money, money_type = self._landed(self.kind.columns_by_name[column.written_in], types)
            if money_type == "VARCHAR":
                landed = f"coalesce(nullif({landed}::VARCHAR, ''), {currency(money)})"
                landed_type = "VARCHAR"
        return landed, landed_type

    def _own_key(self) -> str:
        """Completes the key of an entity that may have none: rows that say the same are one."""
        key = self.kind.columns_by_name.get("key")
        if key is None or key.required:
            return ""
        values = ", ".join(
            f"coalesce({quoted(column.name)}::VARCHAR, '')" for column in self.kind.columns
        )
        return f"REPLACE (coalesce(key, left(md5(concat_ws(chr(31), {values})), 16)) AS key)"

    def _mark_repeated_keys(self) -> None:
        if not self.kind.identifier:
            return
        field = literal(self.match.columns.get("key", "key"))
        self.connection.execute(
            f"""
            UPDATE checked
            SET problems = [{{
                'field': {field}, 'reason': 'the key stands in row ' || first_row || ' already'
            }}]
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
        row = ", ".join(
            f"{literal(column)}: landed.{quoted(column)}" for column in self.feed.columns
        )
        self.connection.execute(
            f"""
            INSERT INTO ops.reject
            SELECT ?, ?, row_number, problem.field, problem.reason, "row"
            FROM (
                SELECT row_number, unnest(problems) AS problem
                FROM checked
                WHERE len(problems) > 0
            )
            JOIN (
                SELECT landed.row_number, to_json({{{row}}})::VARCHAR AS "row"
                FROM {self.landed} AS landed
                SEMI JOIN (FROM checked WHERE len(problems) > 0) USING (row_number)
            ) USING (row_number)
            ORDER BY row_number, problem.field, problem.reason
            """,
            [load_id, self.file],
        )
        self.connection.execute(
            "CREATE OR REPLACE TEMP VIEW good AS FROM checked WHERE len(problems) = 0"
        )
        read = self._count(f"SELECT count(*) FROM {self.landed}")
        rejected = self._count("SELECT count(*) FROM checked WHERE len(problems) > 0")
        if self.feed.unreadable:
            self.connection.execute(
                f"""
                INSERT INTO ops.reject
                SELECT ?, ?, row_number, NULL, reason, line
                FROM {self.feed.unreadable}
                ORDER BY row_number
                """,
                [load_id, self.file],
            )
            unreadable = self._count(f"SELECT count(*) FROM {self.feed.unreadable}")
            read, rejected = read + unreadable, rejected + unreadable
        return read, rejected

    @property
    def delivery(self) -> Delivery:
        """How the rows replace others."""
        contract = self.contract
        fills = {of: name for name, of in self.match.columns.items()}
        return Delivery(
            self.kind,
            self.source,
            self.file,
            self.as_of,
            keyed="key" in self.match.columns,
            snapshot=contract is not None and contract.delivery == "snapshot",
            partition=fills.get(contract.partition or "") if contract else None,
        )

    def _drift(self) -> tuple[Drift, ...]:
        """How the landed table differs from what the contract says of its columns."""
        if not self.contract or not self.contract.fields:
            return ()
        found = audits.columns_found(self.connection, self.contract, self.landed, self.feed.columns)
        drifted = drift(self.contract, found)
        breaking = [change for change in drifted if change.breaking]
        if breaking and not self.accepted.drift:
            # What suggests names is slow to import, and wanted only here.
            from warehouse.matching.drift import renamed

            new = renamed(self.connection, self.contract, self.landed, self.feed.columns)
            listed = "".join(f"\n  {change}" for change in (*drifted, *new))
            raise ContractError(
                f"{self.file}: not as the contract {self.contract.version} of {self.source} "
                f"says; nothing was loaded:{listed}\n"
                "Edit the contract (and raise its version) if that is right, load once as it is "
                "with wareword load --accept-drift, or have the file corrected"
            )
        return drifted

    def _drift_told(self, change: Drift) -> str:
        """A drift in words; of a column that is missing, which facts end for the want of it."""
        assert self.contract is not None
        filled = [name for name, of in self.contract.columns.items() if of == change.column]
        if change.change != "missing" or not self.kind.node:
            return str(change)
        ending = [(name, self._held(self.kind.columns_by_name[name])) for name in filled]
        ends = [
            f"{name} has no column now: {count:,} {'value ends' if count == 1 else 'values end'}"
            for name, count in ending
            if count
        ]
        return ", so ".join([str(change), *ends])

    def _held(self, column: Column) -> int:
        """How many facts that a column fills hold of what the file tells of."""
        return self._count(
            f"""
            SELECT count(*) FROM facts.as_of({literal(str(self.as_of))})
            SEMI JOIN good ON good.{self.kind.identifier} = subject
            WHERE source = {literal(self.source)} AND provenance = 'stated'
                AND predicate = {literal(column.predicate or "")}
            """
        )

    def _audit_rows(self, load_id: str, rows_read: int, rows_rejected: int) -> list[Audit]:
        """That a file brings something, and is what it was taken for."""
        # A small share of the sample may lack a kind; a file must bring something.
        if rows_read == rows_rejected and (rows_read or not self.feed.kind) and self.feed.is_main:
            raise LoadError(self._nothing_good(load_id))
        share = 100.0 * rows_rejected / rows_read if rows_read else 0.0
        rejected = audits.audit("rows rejected (percent)", share, "mustBeLessOrEqualTo", 50)
        if not rejected.passed and not (self.feed.kind or self.accepted.rejects):
            raise LoadError(self._mostly_bad(load_id, rows_read, rows_rejected))
        return [rejected]

    def _audit_contract(self, drifted: tuple[Drift, ...], keys: str) -> list[Audit]:
        """That the rows which pass are, taken together, as the contract says."""
        if not self.contract:
            return []
        changes = sum(change.breaking for change in drifted)
        measured = audits.measure(self.connection, self.contract, self.landed)
        failed = [made for made in measured if made.strict and made.passed is False]
        if failed:
            listed = "".join(f"\n  {made}" for made in failed)
            raise ContractError(
                f"{self.file}: the rows break rules of the contract {self.contract.version} of "
                f"{self.source}; nothing was loaded:{listed}\n"
                "Have the file corrected, or edit the contract"
            )
        audited = [audits.audit("columns that drifted", changes, "mustBe", 0), *measured]
        return audited + (self._audit_deletes(keys) if self.delivery.snapshot else [])

    def _audit_deletes(self, keys: str) -> list[Audit]:
        """Finds what a snapshot takes away: nothing where a row cannot be told, since it may be
        any."""
        assert self.contract is not None
        held, unknown = 0, 0
        if self.kind.node:
            unknown = self._count("SELECT count(*) FROM checked WHERE key IS NULL")
            if self.feed.unreadable:
                unknown += self._count(f"SELECT count(*) FROM {self.feed.unreadable}")
            if not unknown:
                held = arrivals.find_gone(self.connection, self.kind, self.source, self.as_of, keys)
        share = replacing.share_deleted(self.connection, self.delivery, held)
        most = 100 * self.contract.most_deleted
        deleted = audits.audit(
            "deleted by the snapshot (percent)", share, "mustBeLessOrEqualTo", most
        )
        if not deleted.passed and not self.accepted.deletes:
            raise ContractError(
                f"{self.file}: the snapshot lacks {share:.1f} % of what {self.source} holds of "
                f"{self.kind.name}, more than {most:g} %; nothing was loaded. Is the file whole? "
                "If it is, load it with --accept-deletes, or raise mostDeleted in the contract"
            )
        keyless = audits.audit("rows whose key cannot be read", unknown, "mustBe", 0, strict=False)
        return [deleted, keyless]

    def _nothing_good(self, load_id: str) -> str:
        reasons = self._first_reasons(load_id)
        if not reasons:
            return f"{self.file}: there are no rows; export it again"
        return (
            f"{self.file}: no row passes the checks of {self.kind.name}; the first problem is in "
            f"{reasons[0]}. Check --kind, --map and --source"
        )

    def _mostly_bad(self, load_id: str, rows_read: int, rows_rejected: int) -> str:
        listed = "".join(f"\n  {reason}" for reason in self._first_reasons(load_id))
        return (
            f"{self.file}: {rows_rejected:,} of {rows_read:,} rows fail the checks of "
            f"{self.kind.name}, more than half; nothing was loaded. The first reasons:{listed}\n"
            "Check --kind, --map and --source, or load the others with --accept-rejects"
        )

    def _first_reasons(self, load_id: str) -> list[str]:
        """Why the first rows, three at most, were turned away."""
        rows = self.connection.execute(
            """
            SELECT row_number, coalesce(field, 'the whole row'), reason
            FROM ops.reject
            WHERE load_id = ?
            ORDER BY row_number
            LIMIT 3
            """,
            [load_id],
        ).fetchall()
        return [f"row {row_number}, {field}: {reason}" for row_number, field, reason in rows]

    def _publish(self, load_id: str) -> None:
        table = self.kind.table
        # What an earlier content of this file brought, and what it turned away, gives way to the
        # new one.
        earlier = "SELECT load_id FROM ops.load WHERE source = ? AND kind = ? AND file = ?"
        names = [self.source, self.kind.name, self.file]
        self.connection.execute(f"DELETE FROM ops.reject WHERE load_id IN ({earlier})", names)
        replacing.choose_published(self.connection, self.delivery)
        replacing.remove_replaced(self.connection, self.delivery)
        wanted = [
            column for (column, *_) in self.connection.execute(f"DESCRIBE {table}").fetchall()
        ]
        given = {column for (column, *_) in self.connection.execute("DESCRIBE good").fetchall()}
        ours = {"source": literal(self.source), "load_id": literal(load_id)}
        rows = "published"
        if self.kind.rest and self.match.unmapped:
            ours["rest"] = "rest"
            rows = f"published JOIN ({self._rest()}) USING (row_number)"
        values = [
            ours.get(column) or (quoted(column) if column in given else "NULL") for column in wanted
        ]
        self.connection.execute(f"INSERT INTO {table} SELECT {', '.join(values)} FROM {rows}")
        self._publish_customers()

    def _rest(self) -> str:
        """What rows say beside the canonical columns, as SQL: row_number, and rest as JSON."""
        fields = []
        for column in self.match.unmapped:
            value = f"landed.{quoted(column)}"
            text = f"{value}::VARCHAR"
            fields.append(
                f"{literal(column)}: CASE WHEN left({text}, 1) IN ('[', '{{') AND "
                f"json_valid({text}) THEN {text}::JSON ELSE to_json(nullif({text}, '')) END"
            )
        whole = f"json_merge_patch('{{}}', to_json({{{', '.join(fields)}}}))"
        return f"SELECT row_number, nullif({whole}, '{{}}') AS rest FROM {self.landed} AS landed"

    def _publish_customers(self) -> None:
        """Customers whom events name are nodes, whether or not they are loaded themselves."""
        if "customer" in self.kind.columns_by_name:
            self.connection.execute(
                """
                INSERT INTO facts.node
                SELECT DISTINCT customer_id, 'customer', ?, customer, customer FROM good
                WHERE customer_id IS NOT NULL
                    AND customer_id NOT IN (SELECT node_id FROM facts.node)
                ORDER BY customer_id
                """,
                [self.source],
            )


def _keys(landing: unchanged.Landing, compared: bool) -> str:
    """The keys of all rows of a file, those that are turned away with them, as SQL."""
    checked = "SELECT key FROM checked"
    if not compared:
        return checked
    return f"{checked} UNION ALL SELECT {landing.key} FROM {landing.raw} AS landed"


def _says_nothing_new(
    connection: duckdb.DuckDBPyConnection, done: list[LoadReport], as_of: datetime
) -> bool:
    """Whether a content that was loaded before says nothing new for a time."""
    fixed = any(report.format == sample.name for report in done)
    return fixed or arrivals.restate(connection, [report.load_id for report in done], as_of)


def _checked_source(source: str | None) -> str:
    source = source or DEFAULT_SOURCE
    if (
        not source.replace("_", "").replace("-", "").isalnum()
        or not source.isascii()
        or source == sample.SOURCE
    ):
        raise LoadError(
            f"source name {source!r}: use letters, digits, - and _, "
            "and not the name of the sample; for example --source shop"
        )
    return source


def _check_no_other_part(connection: duckdb.DuckDBPyConnection) -> None:
    """Parts of the sample are years of other households: one does not follow from another."""
    if first_row(connection, "SELECT 1 FROM ops.load WHERE format = ?", [sample.name]):
        raise LoadError(
            "another part of the sample is loaded here; "
            "load this one into another folder with --home"
        )


def _content_hash(
    path: str | Path,
    options: Options,
    mapping: Mapping[str, str] | None,
    constants: Mapping[str, str] | None,
    kind: str | None,
    promised: Sequence[Contract],
) -> str:
    said = (options, sorted((mapping or {}).items()), sorted((constants or {}).items()), kind)
    digest = hashlib.sha256(repr(said).encode())
    for contract in promised:
        digest.update(contract_text(contract).encode())
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
    """The loads of this content, if it is the newest of this file: of every kind that it holds, and
    of no kind that only an earlier content held."""
    rows = connection.execute(
        """
        SELECT
            {
                load_id: load_id, source: source, kind: kind, file: file, format: format,
                rows_read: rows_read, rows_loaded: rows_loaded, rows_rejected: rows_rejected
            } AS report,
            unmapped
        FROM ops.load
        WHERE file = ? AND (source = ? OR format = ?)
        QUALIFY sequence = max(sequence) OVER (PARTITION BY source, kind)
            AND content_hash = ?
            AND arg_max(content_hash, sequence) OVER () = ?
        ORDER BY sequence
        """,
        [file, source or DEFAULT_SOURCE, sample.name, content_hash, content_hash],
    ).fetchall()
    return [
        LoadReport(**report, unmapped=tuple(unmapped), unchanged=True) for report, unmapped in rows
    ]
