-- The categories that products (placed_product) name, and the parent of each: the one of most of its
-- products, ties by name. A category that is a path (A > B > C) has the path above it as its
-- parent. What a category feed has declared, by key, keeps what the feed says. Makes tree,
-- staged_node and staged.
CREATE OR REPLACE TEMP TABLE tree AS
WITH
placed AS (
    SELECT
        'department/' || department AS department,
        string_split(category, ' > ') AS path,
        'category/' || category AS category,
        'type/' || product_type AS product_type,
        products
    FROM (
        SELECT department, category, product_type, count(*) AS products
        FROM placed_product
        GROUP BY ALL
    )
),
-- Each step of a path, from 'category/A' to 'category/A > B > C', with the step above it.
step AS (
    SELECT path, unnest(range(1, len(path) + 1)) AS depth
    FROM (SELECT DISTINCT path FROM placed WHERE len(path) > 1)
),
edge AS (
    SELECT department AS key, 'department' AS level, NULL AS parent, products FROM placed
    UNION ALL
    SELECT category, 'category', department, products FROM placed WHERE len(path) = 1
    UNION ALL
    SELECT
        'category/' || array_to_string(path[:depth], ' > '),
        'category',
        CASE WHEN depth > 1 THEN 'category/' || array_to_string(path[:depth - 1], ' > ') END,
        1
    FROM step
    UNION ALL
    SELECT product_type, 'type', coalesce(category, department), products FROM placed
),
chosen AS (
    SELECT key, level, parent
    FROM edge
    WHERE key IS NOT NULL
    GROUP BY key, level, parent
    QUALIFY row_number() OVER (
        PARTITION BY key ORDER BY parent IS NULL, sum(products) DESC, parent
    ) = 1
),
declared AS (
    SELECT category.key
    FROM catalog.category AS category
    JOIN ops.load USING (load_id)
    WHERE category.source = getvariable('wareword_source') AND load.kind = 'category'
)
SELECT
    node_id('category', getvariable('wareword_source'), chosen.key) AS node_id,
    getvariable('wareword_source') AS source,
    chosen.key,
    string_split(substr(chosen.key, strpos(chosen.key, '/') + 1), ' > ')[-1] AS label,
    level,
    CASE
        WHEN parent IS NOT NULL
        THEN node_id('category', getvariable('wareword_source'), coalesce(above.key, parent))
    END AS parent_id
FROM chosen
LEFT JOIN declared AS above ON above.key = substr(parent, strpos(parent, '/') + 1)
WHERE substr(chosen.key, strpos(chosen.key, '/') + 1) NOT IN (FROM declared)
    AND chosen.key NOT IN (FROM declared);

CREATE OR REPLACE TEMP TABLE staged_node AS
SELECT node_id, 'category' AS kind, source, key, label FROM tree;

CREATE OR REPLACE TEMP VIEW staged AS
WITH said AS (
    SELECT node_id AS subject, 'level' AS predicate, level AS object, 'literal' AS object_kind
    FROM tree
    UNION ALL
    SELECT node_id, 'broader', parent_id, 'node' FROM tree WHERE parent_id IS NOT NULL
)
SELECT
    *,
    NULL::VARCHAR AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    1.0::DOUBLE AS confidence
FROM said;
