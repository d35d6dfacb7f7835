-- Queries and the products that answer them: as judged (ESCI's exact, substitute and complement, or
-- any other judgment of half the gain and more), or as chosen by at least 20 customers.
--
-- What a customer typed may tell of that person: a query of which customers are known is told only
-- if at least 20 typed it. Queries without a customer are as their data set publishes them. Texts
-- that differ only in case and white space are one query.
CREATE OR REPLACE TEMP TABLE asked AS
WITH typed AS (
    SELECT
        query_id, customer_id, product_id, relevance,
        lower(trim(regexp_replace(text, '\s+', ' ', 'g'))) AS key
    FROM behaviour.query
    WHERE source = getvariable('wareword_source')
)
SELECT *, node_id('query', getvariable('wareword_source'), key) AS node
FROM typed
WHERE key <> '' AND key NOT IN (
    SELECT key FROM typed
    GROUP BY key HAVING count(DISTINCT customer_id) BETWEEN 1 AND 19
);

CREATE OR REPLACE TEMP TABLE staged AS
WITH said AS (
    SELECT
        node AS subject,
        CASE
            WHEN lower(label) = 'substitute' THEN 'substitutedBy'
            WHEN lower(label) = 'complement' THEN 'complementedBy'
            WHEN grade >= 0.5 THEN 'answeredBy'
        END AS predicate,
        judgment.product_id AS object
    FROM asked JOIN behaviour.judgment AS judgment USING (query_id)
    UNION
    SELECT node, 'answeredBy', product_id
    FROM asked WHERE product_id IS NOT NULL AND relevance IS NULL
    GROUP BY node, product_id HAVING count(DISTINCT customer_id) >= 20
)
SELECT DISTINCT
    subject,
    predicate,
    object,
    'node' AS object_kind,
    NULL::VARCHAR AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    1.0::DOUBLE AS confidence
FROM said WHERE predicate IS NOT NULL;

CREATE OR REPLACE TEMP TABLE staged_node AS
SELECT DISTINCT
    node AS node_id, 'query' AS kind, getvariable('wareword_source') AS source, key, key AS label
FROM asked SEMI JOIN staged ON staged.subject = asked.node;
