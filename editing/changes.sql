SELECT
    change, fact_id, subject, predicate, object, object_kind, unit, language,
    provenance, source, confidence, valid_from, valid_to
FROM facts.changes($t0, $t1)
WHERE $predicted OR provenance <> 'predicted'
QUALIFY row_number() OVER (
    PARTITION BY change, subject, predicate, object, unit ORDER BY confidence DESC, fact_id
) = 1
