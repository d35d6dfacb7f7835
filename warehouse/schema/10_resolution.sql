-- Entity resolution: pairs of products that may be one, questions about them, and what was resolved.
CREATE TABLE catalog.candidate_pair (
    left_id VARCHAR NOT NULL,
    right_id VARCHAR NOT NULL,
    left_source VARCHAR NOT NULL,
    right_source VARCHAR NOT NULL,
    probability DOUBLE NOT NULL,
    evidence JSON
);
COMMENT ON TABLE catalog.candidate_pair IS
    'Pairs of products of two sources that were compared, with the probability that they are one '
    'product, before any question was asked';
COMMENT ON COLUMN catalog.candidate_pair.left_id IS 'Product of the left source';
COMMENT ON COLUMN catalog.candidate_pair.right_id IS 'Product of the right source';
COMMENT ON COLUMN catalog.candidate_pair.left_source IS 'Source of the left product';
COMMENT ON COLUMN catalog.candidate_pair.right_source IS 'Source of the right product';
COMMENT ON COLUMN catalog.candidate_pair.probability IS
    'Probability that the two are one product, as the comparisons say';
COMMENT ON COLUMN catalog.candidate_pair.evidence IS
    'What each comparison found and how far it moved the probability, in bits';

CREATE TABLE ops.resolution (
    resolution_id VARCHAR PRIMARY KEY,
    "sequence" BIGINT NOT NULL,
    as_of TIMESTAMP NOT NULL,
    settings JSON NOT NULL,
    sources VARCHAR[] NOT NULL,
    pairs BIGINT NOT NULL,
    answers BIGINT NOT NULL,
    matches BIGINT NOT NULL,
    entities BIGINT NOT NULL,
    fused BIGINT NOT NULL,
    conflicts BIGINT NOT NULL,
    entropy DOUBLE NOT NULL,
    withdrawn BOOLEAN NOT NULL
);
COMMENT ON TABLE ops.resolution IS
    'Each time that products of several sources were resolved; the facts of it bear its '
    'identifier as load_id';
COMMENT ON COLUMN ops.resolution.resolution_id IS 'resolution: and a hash of sequence and settings';
COMMENT ON COLUMN ops.resolution."sequence" IS 'Order of resolutions, from 1';
COMMENT ON COLUMN ops.resolution.as_of IS 'Time from which its facts are valid (UTC)';
COMMENT ON COLUMN ops.resolution.settings IS 'Threshold, trust in sources and the like';
COMMENT ON COLUMN ops.resolution.sources IS 'Sources that have products';
COMMENT ON COLUMN ops.resolution.pairs IS 'Candidate pairs that were weighed';
COMMENT ON COLUMN ops.resolution.answers IS 'Answers that were known';
COMMENT ON COLUMN ops.resolution.matches IS 'sameAs facts that hold after it';
COMMENT ON COLUMN ops.resolution.entities IS 'Entities of two or more products after it';
COMMENT ON COLUMN ops.resolution.fused IS 'Fused values that hold after it';
COMMENT ON COLUMN ops.resolution.conflicts IS 'Attributes of entities in which sources differ';
COMMENT ON COLUMN ops.resolution.entropy IS
    'What is uncertain of who is who, given the answers, in bits';
COMMENT ON COLUMN ops.resolution.withdrawn IS 'Whether it was taken back as a whole';

CREATE TABLE ops.question (
    question_id VARCHAR PRIMARY KEY,
    left_id VARCHAR NOT NULL,
    right_id VARCHAR NOT NULL,
    "sequence" BIGINT NOT NULL,
    probability DOUBLE NOT NULL,
    gain DOUBLE NOT NULL,
    tokens BIGINT NOT NULL
);
COMMENT ON TABLE ops.question IS
    'Questions that were chosen: are these two products one and the same?';
COMMENT ON COLUMN ops.question.question_id IS 'question: and a hash of the two products';
COMMENT ON COLUMN ops.question.left_id IS 'The one product';
COMMENT ON COLUMN ops.question.right_id IS 'The other product';
COMMENT ON COLUMN ops.question."sequence" IS 'Order in which questions were chosen, from 1';
COMMENT ON COLUMN ops.question.probability IS
    'Probability that the two are one product, when the question was chosen';
COMMENT ON COLUMN ops.question.gain IS
    'Bits of uncertainty that the answer was expected to take away, given the questions chosen '
    'before it';
COMMENT ON COLUMN ops.question.tokens IS 'What it costs to ask a language model, in tokens, about';

CREATE TABLE ops.answer (
    question_id VARCHAR NOT NULL,
    "sequence" BIGINT NOT NULL,
    answerer VARCHAR NOT NULL,
    answer VARCHAR NOT NULL,
    error_rate DOUBLE NOT NULL,
    entropy_before DOUBLE NOT NULL,
    entropy_after DOUBLE NOT NULL,
    call_id VARCHAR
);
COMMENT ON TABLE ops.answer IS 'Answers to the questions; an answer may be wrong';
COMMENT ON COLUMN ops.answer.question_id IS 'Question (ops.question)';
COMMENT ON COLUMN ops.answer."sequence" IS 'Order of answers, from 1';
COMMENT ON COLUMN ops.answer.answerer IS
    'person, the name of a language model, or withdrawal where a match was taken back';
COMMENT ON COLUMN ops.answer.answer IS 'yes, no or unsure';
COMMENT ON COLUMN ops.answer.error_rate IS
    'Share of the answers of this answerer that is expected to be wrong';
COMMENT ON COLUMN ops.answer.entropy_before IS 'Bits of uncertainty of all pairs before the answer';
COMMENT ON COLUMN ops.answer.entropy_after IS 'The same after it';
COMMENT ON COLUMN ops.answer.call_id IS 'Call of the language model (ops.llm_call), if it was one';

INSERT INTO facts.predicate VALUES
('sameAs', 'product', 'product', NULL, 'one', 'https://schema.org/sameAs',
    'The product, of another source, that stands for both: the two are one and the same');
