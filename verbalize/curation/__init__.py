"""What of the documents is worth training on: duplicates are marked, tokens are counted. Nothing is deleted."""

from collections.abc import Callable
from typing import Any

import duckdb

from verbalize.curation.duplicates import THRESHOLD, mark_duplicates
from verbalize.curation.tokens import count_tokens
from warehouse.connection import transaction

Progress = Callable[[str, int, int], None]

__all__ = ["THRESHOLD", "count_tokens", "curate", "mark_duplicates"]


def curate(
    connection: duckdb.DuckDBPyConnection,
    *,
    threshold: float = THRESHOLD,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Sets `duplicate_of` and `tokens` of all documents; returns counts of duplicates and of tokens.

    `threshold` is the share of three-word runs that two documents must have in common (Jaccard) to be near duplicates.

    Raises:
        VerbalizeError: if there are no documents, or `threshold` is not above 0 and at most 1.
    """
    with transaction(connection):
        if progress:
            progress("finding duplicates", 0, 2)
        duplicates = mark_duplicates(connection, threshold=threshold, seed=seed)
        if progress:
            progress("counting tokens", 1, 2)
        tokens = count_tokens(connection, seed=seed)
    if progress:
        progress("curated", 2, 2)
    return duplicates | tokens
