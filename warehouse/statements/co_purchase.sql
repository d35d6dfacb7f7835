-- Products bought together: pairs in at least 20 baskets and twice as often as chance (lift of 2),
-- the best 5 a product by baskets * ln(lift). Confidence is the share of the product's baskets that
-- hold the other one.
--
-- No fact tells of a few persons: each of the two products was bought by at least 20 households,
-- and at least 20 put both into one basket. A household is a known customer; the basket of an
-- unknown one counts as a household of its own.
CREATE OR REPLACE TEMP TABLE staged AS
WITH
basket AS MATERIALIZED (
    SELECT
        row_number() OVER ()::INTEGER AS basket,
        dense_rank() OVER (ORDER BY household)::INTEGER AS household,
        products
    FROM (
        SELECT
            coalesce(min(customer_id), concat('basket ', basket)) AS household,
            list(DISTINCT product_id) AS products
        FROM behaviour.event
        WHERE source = getvariable('wareword_source')
            AND event_type = 'purchase'
            AND basket IS NOT NULL
        GROUP BY basket
    )
),
line AS (SELECT basket, household, unnest(products) AS product_id FROM basket),
-- Products go by number: most of the work is to count and compare them. Baskets are counted by
-- household, so that both are known at once.
product AS MATERIALIZED (
    SELECT
        product_id, row_number() OVER (ORDER BY product_id)::INTEGER AS number,
        count(*) AS baskets
    FROM line GROUP BY product_id HAVING count(DISTINCT household) >= 20
),
frequent AS MATERIALIZED (
    SELECT basket, household, number FROM line JOIN product USING (product_id)
),
shared AS (
    SELECT a.number AS one, b.number AS other, a.household, count(*) AS baskets
    FROM frequent AS a JOIN frequent AS b ON a.basket = b.basket AND a.number < b.number
    GROUP BY ALL
),
pair AS MATERIALIZED (
    SELECT one, other, sum(baskets)::BIGINT AS baskets
    FROM shared GROUP BY one, other HAVING count(*) >= 20
),
directed AS (
    SELECT one, other, baskets FROM pair
    UNION ALL
    SELECT other, one, baskets FROM pair
),
scored AS (
    SELECT
        product.product_id AS one, others.product_id AS other, directed.baskets,
        directed.baskets / product.baskets AS confidence,
        directed.baskets * total.baskets / (product.baskets * others.baskets) AS lift
    FROM directed
    JOIN product ON product.number = directed.one
    JOIN product AS others ON others.number = directed.other
    CROSS JOIN (SELECT count(*) AS baskets FROM basket) AS total
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
