-- What curation found in documents and in texts of users: signals, what was masked, what is left out
-- and why, and what is kept.
CREATE TABLE text.signal (
    document_id VARCHAR NOT NULL,
    language VARCHAR,
    language_confidence FLOAT,
    words INTEGER,
    sentences INTEGER,
    mean_word_length FLOAT,
    symbols FLOAT,
    alphabetic_words FLOAT,
    stop_words INTEGER,
    bullet_lines FLOAT,
    ellipsis_lines FLOAT,
    unfinished_lines FLOAT,
    repeated_sentences FLOAT,
    top_bigram FLOAT,
    repeated_fivegrams FLOAT,
    capitals FLOAT,
    digits FLOAT,
    markup INTEGER,
    toxic_words INTEGER,
    instructions INTEGER
);
COMMENT ON TABLE text.signal IS
    'What can be measured of each document, as of Gopher (Rae et al. 2021) and C4 (Raffel et al. '
    '2020); nothing is left out by them but by a filter that the settings '
    'state; null where the stage that measures it did not run';
COMMENT ON COLUMN text.signal.document_id IS 'Document';
COMMENT ON COLUMN text.signal.language IS
    'Language that the text looks like (ISO 639-1); null where it is too short to tell';
COMMENT ON COLUMN text.signal.language_confidence IS 'Probability of that language';
COMMENT ON COLUMN text.signal.words IS
    'Words; of scripts without spaces, each letter (Gopher: 50 to 100,000)';
COMMENT ON COLUMN text.signal.sentences IS 'Sentences (C4: at least 5)';
COMMENT ON COLUMN text.signal.mean_word_length IS 'Letters a word (Gopher: 3 to 10)';
COMMENT ON COLUMN text.signal.symbols IS 'Hashes and ellipses a word (Gopher: at most 0.1)';
COMMENT ON COLUMN text.signal.alphabetic_words IS
    'Share of words with a letter (Gopher: at least 0.8)';
COMMENT ON COLUMN text.signal.stop_words IS
    'Different ones of the, be, to, of, and, that, have, with (Gopher: at least 2); for other '
    'languages those of words/stop_words.csv';
COMMENT ON COLUMN text.signal.bullet_lines IS
    'Share of lines that begin with a bullet (Gopher: at most 0.9)';
COMMENT ON COLUMN text.signal.ellipsis_lines IS
    'Share of lines that end in an ellipsis (Gopher: at most 0.3)';
COMMENT ON COLUMN text.signal.unfinished_lines IS
    'Share of lines without a mark at the end (C4 drops such lines)';
COMMENT ON COLUMN text.signal.repeated_sentences IS
    'Share of sentences that came before (Gopher, for paragraphs: at most 0.3)';
COMMENT ON COLUMN text.signal.top_bigram IS
    'Share of letters in the most frequent pair of words (Gopher: at most 0.2)';
COMMENT ON COLUMN text.signal.repeated_fivegrams IS
    'Share of five-word sequences that came before (Gopher, by letters: at most 0.15)';
COMMENT ON COLUMN text.signal.capitals IS 'Share of letters that are capitals';
COMMENT ON COLUMN text.signal.digits IS 'Share of characters that are digits';
COMMENT ON COLUMN text.signal.markup IS
    'Curly brackets, tags, and the words javascript and lorem ipsum (C4: none)';
COMMENT ON COLUMN text.signal.toxic_words IS 'Words of words/toxic.csv';
COMMENT ON COLUMN text.signal.instructions IS
    'Places that speak to a language model rather than to a reader (words/instructions.csv)';

CREATE TABLE text.masked (
    document_id VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    kinds VARCHAR[] NOT NULL
);
COMMENT ON TABLE text.masked IS
    'Documents in which personal data was found, with placeholders such as [EMAIL] in its place';
COMMENT ON COLUMN text.masked.document_id IS 'Document';
COMMENT ON COLUMN text.masked.title IS 'Title with placeholders';
COMMENT ON COLUMN text.masked.text IS 'Text with placeholders';
COMMENT ON COLUMN text.masked.kinds IS 'Kind of each thing that was masked, in the order of the text';

CREATE TABLE text.removed (
    document_id VARCHAR PRIMARY KEY,
    stage VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    detail VARCHAR,
    kept_document_id VARCHAR
);
COMMENT ON TABLE text.removed IS
    'Documents that curation leaves out of the corpus, and why; they stay in text.document';
COMMENT ON COLUMN text.removed.document_id IS 'Document that is left out';
COMMENT ON COLUMN text.removed.stage IS 'Stage of curation that left it out';
COMMENT ON COLUMN text.removed.reason IS 'Why: what stands in the report as a kind of removal';
COMMENT ON COLUMN text.removed.detail IS
    'What was measured, or what it contains, such as the item of a benchmark';
COMMENT ON COLUMN text.removed.kept_document_id IS
    'The document that is kept in place of a duplicate';

CREATE VIEW text.kept AS
SELECT document.* REPLACE (
    coalesce(masked.title, document.title) AS title,
    coalesce(masked.text, document.text) AS text
)
FROM text.document AS document
LEFT JOIN text.masked AS masked USING (document_id)
WHERE document.document_id NOT IN (SELECT removed.document_id FROM text.removed AS removed);
COMMENT ON VIEW text.kept IS
    'The documents of the corpus: all but those of text.removed, with the texts of text.masked';
COMMENT ON COLUMN text.kept.document_id IS
    'document: and a hash of kind, language and subject, and of its number if it is a variant; '
    'of a rewrite, of form, language, persona, length, model and original';
COMMENT ON COLUMN text.kept.kind IS 'Kind of document: docs/documents.md lists them';
COMMENT ON COLUMN text.kept.language IS 'BCP 47 tag';
COMMENT ON COLUMN text.kept.subject IS 'Node that the document is about';
COMMENT ON COLUMN text.kept.title IS 'What the document is about, in words; personal data masked';
COMMENT ON COLUMN text.kept.text IS 'The document; personal data masked';
COMMENT ON COLUMN text.kept.tokens IS 'Tokens, by the tokenizer that the datasheet names';

CREATE TABLE text.screened (
    origin VARCHAR NOT NULL,
    record VARCHAR NOT NULL,
    text VARCHAR,
    kinds VARCHAR[] NOT NULL,
    reason VARCHAR,
    detail VARCHAR
);
COMMENT ON TABLE text.screened IS
    'Texts of users in which something was masked, or that no document may say; all others are as '
    'they were written';
COMMENT ON COLUMN text.screened.origin IS
    'review.title, review.body, query.text, product.name or product.description';
COMMENT ON COLUMN text.screened.record IS 'Identifier of the review, query or product';
COMMENT ON COLUMN text.screened.text IS
    'The text with placeholders in the place of personal data; null where it may not be said';
COMMENT ON COLUMN text.screened.kinds IS 'Kind of each thing that was masked, in the order of the text';
COMMENT ON COLUMN text.screened.reason IS 'Why it may not be said; null where it may';
COMMENT ON COLUMN text.screened.detail IS 'The words for which it may not be said';

CREATE VIEW text.review AS
SELECT review.* REPLACE (
    CASE WHEN title.record IS NULL THEN review.title ELSE title.text END AS title,
    CASE WHEN body.record IS NULL THEN review.body ELSE body.text END AS body
)
FROM behaviour.review AS review
LEFT JOIN text.screened AS title
    ON title.origin = 'review.title' AND title.record = review.review_id
LEFT JOIN text.screened AS body
    ON body.origin = 'review.body' AND body.record = review.review_id;
COMMENT ON VIEW text.review IS
    'Reviews as documents may say them: screened (verbalize/curation/screening.py); a text that may '
    'not be said is null';
COMMENT ON COLUMN text.review.review_id IS 'review: and a hash of source and key';
COMMENT ON COLUMN text.review.source IS 'Data source';
COMMENT ON COLUMN text.review.key IS
    'The identifier that the source itself uses, or a hash of the row';
COMMENT ON COLUMN text.review.product_id IS 'Product, always one of catalog.product';
COMMENT ON COLUMN text.review.customer_id IS 'Author, if known';
COMMENT ON COLUMN text.review.rating IS 'Stars, 0 to 5';
COMMENT ON COLUMN text.review.title IS 'Headline, screened; null where it may not be said';
COMMENT ON COLUMN text.review.body IS 'Text, screened; null where it may not be said';
COMMENT ON COLUMN text.review."time" IS 'When it was written (UTC)';
COMMENT ON COLUMN text.review.helpful_votes IS 'Readers who found it helpful';
COMMENT ON COLUMN text.review.rest IS
    'What the file says beside, as one JSON object; null where it says no more';
COMMENT ON COLUMN text.review.load_id IS 'Load that last stated the review';

CREATE VIEW text.query AS
SELECT query.* REPLACE (
    CASE WHEN typed.record IS NULL THEN query.text ELSE typed.text END AS text
)
FROM behaviour.query AS query
LEFT JOIN text.screened AS typed
    ON typed.origin = 'query.text' AND typed.record = query.query_id;
COMMENT ON VIEW text.query IS
    'Queries as documents may say them: screened; a text that may not be said is null';
COMMENT ON COLUMN text.query.query_id IS 'query: and a hash of source and key';
COMMENT ON COLUMN text.query.source IS 'Data source';
COMMENT ON COLUMN text.query.key IS
    'The identifier that the source itself uses, or a hash of the row';
COMMENT ON COLUMN text.query.text IS
    'The words that were typed, screened; null where they may not be said';
COMMENT ON COLUMN text.query.customer_id IS 'Who searched, if known';
COMMENT ON COLUMN text.query.product_id IS 'Product that was chosen or judged, if any';
COMMENT ON COLUMN text.query.relevance IS 'Judgment of the product for the query, as stated';
COMMENT ON COLUMN text.query."time" IS 'When it was asked (UTC)';
COMMENT ON COLUMN text.query.rest IS
    'What the file says beside, as one JSON object; null where it says no more';
COMMENT ON COLUMN text.query.load_id IS 'Load that last stated the query';
