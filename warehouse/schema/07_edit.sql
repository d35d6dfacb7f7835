-- What changed between two times, as requests to change what a language model knows. Holds one
-- comparison at a time.
CREATE SCHEMA IF NOT EXISTS edit;

CREATE TABLE edit.change (
    change VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    predicate VARCHAR NOT NULL,
    object_old VARCHAR,
    object_new VARCHAR,
    object_kind VARCHAR NOT NULL,
    unit_old VARCHAR,
    unit_new VARCHAR,
    provenance VARCHAR NOT NULL,
    confidence DOUBLE NOT NULL,
    fact_old VARCHAR,
    fact_new VARCHAR,
    changed_from TIMESTAMP NOT NULL,
    changed_to TIMESTAMP NOT NULL
);
COMMENT ON TABLE edit.change IS
    'Every fact that differs between the two times, an old and a new value of a functional '
    'predicate in one row';
COMMENT ON COLUMN edit.change.change IS
    'conflict (a functional predicate got another value), addition, or withdrawal (no new '
    'value)';
COMMENT ON COLUMN edit.change.subject IS 'Node whose fact changed';
COMMENT ON COLUMN edit.change.predicate IS 'Predicate of the fact';
COMMENT ON COLUMN edit.change.object_old IS
    'Node identifier or literal that held before; null for an addition';
COMMENT ON COLUMN edit.change.object_new IS
    'Node identifier or literal that holds now; null for a withdrawal';
COMMENT ON COLUMN edit.change.object_kind IS 'node or literal';
COMMENT ON COLUMN edit.change.unit_old IS 'Unit of a literal that held before, if it has one';
COMMENT ON COLUMN edit.change.unit_new IS 'Unit of a literal that holds now, if it has one';
COMMENT ON COLUMN edit.change.provenance IS
    'Provenance of the new fact, of the old one for a withdrawal';
COMMENT ON COLUMN edit.change.confidence IS 'Confidence of the same fact';
COMMENT ON COLUMN edit.change.fact_old IS 'Fact that no longer holds';
COMMENT ON COLUMN edit.change.fact_new IS 'Fact that holds now and did not before';
COMMENT ON COLUMN edit.change.changed_from IS 'Earlier of the two times compared';
COMMENT ON COLUMN edit.change.changed_to IS 'Later of the two times compared';

CREATE TABLE edit.request (
    request_id VARCHAR PRIMARY KEY,
    change VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    predicate VARCHAR NOT NULL,
    subject_text VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,
    template VARCHAR NOT NULL,
    target_old VARCHAR,
    target_new VARCHAR NOT NULL,
    object_old VARCHAR,
    object_new VARCHAR NOT NULL,
    provenance VARCHAR NOT NULL,
    confidence DOUBLE NOT NULL,
    fact_old VARCHAR,
    fact_new VARCHAR NOT NULL,
    rephrasings VARCHAR[] NOT NULL,
    openings VARCHAR[] NOT NULL,
    locality STRUCT("rule" VARCHAR, prompt VARCHAR, answer VARCHAR, fact_id VARCHAR)[] NOT NULL,
    portability STRUCT("rule" VARCHAR, prompt VARCHAR, answer VARCHAR, fact_id VARCHAR)[] NOT NULL,
    changed_from TIMESTAMP NOT NULL,
    changed_to TIMESTAMP NOT NULL
);
COMMENT ON TABLE edit.request IS
    'Knowledge edits that follow from changed facts; never about a single person';
COMMENT ON COLUMN edit.request.request_id IS 'edit: and a hash of the old and the new fact';
COMMENT ON COLUMN edit.request.change IS
    'conflict (a functional predicate got another value) or addition';
COMMENT ON COLUMN edit.request.subject IS 'Node whose fact changed';
COMMENT ON COLUMN edit.request.predicate IS 'Predicate of the fact';
COMMENT ON COLUMN edit.request.subject_text IS 'The subject in words, as it stands in the prompt';
COMMENT ON COLUMN edit.request.prompt IS 'Unfinished sentence that the target completes';
COMMENT ON COLUMN edit.request.template IS 'The prompt with {} in the place of the subject';
COMMENT ON COLUMN edit.request.target_old IS
    'Completion that was true before; null for an addition';
COMMENT ON COLUMN edit.request.target_new IS 'Completion that is true now';
COMMENT ON COLUMN edit.request.object_old IS 'Node identifier or literal behind target_old';
COMMENT ON COLUMN edit.request.object_new IS 'Node identifier or literal behind target_new';
COMMENT ON COLUMN edit.request.provenance IS 'Provenance of the new fact';
COMMENT ON COLUMN edit.request.confidence IS 'Confidence of the new fact';
COMMENT ON COLUMN edit.request.fact_old IS 'Fact that was closed';
COMMENT ON COLUMN edit.request.fact_new IS 'Fact that was opened';
COMMENT ON COLUMN edit.request.rephrasings IS 'Other unfinished sentences with the same completion';
COMMENT ON COLUMN edit.request.openings IS 'Beginnings for free text about the subject';
COMMENT ON COLUMN edit.request.locality IS
    'Questions whose answers must not change. Rules: neighbour (the same predicate of a '
    'product near by), old_answer and new_answer (of another subject, whose answer is '
    'target_old or target_new), other_fact (another predicate of the subject), linked_fact '
    '(of what names the subject), unrelated (where there is none of these)';
COMMENT ON COLUMN edit.request.portability IS
    'Questions one fact further whose answers follow from the edit: the rule, and the fact '
    'that is combined with the new one';
COMMENT ON COLUMN edit.request.changed_from IS 'Earlier of the two times compared';
COMMENT ON COLUMN edit.request.changed_to IS 'Later of the two times compared';
