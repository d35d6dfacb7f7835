"""Questions of a warehouse and their answers: the next ones to ask, and what was answered, as rows.

Answers are rows, so asking goes on where it stopped, whoever answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from warehouse.connection import transaction
from warehouse.resolution.beliefs import Beliefs, beliefs
from warehouse.resolution.partitions import answer_weight, entropy, marginals, weigh
from warehouse.resolution.questions import choose

ANSWERS = ("yes", "no", "unsure")

# Who answers where a match is taken back.
WITHDRAWAL = "withdrawal"

# What is shown of a product.
SHOWN = (
    "source", "key", "name", "brand", "manufacturer", "mpn", "category", "product_type", "size",
    "color", "gtin", "price", "currency", "description",
)  # fmt: skip

# Tokens of the question itself, and letters of a token, about.
_QUESTION_TOKENS = 200
_LETTERS = 4

_ID = "concat('question:', left(md5(concat(left_id, chr(31), right_id)), 16))"
_KEEP_QUESTIONS = f"""
    INSERT INTO ops.question
    SELECT
        {_ID} AS question_id, left_id, right_id,
        (SELECT count(*) FROM ops.question) + row_number() OVER (ORDER BY place),
        probability, gain, tokens
    FROM resolution_answered
    WHERE question_id NOT IN (SELECT question_id FROM ops.question)
    ORDER BY place
"""
_KEEP_ANSWERS = f"""
    INSERT INTO ops.answer
    SELECT
        {_ID},
        (SELECT count(*) FROM ops.answer) + row_number() OVER (ORDER BY place),
        ?, answer, ?, entropy_before, entropy_after, call_id
    FROM resolution_answered
    ORDER BY place
"""


@dataclass(frozen=True)
class Asked:
    """Are `left` and `right`, products by column, one and the same? `probability` is what is
    believed now, `gain` the bits that the answer is expected to take away, `tokens` about what it
    costs to ask a language model."""

    left_id: str
    right_id: str
    left: dict[str, Any]
    right: dict[str, Any]
    probability: float
    gain: float
    tokens: int


def next_questions(
    connection: duckdb.DuckDBPyConnection,
    *,
    count: int,
    error_rate: float,
    tokens: int | None = None,
) -> list[Asked]:
    """The most valuable questions that nobody answered yet, at most `count`, the best first.

    With `tokens`, a question costs its tokens, and all together at most that many.
    """
    believed = beliefs(connection)
    partitions = believed.partitions
    costs = _tokens(connection, believed)
    chosen = choose(
        partitions,
        budget=count if tokens is None else tokens,
        error_rate=error_rate,
        costs=None if tokens is None else costs,
        allowed=~believed.asked[partitions.pair],
    )[:count]
    pairs = [int(partitions.pair[question.pair]) for question in chosen]
    sides = [believed.products[side[pairs]] for side in (believed.pairs.left, believed.pairs.right)]
    products = _products(connection, [*sides[0], *sides[1]])
    likely = marginals(partitions)
    ordered = [
        sorted(pair, key=lambda one: str(products[one]["source"]))
        for pair in zip(*sides, strict=True)
    ]
    return [
        Asked(
            left,
            right,
            products[left],
            products[right],
            float(likely[question.pair]),
            question.gain,
            int(costs[question.pair]),
        )
        for (left, right), question in zip(ordered, chosen, strict=True)
    ]


def keep_answers(
    connection: duckdb.DuckDBPyConnection,
    pairs: Sequence[tuple[str, str]],
    answers: Sequence[str],
    *,
    answerer: str,
    error_rate: float,
    asked: Sequence[Asked] = (),
    calls: Sequence[str | None] = (),
) -> None:
    """Writes the questions about pairs of products and the answers to them (yes, no, unsure).

    `asked` tells how the questions were chosen, `calls` which calls of a language model answered.
    """
    entropies = _entropies(beliefs(connection), pairs, answers, error_rate)
    count = len(pairs)
    likely: list[float | None] = [one.probability for one in asked] or [None] * count
    columns = {
        "left_id": pa.array([min(pair) for pair in pairs], pa.string()),
        "right_id": pa.array([max(pair) for pair in pairs], pa.string()),
        "place": pa.array(range(count), pa.int64()),
        "probability": pa.array(likely, pa.float64()),
        "gain": pa.array([one.gain for one in asked] or [0.0] * count, pa.float64()),
        "tokens": pa.array([one.tokens for one in asked] or [0] * count, pa.int64()),
        "answer": pa.array(answers, pa.string()),
        "entropy_before": pa.array(entropies[:-1], pa.float64()),
        "entropy_after": pa.array(entropies[1:], pa.float64()),
        "call_id": pa.array(calls or [None] * count, pa.string()),
    }
    connection.register("resolution_answered", pa.table(columns))
    with transaction(connection):
        connection.execute(_KEEP_QUESTIONS)
        connection.execute(_KEEP_ANSWERS, [answerer, error_rate])
    connection.unregister("resolution_answered")


def _entropies(
    believed: Beliefs, pairs: Sequence[tuple[str, str]], answers: Sequence[str], error_rate: float
) -> list[float]:
    """Bits of uncertainty of all, before the first answer and after each."""
    partitions = believed.partitions
    known = [float(entropy(partitions).sum())]
    for (left, right), answer in zip(pairs, answers, strict=True):
        sides = np.searchsorted(believed.products.astype(str), sorted((left, right)))
        same = (believed.pairs.left == sides[0]) & (believed.pairs.right == sides[1])
        place = np.isin(partitions.pair, np.flatnonzero(same))
        if answer != "unsure" and place.any():
            weight = answer_weight(np.array(answer == "yes"), np.array(error_rate))
            partitions = weigh(partitions, place * weight)
        known.append(float(entropy(partitions).sum()))
    return [round(bits, 6) for bits in known]


def _tokens(connection: duckdb.DuckDBPyConnection, believed: Beliefs) -> np.ndarray:
    """Tokens that a question about each uncertain pair takes, about."""
    letters = " + ".join(f"coalesce(length({column}::VARCHAR), 0)" for column in SHOWN)
    table = connection.sql(
        f"""
        SELECT ({letters}) // {_LETTERS} AS tokens
        FROM catalog.product
        JOIN (SELECT product_id, place FROM resolution_product) USING (product_id)
        ORDER BY place
        """
    ).to_arrow_table()
    tokens = np.asarray(table["tokens"], dtype=np.int64)
    pairs = believed.partitions.pair
    costs: np.ndarray = (
        _QUESTION_TOKENS + tokens[believed.pairs.left[pairs]] + tokens[believed.pairs.right[pairs]]
    )
    return costs


def _products(
    connection: duckdb.DuckDBPyConnection, identifiers: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """What is shown of products, without what is not known."""
    rows = (
        connection.sql(
            f"""
            SELECT product_id, {", ".join(SHOWN)} FROM (
                SELECT * REPLACE (price::VARCHAR AS price) FROM catalog.product
            )
            WHERE list_contains(?::VARCHAR[], product_id)
            """,
            params=[list(identifiers)],
        )
        .to_arrow_table()
        .to_pylist()
    )
    return {
        row.pop("product_id"): {name: value for name, value in row.items() if value is not None}
        for row in rows
    }
