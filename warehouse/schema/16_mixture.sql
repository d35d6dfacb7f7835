-- What corpora are mixed of.
CREATE TABLE text.token_count (
    tokenizer VARCHAR NOT NULL,
    text_hash VARCHAR NOT NULL,
    tokens INTEGER NOT NULL
);
COMMENT ON TABLE text.token_count IS
    'Tokens of texts by any tokenizer, counted once, so that a mixture is planned again at once';
COMMENT ON COLUMN text.token_count.tokenizer IS 'Hash of the tokenizer';
COMMENT ON COLUMN text.token_count.text_hash IS 'MD5 of the text';
COMMENT ON COLUMN text.token_count.tokens IS 'Tokens, without special ones';

CREATE TABLE text.mixture (
    corpus VARCHAR NOT NULL,
    phase INTEGER NOT NULL,
    source VARCHAR NOT NULL,
    documents_available BIGINT NOT NULL,
    tokens_available BIGINT NOT NULL,
    share DOUBLE NOT NULL,
    tokens_planned BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    documents BIGINT NOT NULL,
    repeats BIGINT NOT NULL,
    epochs DOUBLE NOT NULL,
    tokenizer VARCHAR NOT NULL,
    seed BIGINT NOT NULL
);
COMMENT ON TABLE text.mixture IS 'What each mixed corpus was planned of, and what it came to';
COMMENT ON COLUMN text.mixture.corpus IS 'Folder under corpus/';
COMMENT ON COLUMN text.mixture.phase IS 'Phase of the curriculum, from 1';
COMMENT ON COLUMN text.mixture.source IS 'Source, as the mix file names it';
COMMENT ON COLUMN text.mixture.documents_available IS 'Documents that the source has';
COMMENT ON COLUMN text.mixture.tokens_available IS 'Tokens that they have together';
COMMENT ON COLUMN text.mixture.share IS 'Share of the source in the tokens that are planned for the phase';
COMMENT ON COLUMN text.mixture.tokens_planned IS 'Tokens that are planned';
COMMENT ON COLUMN text.mixture.tokens IS 'Tokens that were written';
COMMENT ON COLUMN text.mixture.documents IS 'Documents that were written';
COMMENT ON COLUMN text.mixture.repeats IS 'Of them, those that the corpus already had';
COMMENT ON COLUMN text.mixture.epochs IS 'Tokens written a token available';
COMMENT ON COLUMN text.mixture.tokenizer IS 'Tokenizer by which tokens are counted';
COMMENT ON COLUMN text.mixture.seed IS 'Seed of the order';
