-- What categories offer: the range of the prices that are known (a price of zero is mostly one that
-- is missing), the brands, makers and sizes of most products (the first 5, of at least 2 products,
-- ties by name), and the products that most households buy (the first 3, each by at least 20). And
-- how many variants a group of variants has.
CREATE OR REPLACE TEMP TABLE staged AS
WITH
fact AS MATERIALIZED (
    SELECT subject, predicate, object, unit FROM facts.current
    WHERE source = getvariable('wareword_source') AND provenance = 'stated'
        AND predicate IN (
            'category', 'productType', 'brand', 'manufacturer', 'size', 'price', 'isVariantOf'
        )
),
place AS MATERIALIZED (
    SELECT DISTINCT subject AS product_id, object AS category
    FROM fact WHERE predicate IN ('category', 'productType')
),
placed AS (SELECT category, count(*) AS products FROM place GROUP BY category),
priced AS (
    SELECT
        category,
        any_value(unit) AS unit,
        min(object::DECIMAL(18, 2)) AS low,
        max(object::DECIMAL(18, 2)) AS high
    FROM place JOIN fact
        ON fact.subject = place.product_id
        AND predicate = 'price'
        AND TRY_CAST(object AS DECIMAL(18, 2)) > 0
    GROUP BY category
    HAVING count(DISTINCT unit) = 1 AND low < high
),
offered AS (
    SELECT category, predicate, object, count(*) AS products
    FROM place JOIN fact ON fact.subject = place.product_id
    WHERE predicate IN ('brand', 'manufacturer', 'size')
    GROUP BY category, predicate, object
    HAVING count(*) >= 2
    QUALIFY row_number() OVER (
        PARTITION BY category, predicate ORDER BY count(*) DESC, object
    ) <= 5
),
visit AS (
    SELECT DISTINCT
        product_id, basket, coalesce(customer_id, concat('basket ', basket)) AS household
    FROM behaviour.event
    WHERE source = getvariable('wareword_source')
        AND event_type = 'purchase' AND basket IS NOT NULL
),
bought AS (
    SELECT category, count(DISTINCT basket) AS baskets
    FROM visit JOIN place USING (product_id) GROUP BY category
),
popular AS (
    SELECT product_id, count(DISTINCT basket) AS baskets, count(DISTINCT household) AS households
    FROM visit GROUP BY product_id HAVING count(DISTINCT household) >= 20
),
best AS (
    SELECT category, product_id, popular.baskets / bought.baskets AS share
    FROM popular JOIN place USING (product_id) JOIN bought USING (category)
    QUALIFY row_number() OVER (
        PARTITION BY category ORDER BY households DESC, popular.baskets DESC, product_id
    ) <= 3
),
said AS (
    SELECT
        category AS subject, 'lowPrice' AS predicate, low::VARCHAR AS object,
        'literal' AS object_kind, unit, 1.0 AS confidence
    FROM priced
    UNION ALL
    SELECT category, 'highPrice', high::VARCHAR, 'literal', unit, 1.0 FROM priced
    UNION ALL
    SELECT
        category,
        CASE predicate
            WHEN 'brand' THEN 'offersBrand'
            WHEN 'manufacturer' THEN 'offersMaker'
            ELSE 'offersSize'
        END,
        object,
        if(predicate = 'size', 'literal', 'node'),
        NULL,
        round(offered.products / placed.products, 4)
    FROM offered JOIN placed USING (category)
    UNION ALL
    SELECT category, 'mostBought', product_id, 'node', NULL, round(share, 4) FROM best
    UNION ALL
    SELECT object, 'variantCount', count(DISTINCT subject)::VARCHAR, 'literal', NULL, 1.0
    FROM fact WHERE predicate = 'isVariantOf' GROUP BY object
)
SELECT * EXCLUDE (confidence), NULL::VARCHAR AS language, 'stated' AS provenance,
    confidence::DOUBLE AS confidence
FROM said;
