-- Questions with their answers, of the kinds that are made of them. What stands masked in the corpus
-- stands so in no sentence, so that nothing is taken of it.
SELECT
    document_id, position, template, sentence, fact_ids, {asked_and_answered} AS said
FROM text.statement AS statement
JOIN text.document AS document USING (document_id)
SEMI JOIN asked USING (document_id)
ANTI JOIN text.masked USING (document_id)
ANTI JOIN text.rewrite USING (document_id)
WHERE ends_with(document.kind, '_questions')
