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
ORDER BY document_id, position;

INSERT INTO text.document
SELECT
    document_id,
    titled.kind,
    getvariable('text_language') AS language,
    titled.subject,
    titled.title,
    string_agg(statement.sentence, ' ' ORDER BY statement.position) AS text,
    NULL AS tokens
FROM titled JOIN text.statement AS statement USING (document_id)
GROUP BY ALL
ORDER BY document_id;
