-- Lands the sample, one table a kind in the schema raw. The variables sample_* hold the paths of
-- its files; sample_chosen is the chosen fraction in millionths.
CREATE OR REPLACE TEMP MACRO is_chosen(key) AS
md5_number_lower(key::VARCHAR) % 1000000 < getvariable('sample_chosen');

CREATE OR REPLACE TABLE raw.landed_event AS
SELECT
    file_row_number + 1 AS row_number,
    'purchase' AS event_type,
    household_id,
    product_id,
    transaction_timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York'
        AS transaction_timestamp,
    quantity,
    sales_value,
    round(sales_value + retail_disc + coupon_match_disc, 2) AS list_value,
    basket_id,
    store_id
FROM read_parquet(getvariable('sample_transactions'), file_row_number = true)
WHERE is_chosen(household_id);

CREATE OR REPLACE TABLE raw.landed_product AS
SELECT file_row_number + 1 AS row_number, * EXCLUDE (file_row_number)
FROM read_parquet(getvariable('sample_products'), file_row_number = true)
WHERE is_chosen(product_id) OR product_id IN (SELECT product_id FROM raw.landed_event);

CREATE OR REPLACE TABLE raw.landed_customer AS
WITH household AS (SELECT DISTINCT household_id FROM raw.landed_event)
SELECT row_number() OVER (ORDER BY household_id) AS row_number, *
FROM household LEFT JOIN read_parquet(getvariable('sample_demographics')) USING (household_id);

CREATE OR REPLACE TABLE raw.landed_campaign AS
SELECT
    file_row_number + 1 AS row_number,
    campaign_id,
    campaign_type,
    start_date,
    end_date + INTERVAL 1 DAY AS end_date
FROM read_parquet(getvariable('sample_campaign_descriptions'), file_row_number = true);

CREATE OR REPLACE TABLE raw.landed_coupon AS
SELECT file_row_number + 1 AS row_number, coupon_upc, product_id, campaign_id
FROM read_parquet(getvariable('sample_coupons'), file_row_number = true)
WHERE product_id IN (SELECT product_id FROM raw.landed_product)
    OR product_id NOT IN (SELECT product_id FROM read_parquet(getvariable('sample_products')));

CREATE OR REPLACE TABLE raw.landed_redemption AS
SELECT file_row_number + 1 AS row_number, household_id, coupon_upc, campaign_id, redemption_date
FROM read_parquet(getvariable('sample_coupon_redemptions'), file_row_number = true)
WHERE is_chosen(household_id);

-- All rows a product, week and store are counted into rows a product, week and place.
CREATE OR REPLACE TABLE raw.landed_promotion AS
WITH
place (medium, code, location) AS (
    VALUES
    ('display', '1', 'store front'),
    ('display', '2', 'store rear'),
    ('display', '3', 'front end cap'),
    ('display', '4', 'mid-aisle end cap'),
    ('display', '5', 'rear end cap'),
    ('display', '6', 'side aisle end cap'),
    ('display', '7', 'in-aisle'),
    ('display', '9', 'secondary location'),
    ('display', 'A', 'in-shelf'),
    ('mailer', 'A', 'interior page feature'),
    ('mailer', 'C', 'interior page line item'),
    ('mailer', 'D', 'front page feature'),
    ('mailer', 'F', 'back page feature'),
    ('mailer', 'H', 'wrap front feature'),
    ('mailer', 'J', 'wrap interior coupon'),
    ('mailer', 'L', 'wrap back feature'),
    ('mailer', 'P', 'interior page coupon'),
    ('mailer', 'X', 'free on interior page'),
    ('mailer', 'Z', 'free on front page, back page or wrap')
),
counted AS (
    SELECT product_id, week, display_location, mailer_location, count(*) AS stores
    FROM read_parquet(getvariable('sample_promotions'))
    SEMI JOIN raw.landed_product USING (product_id)
    GROUP BY ALL
),
placed AS (
    SELECT product_id, week, 'display' AS medium, display_location AS code, stores FROM counted
    UNION ALL
    SELECT product_id, week, 'mailer', mailer_location, stores FROM counted
)
SELECT
    row_number() OVER (ORDER BY product_id, week, medium, location) AS row_number,
    product_id,
    TIMESTAMP '2016-12-26' + to_days(7 * (week::INTEGER - 1)) AS week_start,
    medium,
    location,
    sum(stores)::BIGINT AS stores
FROM placed JOIN place USING (medium, code)
GROUP BY product_id, week, medium, location;
