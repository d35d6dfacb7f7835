-- Checked categories of a category feed (good) to nodes and facts. A parent that no feed has
-- declared is a node named by its key.
CREATE OR REPLACE TEMP TABLE staged_node AS
SELECT
    category_id AS node_id,
    'category' AS kind,
    getvariable('wareword_source') AS source,
    key,
    name AS label
FROM good
UNION ALL
SELECT DISTINCT parent_id, 'category', getvariable('wareword_source'), parent, parent
FROM good
WHERE parent_id IS NOT NULL
    AND parent_id NOT IN (SELECT category_id FROM good)
    AND parent_id NOT IN (SELECT node_id FROM facts.node);

CREATE OR REPLACE TEMP VIEW staged AS
WITH said AS (
    SELECT category_id AS subject, 'level' AS predicate, level AS object, 'literal' AS object_kind
    FROM good
    WHERE level IS NOT NULL
    UNION ALL
    SELECT category_id, 'broader', parent_id, 'node' FROM good WHERE parent_id IS NOT NULL
)
SELECT
    *,
    NULL::VARCHAR AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    1.0::DOUBLE AS confidence
FROM said;
