-- Groups of at least 20 households with one age band and composition, and the categories that a
-- larger share of the group buys than of all households that bought anything: the 5 of the highest
-- ratio that at least 20 of the group buy. Confidence is the share of the group.
CREATE OR REPLACE TEMP TABLE member AS
WITH grouped AS (
    SELECT customer_id, age, composition, concat('age ', age, ', ', composition) AS group_key
    FROM behaviour.customer
    WHERE source = getvariable('wareword_source') AND age IS NOT NULL AND composition IS NOT NULL
)
SELECT
    customer_id, age, composition,
    group_key AS key,
    node_id('segment', getvariable('wareword_source'), group_key) AS segment
FROM grouped;

CREATE OR REPLACE TEMP TABLE segment AS
SELECT segment, key, age, composition, count(*) AS members
FROM member
GROUP BY segment, key, age, composition
HAVING count(*) >= 20;

CREATE OR REPLACE TEMP TABLE staged_node AS
SELECT
    segment AS node_id,
    'segment' AS kind,
    getvariable('wareword_source') AS source,
    key,
    key AS label
FROM segment;

CREATE OR REPLACE TEMP TABLE staged AS
WITH
buyer AS (
    SELECT DISTINCT event.customer_id, link.object AS category
    FROM behaviour.event AS event
    JOIN facts.current AS link
        ON link.subject = event.product_id
        AND link.predicate = 'category'
        AND link.provenance = 'stated'
    WHERE event.source = getvariable('wareword_source') AND event.event_type = 'purchase'
),
household AS (
    SELECT count(DISTINCT customer_id) AS households FROM behaviour.event
    WHERE source = getvariable('wareword_source') AND event_type = 'purchase'
),
everyone AS (
    SELECT category, count(customer_id) / any_value(households) AS share
    FROM buyer CROSS JOIN household GROUP BY category
),
grouped AS (
    SELECT segment.segment, buyer.category, count(*) / segment.members AS share
    FROM buyer JOIN member USING (customer_id) JOIN segment ON segment.segment = member.segment
    GROUP BY segment.segment, segment.members, buyer.category HAVING count(*) >= 20
),
preferred AS (
    SELECT grouped.segment, grouped.category, grouped.share
    FROM grouped JOIN everyone USING (category)
    WHERE grouped.share > everyone.share
    QUALIFY row_number() OVER (
        PARTITION BY grouped.segment
        ORDER BY round(grouped.share / everyone.share, 9) DESC, grouped.category
    ) <= 5
),
said AS (
    SELECT
        segment AS subject,
        'memberCount' AS predicate,
        members::VARCHAR AS object,
        'literal' AS object_kind,
        1.0 AS confidence
    FROM segment
    UNION ALL
    SELECT segment, 'segmentAge', age, 'literal', 1.0 FROM segment
    UNION ALL
    SELECT segment, 'segmentComposition', composition, 'literal', 1.0 FROM segment
    UNION ALL
    SELECT segment, 'prefers', category, 'node', round(share, 4) FROM preferred
)
SELECT
    subject,
    predicate,
    object,
    object_kind,
    NULL::VARCHAR AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    confidence::DOUBLE AS confidence
FROM said;
