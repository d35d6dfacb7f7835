-- Sentences to documents, in the order of the template.
INSERT INTO text.statement
SELECT
    document_id,
    row_number() OVER (PARTITION BY document_id ORDER BY part, statement_order) AS position,
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
    string_agg(statement.sentence, ' ' ORDER BY statement.position) AS text,
    NULL AS tokens
FROM draft AS titled JOIN text.statement AS statement USING (document_id)
WHERE titled.statement_order < 0
GROUP BY ALL
ORDER BY document_id;
