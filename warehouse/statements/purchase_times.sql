-- When categories are bought: months (where events span 300 days), days of the week (28 days) and
-- times of day that have a share of the category's baskets at least a quarter larger than of all
-- baskets, by four standard deviations of a binomial, and from at least 20 households; the best 2
-- of each by that ratio. And with what: categories in one basket at least twice as often as by
-- chance, by at least 20 households; the best 3 by baskets * ln(lift).
--
-- Confidence is the share of the category's baskets. A household is a known customer; the basket of
-- an unknown one counts as a household of its own.
CREATE OR REPLACE TEMP TABLE staged AS
WITH
visit AS MATERIALIZED (
    SELECT
        row_number() OVER ()::INTEGER AS visit,
        dense_rank() OVER (ORDER BY household)::INTEGER AS household,
        *
    FROM (
        SELECT
            coalesce(min(customer_id), concat('basket ', basket)) AS household,
            min("time") AS "time",
            list(DISTINCT product_id) AS products
        FROM behaviour.event
        WHERE source = getvariable('wareword_source')
            AND event_type = 'purchase' AND basket IS NOT NULL
        GROUP BY basket
    )
),
span AS (
    SELECT date_diff('day', min("time"), max("time")) AS days, count(*) AS visits FROM visit
),
moment AS MATERIALIZED (
    SELECT visit, household, predicate, object
    FROM (
        SELECT visit, household, 'peaksIn' AS predicate, strftime("time", '%m') AS object
        FROM visit CROSS JOIN span WHERE days >= 300
        UNION ALL
        SELECT visit, household, 'peaksOn', isodow("time")::VARCHAR
        FROM visit CROSS JOIN span WHERE days >= 28
        UNION ALL
        -- A time of midnight sharp is that of a source that knows days only.
        SELECT visit, household, 'peaksAt', CASE
            WHEN hour("time") BETWEEN 5 AND 11 THEN 'morning'
            WHEN hour("time") BETWEEN 12 AND 16 THEN 'afternoon'
            WHEN hour("time") BETWEEN 17 AND 21 THEN 'evening'
            ELSE 'night'
        END
        FROM visit WHERE "time" > date_trunc('day', "time")
    )
),
everyone AS (
    SELECT predicate, object, count(*) / sum(count(*)) OVER (PARTITION BY predicate) AS share
    FROM moment GROUP BY predicate, object
),
place AS (
    SELECT subject AS product_id, predicate, object AS category FROM facts.current
    WHERE source = getvariable('wareword_source') AND provenance = 'stated'
        AND predicate IN ('category', 'productType')
),
bought AS MATERIALIZED (
    SELECT DISTINCT visit, household, category, predicate = 'productType' AS is_type
    FROM (SELECT visit, household, unnest(products) AS product_id FROM visit)
    JOIN place USING (product_id)
),
timed AS (
    SELECT
        category, predicate, object, count(*) AS visits,
        count(DISTINCT moment.household) AS households,
        sum(count(*)) OVER (PARTITION BY category, predicate) AS of_all
    FROM bought JOIN moment USING (visit)
    GROUP BY category, predicate, object
),
peak AS (
    SELECT category, predicate, object, visits / of_all AS share
    FROM timed JOIN everyone USING (predicate, object)
    WHERE households >= 20
        AND visits / of_all >= 1.25 * everyone.share
        AND visits - of_all * everyone.share
            >= 4 * sqrt(of_all * everyone.share * (1 - everyone.share))
    QUALIFY row_number() OVER (
        PARTITION BY category, predicate
        ORDER BY round(visits / of_all / everyone.share, 9) DESC, object
    ) <= 2
),
-- Pairs are of the finest level that there is: product types, or else categories.
finest AS MATERIALIZED (
    SELECT visit, household, category FROM bought
    WHERE is_type OR NOT (SELECT bool_or(is_type) FROM bought)
),
common AS MATERIALIZED (
    SELECT category, count(*) AS visits FROM finest
    GROUP BY category HAVING count(DISTINCT household) >= 20
),
frequent AS MATERIALIZED (FROM finest SEMI JOIN common USING (category)),
pair AS (
    SELECT a.category AS one, b.category AS other, count(*) AS visits
    FROM frequent AS a JOIN frequent AS b ON a.visit = b.visit AND a.category <> b.category
    GROUP BY ALL HAVING count(DISTINCT a.household) >= 20
),
together AS (
    SELECT
        one, other, pair.visits / mine.visits AS share,
        pair.visits * (SELECT visits FROM span) / (mine.visits * theirs.visits) AS lift,
        pair.visits
    FROM pair
    JOIN common AS mine ON mine.category = one
    JOIN common AS theirs ON theirs.category = other
    WHERE lift >= 2
    QUALIFY row_number() OVER (
        PARTITION BY one ORDER BY round(pair.visits * ln(lift), 6) DESC, other
    ) <= 3
),
said AS (
    SELECT category AS subject, predicate, object, 'literal' AS object_kind, share FROM peak
    UNION ALL
    SELECT one, 'goesWith', other, 'node', share FROM together
)
SELECT
    subject,
    predicate,
    object,
    object_kind,
    NULL::VARCHAR AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    round(share, 4)::DOUBLE AS confidence
FROM said;
