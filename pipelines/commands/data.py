"""What goes in and what can be asked: load, sql, schema, trace."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines import query
from pipelines.commands.options import AsOf, Delimiter, Home, Json, Licence, Quote, Source, Wait
from pipelines.console import answer, console, failures, progress
from pipelines.settings import settings
from warehouse.connection import reader, writer
from warehouse.kinds import KINDS

if TYPE_CHECKING:
    from warehouse.load import Difference, LoadReport


def load(
    path: Annotated[
        str,
        typer.Argument(
            help="A file (docs/feeds has the formats; plain, or as .gz, .zst, .zip), or the word: "
            "sample."
        ),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            help=f"What the rows are, one of {', '.join(KINDS)} (default: by the header)."
        ),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="CANONICAL=COLUMN: the column of the file that holds it."),
    ] = None,
    constants: Annotated[
        list[str] | None, typer.Option("--set", help="CANONICAL=VALUE for all rows.")
    ] = None,
    delimiter: Delimiter = None,
    quote: Quote = None,
    fraction: Annotated[float, typer.Option(help="Share of the sample's households.")] = 1.0,
    accept_rejects: Annotated[
        bool, typer.Option("--accept-rejects", help="Load even if more than half of it is bad.")
    ] = False,
    contract: Annotated[
        Path | None,
        typer.Option(
            help="The contract of the file (default: that of the source, in HOME/contracts)."
        ),
    ] = None,
    accept_drift: Annotated[
        bool, typer.Option("--accept-drift", help="Load once although columns differ from it.")
    ] = False,
    accept_deletes: Annotated[
        bool, typer.Option("--accept-deletes", help="Let a snapshot take away much.")
    ] = False,
    expanded_gigabytes: Annotated[
        float | None, typer.Option(help="Most that a packed file may expand to (default: 20).")
    ] = None,
    expanded_ratio: Annotated[
        float | None, typer.Option(help="The same, in times of its own size (default: 200).")
    ] = None,
    source: Source = None,
    licence: Licence = None,
    as_of: AsOf = None,
    wait: Wait = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Load a file into the warehouse; bad rows go to quarantine with the reason.

    Examples:

      wareword load products.csv --source shop --as-of 2024-01-31

      wareword load products.csv --source shop --licence CC-BY-4.0 --as-of 2024-01-31

      wareword load export.zip --as-of 2024-01-31

      wareword load clicks.txt --map product=SKU --set event_type=click --as-of 2024-01-31

      wareword load products.csv --contract shop.yaml --as-of 2024-01-31 --wait 600

      wareword load sample --fraction 0.1
    """
    columns, values = _pairs("--map", mapping), _pairs("--set", constants)
    with failures(as_json):
        from warehouse.contracts import kept_contracts, read_contract
        from warehouse.facts import derive
        from warehouse.licences import stated
        from warehouse.load import DEFAULT_SOURCE
        from warehouse.load import load as load_path
        from warehouse.sources import check_readable
        from warehouse.sources.feed import Options

        check_readable(path)
        options = Options(delimiter, quote, fraction)
        if expanded_gigabytes is not None:
            options = replace(options, expanded_gigabytes=expanded_gigabytes)
        if expanded_ratio is not None:
            options = replace(options, expanded_ratio=expanded_ratio)
        chosen = settings(home=home, wait=wait)
        given = read_contract(contract) if contract else None
        kept = [] if given else kept_contracts(chosen.home, source or DEFAULT_SOURCE)
        stating = licence or chosen.licences.get(source or DEFAULT_SOURCE)
        with progress() as report, writer(chosen.home, chosen.wait, report) as connection:
            before = stated(connection)
            reports = load_path(
                connection,
                path,
                as_of=as_of,
                source=source,
                licence=stating,
                kind=kind,
                mapping=columns,
                constants=values,
                options=options,
                contract=given,
                contracts=kept,
                accept_rejects=accept_rejects,
                accept_drift=accept_drift,
                accept_deletes=accept_deletes,
                progress=report,
            )
            if not all(loaded.unchanged for loaded in reports):
                derive(connection, progress=report)
        for loaded in reports:
            console.print(_told(loaded), markup=False)
        for line in _licences_told(stating, reports, before):
            console.print(line, markup=False)
        answer({"loads": [asdict(loaded) for loaded in reports]}, as_json)


def sql(
    statement: Annotated[str, typer.Argument(help="SQL in DuckDB's dialect; reading only.")],
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    limit: Annotated[int, typer.Option(help="Rows to show in a table.")] = 100,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Ask the warehouse a question. docs/cookbook.md has many.

    Examples:

      wareword sql "SELECT predicate, count(*) FROM facts.current GROUP BY 1 ORDER BY 2 DESC"

      wareword sql "FROM ops.reject LIMIT 10" --format csv
    """
    if form not in query.FORMATS:
        raise typer.BadParameter(
            f"{form!r}; give one of {', '.join(query.FORMATS)}", param_hint="--format"
        )
    with failures(as_json), reader(settings(home=home).home) as connection:
        query.ask(connection, statement, "json" if as_json else form, limit)


def schema(
    name: Annotated[
        str | None, typer.Argument(help="A schema, table or view, such as facts.fact.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """What tables, views and columns there are, and what they mean.

    Examples:

      wareword schema

      wareword schema facts.fact
    """
    with failures(as_json), reader(settings(home=home).home) as connection:
        query.describe(connection, name, as_json)


def trace(
    document_id: Annotated[
        str, typer.Argument(help="Identifier of a document, such as document:0123456789abcdef.")
    ],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show the facts that each sentence of a document says.

    Example:

      wareword trace document:0123456789abcdef
    """
    with failures(as_json), reader(settings(home=home).home) as connection:
        from verbalize.trace import trace as trace_document

        query.show_trace(trace_document(connection, document_id), as_json)


def _told(loaded: "LoadReport") -> str:
    """What came of a load, in a line."""
    text = f"{loaded.kind}: {loaded.rows_loaded:,} of {loaded.rows_read:,} rows loaded"
    if loaded.unchanged:
        text = f"{loaded.kind}: the same content was loaded before; nothing changed"
    elif loaded.rows_rejected:
        text += f', {loaded.rows_rejected:,} rejected (see: wareword sql "FROM ops.reject")'
    if loaded.difference:
        text += f"; {_differing(loaded.difference)}"
    if loaded.rows_late:
        text += f"; {loaded.rows_late:,} are older than what is known, and are history"
    if loaded.contract:
        text += f"; by contract {loaded.contract}"
    if loaded.drift:
        text += f", but {'; '.join(loaded.drift)}"
    if loaded.unmapped:
        kept = " (kept as facts)" if loaded.kind == "product" else ""
        text += f"; columns without a place{kept}: {', '.join(loaded.unmapped)}"
    return "; ".join((text, *loaded.notes))


def _licences_told(
    licence: str | None, loads: "list[LoadReport]", before: dict[str, str]
) -> list[str]:
    """The licence that was stated, in the place of which one, and whether machines know it; where
    none ever was, how to state it."""
    from warehouse.licences import checked, spdx

    sources = sorted({loaded.source for loaded in loads})
    if licence is None:
        return [
            f"licence of {source}: none is stated; --licence NAME states it"
            for source in sources
            if source not in before
        ]
    now = checked(licence)
    unknown = "" if spdx(licence) else "; SPDX has no such name, so exports tell it in these words"
    was = {source: before.get(source, now) for source in sources}
    return [
        f"licence of {source}: {now}"
        + (f" (was {was[source]})" if was[source] != now else "")
        + unknown
        for source in sources
    ]


def _differing(found: "Difference") -> str:
    """How a file differs from the one before."""
    parts = [] if found.rows_changed is None else [f"new or changed rows: {found.rows_changed:,}"]
    parts.append(f"new keys: {found.entered:,}")
    what = "taken out" if found.left_are_gone else "kept, since the file is no snapshot"
    parts.append(f"keys that it lacks now: {found.left:,}" + (f" ({what})" if found.left else ""))
    return ", ".join(parts)


def _pairs(option: str, values: list[str] | None) -> dict[str, str]:
    pairs = [value.partition("=") for value in values or []]
    for name, equals, _ in pairs:
        if not equals or not name:
            raise typer.BadParameter("give it as CANONICAL=VALUE", param_hint=option)
    return {name: value for name, _, value in pairs}
