-- Groups of households: only those with at least segment_minimum members are spoken of.
WITH large AS (
    SELECT subject FROM known
    WHERE slot = 'memberCount'
        AND TRY_CAST(object AS BIGINT) >= getvariable('text_segment_minimum')
)
SELECT
    subject,
    CASE
        WHEN slot = 'prefers'
            THEN row_number() OVER (PARTITION BY subject, slot ORDER BY confidence DESC, object)
        ELSE 0
    END AS part,
    slot, 1 AS rank, [fact_id] AS fact_ids, object, object_kind, false AS timed, valid_from, valid_to,
    CASE WHEN slot = 'prefers' THEN confidence END AS share
FROM known SEMI JOIN large USING (subject)
WHERE slot IN ('memberCount', 'segmentAge', 'segmentComposition', 'prefers')
