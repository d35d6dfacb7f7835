-- Words that are safe in a prompt: no control or formatting characters, no long text, and no braces,
-- which templates and str.format read.
CREATE OR REPLACE TEMP MACRO edit_clean(words) AS
trim(left(regexp_replace(translate(words, '{}', '()'), '[\pC\pZ]+', ' ', 'g'), 200));

-- A literal as a target: money with its sign, counts with separators of thousands.
CREATE OR REPLACE TEMP MACRO edit_literal(predicate, object, unit) AS
edit_clean(CASE
    WHEN unit = 'USD' THEN '$' || object
    WHEN unit IS NOT NULL THEN object || ' ' || unit
    WHEN predicate IN ('productCount', 'makesProducts', 'brandCount', 'memberCount') THEN
        coalesce(format('{:,}', TRY_CAST(object AS BIGINT)), object)
    WHEN predicate = 'size' THEN lower(object)
    ELSE object
END);

CREATE OR REPLACE TEMP TABLE edit_name AS
WITH
worded AS (
    SELECT node.node_id, node.kind, node.key, coalesce(edit_label.words, node.label) AS words
    FROM facts.node AS node
    LEFT JOIN edit_label ON edit_label.label = CASE node.kind WHEN 'category' THEN node.label END
    WHERE node.kind <> 'customer'
),
stated AS (
    SELECT
        f.subject,
        max(o.words) FILTER (f.predicate = 'productType') AS product_type,
        max(o.words) FILTER (f.predicate = 'category') AS category,
        max(o.words) FILTER (f.predicate = 'department') AS department,
        max(f.object) FILTER (f.predicate = 'size') AS size,
        max(f.object) FILTER (f.predicate = 'level') AS level
    FROM facts.as_of(getvariable('edit_t1')) AS f
    LEFT JOIN worded AS o ON o.node_id = f.object
    WHERE f.predicate IN ('productType', 'category', 'department', 'size', 'level')
        AND f.provenance <> 'predicted'
    GROUP BY f.subject
),
named AS (
    SELECT
        worded.node_id,
        worded.kind,
        edit_clean(CASE
            WHEN worded.kind = 'product' AND worded.words = worded.key THEN
                concat(
                    concat_ws(', ', coalesce(product_type, category, department, 'product'), lower(size)),
                    ' (item ', worded.key, ')'
                )
            ELSE worded.words
        END) AS target_text,
        CASE worded.kind
            WHEN 'product' THEN ''
            WHEN 'category' THEN
                concat('the ', CASE level WHEN 'type' THEN 'product type' ELSE coalesce(level, 'category') END, ' ')
            WHEN 'segment' THEN 'households of '
            ELSE 'the ' || worded.kind || ' '
        END AS article
    FROM worded LEFT JOIN stated ON stated.subject = worded.node_id
)
SELECT
    node_id,
    kind,
    CASE
        WHEN count(*) OVER (PARTITION BY article || target_text) = 1 THEN article || target_text
    END AS subject_text,
    target_text
FROM named
WHERE target_text <> '';
