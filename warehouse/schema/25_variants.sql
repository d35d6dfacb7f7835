-- Documents that say of a subject in another way what its first document says.
CREATE TABLE text.variant (
    document_id VARCHAR PRIMARY KEY,
    variant INTEGER NOT NULL,
    register VARCHAR NOT NULL,
    brief BOOLEAN NOT NULL,
    apart BOOLEAN NOT NULL
);
COMMENT ON TABLE text.variant IS
    'Documents beside the first one of a kind, language and subject: in another register, order or '
    'detail. The first one is plain, whole and in the order of the template';
COMMENT ON COLUMN text.variant.document_id IS 'Document (text.document)';
COMMENT ON COLUMN text.variant.variant IS 'Number of the variant, from 1';
COMMENT ON COLUMN text.variant.register IS
    'Register of its sentences, as the lines of the template are marked: plain, record, shop';
COMMENT ON COLUMN text.variant.brief IS 'Whether it leaves out what the template marks as extra';
COMMENT ON COLUMN text.variant.apart IS
    'Whether each fact has a sentence of its own, where the template can say it alone';

CREATE TABLE text.variety (
    language VARCHAR PRIMARY KEY,
    documents BIGINT NOT NULL,
    distinct_1 DOUBLE,
    distinct_2 DOUBLE,
    distinct_3 DOUBLE,
    template_entropy DOUBLE,
    wording_entropy DOUBLE,
    facts_per_sentence DOUBLE,
    near_duplicates_before DOUBLE NOT NULL,
    near_duplicates_after DOUBLE NOT NULL
);
COMMENT ON TABLE text.variety IS 'How varied the documents are that curation kept, by language';
COMMENT ON COLUMN text.variety.language IS 'BCP 47 tag';
COMMENT ON COLUMN text.variety.documents IS 'Documents that are kept';
COMMENT ON COLUMN text.variety.distinct_1 IS
    'Share of different words among all words (distinct-1), of at most 10,000 documents; null '
    'where there are none';
COMMENT ON COLUMN text.variety.distinct_2 IS 'The same of pairs of words that follow each other';
COMMENT ON COLUMN text.variety.distinct_3 IS 'The same of three words that follow each other';
COMMENT ON COLUMN text.variety.template_entropy IS
    'Entropy of the statements of templates that sentences make, in bits: what is said; null where '
    'no template made a sentence';
COMMENT ON COLUMN text.variety.wording_entropy IS
    'Entropy of statements and their phrasings, in bits: what is said, and how';
COMMENT ON COLUMN text.variety.facts_per_sentence IS
    'Facts that a sentence says on the mean: how far sentences are fused';
COMMENT ON COLUMN text.variety.near_duplicates_before IS
    'Share of all documents that are nearly the same as another one, from 0 to 1';
COMMENT ON COLUMN text.variety.near_duplicates_after IS
    'Share of the kept documents that still are, from 0 to 1';
