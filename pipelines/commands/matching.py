"""What columns mean: match."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import duckdb
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.commands.options import Delimiter, Home, Json, Quote, Source
from pipelines.console import answer, console, failures
from pipelines.settings import settings
from warehouse.connection import FILE_NAME, first_row, literal, memory, quoted, writer

if TYPE_CHECKING:
    from warehouse.contracts import Contract
    from warehouse.matching.candidates import Answer, Matching
    from warehouse.matching.files import Landed
    from warehouse.sources.feed import Options

MEASURES = ("accuracy_at_1", "accuracy_at_5", "recall_at_ground_truth", "no_match_accuracy")
_SHOWN_OTHERS = 2
_LEAST_SHOWN = 0.01
_SHOWN_LETTERS = 60

tables = Console(stderr=True, highlight=False)


def match(
    path: Annotated[str, typer.Argument(help="A file of any format that load takes.")],
    to: Annotated[
        str | None,
        typer.Option(help="Match to the columns of this file, not to the canonical columns."),
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option(help="What is right (text with columns left,right, or JSON), to measure."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="What the rows are (default: found by the columns).")
    ] = None,
    contract: Annotated[
        Path | None, typer.Option(help="Compare the file with this contract; write nothing.")
    ] = None,
    renew: Annotated[
        bool, typer.Option("--renew", help="Write the contract anew, though there is one.")
    ] = False,
    delimiter: Delimiter = None,
    quote: Quote = None,
    source: Source = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Find out what the columns of a file mean, and write it as an editable contract.

    Examples:

      wareword match products.csv --source shop

      wareword match products.csv --to others.csv --gold right.csv --json

      wareword match products.csv --contract workspace/contracts/shop_product.yaml
    """
    with failures(as_json):
        from warehouse.contracts import read_contract
        from warehouse.matching.measures import measure, read_gold
        from warehouse.sources.feed import Options

        right = read_gold(gold) if gold else None
        kept = read_contract(contract) if contract else None
        options = Options(delimiter=delimiter, quote=quote)
        folder = settings(home=home).home
        with _warehouse(folder) as (connection, client):
            if to:
                told = _to_file(connection, path, to, options, client)
            else:
                looked = _Look(connection, client, folder, source, kept, renew)
                told = looked.at(path, kind or (kept.kind if kept else None), options)
        if right is not None:
            told |= measure(told["answers"], right)
        for table in told["tables"]:
            _show(table)
        _show_measures(told)
        answer(_plain(told), as_json)


@contextmanager
def _warehouse(home: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Any]]:
    """Where the file is landed: in memory, or, if a language model is configured, the warehouse,
    which keeps its answers."""
    from warehouse.llm import client_from_environment, settings_from_environment

    if settings_from_environment() is None:
        with memory() as connection:
            yield connection, None
        return
    with writer(home) as connection:
        yield connection, client_from_environment(connection)


def _to_file(
    connection: duckdb.DuckDBPyConnection, path: str, to: str, options: "Options", client: Any
) -> dict[str, Any]:
    from warehouse.matching.files import match_files
    from warehouse.matching.refinement import refine

    matching = match_files(connection, path, to, options)
    if client:
        matching = refine(client, matching)
    table = {"title": f"{Path(path).name} to {Path(to).name}", "matching": matching}
    return {"answers": matching.answers, "tables": [table]}


@dataclass(frozen=True)
class _Look:
    """A look at the tables of a file: each is matched to the canonical schema, and its contract is
    written or compared."""

    connection: duckdb.DuckDBPyConnection
    client: Any
    home: Path
    source: str | None
    kept: "Contract | None"
    renew: bool

    def at(self, path: str, kind: str | None, options: "Options") -> dict[str, Any]:
        from warehouse.matching.files import match_file
        from warehouse.matching.refinement import refine

        tables = []
        answers: list[Answer] = []
        for found, matching in match_file(self.connection, path, kind, options):
            if self.client:
                matching = refine(self.client, matching)
            answers += matching.answers
            tables.append(
                {"title": f"{found.file}: {matching.kind} rows", "matching": matching}
                | self._contract(path, found, matching)
            )
        return {"answers": answers, "tables": tables}

    def _contract(self, path: str, found: "Landed", matching: "Matching") -> dict[str, Any]:
        """What there is to say of the contract: how the file differs from the one that is kept, or
        where a new one was written, and what to do next."""
        from warehouse.contracts import contract_path, read_contract, write_contract
        from warehouse.load import DEFAULT_SOURCE
        from warehouse.matching.drift import differences, shifts
        from warehouse.matching.files import contract_of

        source = self.source or found.feed.source or DEFAULT_SOURCE
        where = contract_path(self.home, source, matching.kind or "")
        kept = self.kept or (read_contract(where) if where.exists() and not self.renew else None)
        if kept is None:
            made = contract_of(self.connection, found, matching, source)
            write_contract(where, made)
            return {"written": str(where), "constants": made.constants, "drift": []} | {
                "next": self._next(path, source, matching)
            }
        drifted = differences(self.connection, kept, found.table, found.feed.columns)
        before = self._landed_before(kept)
        shifted = shifts(self.connection, before, found.table, found.feed.columns) if before else ()
        return {
            "drift": [*drifted, *map(str, shifted)],
            "next": self._next_kept(path, kept.source, bool(drifted)),
        }

    def _landed_before(self, kept: "Contract") -> str | None:
        """The table of what the source had landed last of the kind, if the home has it."""
        published = self.home / FILE_NAME
        if not published.exists():
            return None
        self.connection.execute(
            f"ATTACH IF NOT EXISTS {literal(str(published))} AS published (READ_ONLY)"
        )
        name = f"{kept.source}_{kept.kind}"
        found = first_row(
            self.connection,
            """
            SELECT 1 FROM duckdb_tables()
            WHERE (database_name, schema_name, table_name) = ('published', 'raw', ?)
            """,
            [name],
        )
        return f"published.raw.{quoted(name)}" if found else None

    def _next(self, path: str, source: str, matching: "Matching") -> str:
        command = self._load(path, source)
        if matching.missing:
            return (
                f"Nothing fills {', '.join(matching.missing)}, which {matching.kind} rows must "
                "have: say in the contract what does, or give one value for all rows, such as "
                f"constants: {{{matching.missing[0]}: {_value(matching)}}}, then: {command}"
            )
        return f"Look through the contract, correct it where it is wrong, then: {command}"

    def _next_kept(self, path: str, source: str, drifted: bool) -> str:
        if not drifted:
            return f"The file is as its contract says; load it with: {self._load(path, source)}"
        return (
            "Correct the contract or ask for another file; a new contract is written with: "
            + self._command("match", path, "--source", source, "--renew")
        )

    def _load(self, path: str, source: str) -> str:
        return self._command("load", path, "--source", source, "--as-of", str(date.today()))

    def _command(self, *words: str) -> str:
        """A command as it can be typed, for this home."""
        home = [] if self.home == Path("workspace") else ["--home", str(self.home)]
        return shlex.join(["wareword", *words, *home])


def _value(matching: "Matching") -> str:
    """What the first required column that is missing may be."""
    from warehouse.kinds import KINDS

    choices = KINDS[matching.kind or ""].columns_by_name[matching.missing[0]].choices
    return "|".join(choices) or "VALUE"


def _show(told: dict[str, Any]) -> None:
    """The candidates as a table for people, on standard error; what is not sure enough for a
    contract is yellow."""
    from warehouse.matching.files import SURE

    matching: Matching = told["matching"]
    table = Table(title=escape(told["title"]), title_justify="left")
    for title in ("column", "means", "sure"):
        table.add_column(title, no_wrap=True)
    for title in ("evidence", "or", "values"):
        table.add_column(title, overflow="fold")
    for found in matching.answers:
        first, *others = found.candidates
        style = "" if first.confidence >= SURE else "yellow"
        table.add_row(
            escape(found.column),
            escape(first.target or "no match"),
            f"{first.confidence:.0%}",
            escape("; ".join(first.evidence)),
            escape(
                ", ".join(
                    f"{other.target or 'no match'} {other.confidence:.0%}"
                    for other in others[:_SHOWN_OTHERS]
                    if other.confidence >= _LEAST_SHOWN
                )
            ),
            escape(", ".join(found.examples[:2])[:_SHOWN_LETTERS]),
            style=style,
        )
    tables.print(table)
    for part in matching.parts:
        said = f"{part.whole} may hold {part.part}: {part.reason} ({part.share:.0%})"
        console.print(said, markup=False)
    for drifted in told.get("drift", ()):
        console.print(f"Drift: {drifted}", style="yellow", markup=False)
    for name, value in told.get("constants", {}).items():
        console.print(f"All rows have {name}: {value} (constants of the contract)", markup=False)
    if "written" in told:
        console.print(
            f"Contract written: {told['written']} (what is surer than {SURE:.0%}; yellow is not "
            "in it)",
            markup=False,
        )
    if "next" in told:
        console.print(told["next"], markup=False)


def _show_measures(told: dict[str, Any]) -> None:
    for name in MEASURES:
        if told.get(name) is not None:
            console.print(f"{name}: {told[name]:.3f}", markup=False)


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    """The whole as JSON: candidates by table and column."""
    candidates = [
        {"table": table["title"], "column": found.column, "answer": found.target}
        | {"confidence": found.confidence, "examples": found.examples}
        | {"candidates": [asdict(candidate) for candidate in found.candidates]}
        for table in told["tables"]
        for found in table["matching"].answers
    ]
    tables = [
        {"title": table["title"], "kind": table["matching"].kind}
        | {"kinds": dict(table["matching"].kinds), "missing": table["matching"].missing}
        | {"parts": [asdict(part) for part in table["matching"].parts]}
        | {"drift": [str(drifted) for drifted in table.get("drift", ())]}
        | {"contract": table.get("written"), "constants": table.get("constants", {})}
        | {"next": table.get("next")}
        for table in told["tables"]
    ]
    measured = {name: told[name] for name in MEASURES if name in told}
    return {"candidates": candidates, "tables": tables} | measured
