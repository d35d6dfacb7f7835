-- How much of the catalog each category, maker and brand has, and the categories in which makers
-- and brands have most products, and two at least (the first 5, ties by name).
CREATE OR REPLACE TEMP TABLE staged AS
WITH
link AS (
    SELECT subject, predicate, object FROM facts.current
    WHERE source = getvariable('wareword_source') AND provenance = 'stated'
        AND predicate IN ('department', 'category', 'productType', 'manufacturer', 'brand')
),
counted AS (
    SELECT
        object AS subject,
        CASE predicate
            WHEN 'manufacturer' THEN 'makesProducts'
            WHEN 'brand' THEN 'brandCount'
            ELSE 'productCount'
        END AS predicate,
        count(DISTINCT subject)::VARCHAR AS object,
        'literal' AS object_kind
    FROM link GROUP BY ALL
),
offered AS (
    SELECT
        owner.object AS subject, owner.predicate, category.object,
        count(DISTINCT owner.subject) AS products
    FROM link AS owner
    JOIN link AS category
        ON category.subject = owner.subject AND category.predicate = 'category'
    WHERE owner.predicate IN ('manufacturer', 'brand')
    GROUP BY owner.object, owner.predicate, category.object
    HAVING products >= 2
    QUALIFY row_number() OVER (
        PARTITION BY owner.object ORDER BY products DESC, category.object
    ) <= 5
),
said AS (
    SELECT * FROM counted
    UNION ALL
    SELECT
        subject,
        CASE predicate WHEN 'brand' THEN 'brandCategory' ELSE 'offersCategory' END,
        object,
        'node'
    FROM offered
)
SELECT
    *,
    NULL::VARCHAR AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    1.0::DOUBLE AS confidence
FROM said;
