"""What several sources state of one entity to the one value that it has.

Values are compared without case, accents, punctuation and unit (`facts.comparable`). One value wins
by this rule, the first difference decides: it is stated by a more trusted source; by more sources;
more recently; by the product that stands for the entity. Of a price, what is more recent comes
before what more sources state, for old prices agree with each other. Of names and descriptions,
what the product that stands for the entity says comes before what is more recent. What loses is
kept, as stated, and shows in `facts.conflict`.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from warehouse.errors import WarewordError

_FUSE = (Path(__file__).parent / "fusion.sql").read_text()


def fuse(connection: duckdb.DuckDBPyConnection, trust: Mapping[str, float]) -> None:
    """Makes the temporary table `resolved`, as `facts.publish_state` takes it: one value for each
    entity of two or more products and each attribute that one of its sources states.

    `trust` has positive weights of sources, others have 1. The confidence of a value is the share
    of the trust of all that speak, each as far as it belongs to the entity.

    Raises:
        WarewordError: if a weight is not positive.
    """
    for source, weight in trust.items():
        if not weight > 0:
            raise WarewordError(
                f"trust in {source} is {weight:g}; give a positive number, such as {source}=2"
            )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE resolved AS {_FUSE}",
        {"sources": list(trust), "trust": list(trust.values())},
    )
