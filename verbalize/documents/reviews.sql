-- What reviews say of a product of which there are three at least: their number and stars, the six
-- aspects of which most of them speak, and a sentence on each. A share of stars is told from ten
-- reviews on; it is zero where fewer than ten of them have stars.
WITH
review AS (
    SELECT
        subject, slot, object, fact_id, TRY_CAST(object AS BIGINT) AS reviews,
        CASE WHEN reviews >= 10 AND confidence > 0 THEN confidence END AS share
    FROM known WHERE slot = 'reviewCount' OR ends_with(slot, 'Reviews')
),
reviewed AS (FROM review WHERE slot = 'reviewCount' AND reviews >= 3),
aspect AS (
    SELECT
        *, regexp_replace(slot, 'Reviews$', '') AS name,
        row_number() OVER (
            PARTITION BY subject ORDER BY reviews DESC, slot
        ) AS place
    FROM review SEMI JOIN reviewed USING (subject) WHERE ends_with(slot, 'Reviews')
    QUALIFY place <= 6
),
quote AS (
    SELECT quote.*, place
    FROM aspect JOIN known AS quote
        ON quote.subject = aspect.subject AND quote.slot = aspect.name || 'Quote'
),
told AS (
    SELECT subject, 10 * place AS part, slot AS relation, 'target' AS slot, object, fact_id, share
    FROM aspect
    UNION ALL
    SELECT subject, 10 * place + 1, slot, 'quote', object, fact_id, NULL FROM quote
)
SELECT
    subject, 0 AS part, slot, 1 AS rank, [fact_id] AS fact_ids, object, 'literal' AS object_kind,
    false AS timed, NULL::TIMESTAMP AS valid_from, NULL::TIMESTAMP AS valid_to, share
FROM reviewed
UNION ALL
SELECT
    subject, 1, slot, 1, [fact_id], object, 'literal', false, NULL, NULL, NULL
FROM known SEMI JOIN reviewed USING (subject)
WHERE slot IN ('ratingValue', 'ratingCount')
UNION ALL
SELECT
    subject, part, unnest(['relation', slot]), 1, unnest([NULL, [fact_id]]),
    unnest([relation, object]), 'literal', false, NULL, NULL, unnest([share, NULL])
FROM told
