-- Facts of the two times that differ. Where a value was fused from several sources, it counts, and
-- not what each source states: of the product that stands for the entity at either time, and of the
-- other products of the entity at neither, if it is one at the later time.
WITH
member AS (
    SELECT same.subject, fused.predicate
    FROM facts.as_of($t1) AS same
    JOIN facts.as_of($t1) AS fused
        ON fused.subject = same.object AND fused.provenance = 'resolved'
    WHERE same.predicate = 'sameAs' AND fused.predicate <> 'sameAs'
),
earlier AS (
    SELECT * FROM facts.believed($t0)
    ANTI JOIN member USING (subject, predicate)
    WHERE $predicted OR provenance <> 'predicted'
),
later AS (
    SELECT * FROM facts.believed($t1) WHERE $predicted OR provenance <> 'predicted'
),
differing AS (
    SELECT 'removed' AS change, * FROM earlier
    ANTI JOIN later
        ON later.subject = earlier.subject
        AND later.predicate = earlier.predicate
        AND later.object = earlier.object
        AND later.unit IS NOT DISTINCT FROM earlier.unit
    UNION ALL BY NAME
    SELECT 'added' AS change, * FROM later
    ANTI JOIN earlier
        ON earlier.subject = later.subject
        AND earlier.predicate = later.predicate
        AND earlier.object = later.object
        AND earlier.unit IS NOT DISTINCT FROM later.unit
)
SELECT
    change, fact_id, subject, predicate, object, object_kind, unit, language,
    provenance, source, confidence, valid_from, valid_to
FROM differing
QUALIFY row_number() OVER (
    PARTITION BY change, subject, predicate, object, unit ORDER BY confidence DESC, fact_id
) = 1
