-- Sentences of the documents that speak of the chosen products: those of whose facts at least half
-- are asked about. A document comes when all products that it speaks of have come.
WITH
evidence AS (
    SELECT DISTINCT document_id, unnest(fact_ids) AS fact_id FROM text.statement
),
about AS (
    SELECT
        evidence.document_id,
        max(study_product.place) AS place,
        avg((
            study_product.subject IS NOT NULL
            AND list_contains(list_append($predicates, 'sku'), fact.predicate)
        )::INTEGER) AS share
    FROM evidence
    JOIN facts.fact AS fact USING (fact_id)
    LEFT JOIN study_product USING (subject)
    GROUP BY evidence.document_id
)
SELECT
    document.document_id, document.kind, document.subject, about.place, statement.template,
    statement.phrasing, statement.sentence, statement.fact_ids
FROM text.statement AS statement
JOIN text.document AS document USING (document_id)
JOIN about USING (document_id)
WHERE about.share >= 0.5 AND document.language = $language
ORDER BY about.place, document_id, statement.position
