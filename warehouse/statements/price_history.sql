-- Shelf price by product and week: the median over the week's purchase lines of list_value /
-- quantity (value / quantity where the source gives no list value), to the cent. A price holds
-- until another is seen, or until the catalog states one: from then on sales tell none.
-- The currency is that of the catalog.
CREATE OR REPLACE TEMP TABLE staged AS
WITH
stated AS (
    SELECT fact.subject AS product_id, min(fact.valid_from) AS since
    FROM facts.fact AS fact
    JOIN ops.load USING (load_id)
    WHERE fact.source = getvariable('wareword_source')
        AND fact.predicate = 'price'
        AND fact.valid_to IS DISTINCT FROM fact.valid_from
        AND load.kind = 'product'
    GROUP BY fact.subject
),
line AS (
    SELECT
        product_id,
        since,
        date_trunc('week', "time") AS week,
        coalesce(list_value, value)::DOUBLE / quantity AS price
    FROM behaviour.event
    LEFT JOIN stated USING (product_id)
    WHERE event_type = 'purchase'
        AND source = getvariable('wareword_source')
        AND quantity > 0
        AND (since IS NULL OR "time" < since)
),
weekly AS (
    SELECT product_id, since, week, round(median(price), 2) AS price
    FROM line
    GROUP BY product_id, since, week
    HAVING round(median(price), 2) > 0
),
-- A product that a snapshot took away was sold in the currency that it had.
told AS (
    SELECT subject AS product_id, arg_max(unit, valid_from) AS currency
    FROM facts.fact
    WHERE source = getvariable('wareword_source') AND predicate = 'price'
    GROUP BY subject
),
changed AS (
    SELECT * FROM weekly
    QUALIFY price IS DISTINCT FROM lag(price) OVER (PARTITION BY product_id ORDER BY week)
)
SELECT
    changed.product_id AS subject,
    'price' AS predicate,
    format('{:.2f}', changed.price) AS object,
    'literal' AS object_kind,
    coalesce(
        product.currency,
        CASE WHEN product.product_id IS NULL THEN told.currency END,
        (SELECT unit FROM facts.predicate WHERE predicate = 'price')
    ) AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    1.0::DOUBLE AS confidence,
    week::TIMESTAMP AS valid_from,
    coalesce(lead(week) OVER (PARTITION BY changed.product_id ORDER BY week), since)::TIMESTAMP AS valid_to
FROM changed
LEFT JOIN catalog.product AS product USING (product_id)
LEFT JOIN told USING (product_id);
