-- When, by whom and with what a category is bought: months, days, times of day, groups of households
-- of at least segment_minimum, and other categories. Only of categories with one of the first four.
WITH
large AS (
    SELECT subject FROM known
    WHERE slot = 'memberCount'
        AND TRY_CAST(object AS BIGINT) >= getvariable('text_segment_minimum')
),
said AS (
    SELECT subject, slot, object, object_kind, fact_id, confidence FROM known
    WHERE slot IN ('peaksIn', 'peaksOn', 'peaksAt', 'goesWith')
    UNION ALL
    SELECT object, 'preferredBy', subject, 'node', fact_id, confidence
    FROM known SEMI JOIN large USING (subject) WHERE slot = 'prefers'
)
SELECT
    subject,
    20 * list_position(['peaksIn', 'peaksOn', 'peaksAt', 'preferredBy', 'goesWith'], slot)
        + row_number() OVER (PARTITION BY subject, slot ORDER BY confidence DESC, object) AS part,
    slot, 1 AS rank, [fact_id] AS fact_ids, object, object_kind, false AS timed,
    NULL::TIMESTAMP AS valid_from, NULL::TIMESTAMP AS valid_to, confidence AS share
FROM said
SEMI JOIN (FROM said WHERE slot <> 'goesWith') AS intended USING (subject)
QUALIFY row_number() OVER (PARTITION BY subject, slot ORDER BY confidence DESC, object) <= 4
