"""Asset checks: each is one query over the published warehouse that counts what is wrong.

A query gives one figure, and `most` is what it may be; it stands here in SQL, as people ask.
"""

from dataclasses import dataclass

from dagster import AssetCheckResult, AssetChecksDefinition, AssetKey, asset_check

from pipelines.resources import Job
from verbalize.grammar import grammar
from verbalize.tables import languages
from warehouse.connection import literal, only_row, reader


@dataclass(frozen=True)
class Check:
    """A figure of an asset that must not exceed `most`."""

    name: str
    asset: str
    description: str
    query: str
    most: float = 0


# Sentences as the language of their document puts them together.
_JOINED = "\n".join(
    f"WHEN {literal(language)} "
    f"THEN array_to_string(sentences, {literal(grammar(language).sentence.gap)})"
    for language in languages()
)

CHECKS = (
    Check(
        "rejects_share",
        "ops.reject",
        "At most one row in twenty is turned away",
        "SELECT coalesce(sum(rows_rejected) / nullif(sum(rows_read), 0), 0) FROM ops.load",
        0.05,
    ),
    Check(
        "contracts_kept",
        "ops.contract",
        "No file that is loaded drifted from its contract, whether or not that was accepted",
        """
        SELECT coalesce(sum(value), 0) FROM ops.audit
        SEMI JOIN (
            FROM ops.load
            QUALIFY sequence = max(sequence) OVER (PARTITION BY source, kind, file)
        ) USING (load_id)
        WHERE "check" = 'columns that drifted'
        """,
    ),
    Check(
        "audits_passed",
        "ops.audit",
        "Every figure of what is loaded is within its limit",
        """
        SELECT count(*) FROM ops.audit
        SEMI JOIN (
            FROM ops.load
            QUALIFY sequence = max(sequence) OVER (PARTITION BY source, kind, file)
        ) USING (load_id)
        WHERE NOT passed
        """,
    ),
    Check(
        "dangling_references",
        "facts.fact",
        "Every subject and object node of a fact, and every product of an event, exists",
        """
        SELECT
            (SELECT count(*) FROM facts.fact WHERE subject NOT IN (SELECT node_id FROM facts.node))
            + (
                SELECT count(*) FROM facts.fact
                WHERE object_kind = 'node' AND object NOT IN (SELECT node_id FROM facts.node)
            )
            + (
                SELECT count(*) FROM behaviour.event
                WHERE product_id NOT IN (SELECT node_id FROM facts.node)
            )
        """,
    ),
    Check(
        "one_value_at_a_time",
        "facts.fact",
        "A functional predicate has one stated value a source and time",
        """
        SELECT count(*) FROM (
            SELECT subject, predicate, source
            FROM facts.current JOIN facts.predicate USING (predicate)
            WHERE cardinality = 'one' AND provenance = 'stated'
            GROUP BY ALL HAVING count(*) > 1
        )
        """,
    ),
    Check(
        "text_says_it",
        "facts.evidence",
        "Every value found in a text stands there, and is the value of its fact as its rule says",
        """
        SELECT count(*) FROM facts.evidence AS evidence
        JOIN facts.current AS fact USING (fact_id)
        LEFT JOIN catalog.product AS product ON product.product_id = evidence.node
        LEFT JOIN facts.node AS node ON fact.object_kind = 'node' AND node.node_id = fact.object
        WHERE "text" IS DISTINCT FROM substr(
            CASE field WHEN 'name' THEN name ELSE description END, start + 1, stop - start
        )
            OR (rule = 'exact' AND coalesce(node.label, fact.object) <> "text")
            OR plain_text(coalesce(node.label, fact.object)) <> plain_text("text")
        """,
    ),
    Check(
        "one_product_a_source",
        "ops.resolution",
        "No entity has two products of one source",
        """
        SELECT count(*) FROM (
            SELECT entity_id, source FROM catalog.entity_member GROUP BY ALL HAVING count(*) > 1
        )
        """,
    ),
    Check(
        "same_as_one_step",
        "ops.resolution",
        "What a product is the same as is the same as nothing else, so there is no circle",
        """
        SELECT count(*) FROM facts.current AS same
        SEMI JOIN facts.current AS further
            ON further.subject = same.object AND further.predicate = 'sameAs'
        WHERE same.predicate = 'sameAs'
        """,
    ),
    Check(
        "conflicts_share",
        "ops.resolution",
        "Sources differ in at most half of the attributes, prices apart, that several state",
        """
        SELECT coalesce(count(*) FILTER (values > 1) / nullif(count(*), 0), 0) FROM (
            SELECT count(DISTINCT form) AS values
            FROM catalog.entity_value WHERE NOT is_wording AND predicate <> 'price'
            GROUP BY entity_id, predicate HAVING count(*) > 1
        )
        """,
        0.5,
    ),
    Check(
        "graph_and_facts_agree",
        "graph.node_type",
        "The graph has the nodes that the facts have",
        """
        SELECT count(*) FROM (
            SELECT kind, count(*) AS nodes FROM facts.node
            WHERE kind IN ('product', 'category', 'customer', 'brand', 'manufacturer') GROUP BY kind
        ) AS node
        LEFT JOIN graph.node_type AS built ON built."type" = node.kind
        WHERE built.nodes IS DISTINCT FROM node.nodes
        """,
    ),
    Check(
        "calibration",
        "graph.calibration",
        "Confidence and accuracy differ by at most 0.1 on average, for tasks of 500 cases or more",
        """
        SELECT coalesce(max(error), 0) FROM (
            SELECT task, sum(cases * abs(confidence - accuracy)) / sum(cases) AS error
            FROM graph.calibration WHERE state = 'after' GROUP BY task HAVING sum(cases) >= 500
        )
        """,
        0.1,
    ),
    Check(
        "predicted_beside_stated",
        "graph.prediction",
        "No predicted fact stands beside a stated one of the same functional predicate",
        """
        SELECT count(*) FROM facts.current AS predicted
        JOIN facts.predicate USING (predicate)
        SEMI JOIN (
            SELECT subject, predicate FROM facts.current WHERE provenance = 'stated'
        ) AS stated USING (subject, predicate)
        WHERE provenance = 'predicted' AND cardinality = 'one'
        """,
    ),
    Check(
        "evidence",
        "text.statement",
        "Every document has statements, and each facts that exist; a rewrite's may claim none",
        """
        SELECT
            (SELECT count(*) FROM text.document ANTI JOIN text.statement USING (document_id))
            + (
                SELECT count(*) FROM text.statement
                WHERE len(fact_ids) = 0 AND NOT starts_with(template, 'rewrite.')
            )
            + (
                SELECT count(*) FROM (
                    SELECT DISTINCT unnest(fact_ids) AS fact_id FROM text.statement
                )
                WHERE fact_id NOT IN (SELECT fact_id FROM facts.fact)
            )
        """,
    ),
    Check(
        "read_back",
        "text.document",
        "Every document is its sentences, and what those of templates claim was read back",
        f"""
        SELECT
            (
                SELECT count(*) FROM text.document
                JOIN (
                    SELECT document_id, list(sentence ORDER BY position) AS sentences
                    FROM text.statement GROUP BY document_id
                ) AS statement USING (document_id)
                WHERE text IS DISTINCT FROM CASE language {_JOINED} END
            )
            + (
                SELECT count(*) FROM ops.stage
                WHERE stage = 'render' AND (metadata ->> 'facts_read_back')::BIGINT
                    <> (
                        SELECT coalesce(sum(len(fact_ids)), 0) FROM text.statement
                        WHERE NOT starts_with(template, 'rewrite.')
                    )
            )
        """,
    ),
    Check(
        "identical_texts",
        "text.document",
        "No two documents that are kept have the same text",
        """
        SELECT count(*) - count(DISTINCT text) FROM text.kept WHERE tokens IS NOT NULL
        """,
    ),
    Check(
        "duplicates_share",
        "text.document",
        "At most a quarter of the documents are duplicates of others",
        """
        SELECT coalesce(
            (SELECT count(*) FROM text.removed WHERE kept_document_id IS NOT NULL)
            / nullif((SELECT count(*) FROM text.document), 0),
            0
        )
        """,
        0.25,
    ),
)


def definition(check: Check) -> AssetChecksDefinition:
    """The check as Dagster runs it."""

    @asset_check(
        asset=AssetKey(check.asset.split(".")), name=check.name, description=check.description
    )
    def run(job: Job) -> AssetCheckResult:
        with reader(job.settings().home) as connection:
            row = only_row(connection, check.query)
        return AssetCheckResult(
            passed=row[0] <= check.most, metadata={"found": float(row[0]), "at most": check.most}
        )

    return run


checks = [definition(check) for check in CHECKS]
