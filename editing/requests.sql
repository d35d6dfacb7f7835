-- The chosen edits with all that is asked about them to edit.request.
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
    SELECT
        request_id,
        list(
            {'rule': "rule", 'prompt': prompt, 'answer': answer, 'fact_id': fact_id}
            ORDER BY "rule", draw, fact_id
        ) AS locality
    FROM edit_locality
    GROUP BY request_id
),
portable AS (
    SELECT
        request_id,
        list(
            {'rule': "rule", 'prompt': prompt, 'answer': answer, 'fact_id': fact_id}
            ORDER BY "rule"
        ) AS portability
    FROM edit_portability
    GROUP BY request_id
)
SELECT
    chosen.* EXCLUDE (object_kind, unit_old, unit_new),
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
