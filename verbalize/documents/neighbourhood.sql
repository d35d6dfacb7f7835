-- A node and the edges around it, for models that learn to read graphs: up to twelve predicates of
-- its own with up to four objects each, up to four nodes a predicate that point to it, and one step
-- further two facts of up to three of the nodes to which it points. Left out are persons, groups of
-- households, long texts, months and days, which are numbers without words here, and what
-- feeds say beside the canonical columns.
WITH
edge AS (
    SELECT
        known.subject, slot, object, object_kind, fact_id, confidence,
        predicate.cardinality = 'one' AS functional
    FROM known
    JOIN facts.predicate AS predicate ON predicate.predicate = known.slot
    WHERE predicate.domain <> 'segment'
        AND slot NOT IN (
            'sku', 'name', 'description', 'url', 'image', 'level', 'lowPrice', 'highPrice',
            'peaksIn', 'peaksOn'
        )
        AND NOT regexp_matches(slot, ':|^offers|Quote$|Reviews$')
        AND length(object) <= 120
),
outgoing AS (
    SELECT
        *,
        dense_rank() OVER (PARTITION BY subject ORDER BY slot) AS place,
        row_number() OVER (
            PARTITION BY subject, slot ORDER BY confidence DESC, md5(object)
        ) AS rank
    FROM edge
    QUALIFY rank <= 4 AND place <= 12
),
incoming AS (
    SELECT
        object AS subject, slot, subject AS object, fact_id,
        dense_rank() OVER (PARTITION BY object ORDER BY slot) AS place,
        row_number() OVER (
            PARTITION BY object, slot ORDER BY confidence DESC, md5(subject)
        ) AS rank
    FROM edge WHERE object_kind = 'node'
    QUALIFY rank <= 4
),
near AS (
    SELECT subject, object AS other, row_number() OVER (PARTITION BY subject ORDER BY place) AS place
    FROM outgoing WHERE object_kind = 'node' AND rank = 1
    QUALIFY place <= 3
),
summary AS (
    SELECT subject AS other, slot, object, object_kind, fact_id,
        row_number() OVER (PARTITION BY subject ORDER BY object_kind <> 'node', slot) AS step
    FROM outgoing WHERE functional
    QUALIFY step <= 2
),
further AS (
    SELECT near.subject, 100 + 10 * near.place + step AS part, summary.*
    FROM near JOIN summary USING (other)
    WHERE summary.object <> near.subject
),
told AS (
    SELECT subject, place AS part, slot, 'target' AS role, rank, object, object_kind, fact_id
    FROM outgoing
    UNION ALL
    SELECT subject, 50 + place, slot, 'origin', rank, object, 'node', fact_id FROM incoming
    UNION ALL
    SELECT subject, part, slot, 'other_target', 1, object, object_kind, fact_id FROM further
)
SELECT
    subject, part, role AS slot, rank, [fact_id] AS fact_ids, object, object_kind, false AS timed,
    NULL::TIMESTAMP AS valid_from, NULL::TIMESTAMP AS valid_to, NULL::DOUBLE AS share
FROM told
UNION ALL
SELECT DISTINCT subject, part, 'relation', 1, NULL, slot, 'literal', false, NULL, NULL, NULL
FROM told
UNION ALL
SELECT subject, part, 'other', 1, NULL, other, 'node', false, NULL, NULL, NULL FROM further
