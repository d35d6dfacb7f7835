-- The categories that products of a source name, and the parent of each: the one of most of its
-- products, ties by name. A category that is a path (A > B > C) has the path above it as its
-- parent. Makes tree, staged_node and staged.
CREATE OR REPLACE TEMP TABLE tree AS
WITH
placed AS (
    SELECT
        nullif('department/' || department, NULL) AS department,
        nullif('category/' || category, NULL) AS category,
        nullif('type/' || product_type, NULL) AS product_type
    FROM catalog.product WHERE source = getvariable('wareword_source')
),
-- Each step of a path, from 'category/A' to 'category/A > B > C', with the step above it.
step AS (
    SELECT DISTINCT category, unnest(range(2, len(string_split(category, '>')) + 1)) AS depth
    FROM placed WHERE contains(category, '>')
),
edge AS (
    SELECT department AS key, 'department' AS level, NULL AS parent, 0 AS products FROM placed WHERE department IS NOT NULL
    UNION ALL
    SELECT category, 'category', CASE WHEN NOT contains(category, '>') THEN department END, 1 FROM placed
    WHERE category IS NOT NULL AND NOT contains(category, '>')
    UNION ALL
    SELECT
        rtrim(array_to_string(string_split(category, '>')[:depth], '>')), 'category',
        rtrim(array_to_string(string_split(category, '>')[:depth - 1], '>')), 1
    FROM step
    UNION ALL
    SELECT rtrim(string_split(category, '>')[1]), 'category', NULL, 0 FROM placed WHERE contains(category, '>')
    UNION ALL
    SELECT product_type, 'type', coalesce(category, department), 1 FROM placed WHERE product_type IS NOT NULL
),
counted AS (
    SELECT key, any_value(level) AS level, parent, sum(products) AS products FROM edge GROUP BY key, parent
),
chosen AS (
    SELECT * FROM counted
    QUALIFY row_number() OVER (PARTITION BY key ORDER BY parent IS NULL, products DESC, parent) = 1
),
-- Categories that a category feed has declared keep what it says.
undeclared AS (
    SELECT chosen.* FROM chosen
    WHERE substr(key, strpos(key, '/') + 1) NOT IN (
        SELECT category.key FROM catalog.category AS category
        WHERE category.source = getvariable('wareword_source') AND NOT regexp_matches(category.key, '^(department|category|type)/')
    )
)
SELECT
    node_id('category', getvariable('wareword_source'), key) AS node_id,
    getvariable('wareword_source') AS source,
    key,
    trim(string_split(substr(key, strpos(key, '/') + 1), '>')[-1]) AS label,
    level,
    CASE WHEN parent IS NOT NULL THEN node_id('category', getvariable('wareword_source'), parent) END AS parent_id
FROM undeclared;

CREATE OR REPLACE TEMP TABLE staged_node AS
SELECT node_id, 'category' AS kind, source, key, label FROM tree;

CREATE OR REPLACE TEMP TABLE staged AS
WITH said AS (
    SELECT node_id AS subject, 'level' AS predicate, level AS object, 'literal' AS object_kind FROM tree
    UNION ALL
    SELECT node_id, 'broader', parent_id, 'node' FROM tree WHERE parent_id IS NOT NULL
)
SELECT *, NULL::VARCHAR AS unit, NULL::VARCHAR AS language, 'stated' AS provenance, 1.0::DOUBLE AS confidence FROM said;
