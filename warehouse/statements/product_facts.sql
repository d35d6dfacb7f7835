-- Checked products (good) to nodes (staged_node) and facts (staged). A category whose key a
-- category feed has declared is that node; any other is named by level and name.
CREATE OR REPLACE TEMP TABLE stated AS
WITH
said AS (
    UNPIVOT (
        SELECT
            product_id, currency, key AS sku, gtin, name, description, brand, manufacturer,
            department, category, product_type AS productType, size, color,
            price::VARCHAR AS price, sale_price::VARCHAR AS salePrice, url, image, mpn,
            condition AS itemCondition, availability, variant_group AS isVariantOf,
            average_rating::VARCHAR AS ratingValue, rating_count::VARCHAR AS ratingCount
        FROM good
    )
    ON
        sku, gtin, name, description, brand, manufacturer, department, category, productType, size,
        color, price, salePrice, url, image, mpn, itemCondition, availability, isVariantOf,
        ratingValue, ratingCount
    INTO NAME predicate VALUE value
),
declared AS (
    SELECT category.key, category.name
    FROM catalog.category AS category
    JOIN ops.load USING (load_id)
    WHERE category.source = getvariable('wareword_source') AND load.kind = 'category'
),
named AS (
    SELECT
        said.product_id,
        said.predicate,
        said.value,
        predicate.range,
        CASE
            WHEN predicate.range <> 'category' OR declared.key IS NOT NULL THEN said.value
            WHEN said.predicate = 'productType' THEN 'type/' || said.value
            ELSE concat(said.predicate, '/', said.value)
        END AS key,
        CASE
            WHEN predicate.range <> 'category' THEN said.value
            ELSE coalesce(declared.name, string_split(said.value, ' > ')[-1])
        END AS label,
        CASE
            WHEN said.predicate IN ('price', 'salePrice') THEN coalesce(said.currency, predicate.unit)
        END AS unit
    FROM said
    JOIN facts.predicate AS predicate USING (predicate)
    LEFT JOIN declared ON predicate.range = 'category' AND declared.key = said.value
)
SELECT
    *,
    CASE
        WHEN range <> 'literal' THEN node_id(range, getvariable('wareword_source'), key)
    END AS node_id
FROM named;

CREATE OR REPLACE TEMP TABLE staged_node AS
SELECT
    product_id AS node_id,
    'product' AS kind,
    getvariable('wareword_source') AS source,
    key,
    coalesce(name, key) AS label
FROM good
UNION ALL
SELECT DISTINCT node_id, range, getvariable('wareword_source'), key, label
FROM stated
WHERE node_id IS NOT NULL;

CREATE OR REPLACE TEMP TABLE staged AS
SELECT
    product_id AS subject,
    predicate,
    coalesce(node_id, value) AS object,
    CASE WHEN range = 'literal' THEN 'literal' ELSE 'node' END AS object_kind,
    unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    1.0::DOUBLE AS confidence
FROM stated;
