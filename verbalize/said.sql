-- Products of an entity, and brands that are one: of these there are counts, each its own.
one_thing AS (
    SELECT entity_id AS thing, product_id AS node_id FROM catalog.entity_member
    UNION
    SELECT same.object, unnest([same.object, same.subject])
    FROM facts.current AS same JOIN facts.node AS node ON node.node_id = same.subject
    WHERE same.predicate = 'sameAs' AND node.kind = 'brand'
),
-- The sources on which a resolved fact rests: those that state it.
resting AS (
    SELECT fact.fact_id, list(DISTINCT stated.source) AS sources
    FROM facts.fact AS fact
    JOIN one_thing ON one_thing.thing = fact.subject
    JOIN facts.fact AS stated
        ON stated.subject = one_thing.node_id
        AND stated.predicate = fact.predicate
        AND stated.provenance = 'stated'
        AND (stated.object = fact.object OR fact.predicate = 'brandCount')
        AND stated.unit IS NOT DISTINCT FROM fact.unit
    WHERE fact.provenance = 'resolved'
    GROUP BY fact.fact_id
),
-- What is known of the facts of `told` (id, fact_ids).
said AS (
    SELECT
        id,
        max(valid_from) AS created,
        count(*) FILTER (provenance = 'stated') AS stated,
        count(*) FILTER (provenance = 'predicted') AS predicted,
        count(*) FILTER (provenance = 'resolved') AS resolved,
        list_sort(list_distinct(list_concat(
            list(fact.source) FILTER (provenance = 'stated'), flatten(list(resting.sources))
        ))) AS sources
    FROM (SELECT id, unnest(fact_ids) AS fact_id FROM told)
    JOIN facts.fact AS fact USING (fact_id)
    LEFT JOIN resting USING (fact_id)
    GROUP BY id
)
