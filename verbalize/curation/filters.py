"""Filters that the settings state, such as `words < 3`: a document to which one applies is left
out, with the filter as its reason."""

import re

import duckdb

from verbalize.curation.stage import CurationError, CurationSettings, Stage
from warehouse.connection import literal, quoted

_FORM = re.compile(r"\s*([a-z_]+)\s*(<=|>=|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*")

DERIVED = {
    "language_mismatch": "CASE WHEN signal.language IS NULL THEN NULL "
    "WHEN signal.language = split_part(document.language, '-', 1) THEN 0 "
    "ELSE language_confidence END",
}
"""Signals that follow from others: how sure it is that a text has another language than it says."""


def parse(connection: duckdb.DuckDBPyConnection, filter: str) -> tuple[str, str, float]:
    """A filter as (signal, comparison, number).

    Raises:
        CurationError: if it has another form, or no signal is called so.
    """
    known = [
        name
        for (name,) in connection.execute(
            """
            SELECT column_name FROM duckdb_columns()
            WHERE schema_name = 'text' AND table_name = 'signal' AND data_type <> 'VARCHAR'
            ORDER BY column_index
            """
        ).fetchall()
    ]
    form = _FORM.fullmatch(filter)
    if form is None:
        raise CurationError(
            f"{filter!r} is no filter; write a signal, one of < <= > >= = and a number, such as: "
            "words < 3"
        )
    signal, comparison, number = form.groups()
    if signal not in (*known, *DERIVED):
        raise CurationError(
            f"no signal {signal!r} in the filter {filter!r}; there are: "
            + ", ".join((*known, *DERIVED))
        )
    return signal, comparison, float(number)


def _run(connection: duckdb.DuckDBPyConnection, settings: CurationSettings) -> None:
    for filter in settings.filters:
        signal, comparison, number = parse(connection, filter)
        value = DERIVED.get(signal, f"signal.{quoted(signal)}")
        connection.execute(
            f"""
            INSERT INTO text.removed
            SELECT
                document_id,
                'filter',
                {literal(f"{signal} {comparison} {number:g}")},
                concat({literal(signal)}, ' = ', round(found, 4)),
                NULL
            FROM (
                SELECT document_id, ({value})::DOUBLE AS found
                FROM text.kept AS document JOIN text.signal AS signal USING (document_id)
            )
            WHERE found {comparison} {number!r}
            """
        )


STAGE = Stage(
    "filter",
    "Documents to which a filter of the settings applies are left out",
    "thresholds of the setting corpus_filters",
    _run,
)
