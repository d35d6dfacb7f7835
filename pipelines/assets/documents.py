"""The documents of one kind in one language as a partition: what each holds, and how to write it
anew. The main job makes all of them at once and tells of each; here people make one."""

from collections.abc import Callable
from typing import Any

import duckdb
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    MaterializeResult,
    MetadataValue,
    MultiPartitionKey,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
)

from pipelines.assets.metadata import bar_chart, plain_text
from pipelines.resources import POOL, Job
from pipelines.stages import STAGES, renew
from verbalize.curation.screening import decent
from verbalize.phrasing import KINDS
from verbalize.tables import languages
from warehouse.connection import only_row, reader

PARTITIONS = MultiPartitionsDefinition(
    {
        "kind": StaticPartitionsDefinition(list(KINDS)),
        "language": StaticPartitionsDefinition(list(languages())),
    }
)
KEY = AssetKey(["text", "document_by_kind_and_language"])

_SAMPLES = 3
_LONGEST = 2_000


@asset(
    key=KEY,
    partitions_def=PARTITIONS,
    deps=[AssetKey(["facts", "fact"]), AssetKey(["graph", "prediction"])],
    group_name=STAGES["render"].house,
    kinds={"duckdb"},
    pool=POOL,
)
def documents(context: AssetExecutionContext, job: Job) -> MaterializeResult[Any]:
    """Documents of a kind in a language. The main job makes all that its settings name; a partition
    that is made alone is written anew and read back, and all other documents stay."""
    key = context.partition_key
    assert isinstance(key, MultiPartitionKey)
    kind, language = key.keys_by_dimension["kind"], key.keys_by_dimension["language"]
    settings = job.settings()
    part = settings.model_copy(update={"kinds": (kind,), "languages": (language,)})
    found = renew(
        settings, part, lambda what, done, total: context.log.info(f"{what} ({done}/{total})")
    )
    with reader(settings.home) as connection:
        told = part_metadata(connection, kind, language)
    return MaterializeResult(metadata={**told, "facts read back": found["facts_read_back"]})


def tell_parts(
    connection: duckdb.DuckDBPyConnection, tell: Callable[[AssetMaterialization], None]
) -> None:
    """Tells of each partition that has documents."""
    parts = connection.execute(
        "SELECT DISTINCT kind, language FROM text.document ORDER BY ALL"
    ).fetchall()
    for kind, language in parts:
        key = MultiPartitionKey({"kind": kind, "language": language})
        metadata = part_metadata(connection, kind, language)
        tell(AssetMaterialization(KEY, partition=key, metadata=metadata))


def part_metadata(
    connection: duckdb.DuckDBPyConnection, kind: str, language: str
) -> dict[str, Any]:
    """Counts of a partition, which statements it has, and a few of its documents."""
    row = only_row(
        connection,
        "SELECT count(*), sum(len(text)) FROM text.document WHERE kind = ? AND language = ?",
        [kind, language],
    )
    statements = connection.execute(
        """
        SELECT template, count(*) FROM text.statement
        JOIN text.document USING (document_id)
        WHERE kind = ? AND language = ? GROUP BY 1 ORDER BY 2 DESC, 1
        """,
        [kind, language],
    ).fetchall()
    samples = connection.execute(
        f"""
        SELECT title, text FROM text.kept
        WHERE kind = ? AND language = ? ORDER BY document_id LIMIT {_SAMPLES}
        """,
        [kind, language],
    ).fetchall()
    shown = decent(connection, [words for row in samples for words in row])
    told = [
        f"**{plain_text(shown[title], _LONGEST)}**\n\n{plain_text(shown[text], _LONGEST)}"
        for title, text in samples
    ]
    metadata: dict[str, Any] = {
        "dagster/row_count": row[0],
        "characters": int(row[1] or 0),
        "sentences": sum(count for _, count in statements),
        "sample": MetadataValue.md("\n\n".join(told)),
    }
    return metadata | ({"plot": bar_chart(statements)} if statements else {})
