-- Products bought together: pairs in at least 5 baskets and twice as often as chance (lift of 2),
-- the best 5 a product by baskets * ln(lift). Confidence is the share of the product's baskets that
-- hold the other one. Only products in at least 20 baskets.
CREATE OR REPLACE TEMP TABLE staged AS
WITH
line AS (
    SELECT DISTINCT basket, product_id FROM behaviour.event
    WHERE source = getvariable('wareword_source') AND event_type = 'purchase' AND basket IS NOT NULL
),
total AS (SELECT count(DISTINCT basket) AS baskets FROM line),
product AS (
    SELECT product_id, count(*) AS baskets FROM line GROUP BY product_id HAVING count(*) >= 20
),
frequent AS (SELECT basket, product_id FROM line SEMI JOIN product USING (product_id)),
pair AS (
    SELECT a.product_id AS one, b.product_id AS other, count(*) AS baskets
    FROM frequent AS a JOIN frequent AS b ON a.basket = b.basket AND a.product_id < b.product_id
    GROUP BY ALL HAVING count(*) >= 5
),
directed AS (
    SELECT one, other, baskets FROM pair
    UNION ALL
    SELECT other, one, baskets FROM pair
),
scored AS (
    SELECT
        directed.one, directed.other, directed.baskets,
        directed.baskets / product.baskets AS confidence,
        directed.baskets * total.baskets / (product.baskets * others.baskets) AS lift
    FROM directed
    JOIN product ON product.product_id = directed.one
    JOIN product AS others ON others.product_id = directed.other
    CROSS JOIN total
)
SELECT
    one AS subject,
    'isRelatedTo' AS predicate,
    other AS object,
    'node' AS object_kind,
    NULL::VARCHAR AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    round(confidence, 4) AS confidence
FROM scored
WHERE lift >= 2
QUALIFY row_number() OVER (PARTITION BY one ORDER BY round(baskets * ln(lift), 6) DESC, other) <= 5;
