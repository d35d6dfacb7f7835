-- What a load of products does, as one would write it by hand in DuckDB for this one file: typed
-- checks, quarantine with reasons, canonical rows, nodes, and facts with identifiers and valid time.
-- The variable `file` is the path of the CSV.
CREATE MACRO node_of(kind, key) AS
concat(kind, ':', left(md5(concat(kind, chr(31), 'shop', chr(31), key)), 16));

CREATE MACRO is_gtin(code) AS
regexp_full_match(code, '\d{8}|\d{12,14}')
AND list_sum(list_transform(
    range(1, length(code) + 1),
    lambda i: TRY_CAST(code[i] AS INTEGER) * CASE WHEN (length(code) - i) % 2 = 1 THEN 3 ELSE 1 END
)) % 10 = 0;

CREATE TEMP TABLE checked AS
WITH valued AS (
    SELECT *, TRY_CAST(price AS DECIMAL(18, 2)) AS amount, row_number() OVER () AS row_number
    FROM read_csv(getvariable('file'), all_varchar = true)
)
SELECT
    *,
    CASE
        WHEN sku IS NULL THEN 'sku: required'
        WHEN gtin IS NOT NULL AND NOT is_gtin(gtin) THEN 'gtin: no GTIN, got ' || gtin
        WHEN price IS NOT NULL AND amount IS NULL THEN 'price: no amount, got ' || price
        WHEN amount < 0 THEN 'price: at least 0, got ' || price
        WHEN NOT regexp_full_match(currency, '[A-Z]{3}') THEN 'currency: no code, got ' || currency
        WHEN greatest(length(sku), length(name), length(brand), length(category)) > 1000
            THEN 'a text is too long'
    END AS reason
FROM valued;

UPDATE checked SET reason = 'sku: stands above already'
FROM (
    SELECT sku, min(row_number) AS first_row FROM checked
    WHERE reason IS NULL GROUP BY sku HAVING count(*) > 1
) AS repeated
WHERE checked.sku = repeated.sku AND row_number > first_row AND reason IS NULL;

CREATE TABLE reject AS
SELECT row_number, reason, to_json(checked)::VARCHAR AS "row" FROM checked WHERE reason IS NOT NULL;

CREATE TABLE product AS
SELECT
    node_of('product', sku) AS product_id, 'shop' AS source, sku AS key, gtin, name, brand,
    category, amount AS price, currency, 'load' AS load_id
FROM checked
WHERE reason IS NULL;

CREATE TABLE node AS
SELECT product_id AS node_id, 'product' AS kind, source, key, coalesce(name, key) AS label
FROM product
UNION ALL
SELECT node_of('brand', brand), 'brand', 'shop', brand, brand
FROM (SELECT DISTINCT brand FROM product WHERE brand IS NOT NULL)
UNION ALL
SELECT node_of('category', category), 'category', 'shop', category, category
FROM (SELECT DISTINCT category FROM product WHERE category IS NOT NULL);

CREATE TABLE fact AS
WITH said AS (
    UNPIVOT (
        SELECT
            product_id AS subject, currency, key AS sku, gtin, name, node_of('brand', brand) AS brand,
            node_of('category', category) AS category, price::VARCHAR AS price
        FROM product
    )
    ON sku, gtin, name, brand, category, price
    INTO NAME predicate VALUE object
)
SELECT
    left(md5(concat_ws(
        chr(31), subject, predicate, object,
        CASE WHEN predicate = 'price' THEN coalesce(currency, '') ELSE '' END, '', 'shop',
        '2024-01-01 00:00:00'
    )), 16) AS fact_id,
    subject,
    predicate,
    object,
    CASE WHEN predicate IN ('brand', 'category') THEN 'node' ELSE 'literal' END AS object_kind,
    CASE WHEN predicate = 'price' THEN currency END AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    'shop' AS source,
    1.0::DOUBLE AS confidence,
    TIMESTAMP '2024-01-01' AS valid_from,
    NULL::TIMESTAMP AS valid_to,
    'load' AS load_id
FROM said;
