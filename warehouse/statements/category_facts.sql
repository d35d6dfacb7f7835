-- Checked categories of a category feed (good) to nodes and facts.
CREATE OR REPLACE TEMP TABLE staged_node AS
SELECT category_id AS node_id, 'category' AS kind, getvariable('wareword_source') AS source, key, name AS label FROM good;

CREATE OR REPLACE TEMP TABLE staged AS
WITH said AS (
    SELECT category_id AS subject, 'level' AS predicate, level AS object, 'literal' AS object_kind FROM good
    UNION ALL
    SELECT category_id, 'broader', parent_id, 'node' FROM good WHERE parent_id IS NOT NULL
)
SELECT *, NULL::VARCHAR AS unit, NULL::VARCHAR AS language, 'stated' AS provenance, 1.0::DOUBLE AS confidence FROM said
WHERE object IS NOT NULL;
