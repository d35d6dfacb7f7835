-- How far the corpus says what sources state.
CREATE VIEW text.coverage AS
WITH said AS (
    SELECT DISTINCT unnest(statement.fact_ids) AS fact_id
    FROM text.statement AS statement
    SEMI JOIN text.kept AS kept ON kept.document_id = statement.document_id
)
SELECT
    fact.predicate,
    count(*) AS facts,
    count(said.fact_id) AS said,
    count(said.fact_id) / count(*) AS share
FROM facts.current AS fact
JOIN facts.predicate AS predicate ON predicate.predicate = fact.predicate
LEFT JOIN said ON said.fact_id = fact.fact_id
WHERE fact.provenance = 'stated' AND predicate.domain <> 'customer' AND predicate.range <> 'customer'
GROUP BY fact.predicate;
COMMENT ON VIEW text.coverage IS
    'How many of the facts that are stated and hold now some kept document says, by predicate. '
    'Facts of single persons, which no document says, are left out';
COMMENT ON COLUMN text.coverage.predicate IS 'Predicate (facts.predicate)';
COMMENT ON COLUMN text.coverage.facts IS 'Stated facts that hold now';
COMMENT ON COLUMN text.coverage.said IS 'Those of them that a sentence of text.kept names';
COMMENT ON COLUMN text.coverage.share IS 'said / facts, from 0 to 1';
