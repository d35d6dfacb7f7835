-- What is bought together with a product: the five with the largest share of its baskets, then up
-- to three that a model expects. Where both are of one product type, category, department or maker,
-- the first of these that they share is told as well.
WITH
link AS (
    SELECT
        known.*,
        row_number() OVER (PARTITION BY subject, slot ORDER BY confidence DESC, object) AS place
    FROM known
    WHERE slot IN ('isRelatedTo', 'isRelatedTo_likely')
    QUALIFY place <= CASE slot WHEN 'isRelatedTo' THEN 5 ELSE 3 END
),
placed AS (
    SELECT subject, slot, object, fact_id
    FROM known WHERE slot IN ('productType', 'category', 'department', 'manufacturer')
),
shared AS (
    SELECT
        link.subject, link.place AS part, concat('both_', one.slot) AS slot,
        [one.fact_id, two.fact_id] AS fact_ids, one.object
    FROM link
    JOIN placed AS one ON one.subject = link.subject
    JOIN placed AS two
        ON two.subject = link.object AND two.slot = one.slot AND two.object = one.object
    WHERE link.slot = 'isRelatedTo'
    QUALIFY row_number() OVER (
        PARTITION BY link.subject, link.place
        ORDER BY list_position(['productType', 'category', 'department', 'manufacturer'], one.slot)
    ) = 1
)
SELECT
    subject, CASE slot WHEN 'isRelatedTo' THEN 0 ELSE 100 END + place AS part, slot, 1 AS rank,
    [fact_id] AS fact_ids, object, object_kind, false AS timed, valid_from, valid_to,
    CASE WHEN slot = 'isRelatedTo' THEN confidence END AS share
FROM link
UNION ALL
SELECT subject, part, slot, 1, fact_ids, object, 'node', false, NULL, NULL, NULL FROM shared
