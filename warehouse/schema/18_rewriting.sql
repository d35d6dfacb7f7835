-- Documents that a language model said anew.
CREATE TABLE text.rewrite (
    document_id VARCHAR PRIMARY KEY,
    original_id VARCHAR NOT NULL,
    form VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    persona VARCHAR NOT NULL,
    length VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    call_id VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    reason VARCHAR,
    detail VARCHAR,
    coverage DOUBLE NOT NULL,
    faithfulness DOUBLE,
    readability DOUBLE,
    words INTEGER NOT NULL
);
COMMENT ON TABLE text.rewrite IS
    'What a language model made of documents; those without a reason are kept in text.document';
COMMENT ON COLUMN text.rewrite.document_id IS 'Document that it is, or would be';
COMMENT ON COLUMN text.rewrite.original_id IS 'Document that was rewritten';
COMMENT ON COLUMN text.rewrite.form IS 'paraphrase or description';
COMMENT ON COLUMN text.rewrite.language IS 'BCP 47 tag';
COMMENT ON COLUMN text.rewrite.persona IS 'Reader for whom a description is written';
COMMENT ON COLUMN text.rewrite.length IS 'Wanted length of a description: short, medium or long';
COMMENT ON COLUMN text.rewrite.model IS 'Model that wrote it';
COMMENT ON COLUMN text.rewrite.call_id IS 'Call that wrote it (ops.llm_call)';
COMMENT ON COLUMN text.rewrite.text IS 'What the model wrote';
COMMENT ON COLUMN text.rewrite.reason IS
    'Why it is not kept: no answer, no such statement, not harmless, too long, not rewritten, '
    'subject not said, new number, new name, doubt lost, denial added, left out, no verdict, '
    'contradicted or unsupported; null where it is kept';
COMMENT ON COLUMN text.rewrite.detail IS 'What in it is the reason';
COMMENT ON COLUMN text.rewrite.coverage IS 'Share of the statements of the original that it says';
COMMENT ON COLUMN text.rewrite.faithfulness IS
    'Share of its sentences whose claims follow from the original; null where it was not judged';
COMMENT ON COLUMN text.rewrite.readability IS
    'Automated readability index: about the school year that it asks for; null where words have '
    'no spaces between them';
COMMENT ON COLUMN text.rewrite.words IS 'Words of the text';
