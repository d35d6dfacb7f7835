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
spoken AS MATERIALIZED (
    SELECT visit, 'peaksIn' AS predicate, strftime("time", '%m') AS object
    FROM visit CROSS JOIN span WHERE days >= 300
    UNION ALL
    SELECT visit, 'peaksOn', isodow("time")::VARCHAR
    FROM visit CROSS JOIN span WHERE days >= 28
    UNION ALL
    -- A time of midnight sharp is that of a source that knows days only.
    SELECT visit, 'peaksAt', CASE
        WHEN hour("time") BETWEEN 5 AND 11 THEN 'morning'
        WHEN hour("time") BETWEEN 12 AND 16 THEN 'afternoon'
        WHEN hour("time") BETWEEN 17 AND 21 THEN 'evening'
        ELSE 'night'
    END
    FROM visit WHERE "time" > date_trunc('day', "time")
),
-- Categories and moments go by number: most of the work is to count and compare them.
everyone AS MATERIALIZED (
    SELECT
        predicate, object,
        count(*) / sum(count(*)) OVER (PARTITION BY predicate) AS share,
        row_number() OVER (ORDER BY predicate, object)::INTEGER AS moment
    FROM spoken GROUP BY predicate, object
),
at_moment AS MATERIALIZED (
    SELECT visit, moment FROM spoken JOIN everyone USING (predicate, object)
),
place AS MATERIALIZED (
    SELECT
        subject AS product_id, object AS category, predicate = 'productType' AS is_type,
        dense_rank() OVER (ORDER BY object)::INTEGER AS number
    FROM facts.current
    WHERE source = getvariable('wareword_source') AND provenance = 'stated'
        AND predicate IN ('category', 'productType')
),
numbered AS MATERIALIZED (SELECT DISTINCT category, number FROM place),
bought AS MATERIALIZED (
    SELECT DISTINCT visit, household, number, is_type
    FROM (SELECT visit, household, unnest(products) AS product_id FROM visit)
    JOIN place USING (product_id)
),
-- Visits are counted by household, so that both are known at once.
timed AS (
    SELECT number, moment, household, count(*) AS visits
    FROM bought JOIN at_moment USING (visit)
    GROUP BY ALL
),
summed AS (
    SELECT number, moment, sum(visits) AS visits, count(*) AS households
    FROM timed GROUP BY number, moment
),
compared AS (
    SELECT
        number, predicate, object, households, visits,
        sum(visits) OVER (PARTITION BY number, predicate) AS of_all,
        everyone.share AS usual
    FROM summed JOIN everyone USING (moment)
),
peak AS (
    SELECT number, predicate, object, visits / of_all AS share
    FROM compared
    WHERE households >= 20
        AND share >= 1.25 * usual
        AND visits - of_all * usual >= 4 * sqrt(of_all * usual * (1 - usual))
    QUALIFY row_number() OVER (
        PARTITION BY number, predicate ORDER BY round(share / usual, 9) DESC, object
    ) <= 2
),
-- Pairs are of the finest level that there is: product types, or else categories.
finest AS MATERIALIZED (
    SELECT visit, household, number FROM bought
    WHERE is_type OR NOT (SELECT bool_or(is_type) FROM bought)
),
common AS MATERIALIZED (
    SELECT number, count(*) AS visits FROM finest
    GROUP BY number HAVING count(DISTINCT household) >= 20
),
frequent AS MATERIALIZED (FROM finest SEMI JOIN common USING (number)),
shared AS (
    SELECT a.number AS one, b.number AS other, a.household, count(*) AS visits
    FROM frequent AS a JOIN frequent AS b ON a.visit = b.visit AND a.number < b.number
    GROUP BY ALL
),
often AS (
    SELECT one, other, sum(visits) AS visits
    FROM shared GROUP BY one, other HAVING count(*) >= 20
),
pair AS MATERIALIZED (
    SELECT
        one, other, often.visits,
        often.visits / mine.visits AS share_of_one,
        often.visits / theirs.visits AS share_of_other,
        often.visits * (SELECT visits FROM span) / (mine.visits * theirs.visits) AS lift
    FROM often
    JOIN common AS mine ON mine.number = often.one
    JOIN common AS theirs ON theirs.number = often.other
    WHERE lift >= 2
),
together AS (
    SELECT one, other, share, visits, lift
    FROM (
        SELECT one, other, share_of_one AS share, visits, lift FROM pair
        UNION ALL
        SELECT other, one, share_of_other, visits, lift FROM pair
    )
    JOIN numbered ON number = other
    QUALIFY row_number() OVER (
        PARTITION BY one ORDER BY round(visits * ln(lift), 6) DESC, category
    ) <= 3
),
said AS (
    SELECT category AS subject, predicate, object, 'literal' AS object_kind, share
    FROM peak JOIN numbered USING (number)
    UNION ALL
    SELECT mine.category, 'goesWith', theirs.category, 'node', share
    FROM together
    JOIN numbered AS mine ON mine.number = one
    JOIN numbered AS theirs ON theirs.number = other
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
