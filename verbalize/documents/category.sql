-- A category: its place, its size, the six largest groups in it, and four products of its type. Of
-- fewer than group_minimum products the number alone is no document.
WITH
narrower AS (
    SELECT
        link.object AS subject,
        link.subject AS object,
        link.fact_id,
        TRY_CAST(counted.object AS BIGINT) AS products
    FROM known AS link
    LEFT JOIN known AS counted ON counted.subject = link.subject AND counted.slot = 'productCount'
    WHERE link.slot = 'broader'
    QUALIFY row_number() OVER (
        PARTITION BY link.object ORDER BY products DESC NULLS LAST, link.subject
    ) <= 6
),
example AS (
    SELECT object AS subject, subject AS object, fact_id
    FROM known WHERE slot = 'productType'
    QUALIFY row_number() OVER (PARTITION BY object ORDER BY md5(fact_id), fact_id) <= 4
)
SELECT
    subject, 0 AS part, slot, 1 AS rank, [fact_id] AS fact_ids, object, object_kind,
    false AS timed, valid_from, valid_to, NULL AS share
FROM known
WHERE slot = 'broader' OR slot = 'productCount' AND (
    TRY_CAST(object AS BIGINT) >= getvariable('text_group_minimum')
    OR subject IN (
        SELECT subject FROM known WHERE slot = 'broader'
        UNION ALL SELECT subject FROM narrower UNION ALL SELECT subject FROM example
    )
)
UNION ALL
SELECT
    subject, 0, 'narrower',
    row_number() OVER (PARTITION BY subject ORDER BY products DESC NULLS LAST, object),
    [fact_id], object, 'node', false, NULL, NULL, NULL
FROM narrower
UNION ALL
SELECT
    subject, 0, 'typeExample',
    row_number() OVER (PARTITION BY subject ORDER BY object),
    [fact_id], object, 'node', false, NULL, NULL, NULL
FROM example
