-- A query, and up to five products that answer it, three that do instead, and three that go with it.
SELECT
    subject, 0 AS part, slot,
    row_number() OVER (PARTITION BY subject, slot ORDER BY md5(object)) AS rank,
    [fact_id] AS fact_ids, object, object_kind, false AS timed, valid_from, valid_to,
    NULL::DOUBLE AS share
FROM known WHERE slot IN ('answeredBy', 'substitutedBy', 'complementedBy')
QUALIFY rank <= if(slot = 'answeredBy', 5, 3)
