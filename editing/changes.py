"""Two times to the facts that differ between them: removed ones hold only at the earlier time,
added ones only at the later.

A statement that several sources make counts once, as the most confident of them says it.
"""

from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.errors import WarewordError

CHANGES = (Path(__file__).parent / "changes.sql").read_text()


class EditError(WarewordError):
    """Edits cannot be made from what was given."""


def changes(
    connection: duckdb.DuckDBPyConnection, t0: datetime, t1: datetime, *, predicted: bool = False
) -> pa.Table:
    """Facts that hold at only one of the two times, ordered; those that a model predicted only if
    `predicted`.

    Raises:
        EditError: if `t0` is not before `t1`.
    """
    return connection.sql(
        f"FROM ({CHANGES}) ORDER BY subject, predicate, change DESC, object",
        params=between(t0, t1, predicted),
    ).to_arrow_table()


def between(t0: datetime, t1: datetime, predicted: bool) -> dict[str, object]:
    """The parameters of `CHANGES`.

    Raises:
        EditError: if `t0` is not before `t1`.
    """
    if t0 >= t1:
        raise EditError(
            f"{t0:%Y-%m-%d %H:%M} is not before {t1:%Y-%m-%d %H:%M}; give the earlier time first"
        )
    return {"t0": t0, "t1": t1, "predicted": predicted}
