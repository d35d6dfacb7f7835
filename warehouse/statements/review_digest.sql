-- What reviews say, by product: how many there are, how many speak of each aspect (by its words,
-- facts.review_aspect), and one sentence of the side that most of them take. Confidence is the
-- share of four stars or more among those with stars, and zero, of which no document speaks, where
-- fewer than ten have stars. Stars are those of the whole review: they do not tell what it thinks
-- of the aspect alone. A sentence ends at a mark with white space, or nothing, behind it. What has
-- no such end, or is cut short by dots, is not quoted, nor is a sentence with a link, an address or
-- a number of five digits.
CREATE OR REPLACE TEMP TABLE staged AS
WITH
review AS MATERIALIZED (
    SELECT
        review_id, product_id, rating, helpful_votes,
        concat_ws('. ', title, regexp_replace(body, '<[^>]*>', ' ', 'g')) AS said
    FROM behaviour.review
    WHERE source = getvariable('wareword_source')
),
speaking AS MATERIALIZED (
    SELECT review.*, aspect, pattern
    FROM review JOIN facts.review_aspect ON regexp_matches(lower(said), pattern)
),
digest AS (
    SELECT
        product_id, aspect, count(*) AS reviews, count(rating) AS rated,
        avg((rating >= 4)::INTEGER) AS share
    FROM speaking GROUP BY product_id, aspect HAVING count(*) >= 3
),
part AS (
    SELECT
        product_id, aspect, pattern, review_id, helpful_votes,
        unnest(
            regexp_extract_all(
                regexp_replace(
                    regexp_replace(trim(said), '\s+', ' ', 'g'), '([.!?]+)( |$)|([。！？]+)',
                    '\1\3' || chr(10), 'g'
                ),
                '([^\n]*)\n', 1
            )
        ) AS sentence
    FROM speaking JOIN digest USING (product_id, aspect)
    WHERE share IS NULL OR (rating >= 4) = (share >= 0.5)
),
quote AS (
    SELECT product_id, aspect, regexp_replace(trim(sentence), '[.。]$', '') AS sentence
    FROM part
    WHERE regexp_matches(lower(sentence), pattern)
        AND length(trim(sentence)) BETWEEN 20 AND 120
        AND NOT regexp_matches(lower(sentence), '@|http|www|\d{5}|\d{3}[ -]\d{3,4}|\.\.$|…')
    QUALIFY row_number() OVER (
        PARTITION BY product_id, aspect
        ORDER BY helpful_votes DESC NULLS LAST, review_id, length(sentence), sentence
    ) = 1
),
counted AS (
    SELECT
        product_id AS subject, 'reviewCount' AS predicate, count(*)::VARCHAR AS object,
        count(rating) AS rated, avg((rating >= 4)::INTEGER) AS share
    FROM review GROUP BY product_id
    UNION ALL
    SELECT product_id, aspect || 'Reviews', reviews::VARCHAR, rated, share FROM digest
),
said AS (
    SELECT subject, predicate, object, if(rated >= 10, share, 0) AS share FROM counted
    UNION ALL
    SELECT product_id, aspect || 'Quote', sentence, 1 FROM quote
)
SELECT
    subject,
    predicate,
    object,
    'literal' AS object_kind,
    NULL::VARCHAR AS unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    round(share, 4)::DOUBLE AS confidence
FROM said;
