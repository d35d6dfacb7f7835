, -- Removed and added values of a functional predicate meet by their place; those of others never.
placed AS (
    SELECT
        changed.*,
        CASE
            WHEN predicate.cardinality = 'one' THEN
                row_number() OVER (
                    PARTITION BY change, subject, predicate ORDER BY confidence DESC, fact_id
                )::VARCHAR
            ELSE fact_id || change
        END AS place
    FROM changed LEFT JOIN facts.predicate AS predicate USING (predicate)
),
old AS (SELECT * FROM placed WHERE change = 'removed'),
new AS (SELECT * FROM placed WHERE change = 'added')
SELECT
    CASE
        WHEN old.fact_id IS NULL THEN 'addition'
        WHEN new.fact_id IS NULL THEN 'withdrawal'
        ELSE 'conflict'
    END AS change,
    coalesce(new.subject, old.subject) AS subject,
    coalesce(new.predicate, old.predicate) AS predicate,
    old.object AS object_old,
    new.object AS object_new,
    coalesce(new.object_kind, old.object_kind) AS object_kind,
    old.unit AS unit_old,
    new.unit AS unit_new,
    coalesce(new.provenance, old.provenance) AS provenance,
    coalesce(new.confidence, old.confidence) AS confidence,
    old.fact_id AS fact_old,
    new.fact_id AS fact_new,
    $t0::TIMESTAMP AS changed_from,
    $t1::TIMESTAMP AS changed_to
FROM old FULL JOIN new
    ON new.subject = old.subject AND new.predicate = old.predicate AND new.place = old.place
ORDER BY predicate, subject, change, object_old, object_new
