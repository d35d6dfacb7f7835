-- Words that are safe in a prompt: no control or formatting characters, no braces (templates and str.format read them), no long runs.
CREATE OR REPLACE TEMP MACRO edit_clean(words) AS
trim(left(regexp_replace(translate(words, '{}', '()'), '[\pC\pZ]+', ' ', 'g'), 200));

CREATE OR REPLACE TEMP MACRO edit_readable(words) AS
CASE
    WHEN words = upper(words) THEN upper(left(words, 1)) || lower(substr(words, 2))
    ELSE words
END;

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
stated AS (
    SELECT
        f.subject,
        max(n.label) FILTER (f.predicate = 'productType') AS product_type,
        max(n.label) FILTER (f.predicate = 'category') AS category,
        max(n.label) FILTER (f.predicate = 'department') AS department,
        max(f.object) FILTER (f.predicate = 'size') AS size,
        max(f.object) FILTER (f.predicate = 'level') AS level
    FROM facts.as_of(getvariable('edit_t1')) AS f
    LEFT JOIN facts.node AS n ON n.node_id = f.object
    WHERE f.predicate IN ('productType', 'category', 'department', 'size', 'level') AND f.provenance <> 'predicted'
    GROUP BY f.subject
),
named AS (
    SELECT
        node.node_id,
        node.kind,
        edit_clean(CASE
            WHEN node.kind = 'product' AND node.label <> node.key THEN node.label
            WHEN node.kind = 'product' THEN
                concat_ws(', ', edit_readable(coalesce(product_type, category, department, 'product')), lower(size))
                || ' (item ' || node.key || ')'
            ELSE edit_readable(node.label)
        END) AS target_text,
        CASE node.kind
            WHEN 'product' THEN ''
            WHEN 'category' THEN 'the ' || CASE level WHEN 'type' THEN 'product type' ELSE coalesce(level, 'category') END || ' '
            WHEN 'segment' THEN 'households of '
            ELSE 'the ' || node.kind || ' '
        END AS article
    FROM facts.node AS node LEFT JOIN stated ON stated.subject = node.node_id
    WHERE node.kind <> 'customer'
)
SELECT
    node_id,
    kind,
    CASE WHEN count(*) OVER (PARTITION BY article || target_text) = 1 THEN article || target_text END AS subject_text,
    target_text
FROM named
WHERE target_text <> '';
