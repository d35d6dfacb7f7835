-- What a product is: each fact of it at most once, the price with the time from which it holds; and
-- last up to twelve short values of the columns that are told as details (detail_column), each under
-- the name of its column (a part each). Left out are addresses, JSON, times, yes and no, and columns
-- without a name, or whose name has what is masked or may not be said.
WITH
detail AS (
    SELECT subject, slot, fact_id, object,
        row_number() OVER (PARTITION BY subject ORDER BY slot, md5(object)) AS part
    FROM known JOIN detail_column AS told ON told.predicate = slot
    WHERE slot IN (SELECT predicate FROM facts.predicate WHERE domain = 'product')
        AND object_kind = 'literal'
        AND length(object) <= 200
        AND NOT regexp_matches(object, '^\s*([\[{/]|(?i:https?:|data:|www\.))|\d-\d\d?T\d')
        AND lower(object) NOT IN ('true', 'false', 'yes', 'no')
        AND told.words NOT IN ('', 'unnamed')
        AND told.words NOT IN (SELECT value FROM screened_text)
    QUALIFY part <= 12
)
SELECT
    subject,
    0 AS part,
    CASE
        WHEN slot = 'size' AND is_dimensions(object) THEN 'dimensions'
        WHEN slot = 'size_likely' AND is_dimensions(object) THEN 'dimensions_likely'
        ELSE slot
    END AS slot,
    1 AS rank, [fact_id] AS fact_ids, object, object_kind,
    slot IN ('price', 'price_likely') AS timed, valid_from, valid_to, NULL AS share
FROM known
WHERE slot IN (
    'sku', 'name', 'description', 'gtin', 'brand', 'manufacturer', 'department', 'category',
    'productType', 'size', 'color', 'price',
    'name_likely', 'description_likely', 'gtin_likely', 'brand_likely', 'manufacturer_likely',
    'department_likely', 'category_likely', 'productType_likely', 'size_likely', 'color_likely',
    'price_likely'
)
UNION ALL
SELECT subject, part, 'detail', 1, [fact_id], object, 'literal', false, NULL, NULL, NULL FROM detail
UNION ALL
SELECT subject, part, 'column', 1, NULL, slot, 'literal', false, NULL, NULL, NULL FROM detail
