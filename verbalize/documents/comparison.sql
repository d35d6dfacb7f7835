-- Two products of one type, or of one category where no type is known: each product and the next one
-- in an order by hash, so that there is at most one comparison a product. Only pairs that differ in
-- something; of one amount in two units, such as 16 OZ and 1 LB, nothing is said.
WITH
placed AS (
    SELECT subject, coalesce(
        min(object) FILTER (slot = 'productType'), min(object) FILTER (slot = 'category')
    ) AS place
    FROM known WHERE slot IN ('productType', 'category')
    GROUP BY subject
),
pair AS (
    SELECT subject, lead(subject) OVER (PARTITION BY place ORDER BY md5(subject)) AS other
    FROM placed
),
value AS (
    SELECT known.subject, slot, object, known.object_kind, known.fact_id, amount.value, amount.unit
    FROM known LEFT JOIN amount USING (slot, object)
    WHERE slot IN (
        'brand', 'manufacturer', 'department', 'category', 'productType', 'size', 'color', 'price'
    )
),
side_by_side AS (
    SELECT
        pair.subject, pair.other, one.slot, one.object_kind,
        one.object AS first, two.object AS second,
        one.fact_id AS first_fact, two.fact_id AS second_fact,
        CASE WHEN one.unit = two.unit THEN lower_of(one.value, two.value) END AS lower
    FROM pair
    JOIN value AS one ON one.subject = pair.subject
    JOIN value AS two ON two.subject = pair.other AND two.slot = one.slot
    WHERE first = second OR NOT coalesce(one.unit = two.unit AND one.value = two.value, false)
),
telling AS (
    FROM side_by_side
    SEMI JOIN (FROM side_by_side WHERE first <> second) AS differing USING (subject)
),
said AS (
    SELECT
        subject, concat('both_', slot) AS slot, [first_fact, second_fact] AS fact_ids,
        first AS object, object_kind
    FROM telling WHERE first = second
    UNION ALL
    SELECT subject, slot, [first_fact], first, object_kind FROM telling WHERE first <> second
    UNION ALL
    SELECT subject, concat('other_', slot), [second_fact], second, object_kind
    FROM telling WHERE first <> second
    UNION ALL
    SELECT subject, 'cheaper', NULL, lower, 'literal'
    FROM telling WHERE slot = 'price' AND lower IS NOT NULL
    UNION ALL
    SELECT subject, 'larger', NULL, if(lower = 'first', 'second', 'first'), 'literal'
    FROM telling WHERE slot = 'size' AND lower IS NOT NULL
    UNION ALL
    SELECT DISTINCT subject, 'other', NULL, other, 'node' FROM telling
)
SELECT
    subject, 0 AS part, slot, 1 AS rank, fact_ids, object, object_kind, false AS timed,
    NULL::TIMESTAMP AS valid_from, NULL::TIMESTAMP AS valid_to, NULL::DOUBLE AS share
FROM said
