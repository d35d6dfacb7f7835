-- Matches to `sameAs` facts. Input: resolution_match (one_id, other_id, entity, probability), pairs
-- that are one product, and the entity of each by a number. Makes the temporary table resolved.
CREATE OR REPLACE TEMP TABLE resolved AS
WITH
member AS (
    SELECT DISTINCT entity, product_id FROM (
        SELECT entity, one_id AS product_id FROM resolution_match
        UNION ALL
        SELECT entity, other_id FROM resolution_match
    )
),
loaded AS (
    SELECT source, min("sequence") AS first FROM ops.load WHERE kind = 'product' GROUP BY source
),
standing AS (
    SELECT
        entity,
        min_by(product_id, (coalesce(loaded.first, 0), source, product_id)) AS entity_id
    FROM member
    JOIN catalog.product USING (product_id)
    LEFT JOIN loaded USING (source)
    GROUP BY entity
),
-- Where a product was not compared with the one that stands for the entity, it belongs to it as far
-- as the least sure of the pairs that join them.
least AS (
    SELECT entity, min(probability) AS probability FROM resolution_match GROUP BY entity
),
direct AS (
    SELECT one_id AS product_id, other_id AS entity_id, probability FROM resolution_match
    UNION ALL
    SELECT other_id, one_id, probability FROM resolution_match
)
SELECT
    member.product_id AS subject,
    'sameAs' AS predicate,
    standing.entity_id AS object,
    'node' AS object_kind,
    NULL::VARCHAR AS unit,
    NULL::VARCHAR AS language,
    'resolved' AS provenance,
    round(coalesce(direct.probability, least.probability), 4) AS confidence
FROM member
JOIN standing USING (entity)
JOIN least USING (entity)
LEFT JOIN direct
    ON direct.product_id = member.product_id AND direct.entity_id = standing.entity_id
WHERE member.product_id <> standing.entity_id;
