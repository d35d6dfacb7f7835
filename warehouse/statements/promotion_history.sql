-- Where a product stands and is advertised: in each week the place that most stores use, ties by
-- name; weeks in a row with one place are one fact. What holds in the last week of the data is left
-- open: nothing is known of its end.
CREATE OR REPLACE TEMP TABLE staged AS
WITH
weekly AS (
    SELECT
        product_id, medium, week_start,
        max({'stores': stores, 'location': location}).location AS location
    FROM behaviour.promotion
    WHERE source = getvariable('wareword_source')
    GROUP BY product_id, medium, week_start
),
island AS (
    SELECT
        *,
        week_start - to_days(7 * row_number() OVER (
            PARTITION BY product_id, medium, location ORDER BY week_start
        )::INTEGER) AS run
    FROM weekly
)
SELECT
    product_id AS subject,
    CASE medium WHEN 'display' THEN 'promotionDisplay' ELSE 'promotionMailer' END AS predicate,
    location AS object,
    'literal' AS object_kind,
    NULL::VARCHAR AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    1.0::DOUBLE AS confidence,
    min(week_start) AS valid_from,
    CASE
        WHEN max(week_start) < (SELECT max(week_start) FROM weekly)
        THEN max(week_start) + INTERVAL 7 DAY
    END AS valid_to
FROM island
GROUP BY product_id, medium, location, run;
