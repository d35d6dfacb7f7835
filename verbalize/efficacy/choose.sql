-- Products to tell and to ask about: those of which most is known, in groups of one type (or
-- category, or brand), so that neighbours tell them apart and can be asked about each other. Groups
-- come in an order drawn by the seed, a few in which something is predicted first. Of a group, the
-- first products are told, and the next one is left untold, so that what is asked of it can only
-- come from its neighbours. Makes the temporary table study_product (subject, place, learned).
CREATE OR REPLACE TEMP TABLE study_product AS
WITH
described AS (
    SELECT
        subject,
        count(DISTINCT predicate) AS known,
        bool_or(provenance = 'predicted') AS predicted,
        coalesce(
            min(object) FILTER (predicate = 'productType'),
            min(object) FILTER (predicate = 'category'),
            min(object) FILTER (predicate = 'brand'),
            ''
        ) AS kin
    FROM facts.current
    WHERE subject LIKE 'product:%'
        AND (list_contains($predicates, predicate) OR predicate = 'sku')
    GROUP BY subject
    HAVING count(*) FILTER (predicate = 'sku') > 0
),
fullest AS (
    SELECT * FROM described QUALIFY known = max(known) OVER () OR predicted
),
kin AS (
    SELECT
        kin,
        bool_or(predicted) AND row_number() OVER (
            PARTITION BY bool_or(predicted) ORDER BY md5(concat(kin, $seed))
        ) <= $products // 24 AS first,
        md5(concat(kin, $seed)) AS turn
    FROM fullest GROUP BY kin
),
ranked AS (
    SELECT
        subject,
        first,
        turn,
        row_number() OVER (
            PARTITION BY kin ORDER BY NOT predicted, md5(concat(subject, $seed))
        ) AS member
    FROM fullest JOIN kin USING (kin)
),
taken AS (
    SELECT
        *,
        member <= $together AS learned,
        sum((member <= $together)::INTEGER) OVER (ORDER BY NOT first, turn, member) AS place
    FROM ranked WHERE member <= $together + 1
)
SELECT subject, place::INTEGER AS place, learned FROM taken WHERE place <= $products;
