-- What corpora teach: a model was trained on each with the same number of tokens, and asked.
CREATE TABLE text.efficacy (
    corpus VARCHAR NOT NULL,
    tokens BIGINT NOT NULL,
    corpus_tokens BIGINT NOT NULL,
    texts BIGINT NOT NULL,
    weights BIGINT NOT NULL,
    facts BIGINT NOT NULL,
    recall DOUBLE NOT NULL,
    recall_per_million_tokens DOUBLE NOT NULL
);
COMMENT ON TABLE text.efficacy IS 'How well corpora of the same facts teach a language model; the last study';
COMMENT ON COLUMN text.efficacy.corpus IS
    'documents (ours), key-value, json, one-template, duplicated or stated-only; +N behind it is N '
    'percent of general text';
COMMENT ON COLUMN text.efficacy.tokens IS 'Tokens that were read in training';
COMMENT ON COLUMN text.efficacy.corpus_tokens IS 'Tokens of the corpus, read once';
COMMENT ON COLUMN text.efficacy.texts IS 'Texts of the corpus';
COMMENT ON COLUMN text.efficacy.weights IS 'Weights of the model';
COMMENT ON COLUMN text.efficacy.facts IS
    'Facts that are asked and that nobody guesses from the other products';
COMMENT ON COLUMN text.efficacy.recall IS
    'Share of them that is found in a phrasing in which other products were taught, and this one not';
COMMENT ON COLUMN text.efficacy.recall_per_million_tokens IS
    'Facts so found for each million tokens that were read';

CREATE TABLE text.efficacy_measure (
    corpus VARCHAR NOT NULL,
    measure VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,
    slot VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    cases BIGINT NOT NULL,
    definition VARCHAR NOT NULL
);
COMMENT ON TABLE text.efficacy_measure IS 'All that was measured of the models of text.efficacy';
COMMENT ON COLUMN text.efficacy_measure.corpus IS 'Corpus that the model was trained on';
COMMENT ON COLUMN text.efficacy_measure.measure IS 'What is measured';
COMMENT ON COLUMN text.efficacy_measure.scope IS
    'Kind of question: trained, unseen, template, reverse, neighbours or own; or of text: domain or '
    'general (docs/efficacy.md)';
COMMENT ON COLUMN text.efficacy_measure.slot IS 'What is asked about a product, or all';
COMMENT ON COLUMN text.efficacy_measure.value IS 'Value';
COMMENT ON COLUMN text.efficacy_measure.cases IS 'Questions, or tokens of the text';
COMMENT ON COLUMN text.efficacy_measure.definition IS 'How the value is computed';
