-- Changes (edit.change) and phrases (edit_phrase) to the edits that are asked for (edit_chosen),
-- and all facts as questions with answers (edit_answer). Every choice is made by the hash of a seed
-- and of the chosen thing. The variables edit_* hold both times, the limit, the seed.

-- The facts that hold at the later time, but those about persons; of several sources of one entity
-- what was fused from them; a model's own beliefs only where they are asked for.
CREATE OR REPLACE TEMP TABLE edit_now AS
SELECT
    fact.*,
    predicate.cardinality,
    CASE fact.object_kind
        WHEN 'node' THEN name.target_text
        ELSE coalesce(word.words, edit_literal(fact.predicate, fact.object, fact.unit))
    END AS words
FROM facts.believed(getvariable('edit_t1')) AS fact
JOIN facts.predicate AS predicate USING (predicate)
LEFT JOIN edit_name AS name ON name.node_id = fact.object
LEFT JOIN edit_word AS word ON word.predicate = fact.predicate AND word.object = fact.object
WHERE predicate.domain <> 'customer' AND predicate.range <> 'customer'
    AND (getvariable('edit_predicted') OR fact.provenance <> 'predicted');

-- As many conflicts as additions, and in each as many of every predicate, as far as there are. Of
-- additions, first those of predicates that have a history: a fact of theirs was closed, or was
-- there at the earlier time. A predicate that was first derived since tells of no change.
CREATE OR REPLACE TEMP TABLE edit_chosen AS
WITH
historic AS (
    SELECT DISTINCT predicate FROM facts.fact
    WHERE valid_to > valid_from OR valid_from <= getvariable('edit_t0')
),
told AS (
    SELECT
        concat(
            'edit:', left(md5(concat(coalesce(change.fact_old, ''), chr(31), change.fact_new)), 16)
        ) AS request_id,
        change.*,
        name.subject_text,
        CASE change.object_kind
            WHEN 'node' THEN old.target_text
            ELSE coalesce(word.words, edit_literal(change.predicate, object_old, unit_old))
        END AS target_old,
        new.words AS target_new
    FROM edit.change AS change
    SEMI JOIN edit_phrase AS phrase
        ON phrase.predicate = change.predicate AND phrase.role = 'prompt'
    JOIN edit_name AS name ON name.node_id = change.subject AND name.subject_text IS NOT NULL
    JOIN edit_now AS new ON new.fact_id = change.fact_new
    LEFT JOIN edit_name AS old ON old.node_id = change.object_old
    LEFT JOIN edit_word AS word
        ON word.predicate = change.predicate AND word.object = change.object_old
    WHERE change.change <> 'withdrawal'
),
ranked AS (
    SELECT
        *,
        change = 'addition' AND historic.predicate IS NULL AS first_seen,
        row_number() OVER (
            PARTITION BY change, predicate
            ORDER BY md5(concat(getvariable('edit_seed'), request_id))
        ) AS place
    FROM told LEFT JOIN historic USING (predicate)
    WHERE target_new <> ''
        AND target_new IS DISTINCT FROM target_old
        AND (change = 'addition' OR target_old <> '')
),
turned AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY change ORDER BY first_seen, place, predicate) AS turn
    FROM ranked
)
SELECT * EXCLUDE (first_seen, place, turn) FROM turned
QUALIFY row_number() OVER (ORDER BY turn, change DESC) <= getvariable('edit_limit');

-- What is near a node: products by type, category and department (width 1 to 3), categories under
-- one parent, others by kind.
CREATE OR REPLACE TEMP TABLE edit_near AS
SELECT
    subject AS node_id,
    object AS place,
    CASE predicate
        WHEN 'productType' THEN 1 WHEN 'broader' THEN 1 WHEN 'category' THEN 2 ELSE 3
    END AS width
FROM edit_now
WHERE predicate IN ('productType', 'category', 'department', 'broader')
UNION ALL
SELECT node_id, kind, 4 FROM edit_name WHERE kind <> 'product';

CREATE OR REPLACE TEMP TABLE edit_sought AS
SELECT DISTINCT chosen.predicate, near.place, near.width
FROM edit_chosen AS chosen JOIN edit_near AS near ON near.node_id = chosen.subject;

-- Facts of predicates that have a prompt, as a question and its answer. `kept` tells that nothing
-- that the predicate says of the subject changed between the two times.
CREATE OR REPLACE TEMP TABLE edit_answer AS
SELECT
    fact.fact_id,
    fact.subject,
    fact.predicate,
    fact.object,
    fact.unit,
    name.subject_text,
    replace(phrase.text, '{subject}', name.subject_text) AS prompt,
    fact.words AS answer,
    change.subject IS NULL AS kept,
    md5(concat(getvariable('edit_seed'), fact.fact_id)) AS draw
FROM edit_now AS fact
JOIN edit_phrase AS phrase
    ON phrase.predicate = fact.predicate AND phrase.role = 'prompt' AND phrase.position = 0
JOIN edit_name AS name ON name.node_id = fact.subject AND name.subject_text IS NOT NULL
LEFT JOIN (SELECT DISTINCT subject, predicate FROM edit.change) AS change
    ON change.subject = fact.subject AND change.predicate = fact.predicate
QUALIFY row_number() OVER (
    PARTITION BY fact.subject, fact.predicate ORDER BY fact.confidence DESC, fact.fact_id
) = 1;

-- Twenty answers a predicate and place, of those that stayed and of all, are enough to choose from.
CREATE OR REPLACE TEMP TABLE edit_pool AS
SELECT answer.*, sought.place, sought.width
FROM edit_answer AS answer
JOIN edit_near AS near ON near.node_id = answer.subject
JOIN edit_sought AS sought
    ON sought.predicate = answer.predicate
    AND sought.place = near.place
    AND sought.width = near.width
WHERE answer.answer <> ''
QUALIFY row_number() OVER (
    PARTITION BY answer.predicate, sought.place, answer.kept ORDER BY draw
) <= 20;

-- Where the edits are is told first: joined by predicate alone, each would meet all answers.
CREATE OR REPLACE TEMP TABLE edit_pair AS
WITH placed AS MATERIALIZED (
    SELECT
        chosen.request_id, chosen.target_new, chosen.object_old, chosen.object_new, chosen.unit_old,
        chosen.unit_new, chosen.subject, chosen.predicate, near.place, near.width
    FROM edit_chosen AS chosen JOIN edit_near AS near ON near.node_id = chosen.subject
)
SELECT placed.* EXCLUDE (subject, predicate, place, width), pool.*
FROM placed
JOIN edit_pool AS pool
    ON pool.predicate = placed.predicate
    AND pool.place = placed.place
    AND pool.width = placed.width
    AND pool.subject <> placed.subject
QUALIFY row_number() OVER (PARTITION BY placed.request_id, pool.fact_id ORDER BY pool.width) = 1;
