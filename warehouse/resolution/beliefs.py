"""What is believed of who is who: candidate pairs and the answers to questions, as possible
partitions."""

from dataclasses import dataclass

import duckdb
import numpy as np

from warehouse.resolution.partitions import (
    FLOORS,
    Pairs,
    Partitions,
    answer_weight,
    log_odds,
    possible_partitions,
)

# Tables that `beliefs` leaves on the connection.
TEMPORARY = (
    "resolution_answer", "resolution_likely", "resolution_product", "resolution_pair",
)  # fmt: skip


@dataclass(frozen=True)
class Beliefs:
    """`products` [N] are the identifiers of products and `pairs` speaks of their places; `asked`
    [P] tells which pairs have an answer."""

    products: np.ndarray
    pairs: Pairs
    asked: np.ndarray
    partitions: Partitions


def beliefs(connection: duckdb.DuckDBPyConnection) -> Beliefs:
    """The possible partitions of all products, given the candidate pairs and all answers.

    A pair that was taken back (answerer `withdrawal`) is not one product, whatever else is known,
    until somebody says yes to it.
    """
    _number(connection)
    products = _columns(
        connection, "SELECT product_id, source FROM resolution_product ORDER BY place"
    )
    pairs = _columns(
        connection,
        """
        SELECT one, other, probability, last_answerer = 'withdrawal' AS apart,
            last_answerer IS NOT NULL AS asked
        FROM resolution_pair ORDER BY one, other
        """,
    )
    odds = log_odds(pairs["probability"].astype(float)) + _moved(connection, len(pairs["one"]))
    odds[pairs["apart"] == True] = -np.inf  # noqa: E712  (an array, with nulls)
    asked = pairs["asked"].astype(bool)
    sources = np.unique(products["source"].astype(str), return_inverse=True)[1]
    found = Pairs(pairs["one"].astype(int), pairs["other"].astype(int), odds, sources)
    return Beliefs(
        products["product_id"],
        found,
        asked,
        possible_partitions(found, asked=np.flatnonzero(asked)),
    )


def _number(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the temporary tables resolution_product and resolution_pair: what may be one product,
    or was asked about."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE resolution_answer AS
        SELECT
            least(left_id, right_id) AS one_id,
            greatest(left_id, right_id) AS other_id,
            answer, answerer, error_rate, answer."sequence"
        FROM ops.answer AS answer JOIN ops.question USING (question_id)
        SEMI JOIN catalog.product AS one ON one.product_id = left_id
        SEMI JOIN catalog.product AS other ON other.product_id = right_id
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE resolution_likely AS
        WITH
        compared AS (
            SELECT
                least(left_id, right_id) AS one_id,
                greatest(left_id, right_id) AS other_id,
                max(probability) AS probability
            FROM catalog.candidate_pair GROUP BY ALL
        ),
        answered AS (
            SELECT one_id, other_id, arg_max(answerer, "sequence") AS last_answerer
            FROM resolution_answer GROUP BY ALL
        )
        SELECT one_id, other_id, coalesce(probability, $floor) AS probability, last_answerer
        FROM compared FULL JOIN answered USING (one_id, other_id)
        WHERE probability >= $floor OR last_answerer IS NOT NULL
        """,
        {"floor": FLOORS[0]},
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE resolution_product AS
        SELECT product_id, source, row_number() OVER (ORDER BY product_id) - 1 AS place
        FROM catalog.product
        SEMI JOIN (
            SELECT one_id AS product_id FROM resolution_likely
            UNION ALL
            SELECT other_id FROM resolution_likely
        ) USING (product_id)
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE resolution_pair AS
        SELECT likely.*, one.place AS one, other.place AS other
        FROM resolution_likely AS likely
        JOIN resolution_product AS one ON one.product_id = one_id
        JOIN resolution_product AS other ON other.product_id = other_id
        """
    )


def _moved(connection: duckdb.DuckDBPyConnection, count: int) -> np.ndarray:
    """How far the answers move the log odds of each pair."""
    answers = _columns(
        connection,
        """
        SELECT pair.place, answer = 'yes' AS yes, error_rate
        FROM resolution_answer
        JOIN (
            SELECT one_id, other_id, row_number() OVER (ORDER BY one, other) - 1 AS place
            FROM resolution_pair
        ) AS pair USING (one_id, other_id)
        WHERE answer <> 'unsure' AND answerer <> 'withdrawal'
        ORDER BY "sequence"
        """,
    )
    weight = answer_weight(answers["yes"].astype(bool), answers["error_rate"].astype(float))
    return np.bincount(answers["place"].astype(int), weight, count)


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, np.ndarray]:
    table = connection.sql(query).to_arrow_table()
    return {
        name: table[name].to_numpy(zero_copy_only=False)
        if table.num_rows
        else np.zeros(0, dtype=object)
        for name in table.column_names
    }
