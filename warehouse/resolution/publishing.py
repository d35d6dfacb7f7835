"""What was resolved, as facts: `sameAs` between products, and one value of each attribute that
their sources state; `sameAs` between brands of one name, and how many products these have. Facts
are closed, never deleted, so every match, and all of them, can be taken back.

The product or brand that stands for several is that of the source that was loaded first, so a
source that comes later never takes its place.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from warehouse import facts
from warehouse.connection import first_row, only_row, transaction
from warehouse.errors import WarewordError
from warehouse.resolution.answers import WITHDRAWAL, keep_answers
from warehouse.resolution.beliefs import TEMPORARY, Beliefs, beliefs
from warehouse.resolution.fusion import fuse
from warehouse.resolution.partitions import entropy, marginals, most_probable

# Who says what is resolved; no data source can have this name.
SOURCE = "entity resolution"

SURE = 0.9
"""From which confidence on what was resolved is said as certain (verbalize/documents/known.sql)."""

_LEAST_CHANGE = 0.05
# Sources that share a smaller part of the products of the smaller one hardly overlap.
_FEW_MATCHES = 0.05

_HERE = Path(__file__).parent
_SAME, _BRANDS, _BRAND_COUNTS = (
    (_HERE / f"{name}.sql").read_text() for name in ("same", "brands", "brand_counts")
)


@dataclass(frozen=True)
class PublishSettings:
    """Pairs less likely than `threshold` are left apart; `trust` has the weights of sources, 1
    where it has none."""

    threshold: float = 0.5
    trust: Mapping[str, float] = field(default_factory=dict)


def publish(
    connection: duckdb.DuckDBPyConnection,
    settings: PublishSettings | None = None,
    compared: str | None = None,
) -> dict[str, Any]:
    """Brings `sameAs` and fused values up to date with the candidate pairs, the answers and what
    sources state now; returns what ops.resolution says of it. `compared` names the loads whose
    products the candidate pairs are of.

    Raises:
        WarewordError: if the threshold is not a probability, or a trust is not positive.
    """
    settings = settings or PublishSettings()
    if not 0 < settings.threshold <= 1:
        raise WarewordError(
            f"threshold is {settings.threshold:g}; give a probability above 0, at most 1"
        )
    with transaction(connection):
        believed = beliefs(connection)
        _match(connection, believed, settings.threshold)
        told = _publish(connection, settings, believed, compared)
        _tidy(connection)
    return told


def withdraw(
    connection: duckdb.DuckDBPyConnection, left: str, right: str, settings: PublishSettings
) -> dict[str, Any]:
    """Takes back that two products (identifiers, in any order) are one; it stays so whatever
    comparisons say later, until somebody answers yes to the question.

    Raises:
        WarewordError: if they are not one product now.
    """
    row = first_row(
        connection,
        """
        SELECT count(DISTINCT entity_id), count(*) FROM catalog.entity_member
        WHERE product_id IN ($1, $2)
        """,
        [left, right],
    )
    if row != (1, 2):
        raise WarewordError(
            f"{left} and {right} are not one product; see those that are in catalog.entity_member"
        )
    keep_answers(connection, [(left, right)], ["no"], answerer=WITHDRAWAL, error_rate=0)
    return publish(connection, settings)


def withdraw_all(connection: duckdb.DuckDBPyConnection) -> int:
    """Takes back all that is resolved, so that the facts that hold are those that were stated and
    predicted; returns how many facts were closed. Answers are kept."""
    with transaction(connection):
        connection.execute("CREATE OR REPLACE TEMP TABLE resolved AS FROM facts.current LIMIT 0")
        row = only_row(connection, "SELECT count(*) FROM facts.current WHERE source = ?", [SOURCE])
        _state(connection, "true", "withdrawal")
        connection.execute("UPDATE ops.resolution SET withdrawn = true")
        _tidy(connection)
    return int(row[0])


def _match(connection: duckdb.DuckDBPyConnection, believed: Beliefs, threshold: float) -> None:
    """Makes the temporary table resolved of the `sameAs` facts that should hold, of products and of
    brands."""
    partitions = believed.partitions
    chosen = most_probable(partitions, threshold)
    pairs = partitions.pair[chosen]
    one, other = believed.pairs.left[pairs], believed.pairs.right[pairs]
    count = len(believed.products)
    links = coo_array((np.ones(len(pairs)), (one, other)), shape=(count, count))
    entity = connected_components(links, directed=False)[1] if count else np.zeros(0)
    matches = {
        "one_id": pa.array(believed.products[one], pa.string()),
        "other_id": pa.array(believed.products[other], pa.string()),
        "entity": pa.array(entity[one], pa.int64()),
        "probability": pa.array(marginals(partitions)[chosen], pa.float64()),
    }
    connection.register("resolution_match", pa.table(matches))
    connection.execute(_SAME)
    connection.execute(_BRANDS)
    connection.unregister("resolution_match")


def _publish(
    connection: duckdb.DuckDBPyConnection,
    settings: PublishSettings,
    believed: Beliefs,
    compared: str | None,
) -> dict[str, Any]:
    """States what is resolved, and writes the row of ops.resolution."""
    row = only_row(
        connection,
        """
        SELECT
            count(*) + 1,
            concat('resolution:', left(md5(concat(count(*) + 1, ?::VARCHAR)), 16))
        FROM ops.resolution
        """,
        [chosen := json.dumps(asdict(settings), sort_keys=True)],
    )
    sequence, resolution_id = row
    as_of = _state(connection, "predicate = 'sameAs'", resolution_id)
    fuse(connection, settings.trust)
    connection.execute(_BRAND_COUNTS)
    _state(connection, "predicate <> 'sameAs'", resolution_id)
    connection.execute(
        """
        INSERT INTO ops.resolution
        WITH of_product AS (
            SELECT fact.predicate, fact.object
            FROM facts.current AS fact JOIN catalog.product ON product_id = fact.subject
            WHERE fact.source = $source
        )
        SELECT
            $resolution_id, $sequence, $as_of, $settings, $compared,
            (SELECT list(DISTINCT source ORDER BY source) FROM catalog.product),
            $pairs,
            (SELECT count(*) FROM ops.answer),
            (SELECT count(*) FROM of_product WHERE predicate = 'sameAs'),
            (SELECT count(DISTINCT object) FROM of_product WHERE predicate = 'sameAs'),
            (SELECT count(*) FROM of_product WHERE predicate <> 'sameAs'),
            (SELECT count(*) FROM (SELECT DISTINCT entity_id, predicate FROM facts.conflict)),
            $entropy,
            false
        """,
        {
            "resolution_id": resolution_id,
            "sequence": sequence,
            "as_of": as_of,
            "settings": chosen,
            "compared": compared,
            "pairs": len(believed.pairs.left),
            "source": SOURCE,
            "entropy": round(float(entropy(believed.partitions).sum()), 6),
        },
    )
    table = connection.sql(
        "FROM ops.resolution WHERE resolution_id = ?", params=[resolution_id]
    ).to_arrow_table()
    told: dict[str, Any] = table.to_pylist()[0]
    return told | {
        "notes": [*_unknown(settings.trust, told["sources"]), *_hardly_shared(connection)]
    }


def _unknown(trust: Mapping[str, float], sources: list[str]) -> list[str]:
    """That a weight is of a source which has no products."""
    return [
        f"trust names {name!r}, which has no products; the sources are: {', '.join(sources)}"
        for name in trust
        if name not in sources
    ]


def _hardly_shared(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """That two sources hardly share products, so that a larger part of the matches is wrong."""
    rows = connection.execute(
        """
        WITH sized AS (SELECT source, count(*) AS products FROM catalog.product GROUP BY source)
        SELECT one.source, other.source, count(*), least(left_size.products, right_size.products)
        FROM catalog.entity_member AS one
        JOIN catalog.entity_member AS other
            ON other.entity_id = one.entity_id AND one.source < other.source
        JOIN sized AS left_size ON left_size.source = one.source
        JOIN sized AS right_size ON right_size.source = other.source
        GROUP BY ALL
        HAVING count(*) < $share * least(left_size.products, right_size.products)
        ORDER BY ALL
        """,
        {"share": _FEW_MATCHES},
    ).fetchall()
    return [
        f"{one} and {other} share {matches:,} of {products:,} products; where so few match, more "
        "of the matches are wrong: look at them in catalog.candidate_pair, or wareword ask"
        for one, other, matches, products in rows
    ]


def _state(connection: duckdb.DuckDBPyConnection, scope: str, load_id: str) -> datetime:
    """Makes the facts of SOURCE in `scope` (a condition) those of the table resolved, as of the
    newest that sources state; returns that time."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE resolved_scope AS
        SELECT DISTINCT subject, predicate FROM facts.fact WHERE source = ? AND {scope}
        """,
        [SOURCE],
    )
    row = only_row(
        connection,
        """
        SELECT greatest(
            (SELECT max(as_of) FROM ops.load),
            (SELECT max(valid_from) FROM catalog.entity_value),
            (SELECT max(greatest(valid_from, valid_to)) FROM facts.fact WHERE source = ?)
        )
        """,
        [SOURCE],
    )
    # A probability that hardly moved is no news: without this each comparison would close all.
    connection.execute(
        """
        UPDATE resolved SET confidence = known.confidence
        FROM facts.current AS known
        WHERE known.source = $source
            AND known.subject = resolved.subject
            AND known.predicate = resolved.predicate
            AND known.object = resolved.object
            AND known.unit IS NOT DISTINCT FROM resolved.unit
            AND known.language IS NOT DISTINCT FROM resolved.language
            AND abs(known.confidence - resolved.confidence) < $least
            AND (known.confidence >= $sure) = (resolved.confidence >= $sure)
        """,
        {"source": SOURCE, "least": _LEAST_CHANGE, "sure": SURE},
    )
    facts.publish_state(
        connection, "resolved", "resolved_scope", source=SOURCE, as_of=row[0], load_id=load_id
    )
    as_of: datetime = row[0]
    return as_of


def _tidy(connection: duckdb.DuckDBPyConnection) -> None:
    facts.tidy(connection)
    for name in ("resolved", "resolved_scope", *TEMPORARY):
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
