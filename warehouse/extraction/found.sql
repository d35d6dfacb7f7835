-- Values found in texts (answer) to facts (staged): each with the spelling that the catalog has for
-- the same letters and digits, else its own; where the attribute needs a name, only known ones.
CREATE OR REPLACE TEMP TABLE found_value AS
WITH
spelled AS (
    SELECT predicate, source, spelled, object, value, count(*) AS products
    FROM said_value
    GROUP BY ALL
),
spelling AS (
    FROM spelled
    QUALIFY row_number() OVER (
        PARTITION BY predicate, source, spelled ORDER BY products DESC, object
    ) = 1
)
SELECT
    answer.product_id,
    answer.predicate,
    answer.field,
    answer.start,
    answer.stop,
    answer.value AS "text",
    answer.confidence,
    predicate.range <> 'literal' AS is_name,
    coalesce(spelling.object, CASE WHEN predicate.range = 'literal' THEN answer.value END) AS object,
    CASE WHEN coalesce(spelling.value, answer.value) = answer.value THEN 'exact' ELSE 'spelling' END
        AS rule
FROM answer
JOIN product_text USING (product_id)
JOIN facts.predicate AS predicate USING (predicate)
LEFT JOIN spelling
    ON spelling.predicate = answer.predicate
    AND spelling.source = product_text.source
    AND spelling.spelled = plain_text(answer.value);

CREATE OR REPLACE TEMP TABLE staged AS
SELECT
    product_id AS subject,
    predicate,
    object,
    CASE WHEN is_name THEN 'node' ELSE 'literal' END AS object_kind,
    NULL::VARCHAR AS unit,
    NULL::VARCHAR AS language,
    $provenance AS provenance,
    confidence
FROM found_value
WHERE object IS NOT NULL;
