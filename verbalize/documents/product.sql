-- What a product is: each fact of it at most once, the price with the time from which it holds.
SELECT
    subject, 0 AS part, slot, 1 AS rank, [fact_id] AS fact_ids, object, object_kind,
    slot IN ('price', 'price_likely') AS timed, valid_from, valid_to, NULL AS share
FROM known
WHERE slot IN (
    'sku', 'name', 'description', 'gtin', 'brand', 'manufacturer', 'department', 'category',
    'productType', 'size', 'color', 'price',
    'name_likely', 'description_likely', 'gtin_likely', 'brand_likely', 'manufacturer_likely',
    'department_likely', 'category_likely', 'productType_likely', 'size_likely', 'color_likely',
    'price_likely'
)
