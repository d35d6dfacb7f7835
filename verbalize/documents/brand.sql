-- Brands and makers: how many products, and the categories with most of them.
SELECT
    subject,
    0 AS part,
    slot,
    row_number() OVER (PARTITION BY subject, slot ORDER BY object) AS rank,
    [fact_id] AS fact_ids,
    object,
    object_kind,
    false AS timed,
    valid_from,
    valid_to,
    NULL AS share
FROM known
WHERE slot IN ('brandCount', 'brandCategory', 'makesProducts', 'offersCategory')
