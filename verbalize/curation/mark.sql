-- Duplicates to their documents. An exact duplicate of a near duplicate is a duplicate of the one that is kept.
UPDATE text.document SET duplicate_of = NULL WHERE duplicate_of IS NOT NULL;

UPDATE text.document SET duplicate_of = marked.kept
FROM (
    WITH
    near AS (
        SELECT mine.document_id, theirs.document_id AS kept
        FROM near_found
        JOIN original AS mine ON mine.number = near_found.number
        JOIN original AS theirs ON theirs.number = near_found.kept
    )
    SELECT document_id, kept FROM near
    UNION ALL
    SELECT exact.document_id, coalesce(near.kept, exact.kept)
    FROM exact LEFT JOIN near ON near.document_id = exact.kept
) AS marked
WHERE text.document.document_id = marked.document_id;
