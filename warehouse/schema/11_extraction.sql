-- Attribute values found in texts: where each stands, and how well the finding of them was measured.
CREATE MACRO plain_text(written) AS
lower(regexp_replace(written, '[^\p{L}\p{N}]', ' ', 'g'));
COMMENT ON MACRO plain_text IS
    'A text in lower case, with a space in the place of whatever is no letter or digit';

CREATE TABLE facts.evidence (
    fact_id VARCHAR NOT NULL,
    node VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    "text" VARCHAR NOT NULL,
    rule VARCHAR NOT NULL
);
COMMENT ON TABLE facts.evidence IS
    'The characters of a title or description that say a fact that was found there; one row a fact '
    'that holds';
COMMENT ON COLUMN facts.evidence.fact_id IS 'The fact (facts.fact)';
COMMENT ON COLUMN facts.evidence.node IS 'The product whose text it is';
COMMENT ON COLUMN facts.evidence.field IS 'name or description';
COMMENT ON COLUMN facts.evidence.start IS 'Characters (code points) of the field before the value';
COMMENT ON COLUMN facts.evidence.stop IS
    'Characters before its end: substr(field, start + 1, stop - start) is the text';
COMMENT ON COLUMN facts.evidence."text" IS 'The value as it stands there';
COMMENT ON COLUMN facts.evidence.rule IS
    'How the value of the fact follows from the text: exact, or spelling (the same letters and digits, '
    'written as the catalog writes them elsewhere)';

CREATE TABLE facts.extraction (
    predicate VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    stated BIGINT NOT NULL,
    in_text BIGINT NOT NULL,
    learned BIGINT NOT NULL,
    checked BIGINT NOT NULL,
    threshold DOUBLE,
    "precision" DOUBLE,
    recall DOUBLE,
    asked BIGINT NOT NULL,
    found BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    reason VARCHAR
);
COMMENT ON TABLE facts.extraction IS
    'How well values of each attribute are found in texts, and how many were found; the last run';
COMMENT ON COLUMN facts.extraction.predicate IS 'The attribute (facts.predicate)';
COMMENT ON COLUMN facts.extraction.model IS 'What finds the values; source of their facts';
COMMENT ON COLUMN facts.extraction.stated IS 'Products with a text that state the attribute';
COMMENT ON COLUMN facts.extraction.in_text IS 'Those whose own text holds the stated value';
COMMENT ON COLUMN facts.extraction.learned IS 'Products that the model learned from';
COMMENT ON COLUMN facts.extraction.checked IS
    'Products that it did not learn from, on whose stated values it was measured';
COMMENT ON COLUMN facts.extraction.threshold IS
    'Least probability of a value that becomes a fact; null where none does';
COMMENT ON COLUMN facts.extraction."precision" IS
    'Share of the values found from the threshold on that are the stated ones; of the half of the '
    'checked products that did not set the threshold';
COMMENT ON COLUMN facts.extraction.recall IS
    'Share of the stated values that stand in the text and were found; of the same products';
COMMENT ON COLUMN facts.extraction.asked IS 'Products that lack the attribute and were asked for it';
COMMENT ON COLUMN facts.extraction.found IS 'Facts made of it';
COMMENT ON COLUMN facts.extraction.refused IS
    'Values found that name nothing that the catalog knows, where the attribute needs a known name';
COMMENT ON COLUMN facts.extraction.reason IS 'Why no fact was made; null where some were';
