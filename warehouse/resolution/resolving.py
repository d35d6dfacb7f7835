"""All sources of a warehouse to entities: pairs are compared, a language model is asked within a
budget if one is set, and what comes out is published."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import duckdb

from warehouse.connection import first_row, only_row
from warehouse.llm import Client, client_from_environment
from warehouse.resolution.answers import keep_answers, next_questions
from warehouse.resolution.linking import link
from warehouse.resolution.model import ERROR_RATE, ask_model
from warehouse.resolution.publishing import SOURCE, PublishSettings, publish

Progress = Callable[[str, int, int], None]

# Questions that are asked together before their answers count.
ROUND = 10


def resolve(
    connection: duckdb.DuckDBPyConnection,
    settings: PublishSettings | None = None,
    *,
    questions: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Resolves the products of every two sources; returns what ops.resolution says of it, or only
    the sources where there are fewer than two and nothing is resolved.

    At most `questions` are asked, and only where a language model is set (docs/llm.md). Products
    that were compared before, and did not change since, are not compared again.
    """
    sources = _sources(connection)
    if len(sources) < 2 and not _resolved(connection):
        return {"sources": sources}
    tell = progress or (lambda what, done, total: None)
    compared = _loaded(connection)
    known = first_row(
        connection, "SELECT 1 FROM ops.resolution WHERE compared = ? LIMIT 1", [compared]
    )
    pairs = [] if known else list(combinations(sources, 2))
    for place, (left, right) in enumerate(pairs):
        tell(f"comparing {left} with {right}", place, len(pairs) + 1)
        link(connection, left, right)
    client = client_from_environment(connection) if questions else None
    if client:
        tell("asking the language model", len(pairs), len(pairs) + 1)
        ask(connection, client, questions)
    tell("publishing entities", len(pairs), len(pairs) + 1)
    return publish(connection, settings, compared)


def ask(
    connection: duckdb.DuckDBPyConnection,
    client: Client,
    questions: int,
    *,
    error_rate: float = ERROR_RATE,
    tokens: int | None = None,
) -> int:
    """Asks a language model the most valuable questions, at most `questions`, and with `tokens` at
    most that many tokens in all; keeps the answers and returns how many there are.

    Questions are chosen in rounds, each with the answers of those before.
    """
    done = 0
    while done < questions:
        count = min(ROUND, questions - done)
        asked = next_questions(connection, count=count, error_rate=error_rate, tokens=tokens)
        if not asked:
            break
        answers, calls = zip(*ask_model(client, asked), strict=True)
        keep_answers(
            connection,
            [(one.left_id, one.right_id) for one in asked],
            answers,
            answerer=client.settings.model,
            error_rate=error_rate,
            asked=asked,
            calls=calls,
        )
        done += len(asked)
        if tokens is not None:
            tokens -= sum(one.tokens for one in asked)
    return done


def _loaded(connection: duckdb.DuckDBPyConnection) -> str:
    """A hash of all loads that can change what products say."""
    row = only_row(
        connection,
        """
        SELECT md5(string_agg(concat(load_id, as_of), '' ORDER BY "sequence")) FROM ops.load
        WHERE kind = 'product'
        """,
    )
    return str(row[0])


def _resolved(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether facts hold that were resolved."""
    query = "SELECT 1 FROM facts.current WHERE source = ? LIMIT 1"
    return first_row(connection, query, [SOURCE]) is not None


def _sources(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Sources that have products, the one that was loaded first first."""
    rows = connection.execute(
        """
        SELECT source FROM ops.load
        SEMI JOIN catalog.product USING (source)
        GROUP BY source ORDER BY min("sequence")
        """
    ).fetchall()
    return [row[0] for row in rows]
