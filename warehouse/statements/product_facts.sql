-- Checked products (good) to nodes (staged_node) and facts (staged).
CREATE OR REPLACE TEMP TABLE stated AS
WITH stated AS (
    UNPIVOT (
        SELECT
            product_id, currency,
            key AS sku, gtin, name, description, brand, manufacturer, department, category,
            product_type AS productType, size, color, price::VARCHAR AS price
        FROM good
    )
    ON sku, gtin, name, description, brand, manufacturer, department, category, productType, size, color, price
    INTO NAME predicate VALUE stated_value
),
levelled AS (
    SELECT
        *,
        CASE predicate
            WHEN 'department' THEN 'department' WHEN 'category' THEN 'category' WHEN 'productType' THEN 'type'
        END AS level
    FROM stated
)
SELECT
    levelled.product_id,
    levelled.predicate,
    predicate.range,
    levelled.stated_value,
    -- A category that a category feed has declared is that node; any other is named by level and
    -- name.
    CASE
        WHEN levelled.level IS NULL OR declared.key IS NOT NULL THEN stated_value ELSE concat(levelled.level, '/', stated_value)
    END AS node_key,
    coalesce(declared.name, trim(string_split(stated_value, '>')[-1])) AS label,
    CASE WHEN levelled.predicate = 'price' THEN coalesce(levelled.currency, predicate.unit) END AS unit
FROM levelled
JOIN facts.predicate AS predicate USING (predicate)
LEFT JOIN catalog.category AS declared
    ON levelled.level IS NOT NULL AND declared.source = getvariable('wareword_source') AND declared.key = levelled.stated_value;

CREATE OR REPLACE TEMP TABLE staged_node AS
SELECT product_id AS node_id, 'product' AS kind, getvariable('wareword_source') AS source, key, coalesce(name, key) AS label FROM good
UNION ALL
SELECT DISTINCT
    node_id(range, getvariable('wareword_source'), node_key), range, getvariable('wareword_source'), node_key, CASE WHEN range = 'category' THEN label ELSE stated_value END
FROM stated WHERE range <> 'literal';

CREATE OR REPLACE TEMP TABLE staged AS
SELECT
    product_id AS subject,
    predicate,
    CASE WHEN range = 'literal' THEN stated_value ELSE node_id(range, getvariable('wareword_source'), node_key) END AS object,
    CASE WHEN range = 'literal' THEN 'literal' ELSE 'node' END AS object_kind,
    unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    1.0::DOUBLE AS confidence
FROM stated;
