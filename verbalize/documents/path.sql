-- A category with the whole path to it from the root, at most twelve steps, and how many products
-- stand under each step. Categories that lead to themselves have no root, and no path.
WITH RECURSIVE
link AS (SELECT subject, object FROM known WHERE slot = 'broader'),
climb AS (
    SELECT subject, object AS step, 1 AS up FROM link
    UNION ALL
    SELECT climb.subject, link.object, up + 1
    FROM climb JOIN link ON link.subject = climb.step
    WHERE up < 12
),
rooted AS (
    SELECT subject, max(up) AS steps
    FROM climb ANTI JOIN link ON link.subject = climb.step
    GROUP BY subject
),
fact AS (
    SELECT
        climb.subject, steps - up AS part, step, known.slot, known.object, known.object_kind,
        known.fact_id
    FROM climb
    JOIN rooted USING (subject)
    JOIN known ON known.subject = climb.step
    WHERE known.slot IN ('broader', 'productCount')
)
SELECT
    subject, steps - up AS part, 'other' AS slot, 1 AS rank, NULL::VARCHAR[] AS fact_ids, step AS object,
    'node' AS object_kind, false AS timed, NULL::TIMESTAMP AS valid_from,
    NULL::TIMESTAMP AS valid_to, NULL::DOUBLE AS share
FROM climb JOIN rooted USING (subject)
UNION ALL
SELECT
    subject, part, concat('other_', slot), 1, [fact_id], object, object_kind, false, NULL, NULL,
    NULL
FROM fact
UNION ALL
SELECT
    known.subject, steps, slot, 1, [fact_id], object, object_kind, false, NULL, NULL, NULL
FROM known JOIN rooted USING (subject) WHERE slot IN ('broader', 'productCount')
