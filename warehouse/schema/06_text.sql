-- The facts as sentences.
CREATE SCHEMA IF NOT EXISTS text;

CREATE TABLE text.document (
    document_id VARCHAR PRIMARY KEY,
    kind VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    tokens INTEGER
);
COMMENT ON TABLE text.document IS 'Documents rendered from facts';
COMMENT ON COLUMN text.document.document_id IS
    'document: and a hash of kind, language and subject, and of its number if it is a variant; '
    'of a rewrite, of form, language, persona, length, model and original';
COMMENT ON COLUMN text.document.kind IS 'Kind of document: docs/documents.md lists them';
COMMENT ON COLUMN text.document.language IS 'BCP 47 tag';
COMMENT ON COLUMN text.document.subject IS 'Node that the document is about';
COMMENT ON COLUMN text.document.title IS 'What the document is about, in words';
COMMENT ON COLUMN text.document.text IS 'The document';
COMMENT ON COLUMN text.document.tokens IS 'Tokens, by the tokenizer that the datasheet names';

CREATE TABLE text.statement (
    document_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    template VARCHAR NOT NULL,
    phrasing INTEGER NOT NULL,
    sentence VARCHAR NOT NULL,
    fact_ids VARCHAR[] NOT NULL
);
COMMENT ON TABLE text.statement IS 'Evidence: the facts that each sentence of a document says';
COMMENT ON COLUMN text.statement.document_id IS 'Document';
COMMENT ON COLUMN text.statement.position IS 'Place of the sentence in the document, from 1';
COMMENT ON COLUMN text.statement.template IS 'Statement of the template, such as product.size';
COMMENT ON COLUMN text.statement.phrasing IS 'Which of the phrasings was chosen, from 0';
COMMENT ON COLUMN text.statement.sentence IS 'The sentence';
COMMENT ON COLUMN text.statement.fact_ids IS 'Facts that the sentence says (facts.fact)';
