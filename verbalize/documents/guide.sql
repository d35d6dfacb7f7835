-- What to choose from in a category of at least group_minimum products: prices, sizes, brands,
-- makers, what is bought most, and what goes with it. Brands and makers are told as shares of its
-- products, which mean little where these are fewer than ten.
WITH
large AS (
    SELECT counted.subject, TRY_CAST(counted.object AS BIGINT) AS products FROM known AS counted
    SEMI JOIN (
        SELECT subject FROM known
        WHERE slot IN ('lowPrice', 'offersBrand', 'offersMaker', 'offersSize', 'mostBought')
    ) AS offer USING (subject)
    WHERE counted.slot = 'productCount'
        AND TRY_CAST(counted.object AS BIGINT) >= getvariable('text_group_minimum')
),
ranked AS (
    SELECT
        known.*,
        row_number() OVER (
            PARTITION BY subject, slot ORDER BY confidence DESC, object
        ) AS place
    FROM known JOIN large USING (subject)
    WHERE (products >= 10 OR slot NOT IN ('offersBrand', 'offersMaker')) AND slot IN (
        'productCount', 'lowPrice', 'highPrice', 'offersSize', 'offersBrand', 'offersMaker',
        'mostBought', 'goesWith'
    )
)
SELECT
    subject,
    CASE slot
        WHEN 'offersBrand' THEN place
        WHEN 'offersMaker' THEN 20 + place
        WHEN 'mostBought' THEN 40 + place
        WHEN 'goesWith' THEN 60 + place
        ELSE 0
    END AS part,
    slot, place AS rank, [fact_id] AS fact_ids, object, object_kind, false AS timed, valid_from,
    valid_to, if(part > 0, confidence, NULL) AS share
FROM ranked WHERE place <= if(slot IN ('offersBrand', 'offersMaker', 'goesWith'), 3, 5)
