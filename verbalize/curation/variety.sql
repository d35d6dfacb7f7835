-- How varied the documents are that are kept, a row a language: text.variety. Input: near_left
-- (document_id), near duplicates that are still there. distinct-n is the share of n-grams that come
-- for the first time (Li et al. 2016), of up to $documents documents a language, for it falls with
-- their number; a letter of a script without spaces counts as a word. Entropy is in bits.
INSERT INTO text.variety
WITH
kept AS (
    SELECT document_id, language FROM text.kept
),
-- Chosen before words are looked for: those of all documents would fill the memory.
chosen AS (
    SELECT document_id FROM kept
    QUALIFY row_number() OVER (PARTITION BY language ORDER BY md5(document_id)) <= $documents
),
sampled AS (
    SELECT
        language,
        regexp_extract_all(
            lower(text),
            '[\p{Latin}\p{Greek}\p{Cyrillic}\pN]+(?:[.,''’][\p{Latin}\p{Greek}\p{Cyrillic}\pN]+)*|\pL'
        ) AS words
    FROM text.kept SEMI JOIN chosen USING (document_id)
),
gram AS (
    SELECT language, unnest(list_transform(range(1, len(words) + 1), lambda i: {
        'one': hash(words[i]),
        'two': CASE WHEN i < len(words) THEN hash(words[i], words[i + 1]) END,
        'three': CASE
            WHEN i < len(words) - 1 THEN hash(words[i], words[i + 1], words[i + 2])
        END
    })) AS gram
    FROM sampled
),
distinct_share AS (
    SELECT
        language,
        count(DISTINCT gram.one) / count(gram.one) AS distinct_1,
        count(DISTINCT gram.two) / count(gram.two) AS distinct_2,
        count(DISTINCT gram.three) / count(gram.three) AS distinct_3
    FROM gram GROUP BY language
),
said AS (
    SELECT
        language,
        entropy(template) AS template_entropy,
        entropy(concat_ws(' ', template, phrasing)) AS wording_entropy,
        avg(len(fact_ids)) AS facts_per_sentence
    FROM text.statement JOIN kept USING (document_id) GROUP BY language
),
near AS (
    SELECT
        language,
        count(*) AS documents,
        count(*) FILTER (kept.document_id IS NOT NULL) AS kept_documents,
        count(*) FILTER (removed.stage IN ('exact', 'near')) AS gone,
        count(*) FILTER (near_left.document_id IS NOT NULL) AS left_over
    FROM text.document
    LEFT JOIN kept USING (document_id, language)
    LEFT JOIN text.removed AS removed USING (document_id)
    LEFT JOIN near_left USING (document_id)
    GROUP BY language
)
SELECT
    language,
    near.kept_documents,
    round(distinct_1, 4),
    round(distinct_2, 4),
    round(distinct_3, 4),
    round(template_entropy, 3),
    round(wording_entropy, 3),
    round(facts_per_sentence, 3),
    round((near.gone + near.left_over) / near.documents, 4),
    round(near.left_over / near.kept_documents, 4)
FROM near
JOIN said USING (language)
LEFT JOIN distinct_share USING (language)
WHERE near.kept_documents > 0
ORDER BY language;
