-- What a product is: each fact of it at most once, the price with the time from which it holds.
SELECT
    subject, 0 AS part, slot, 1 AS rank, fact_id, object, object_kind,
    slot = 'price' AS timed, valid_from, valid_to, NULL AS share
FROM known
WHERE slot IN (
    'sku', 'name', 'description', 'gtin', 'brand', 'manufacturer', 'department', 'category',
    'productType', 'size', 'color', 'price',
    'brand_likely', 'category_likely', 'productType_likely', 'size_likely'
)
