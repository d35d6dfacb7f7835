"""Under which licence a source gives its data: stated when it is loaded, told by what is exported.

A licence is that of a source as a whole; a new statement takes the place of the one before.
"""

from collections.abc import Iterable

import duckdb
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from warehouse.connection import first_row
from warehouse.errors import LoadError
from warehouse.sources import sample

_LONGEST = 200


def checked(licence: str) -> str:
    """What was said of a licence: an SPDX expression as SPDX writes it, or other words as they are.

    Raises:
        LoadError: if nothing is said, or more than a name.
    """
    said = licence.strip()
    if not said or len(said) > _LONGEST or not said.isprintable():
        raise LoadError(
            f"licence {licence[:_LONGEST]!r}: give its SPDX name, such as CC-BY-4.0, or its own "
            f"name or address in one line of at most {_LONGEST} characters"
        )
    return spdx(said) or said


def spdx(licence: str) -> str | None:
    """The SPDX expression that a licence is (https://spdx.org/licenses), if it is one."""
    try:
        return str(canonicalize_license_expression(licence))
    except InvalidLicenseExpression:
        return None


def state(connection: duckdb.DuckDBPyConnection, sources: Iterable[str], licence: str) -> None:
    """Keeps the licence of sources, in the place of what was stated of them before."""
    connection.executemany(
        "INSERT OR REPLACE INTO ops.licence VALUES (?, ?)",
        [[source, licence] for source in sorted(set(sources))],
    )


def stated(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The licences that are known, by source: those that were stated, and that of the sample."""
    # A reader of a warehouse to which nothing was written since there is this table has none.
    there = first_row(
        connection,
        "FROM duckdb_tables() WHERE schema_name = 'ops' AND table_name = 'licence'",
    )
    rows = connection.execute("FROM ops.licence ORDER BY source").fetchall() if there else []
    return {sample.SOURCE: sample.LICENCE, **dict(rows)}
