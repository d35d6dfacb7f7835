-- Checked products (good) to nodes (staged_node) and facts (staged). A category whose key a
-- category feed has declared is that node; any other is named by level and name. Facts come column
-- by column, so that none is kept before it is where it belongs.
CREATE OR REPLACE TEMP TABLE declared AS
SELECT category.key, category.name
FROM catalog.category AS category
JOIN ops.load USING (load_id)
WHERE category.source = getvariable('wareword_source') AND load.kind = 'category';

CREATE OR REPLACE TEMP TABLE staged_node AS
WITH
named AS (
    SELECT DISTINCT 'brand' AS kind, NULL AS level, brand AS value FROM good
    UNION ALL
    SELECT DISTINCT 'manufacturer', NULL, manufacturer FROM good
    UNION ALL
    SELECT DISTINCT 'product_group', NULL, variant_group FROM good
    UNION ALL
    SELECT DISTINCT 'category', 'department', department FROM good
    UNION ALL
    SELECT DISTINCT 'category', 'category', category FROM good
    UNION ALL
    SELECT DISTINCT 'category', 'type', product_type FROM good
),
keyed AS (
    SELECT
        kind,
        CASE
            WHEN kind <> 'category' OR declared.key IS NOT NULL THEN value
            ELSE concat(level, '/', value)
        END AS key,
        CASE
            WHEN kind <> 'category' THEN value
            ELSE coalesce(declared.name, string_split(value, ' > ')[-1])
        END AS label
    FROM named
    LEFT JOIN declared ON kind = 'category' AND declared.key = value
    WHERE value IS NOT NULL
)
SELECT
    product_id AS node_id,
    'product' AS kind,
    getvariable('wareword_source') AS source,
    key,
    coalesce(name, key) AS label
FROM good
UNION ALL
SELECT DISTINCT
    node_id(kind, getvariable('wareword_source'), key), kind, getvariable('wareword_source'), key,
    label
FROM keyed;

CREATE OR REPLACE TEMP VIEW staged AS
WITH
literal AS (
    SELECT product_id AS subject, 'availability' AS predicate, availability AS object, NULL AS currency
    FROM good
    UNION ALL
    SELECT product_id, 'color', color, NULL FROM good
    UNION ALL
    SELECT product_id, 'description', description, NULL FROM good
    UNION ALL
    SELECT product_id, 'gtin', gtin, NULL FROM good
    UNION ALL
    SELECT product_id, 'image', image, NULL FROM good
    UNION ALL
    SELECT product_id, 'itemCondition', condition, NULL FROM good
    UNION ALL
    SELECT product_id, 'mpn', mpn, NULL FROM good
    UNION ALL
    SELECT product_id, 'name', name, NULL FROM good
    UNION ALL
    SELECT product_id, 'price', price::VARCHAR, currency FROM good
    UNION ALL
    SELECT product_id, 'ratingCount', rating_count::VARCHAR, NULL FROM good
    UNION ALL
    SELECT product_id, 'ratingValue', average_rating::VARCHAR, NULL FROM good
    UNION ALL
    SELECT product_id, 'salePrice', sale_price::VARCHAR, currency FROM good
    UNION ALL
    SELECT product_id, 'size', size, NULL FROM good
    UNION ALL
    SELECT product_id, 'sku', key, NULL FROM good
    UNION ALL
    SELECT product_id, 'url', url, NULL FROM good
),
categorised AS (
    SELECT product_id AS subject, 'category' AS predicate, 'category' AS level, category AS value
    FROM good
    UNION ALL
    SELECT product_id, 'department', 'department', department FROM good
    UNION ALL
    SELECT product_id, 'productType', 'type', product_type FROM good
),
node AS (
    SELECT product_id AS subject, 'brand' AS predicate, 'brand' AS kind, brand AS key FROM good
    UNION ALL
    SELECT product_id, 'isVariantOf', 'product_group', variant_group FROM good
    UNION ALL
    SELECT product_id, 'manufacturer', 'manufacturer', manufacturer FROM good
    UNION ALL
    SELECT
        subject,
        predicate,
        'category',
        CASE WHEN value IN (SELECT key FROM declared) THEN value ELSE level || '/' || value END
    FROM categorised
),
said AS (
    SELECT
        subject,
        predicate,
        object,
        'literal' AS object_kind,
        CASE
            WHEN predicate IN ('price', 'salePrice')
            THEN coalesce(
                currency, (SELECT any_value(unit) FROM facts.predicate WHERE predicate = 'price')
            )
        END AS unit
    FROM literal
    WHERE object IS NOT NULL
    UNION ALL
    SELECT subject, predicate, node_id(kind, getvariable('wareword_source'), key), 'node', NULL
    FROM node
    WHERE key IS NOT NULL
)
SELECT *, NULL::VARCHAR AS language, 'stated' AS provenance, 1.0::DOUBLE AS confidence FROM said;
