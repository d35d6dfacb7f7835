-- Pairs that share a band, each document with the first of its bucket (so the number of pairs follows the number of documents); their
-- true similarity; and whether the first tells all that the other does, identifiers aside.
CREATE OR REPLACE TEMP TABLE pair AS
WITH led AS (
    SELECT number, min(number) OVER (PARTITION BY band, key) AS other FROM band
)
SELECT DISTINCT number, other FROM led WHERE number <> other;

CREATE OR REPLACE TEMP TABLE resembling AS
WITH
compared AS (
    SELECT
        pair.number,
        pair.other,
        len(list_intersect(mine.shingles, theirs.shingles)) AS common,
        len(mine.shingles) + len(theirs.shingles) AS both_sizes
    FROM pair
    JOIN shingle AS mine ON mine.number = pair.number
    JOIN shingle AS theirs ON theirs.number = pair.other
)
SELECT number, other, common / (both_sizes - common) AS similarity
FROM compared
WHERE common / (both_sizes - common) >= getvariable('text_threshold');

CREATE OR REPLACE TEMP TABLE content AS
WITH
wanted AS (
    SELECT number FROM resembling
    UNION
    SELECT other FROM resembling
),
said AS (
    SELECT wanted.number, unnest(statement.fact_ids) AS fact_id
    FROM wanted
    JOIN original USING (number)
    JOIN text.statement AS statement USING (document_id)
)
SELECT
    said.number,
    list(DISTINCT concat_ws(
        chr(31), fact.predicate, fact.object, coalesce(fact.unit, ''), fact.provenance, fact.valid_from, coalesce(fact.valid_to::VARCHAR, '')
    )) AS told
FROM said JOIN facts.fact AS fact USING (fact_id)
WHERE fact.predicate NOT IN ('sku', 'gtin')
GROUP BY said.number;

ALTER TABLE resembling ADD COLUMN replaceable BOOLEAN DEFAULT false;

UPDATE resembling SET replaceable = true
FROM (
    SELECT resembling.number, resembling.other
    FROM resembling
    LEFT JOIN content AS mine ON mine.number = resembling.number
    LEFT JOIN content AS theirs ON theirs.number = resembling.other
    WHERE list_has_all(coalesce(theirs.told, []), coalesce(mine.told, []))
) AS same
WHERE resembling.number = same.number AND resembling.other = same.other;

CREATE OR REPLACE TEMP TABLE replaceable AS
SELECT number, other FROM resembling WHERE replaceable;
