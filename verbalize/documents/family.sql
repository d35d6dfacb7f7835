-- A group of variants: up to eight of them, what all of them share, what differs among them, and for
-- each of the eight the values in which it differs. Groups of one have nothing to differ in.
WITH
variant AS (
    SELECT object AS family, subject, fact_id,
        row_number() OVER (PARTITION BY object ORDER BY subject) AS place,
        count(*) OVER (PARTITION BY object) AS variants
    FROM known WHERE slot = 'isVariantOf'
    QUALIFY variants >= 2
),
value AS (
    SELECT family, place, variants, known.subject, known.slot, known.object, known.object_kind,
        known.fact_id
    FROM variant JOIN known USING (subject)
    WHERE known.slot IN (
        'brand', 'manufacturer', 'department', 'category', 'productType', 'size', 'color', 'price'
    )
),
spread AS (
    SELECT family, slot,
        count(*) = any_value(variants) AND min(object) = max(object) AS shared,
        min(object) < max(object) AS differs
    FROM value GROUP BY family, slot
),
distinct_value AS (
    SELECT family, slot, object, any_value(object_kind) AS object_kind,
        list(fact_id ORDER BY fact_id) AS fact_ids, any_value(shared) AS shared,
        any_value(differs) AS differs,
        row_number() OVER (PARTITION BY family, slot ORDER BY min(place)) AS rank
    FROM value JOIN spread USING (family, slot)
    GROUP BY family, slot, object
)
SELECT
    family AS subject, 0 AS part, 'hasVariant' AS slot, place AS rank, [fact_id] AS fact_ids,
    subject AS object, 'node' AS object_kind, false AS timed, NULL::TIMESTAMP AS valid_from,
    NULL::TIMESTAMP AS valid_to, NULL::DOUBLE AS share
FROM variant WHERE place <= 8
UNION ALL
SELECT
    family, 0, concat(if(shared, 'all_', 'each_'), slot), rank, fact_ids, object, object_kind,
    false, NULL, NULL, NULL
FROM distinct_value
WHERE shared OR differs AND slot IN ('size', 'color') AND rank <= 12
UNION ALL
SELECT
    family, place, 'other', 1, NULL, subject, 'node', false, NULL, NULL, NULL
FROM (
    SELECT DISTINCT family, place, subject
    FROM value JOIN spread USING (family, slot)
    WHERE differs AND place <= 8 AND slot IN ('size', 'color', 'price')
)
UNION ALL
SELECT
    family, place, concat('other_', slot), 1, [fact_id], object, object_kind, false, NULL, NULL,
    NULL
FROM value JOIN spread USING (family, slot)
WHERE differs AND place <= 8 AND slot IN ('size', 'color', 'price')
