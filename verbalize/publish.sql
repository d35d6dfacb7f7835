-- Sentences to documents, in the order of the template; of variants, what may stand anywhere comes
-- in the order that was drawn, after what may not.
INSERT INTO text.statement
SELECT
    document_id,
    row_number() OVER (
        PARTITION BY document_id ORDER BY part, place NULLS FIRST, statement_order
    ) AS position,
    template,
    phrasing,
    sentence,
    fact_ids
FROM draft
WHERE statement_order >= 0
ORDER BY document_id, position;

INSERT INTO text.document
SELECT
    document_id,
    split_part(titled.template, '.', 1) AS kind,
    getvariable('text_language') AS language,
    titled.subject,
    titled.sentence AS title,
    array_to_string(
        list(statement.sentence ORDER BY statement.position), getvariable('text_gap')
    ) AS text,
    NULL AS tokens
FROM draft AS titled JOIN text.statement AS statement USING (document_id)
WHERE titled.statement_order < 0
GROUP BY ALL
ORDER BY document_id;

INSERT INTO text.variant
SELECT document_id, variant, register, brief, apart FROM draft
WHERE statement_order < 0 AND variant > 0 AND document_id IN (SELECT document_id FROM text.document)
ORDER BY document_id;
