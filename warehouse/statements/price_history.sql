-- Shelf price by product and week: the median over the week's purchase lines of list_value /
-- quantity (value / quantity where the source gives no list value), to the cent. A price holds
-- until another is seen. Products whose catalog states a price are left out.
CREATE OR REPLACE TEMP TABLE staged AS
WITH
line AS (
    SELECT
        product_id,
        date_trunc('week', "time") AS week,
        coalesce(list_value, value)::DOUBLE / quantity AS price
    FROM behaviour.event
    ANTI JOIN (SELECT product_id FROM catalog.product WHERE price IS NOT NULL) USING (product_id)
    WHERE event_type = 'purchase' AND source = getvariable('wareword_source') AND quantity > 0
),
weekly AS (
    SELECT product_id, week, round(median(price), 2) AS price FROM line GROUP BY product_id, week HAVING round(median(price), 2) > 0
),
changed AS (
    SELECT * FROM weekly
    QUALIFY price IS DISTINCT FROM lag(price) OVER (PARTITION BY product_id ORDER BY week)
)
SELECT
    product_id AS subject,
    'price' AS predicate,
    format('{:.2f}', price) AS object,
    'literal' AS object_kind,
    (SELECT unit FROM facts.predicate WHERE predicate = 'price') AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    1.0::DOUBLE AS confidence,
    week::TIMESTAMP AS valid_from,
    lead(week) OVER (PARTITION BY product_id ORDER BY week)::TIMESTAMP AS valid_to
FROM changed;
