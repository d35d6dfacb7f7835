-- The newest six prices, three displays and three mailers of a product, earliest first in each.
SELECT
    subject,
    CASE predicate WHEN 'price' THEN 100 WHEN 'promotionDisplay' THEN 200 ELSE 300 END
    - row_number() OVER (
        PARTITION BY subject, predicate ORDER BY valid_from DESC, fact_id
    ) AS part,
    predicate AS slot,
    1 AS rank,
    fact_id,
    slot_object(predicate, object, unit) AS object,
    object_kind,
    true AS timed,
    valid_from,
    valid_to,
    NULL AS share
FROM facts.fact
WHERE predicate IN ('price', 'promotionDisplay', 'promotionMailer')
    AND provenance <> 'predicted' AND (valid_to IS NULL OR valid_from < valid_to)
QUALIFY row_number() OVER (PARTITION BY subject, predicate ORDER BY valid_from DESC, fact_id)
    <= CASE predicate WHEN 'price' THEN 6 ELSE 3 END
