-- For each chosen edit the questions whose answers must not change (edit_locality).
CREATE OR REPLACE TEMP TABLE edit_locality AS
WITH
neighbour AS (
    SELECT request_id, 'neighbour' AS "rule", prompt, answer, fact_id, draw
    FROM edit_pair
    WHERE kept
    QUALIFY row_number() OVER (PARTITION BY request_id ORDER BY width, draw) <= 3
),
by_answer AS (
    SELECT predicate, subject, prompt, answer, fact_id, draw FROM edit_answer
    SEMI JOIN (
        SELECT predicate, target_old AS answer FROM edit_chosen WHERE change = 'conflict'
        UNION
        SELECT predicate, target_new FROM edit_chosen
    ) AS sought USING (predicate, answer)
    WHERE kept
    QUALIFY row_number() OVER (PARTITION BY predicate, answer ORDER BY draw) <= 10
),
same_answer AS (
    SELECT
        wanted.request_id,
        wanted."rule",
        by_answer.prompt,
        by_answer.answer,
        by_answer.fact_id,
        md5(concat(wanted.request_id, by_answer.draw)) AS draw
    FROM (
        SELECT request_id, subject, predicate, 'old_answer' AS "rule", target_old AS answer
        FROM edit_chosen
        UNION ALL
        SELECT request_id, subject, predicate, 'new_answer', target_new
        FROM edit_chosen
    ) AS wanted
    JOIN by_answer USING (predicate, answer)
    WHERE by_answer.subject <> wanted.subject
    QUALIFY row_number() OVER (
        PARTITION BY wanted.request_id, wanted."rule"
        ORDER BY md5(concat(wanted.request_id, by_answer.draw))
    ) <= 5
),
other_fact AS (
    SELECT
        chosen.request_id, 'other_fact', answer.prompt, answer.answer, answer.fact_id, answer.draw
    FROM edit_chosen AS chosen
    JOIN edit_answer AS answer
        ON answer.subject = chosen.subject AND answer.predicate <> chosen.predicate
    WHERE answer.kept AND answer.answer <> ''
    QUALIFY row_number() OVER (PARTITION BY chosen.request_id ORDER BY answer.draw) <= 2
),
linked_fact AS (
    SELECT
        chosen.request_id, 'linked_fact', answer.prompt, answer.answer, answer.fact_id, answer.draw
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
    SELECT prompt, answer, fact_id, draw
    FROM edit_answer
    WHERE kept AND answer <> ''
    ORDER BY draw
    LIMIT 20
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
