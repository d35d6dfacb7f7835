-- The newest six prices, three displays and three mailers of a product, earliest first in each. Of
-- products that are one entity, those of the product that stands for it: what another source asks
-- is no price of it. Of a product that left its catalog, last the item number that it had, and
-- until when.
WITH
told AS (
    SELECT fact.* FROM facts.fact AS fact
    WHERE fact.predicate IN ('price', 'promotionDisplay', 'promotionMailer')
        AND fact.provenance <> 'resolved'
        AND (fact.valid_to IS NULL OR fact.valid_from < fact.valid_to)
        AND fact.subject NOT IN (SELECT subject FROM facts.current WHERE predicate = 'sameAs')
        AND NOT is_likely(fact.provenance, fact.confidence)
),
gone AS (
    SELECT fact.* FROM facts.fact AS fact
    WHERE fact.predicate = 'sku'
        AND fact.provenance = 'stated'
        AND fact.valid_from < fact.valid_to
        AND fact.subject NOT IN (SELECT subject FROM facts.current WHERE predicate = 'sku')
    QUALIFY row_number() OVER (PARTITION BY subject ORDER BY valid_to DESC, fact_id) = 1
),
recent AS (
    SELECT
        subject,
        CASE predicate WHEN 'price' THEN 100 WHEN 'promotionDisplay' THEN 200 ELSE 300 END
        - row_number() OVER (
            PARTITION BY subject, predicate ORDER BY valid_from DESC, fact_id
        ) AS part,
        predicate AS slot,
        1 AS rank,
        [fact_id] AS fact_ids,
        slot_object(predicate, object, unit, source) AS object,
        object_kind,
        true AS timed,
        valid_from,
        valid_to,
        NULL AS share
    FROM told
    QUALIFY row_number() OVER (PARTITION BY subject, predicate ORDER BY valid_from DESC, fact_id)
        <= CASE predicate WHEN 'price' THEN 6 ELSE 3 END
        -- One price that holds is no history, and the product document has it.
        AND (
            count(*) OVER (PARTITION BY subject) > 1 OR predicate <> 'price' OR valid_to IS NOT NULL
        )
)
FROM recent
UNION ALL
SELECT
    subject, 1000, 'sku', 1, [fact_id], slot_object('sku', object, NULL, source), 'literal',
    true, valid_from, valid_to, NULL
FROM gone SEMI JOIN recent USING (subject)
