-- What is bought together with a product: the five with the largest share of its baskets, then up
-- to three that a model expects.
SELECT
    subject,
    CASE slot WHEN 'isRelatedTo' THEN 0 ELSE 100 END
        + row_number() OVER (PARTITION BY subject, slot ORDER BY confidence DESC, object) AS part,
    slot,
    1 AS rank,
    fact_id,
    object,
    object_kind,
    false AS timed,
    valid_from,
    valid_to,
    CASE WHEN slot = 'isRelatedTo' THEN confidence END AS share
FROM known
WHERE slot IN ('isRelatedTo', 'isRelatedTo_likely')
QUALIFY row_number() OVER (PARTITION BY subject, slot ORDER BY confidence DESC, object)
    <= CASE slot WHEN 'isRelatedTo' THEN 5 ELSE 3 END
