-- Brands and makers: how many products, and the categories with most of them. Of fewer than
-- group_minimum products the number alone is no document.
WITH
said AS (
    SELECT * FROM known
    WHERE slot IN ('brandCount', 'brandCategory', 'makesProducts', 'offersCategory')
),
telling AS (
    SELECT subject FROM said
    WHERE slot IN ('brandCategory', 'offersCategory')
        OR TRY_CAST(object AS BIGINT) >= getvariable('text_group_minimum')
)
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
FROM said SEMI JOIN telling USING (subject)
