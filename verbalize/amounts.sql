-- What reading back needs of known: the variants of groups (variant), and prices and sizes that
-- can be compared, as amounts: the temporary table amount (slot, object, value, unit). A price of
-- zero is mostly one that is missing, and is compared with none. Of sizes only those of one
-- measure, in the smallest unit of its kind; a unit alone, such as PT, is one of it, and an ounce
-- alone can be one of weight or of volume, and is compared with its like.
CREATE OR REPLACE TEMP TABLE amount AS
WITH
measure (written, unit, times) AS (
    VALUES
        ('OZ', 'oz', 1), ('OUNCE', 'oz', 1), ('OUNCES', 'oz', 1), ('LB', 'oz', 16),
        ('LBS', 'oz', 16), ('FL OZ', 'fl oz', 1), ('PT', 'fl oz', 16), ('QT', 'fl oz', 32),
        ('GAL', 'fl oz', 128), ('G', 'g', 1), ('GR', 'g', 1), ('GM', 'g', 1), ('KG', 'g', 1000),
        ('ML', 'ml', 1), ('L', 'ml', 1000), ('LT', 'ml', 1000), ('LTR', 'ml', 1000),
        ('CT', 'count', 1), ('COUNT', 'count', 1)
),
size AS (
    SELECT
        object,
        regexp_extract(
            upper(object), '^(\d{1,6}(?:\.\d{1,4})?|\.\d{1,4}|) ?([A-Z]+(?: [A-Z]+)?)\.?$',
            ['value', 'written']
        ) AS found
    FROM (SELECT DISTINCT object FROM known WHERE slot = 'size')
)
SELECT
    'size' AS slot, object, coalesce(TRY_CAST(found.value AS DOUBLE), 1) * times AS value, unit
FROM size JOIN measure ON written = found.written
WHERE found.value <> '' OR written IN ('PT', 'QT', 'GAL', 'LB')
UNION ALL
SELECT DISTINCT 'price', object, split_part(object, ' ', 1)::DOUBLE, split_part(object, ' ', 2)
FROM known
WHERE slot = 'price'
    AND regexp_full_match(object, '\d{1,12}(\.\d+)? [A-Z]{3}')
    AND split_part(object, ' ', 1)::DOUBLE > 0;

-- Which of two amounts of one unit is the lower one: first or second; null where none is.
CREATE OR REPLACE TEMP MACRO lower_of(one, other) AS
CASE WHEN one < other THEN 'first' WHEN one > other THEN 'second' END;

CREATE OR REPLACE TEMP TABLE variant AS
SELECT subject, object FROM known WHERE slot = 'isVariantOf';
