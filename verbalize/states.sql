-- What became of each document since the state before.
CREATE OR REPLACE TEMP TABLE step AS
SELECT
    coalesce(kept.id, before.document_id) AS document_id,
    kept.digest,
    before.digest AS earlier,
    before.added,
    before.withdrawn,
    before.reason,
    before.fact_ids,
    CASE
        WHEN kept.id IS NULL AND before.withdrawn IS NULL THEN 'withdrawn'
        WHEN kept.id IS NULL THEN 'gone'
        WHEN before.document_id IS NULL OR before.withdrawn IS NOT NULL THEN 'added'
        WHEN kept.digest <> before.digest THEN 'changed'
        ELSE 'same'
    END AS step
FROM current_version AS kept
FULL JOIN text.revision AS before ON before.document_id = kept.id;

-- The facts of each document that hold: if it is withdrawn later, they tell whether that is why.
CREATE OR REPLACE TEMP TABLE holding AS
SELECT document_id, list_sort(list_distinct(list(fact_id))) AS fact_ids
FROM (
    SELECT document_id, unnest(fact_ids) AS fact_id
    FROM text.statement SEMI JOIN text.kept USING (document_id)
)
SEMI JOIN facts.current USING (fact_id)
GROUP BY document_id;

-- Of the facts that held when a document was kept last, which is withdrawn now: do they hold still?
CREATE OR REPLACE TEMP TABLE ended AS
WITH said AS (
    SELECT document_id, unnest(fact_ids) AS fact_id FROM step WHERE step = 'withdrawn'
)
SELECT
    document_id,
    CASE
        WHEN bool_and(holds) THEN 'it is not written any more'
        WHEN bool_or(holds) THEN 'some of its facts no longer hold'
        ELSE 'its facts no longer hold'
    END AS reason
FROM (SELECT *, fact_id IN (SELECT fact_id FROM facts.current) AS holds FROM said)
GROUP BY document_id;

-- A state has the time of what it follows from, and is later than the one before.
CREATE OR REPLACE TEMP TABLE new_state AS
WITH
known AS (
    SELECT
        date_trunc('milliseconds', greatest(
            (SELECT max(valid_from) FROM facts.fact), (SELECT max(as_of) FROM ops.load)
        )) AS newest,
        (SELECT max(as_of) FROM text.state) AS before
),
counted AS (
    SELECT
        count(digest) AS documents,
        count(*) FILTER (step = 'added') AS added,
        count(*) FILTER (step = 'changed') AS changed,
        count(*) FILTER (step = 'withdrawn') AS withdrawn
    FROM step
)
SELECT
    CASE
        WHEN before IS NULL OR newest > before THEN newest
        ELSE before + INTERVAL 1 MILLISECOND
    END AS as_of,
    counted.*
FROM known CROSS JOIN counted
WHERE newest IS NOT NULL AND (
    before IS NULL OR newest > before OR added + changed + withdrawn > 0
);

INSERT INTO text.state FROM new_state;

DELETE FROM text.revision;

INSERT INTO text.revision
SELECT
    step.document_id,
    coalesce(step.digest, step.earlier) AS digest,
    if(step.step IN ('added', 'changed'), new_state.as_of, step.added) AS added,
    CASE step.step
        WHEN 'withdrawn' THEN new_state.as_of
        WHEN 'gone' THEN step.withdrawn
    END AS withdrawn,
    CASE step.step
        WHEN 'withdrawn' THEN coalesce(
            removed.stage || ': ' || removed.reason, ended.reason, 'it is not written any more'
        )
        WHEN 'gone' THEN step.reason
    END AS reason,
    holding.fact_ids
FROM step
LEFT JOIN new_state ON true
LEFT JOIN holding ON holding.document_id = step.document_id
LEFT JOIN ended ON ended.document_id = step.document_id
LEFT JOIN text.removed AS removed ON removed.document_id = step.document_id
ORDER BY step.document_id;
