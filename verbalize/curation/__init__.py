"""Which documents are kept: stages look at them one after the other, mask what is personal,
measure, and leave out duplicates, answers of benchmarks and what a filter says; then tokens are
counted.

Nothing is deleted. `text.removed` has what is left out, by which stage and why; `text.kept` is the
corpus. A new stage is one module with a `Stage`, and its line in STAGES.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from verbalize.coverage import coverage
from verbalize.curation import (
    contamination,
    exact,
    filters,
    language,
    meaning,
    near,
    personal,
    quality,
    wordlists,
)
from verbalize.curation.stage import CurationError, CurationSettings, Stage
from verbalize.curation.tokens import count_tokens
from verbalize.curation.variety import measure
from verbalize.states import record_state
from warehouse.connection import first_row, only_row, transaction

Progress = Callable[[str, int, int], None]

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        personal.STAGE,
        exact.STAGE,
        language.STAGE,
        quality.STAGE,
        wordlists.TOXIC,
        wordlists.INSTRUCTIONS,
        filters.STAGE,
        contamination.STAGE,
        near.STAGE,
        meaning.STAGE,
    )
}
"""What runs under each name; in the order of NAMES."""


def curate(
    connection: duckdb.DuckDBPyConnection,
    tokenizer: Path,
    settings: CurationSettings | None = None,
    *,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Runs the stages of the settings anew, trains the tokenizer file `tokenizer` on what is kept,
    and counts its tokens.

    Returns counts: documents, kept ones, tokens, facts that only removed documents say, removed
    documents by stage, reason and kind, things that were masked by kind, how many stated facts are
    said (`coverage`), and what was added, changed and withdrawn since the state before.

    Raises:
        CurationError: if a setting names nothing, or a library or file is missing; what was kept
        before is unchanged.
    """
    settings = settings or CurationSettings()
    chosen = stages_of(settings)
    _check(connection, settings)
    tell = progress or (lambda what, done, total: None)
    with transaction(connection):
        for table in ("masked", "removed", "signal"):
            connection.execute(f"DELETE FROM text.{table}")
        connection.execute(
            """
            INSERT INTO text.signal (document_id)
            SELECT document_id FROM text.document ORDER BY document_id
            """
        )
        for done, stage in enumerate(chosen):
            tell(f"curation: {stage.name}", done, len(chosen) + 2)
            if first_row(connection, "SELECT 1 FROM text.kept LIMIT 1"):
                stage.run(connection, settings)
        tell("curation: tokens", len(chosen), len(chosen) + 2)
        connection.register("counted", count_tokens(connection, tokenizer))
        connection.execute(
            """
            UPDATE text.document SET tokens = NULL;
            UPDATE text.document SET tokens = counted.tokens
            FROM counted WHERE counted.document_id = document.document_id
            """
        )
        connection.unregister("counted")
        tell("curation: variety", len(chosen) + 1, len(chosen) + 2)
        measure(connection, settings.near_threshold, settings.seed)
        steps = record_state(connection)
    tell("curated", len(chosen) + 2, len(chosen) + 2)
    return {**counts(connection), "since_the_state_before": steps}


def _check(connection: duckdb.DuckDBPyConnection, settings: CurationSettings) -> None:
    """What is wrong with filters and benchmarks is told before the first stage."""
    for filter in settings.filters:
        filters.parse(connection, filter)
    for path in settings.benchmarks:
        for _ in contamination.read_items(path):
            pass


def stages_of(settings: CurationSettings) -> list[Stage]:
    """The stages that settings choose, in the order of STAGES.

    Raises:
        CurationError: if there is no stage of a name.
    """
    for name in settings.stages:
        if name not in STAGES:
            raise CurationError(f"no stage of curation {name!r}; there are: {', '.join(STAGES)}")
    return [stage for name, stage in STAGES.items() if name in settings.stages]


def counts(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What curation found, as `curate` returns it."""
    row = only_row(
        connection,
        """
        WITH said AS (
            SELECT document_id, unnest(fact_ids) AS fact_id FROM text.statement
        )
        SELECT
            (SELECT count(*) FROM text.document),
            (SELECT count(*) FROM text.kept),
            (SELECT coalesce(sum(tokens), 0)::BIGINT FROM text.kept),
            (
                SELECT count(DISTINCT fact_id) FROM said
                WHERE fact_id NOT IN (
                    SELECT fact_id FROM said SEMI JOIN text.kept USING (document_id)
                )
            )
        """,
    )
    names = ("documents", "kept", "tokens", "facts_only_in_removed")
    removed = connection.sql(
        """
        SELECT stage, reason, kind, count(*) AS documents
        FROM text.removed JOIN text.document USING (document_id) GROUP BY ALL ORDER BY ALL
        """
    ).to_arrow_table()
    masked = connection.execute(
        """
        SELECT kind, count(*) FROM (SELECT unnest(kinds) AS kind FROM text.masked)
        GROUP BY kind ORDER BY kind
        """
    ).fetchall()
    return {
        **dict(zip(names, row, strict=True)),
        "removed": removed.to_pylist(),
        "masked": dict(masked),
        "stated_facts": coverage(connection),
    }
