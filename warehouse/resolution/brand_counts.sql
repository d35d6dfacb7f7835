-- How many products brands have that are one in several sources: adds `brandCount` facts to the
-- temporary table resolved, which has the fused values of entities. An entity counts once.
INSERT INTO resolved
WITH
same AS (
    SELECT fact.subject AS brand, fact.object AS standing_id
    FROM facts.current AS fact JOIN facts.node AS node ON node.node_id = fact.subject
    WHERE fact.predicate = 'sameAs' AND node.kind = 'brand'
    UNION
    SELECT fact.object, fact.object
    FROM facts.current AS fact JOIN facts.node AS node ON node.node_id = fact.object
    WHERE fact.predicate = 'sameAs' AND node.kind = 'brand'
),
branded AS (
    SELECT member.entity_id, coalesce(fused.object, fact.object) AS brand
    FROM facts.current AS fact
    JOIN catalog.entity_member AS member ON member.product_id = fact.subject
    LEFT JOIN resolved AS fused
        ON fused.subject = member.entity_id AND fused.predicate = 'brand'
    WHERE fact.predicate = 'brand' AND fact.provenance = 'stated'
)
SELECT
    same.standing_id AS subject,
    'brandCount' AS predicate,
    count(DISTINCT branded.entity_id)::VARCHAR AS object,
    'literal' AS object_kind,
    NULL AS unit,
    NULL AS language,
    'resolved' AS provenance,
    1 AS confidence
FROM branded JOIN same USING (brand)
GROUP BY same.standing_id;
