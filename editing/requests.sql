-- Changes (edit.change) and phrases (edit_phrase) to edit requests (edit.request). Each step is a temporary table; every choice is
-- made by the hash of a seed and of the chosen thing. The variables edit_* hold the times, the limit, the seed.

-- The facts that hold at the later time, but those about persons. A model's own beliefs only where they are asked for.
CREATE OR REPLACE TEMP TABLE edit_now AS
SELECT fact.*, predicate.cardinality
FROM facts.as_of(getvariable('edit_t1')) AS fact
JOIN facts.predicate AS predicate USING (predicate)
WHERE predicate.domain <> 'customer' AND predicate.range <> 'customer'
    AND (getvariable('edit_predicted') OR fact.provenance <> 'predicted');

-- Requests: as many conflicts as additions, and in each as many of every predicate, as far as there are.
CREATE OR REPLACE TEMP TABLE edit_chosen AS
WITH
told AS (
    SELECT
        'edit:' || left(md5(concat(coalesce(change.fact_old, ''), chr(31), change.fact_new)), 16) AS request_id,
        change.*,
        name.subject_text,
        CASE WHEN object_kind = 'node' THEN old.target_text ELSE edit_literal(predicate, object_old, unit) END AS target_old,
        CASE WHEN object_kind = 'node' THEN new.target_text ELSE edit_literal(predicate, object_new, unit) END AS target_new
    FROM edit.change AS change
    SEMI JOIN edit_phrase AS phrase ON phrase.predicate = change.predicate AND phrase.role = 'prompt'
    JOIN edit_name AS name ON name.node_id = change.subject AND name.subject_text IS NOT NULL
    LEFT JOIN edit_name AS old ON old.node_id = change.object_old
    LEFT JOIN edit_name AS new ON new.node_id = change.object_new
    WHERE change.change <> 'withdrawal'
),
ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY change, predicate ORDER BY md5(concat(getvariable('edit_seed'), request_id))
        ) AS place
    FROM told
    WHERE target_new <> '' AND target_new IS DISTINCT FROM target_old AND (change = 'addition' OR target_old <> '')
),
turned AS (
    SELECT *, row_number() OVER (PARTITION BY change ORDER BY place, predicate) AS turn FROM ranked
)
SELECT * EXCLUDE (place, turn) FROM turned
QUALIFY row_number() OVER (ORDER BY turn, change DESC) <= getvariable('edit_limit');

-- What is near a node: products by type, category and department (width 1 to 3), categories under one parent, others by kind.
CREATE OR REPLACE TEMP TABLE edit_near AS
SELECT
    subject AS node_id,
    object AS place,
    CASE predicate WHEN 'productType' THEN 1 WHEN 'broader' THEN 1 WHEN 'category' THEN 2 ELSE 3 END AS width
FROM edit_now
WHERE predicate IN ('productType', 'category', 'department', 'broader')
UNION ALL
SELECT node_id, kind, 4 FROM edit_name WHERE kind <> 'product';

CREATE OR REPLACE TEMP TABLE edit_sought AS
SELECT DISTINCT chosen.predicate, near.place, near.width
FROM edit_chosen AS chosen JOIN edit_near AS near ON near.node_id = chosen.subject;

-- Facts of predicates that have a prompt, as a question and its answer. `kept` tells that nothing that the predicate says of the
-- subject changed between the two times.
CREATE OR REPLACE TEMP TABLE edit_answer AS
SELECT
    fact.fact_id,
    fact.subject,
    fact.predicate,
    fact.object,
    fact.unit,
    name.subject_text,
    replace(phrase.text, '{subject}', name.subject_text) AS prompt,
    CASE WHEN fact.object_kind = 'node' THEN object.target_text
        ELSE edit_literal(fact.predicate, fact.object, fact.unit) END AS answer,
    change.subject IS NULL AS kept,
    md5(concat(getvariable('edit_seed'), fact.fact_id)) AS draw
FROM edit_now AS fact
JOIN edit_phrase AS phrase ON phrase.predicate = fact.predicate AND phrase.role = 'prompt' AND phrase.position = 0
JOIN edit_name AS name ON name.node_id = fact.subject AND name.subject_text IS NOT NULL
LEFT JOIN edit_name AS object ON object.node_id = fact.object
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
JOIN edit_sought AS sought ON sought.predicate = answer.predicate AND sought.place = near.place AND sought.width = near.width
WHERE answer.answer <> ''
QUALIFY row_number() OVER (PARTITION BY answer.predicate, sought.place, answer.kept ORDER BY draw) <= 20;

CREATE OR REPLACE TEMP TABLE edit_pair AS
SELECT chosen.request_id, chosen.target_old, chosen.target_new, chosen.object_old, chosen.object_new, pool.*
FROM edit_chosen AS chosen
JOIN edit_near AS near ON near.node_id = chosen.subject
JOIN edit_pool AS pool
    ON pool.predicate = chosen.predicate AND pool.place = near.place AND pool.width = near.width
    AND pool.subject <> chosen.subject
QUALIFY row_number() OVER (PARTITION BY chosen.request_id, pool.fact_id ORDER BY pool.width) = 1;

-- Locality: what must not change.
CREATE OR REPLACE TEMP TABLE edit_locality AS
WITH
neighbour AS (
    SELECT request_id, 'neighbour' AS "rule", prompt, answer, fact_id, draw FROM edit_pair WHERE kept
    QUALIFY row_number() OVER (PARTITION BY request_id ORDER BY width, draw) <= 3
),
by_answer AS (
    SELECT predicate, object, subject, prompt, answer, fact_id, draw FROM edit_answer AS answer
    SEMI JOIN (
        SELECT predicate, object_old AS object FROM edit_chosen WHERE change = 'conflict'
        UNION
        SELECT predicate, object_new FROM edit_chosen
    ) AS sought USING (predicate, object)
    WHERE kept
    QUALIFY row_number() OVER (PARTITION BY predicate, object ORDER BY draw) <= 10
),
same_answer AS (
    SELECT chosen.request_id, asked."rule", by_answer.prompt, by_answer.answer, by_answer.fact_id,
        md5(concat(chosen.request_id, by_answer.draw)) AS draw
    FROM edit_chosen AS chosen
    CROSS JOIN (VALUES ('old_answer'), ('new_answer')) AS asked ("rule")
    JOIN by_answer
        ON by_answer.predicate = chosen.predicate AND by_answer.subject <> chosen.subject
        AND by_answer.object = CASE asked."rule" WHEN 'old_answer' THEN chosen.object_old ELSE chosen.object_new END
    QUALIFY row_number() OVER (
        PARTITION BY chosen.request_id, asked."rule" ORDER BY md5(concat(chosen.request_id, by_answer.draw))
    ) <= 5
),
other_fact AS (
    SELECT chosen.request_id, 'other_fact', answer.prompt, answer.answer, answer.fact_id, answer.draw
    FROM edit_chosen AS chosen
    JOIN edit_answer AS answer ON answer.subject = chosen.subject AND answer.predicate <> chosen.predicate
    WHERE answer.kept AND answer.answer <> ''
    QUALIFY row_number() OVER (PARTITION BY chosen.request_id ORDER BY answer.draw) <= 2
),
linked_fact AS (
    SELECT chosen.request_id, 'linked_fact', answer.prompt, answer.answer, answer.fact_id, answer.draw
    FROM edit_chosen AS chosen
    JOIN edit_answer AS answer ON answer.object = chosen.subject
    WHERE answer.kept
    QUALIFY row_number() OVER (PARTITION BY chosen.request_id ORDER BY answer.draw) <= 2
),
related AS (
    FROM neighbour
    UNION ALL
    FROM same_answer
    UNION ALL
    FROM other_fact
    UNION ALL
    FROM linked_fact
),
drawn AS (
    SELECT prompt, answer, fact_id, draw FROM edit_answer WHERE kept AND answer <> '' ORDER BY draw LIMIT 20
),
unrelated AS (
    SELECT chosen.request_id, 'unrelated', drawn.prompt, drawn.answer, drawn.fact_id, drawn.draw
    FROM edit_chosen AS chosen ANTI JOIN related USING (request_id)
    CROSS JOIN drawn
    QUALIFY row_number() OVER (
        PARTITION BY chosen.request_id ORDER BY md5(concat(chosen.request_id, drawn.draw))
    ) <= 2
)
FROM related
UNION ALL
FROM unrelated;

-- Portability: the new fact and one other fact of the warehouse together give the answer.
CREATE OR REPLACE TEMP TABLE edit_portability AS
WITH
-- A functional fact of the new object: its object is the answer.
hop AS (
    SELECT
        chosen.request_id,
        'hop ' || fact.predicate AS "rule",
        phrase.text AS template,
        NULL AS word,
        CASE WHEN fact.object_kind = 'node' THEN object.target_text
            ELSE edit_literal(fact.predicate, fact.object, fact.unit) END AS answer,
        fact.fact_id
    FROM edit_chosen AS chosen
    JOIN edit_phrase AS phrase ON phrase.predicate = chosen.predicate AND phrase.role = 'hop'
    JOIN edit_now AS fact
        ON fact.subject = chosen.object_new AND fact.predicate = phrase.via AND fact.cardinality = 'one'
    LEFT JOIN edit_name AS object ON object.node_id = fact.object
),
-- A fact of the new object: what it says is now true of something that the subject is linked to.
holds AS (
    SELECT
        chosen.request_id,
        'holds ' || fact.predicate,
        phrase.text,
        coalesce(object.target_text, edit_literal(fact.predicate, fact.object, fact.unit)),
        'Yes',
        fact.fact_id
    FROM edit_chosen AS chosen
    JOIN edit_phrase AS phrase ON phrase.predicate = chosen.predicate AND phrase.role = 'holds'
    JOIN edit_now AS fact ON fact.subject = chosen.object_new AND fact.predicate = phrase.via
    LEFT JOIN edit_name AS object ON object.node_id = fact.object
),
-- A near subject of which the same is true now, and was not while the old value held.
same AS (
    SELECT pair.request_id, 'same', phrase.text, pair.subject_text, 'Yes', pair.fact_id
    FROM edit_pair AS pair
    JOIN edit_phrase AS phrase ON phrase.predicate = pair.predicate AND phrase.role = 'same'
    WHERE pair.object = pair.object_new
    QUALIFY row_number() OVER (PARTITION BY pair.request_id ORDER BY pair.width, pair.draw) = 1
),
-- A near subject with another number: which of the two is smaller or larger. Best one whose place between the two the change turned.
numbers AS (
    SELECT
        pair.*,
        phrase.text AS template,
        phrase.via AS pick,
        TRY_CAST(pair.object AS DOUBLE) AS other,
        TRY_CAST(pair.object_new AS DOUBLE) AS new,
        TRY_CAST(pair.object_old AS DOUBLE) AS old
    FROM edit_pair AS pair
    JOIN edit_phrase AS phrase ON phrase.predicate = pair.predicate AND phrase.role = 'compare'
    JOIN edit_chosen AS chosen ON chosen.request_id = pair.request_id AND chosen.unit IS NOT DISTINCT FROM pair.unit
),
compare AS (
    SELECT
        numbers.request_id,
        'compare',
        numbers.template,
        numbers.subject_text,
        CASE WHEN (numbers.new < numbers.other) = (numbers.pick = 'smaller') THEN chosen.subject_text
            ELSE numbers.subject_text END,
        numbers.fact_id
    FROM numbers JOIN edit_chosen AS chosen USING (request_id)
    WHERE numbers.new <> numbers.other
    QUALIFY row_number() OVER (
        PARTITION BY numbers.request_id
        ORDER BY coalesce((numbers.new < numbers.other) <> (numbers.old < numbers.other), false) DESC,
            numbers.width, numbers.draw
    ) = 1
),
-- The number divided by the package size.
package AS (
    SELECT
        fact_id,
        subject,
        TRY_CAST(regexp_extract(object, '^(\d*\.?\d+) *([A-Za-z]+)$', 1) AS DOUBLE) AS content,
        measure.words AS measure
    FROM edit_now
    JOIN (
        VALUES ('LB', 'pound'), ('LBS', 'pound'), ('OZ', 'ounce'), ('GAL', 'gallon'), ('QT', 'quart'), ('PT', 'pint'),
        ('KG', 'kilogram'), ('L', 'liter'), ('LT', 'liter'), ('LTR', 'liter'), ('CT', 'piece'), ('EA', 'piece')
    ) AS measure (code, words) ON measure.code = upper(regexp_extract(object, '^(\d*\.?\d+) *([A-Za-z]+)$', 2))
    WHERE predicate = 'size'
),
per_unit AS (
    SELECT
        chosen.request_id,
        'per_unit',
        phrase.text,
        package.measure,
        edit_literal(
            chosen.predicate,
            format('{:.2f}', TRY_CAST(chosen.object_new AS DOUBLE) / package.content),
            chosen.unit
        ),
        package.fact_id
    FROM edit_chosen AS chosen
    JOIN edit_phrase AS phrase ON phrase.predicate = chosen.predicate AND phrase.role = 'per_unit'
    JOIN package ON package.subject = chosen.subject
    WHERE package.content > 0 AND package.content <> 1 AND TRY_CAST(chosen.object_new AS DOUBLE) / package.content >= 0.01
),
every AS (
    FROM hop
    UNION ALL
    FROM holds
    UNION ALL
    FROM same
    UNION ALL
    FROM compare
    UNION ALL
    FROM per_unit
)
SELECT
    every.request_id,
    every."rule",
    replace(replace(replace(replace(
        every.template, '{subject}', chosen.subject_text),
        '{other}', coalesce(every.word, '')), '{value}', coalesce(every.word, '')), '{measure}', coalesce(every.word, '')) AS prompt,
    every.answer,
    every.fact_id
FROM every JOIN edit_chosen AS chosen USING (request_id)
WHERE every.answer <> ''
QUALIFY row_number() OVER (PARTITION BY every.request_id, every."rule" ORDER BY every.fact_id) = 1;

CREATE OR REPLACE TEMP TABLE edit_prompts AS
SELECT
    chosen.request_id,
    first(phrase.text ORDER BY phrase.position) FILTER (phrase.role = 'prompt') AS template,
    list(replace(phrase.text, '{subject}', chosen.subject_text) ORDER BY phrase.position)
        FILTER (phrase.role = 'prompt') AS prompts,
    list(replace(phrase.text, '{subject}', chosen.subject_text) ORDER BY phrase.position)
        FILTER (phrase.role = 'opening') AS openings
FROM edit_chosen AS chosen
JOIN edit_phrase AS phrase USING (predicate)
WHERE phrase.role IN ('prompt', 'opening')
GROUP BY chosen.request_id;

DELETE FROM edit.request;

INSERT INTO edit.request BY NAME
WITH
local AS (
    SELECT request_id, list({'rule': "rule", 'prompt': prompt, 'answer': answer, 'fact_id': fact_id} ORDER BY "rule", draw) AS locality
    FROM edit_locality GROUP BY request_id
),
portable AS (
    SELECT request_id, list({'rule': "rule", 'prompt': prompt, 'answer': answer, 'fact_id': fact_id} ORDER BY "rule") AS portability
    FROM edit_portability GROUP BY request_id
)
SELECT
    chosen.* EXCLUDE (object_kind, unit),
    prompts.prompts[1] AS prompt,
    replace(prompts.template, '{subject}', '{}') AS template,
    prompts.prompts[2:] AS rephrasings,
    prompts.openings AS openings,
    coalesce(local.locality, []) AS locality,
    coalesce(portable.portability, []) AS portability
FROM edit_chosen AS chosen
JOIN edit_prompts AS prompts USING (request_id)
LEFT JOIN local USING (request_id)
LEFT JOIN portable USING (request_id)
ORDER BY chosen.request_id;

DROP TABLE edit_now;
DROP TABLE edit_chosen;
DROP TABLE edit_near;
DROP TABLE edit_sought;
DROP TABLE edit_answer;
DROP TABLE edit_pool;
DROP TABLE edit_pair;
DROP TABLE edit_locality;
DROP TABLE edit_portability;
DROP TABLE edit_prompts;
