-- Brands of several sources whose names are the same but for case, accents and punctuation are one:
-- adds their `sameAs` facts to the temporary table resolved. As with products, the one of the
-- source that was loaded first stands for all.
INSERT INTO resolved
WITH
loaded AS (
    SELECT source, min("sequence") AS first FROM ops.load WHERE kind = 'product' GROUP BY source
),
formed AS (
    SELECT
        node.node_id,
        node.source,
        first_value(node.node_id) OVER (
            PARTITION BY facts.comparable('brand', node.label, NULL)
            ORDER BY coalesce(loaded.first, 0), node.source, node.key
        ) AS standing_id,
        facts.comparable('brand', node.label, NULL) AS form
    FROM facts.node AS node LEFT JOIN loaded USING (source)
    WHERE node.kind = 'brand'
),
shared AS (
    SELECT form FROM formed GROUP BY form HAVING count(DISTINCT source) > 1
)
SELECT
    node_id AS subject,
    'sameAs' AS predicate,
    standing_id AS object,
    'node' AS object_kind,
    NULL AS unit,
    NULL AS language,
    'resolved' AS provenance,
    1 AS confidence
FROM formed SEMI JOIN shared USING (form)
WHERE node_id <> standing_id;
