-- Documents by number, exact duplicates, and the three-word runs of all others (shingle) as sets of hashes.
CREATE OR REPLACE TEMP TABLE exact AS
WITH alike AS (
    SELECT document_id, min(document_id) OVER (PARTITION BY language, text) AS kept FROM text.document
)
SELECT document_id, kept FROM alike WHERE document_id <> kept;

CREATE OR REPLACE TEMP TABLE original AS
SELECT row_number() OVER (ORDER BY document_id)::INTEGER AS number, document_id
FROM text.document ANTI JOIN exact USING (document_id);

CREATE OR REPLACE TEMP TABLE shingle AS
WITH word AS (
    SELECT original.number, string_split(lower(document.text), ' ') AS words
    FROM original JOIN text.document AS document USING (document_id)
)
SELECT
    number,
    list_sort(list_distinct(list_transform(
        range(1, greatest(len(words) - 1, 2)),
        lambda i: md5_number_lower(concat_ws(' ', words[i], words[i + 1], words[i + 2]))
    ))) AS shingles
FROM word;

CREATE OR REPLACE TEMP TABLE band (number INTEGER, band INTEGER, key UBIGINT);
