"""Two catalogs to the pairs of products that are one and the same: normalise, block, compare,
weigh, assign. Likely pairs are kept in catalog.candidate_pair with the weight of each
comparison."""

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from warehouse import embeddings
from warehouse.connection import transaction
from warehouse.errors import WarehouseError
from warehouse.resolution.assigning import THRESHOLD, assign
from warehouse.resolution.blocking import Blocking, block, weigh_words
from warehouse.resolution.comparing import Comparison, compare
from warehouse.resolution.explaining import evidence
from warehouse.resolution.normalise import normalise
from warehouse.resolution.products import products
from warehouse.resolution.training import MATCH, OTHER, UNKNOWN, Labels, Pairs, Weighed, weigh

# Pairs less likely than this are compared, and not kept.
LEAST_PROBABILITY = 0.01
MOST_TITLES = 50_000


@dataclass(frozen=True)
class Settings:
    """How two catalogs are linked.

    `neighbours` is how many products of the larger catalog are compared with each of the smaller
    one, by their words, and `neighbours_back` the other way round. Pairs from `threshold` on are
    matches. `meaning` compares titles by the packaged sentence model; None does so where it is
    installed and there are at most MOST_TITLES products, since it takes more time than all else.
    """

    neighbours: int = 20
    neighbours_back: int = 2
    threshold: float = THRESHOLD
    meaning: bool | None = None


@dataclass(frozen=True)
class Linked:
    """What came of two catalogs. `pairs` (left_id, right_id, probability) are all that were
    compared, `matches` those that are taken for one product."""

    left_source: str
    right_source: str
    lefts: int
    rights: int
    blocking: Blocking
    comparisons: tuple[str, ...]
    pairs: pa.Table
    matches: pa.Table


def link(
    connection: duckdb.DuckDBPyConnection,
    left_source: str,
    right_source: str,
    settings: Settings | None = None,
    labels: pa.Table | None = None,
) -> Linked:
    """Links the products of two sources, and fills catalog.candidate_pair with their pairs.

    No labels are needed. `labels` (left_id, right_id, is_match), if given, are pairs that are known
    to be one product, or not to be. The same products, settings and labels give the same
    probabilities.

    Raises:
        WarehouseError: if the sources are one, or one of them has no products.
    """
    if left_source == right_source:
        raise WarehouseError(f"{left_source!r} is one source; name two with different products")
    settings = settings or Settings()
    left, right = products(connection, left_source), products(connection, right_source)
    with duckdb.connect(config=_limits(connection)) as scratch:
        normalise(scratch, left, right)
        words = weigh_words(scratch)
        blocking = block(scratch, words, settings.neighbours, settings.neighbours_back)
        comparisons = compare(scratch, words, _vectors(left, right, settings.meaning))
        found = scratch.execute(
            "SELECT left_place, right_place FROM compared ORDER BY pair"
        ).fetchnumpy()
        places = np.asarray(found["left_place"]), np.asarray(found["right_place"])
        pairs = Pairs(*places, len(left), len(right))
        named = pa.table(
            {
                "left_id": left["product_id"].take(pa.array(pairs.left)),
                "right_id": right["product_id"].take(pa.array(pairs.right)),
            }
        )
        known = None if labels is None else _labels(scratch, named, labels)
        weighed = weigh(scratch, comparisons, pairs, known)
    named = named.append_column("probability", pa.array(weighed.probability))
    _keep(connection, left_source, right_source, named, weighed, comparisons)
    return Linked(
        left_source,
        right_source,
        len(left),
        len(right),
        blocking,
        tuple(comparison.name for comparison in comparisons),
        named,
        assign(named, settings.threshold),
    )


def _labels(scratch: duckdb.DuckDBPyConnection, pairs: pa.Table, labels: pa.Table) -> Labels:
    """The label of each pair; what was labelled and not compared says nothing."""
    scratch.register("asked", pairs.append_column("place", pa.array(np.arange(len(pairs)))))
    scratch.register("labelled", labels)
    found = scratch.execute(
        """
        SELECT place, bool_or(is_match) AS is_match
        FROM asked
        JOIN labelled USING (left_id, right_id)
        GROUP BY place
        """
    ).fetchnumpy()
    known = np.full(len(pairs), UNKNOWN, np.int8)
    known[found["place"]] = np.where(found["is_match"], MATCH, OTHER)
    return known


def _limits(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What is made on the way takes as much memory as the warehouse may, spills where it does, and
    has one thread: sums in another order are other sums, and the same products would give other
    probabilities."""
    memory, folder = connection.execute(
        "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
    ).fetchall()[0]
    return {"memory_limit": memory, "temp_directory": folder, "threads": 1}


def _vectors(
    left: pa.Table, right: pa.Table, meaning: bool | None
) -> tuple[embeddings.Vectors, embeddings.Vectors] | None:
    if meaning is None:
        meaning = embeddings.available() and len(left) + len(right) <= MOST_TITLES
    if not meaning:
        return None
    vectors = embeddings.embed([*left["title"].to_pylist(), *right["title"].to_pylist()])
    return vectors[: len(left)], vectors[len(left) :]


def _keep(
    connection: duckdb.DuckDBPyConnection,
    left_source: str,
    right_source: str,
    pairs: pa.Table,
    weighed: Weighed,
    comparisons: tuple[Comparison, ...],
) -> None:
    """Puts the likely pairs in the place of those that were kept of these two sources."""
    kept = np.flatnonzero(weighed.probability >= LEAST_PROBABILITY)
    table = pairs.take(pa.array(kept)).append_column(
        "evidence", evidence(weighed, comparisons, kept)
    )
    connection.register("linked_pair", table)
    with transaction(connection):
        connection.execute(
            """
            DELETE FROM catalog.candidate_pair
            WHERE (left_source, right_source) IN (($left, $right), ($right, $left))
            """,
            {"left": left_source, "right": right_source},
        )
        connection.execute(
            """
            INSERT INTO catalog.candidate_pair
            SELECT left_id, right_id, $left, $right, probability, evidence
            FROM linked_pair
            ORDER BY left_id, right_id
            """,
            {"left": left_source, "right": right_source},
        )
    connection.unregister("linked_pair")
