-- What changed between two times, as requests to change what a language model knows.
CREATE SCHEMA IF NOT EXISTS edit;

CREATE TABLE edit.request (
    request_id VARCHAR PRIMARY KEY,
    change VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    predicate VARCHAR NOT NULL,
    subject_text VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,
    target_old VARCHAR,
    target_new VARCHAR NOT NULL,
    fact_old VARCHAR,
    fact_new VARCHAR NOT NULL,
    rephrasings VARCHAR[] NOT NULL,
    locality STRUCT(prompt VARCHAR, answer VARCHAR, fact_id VARCHAR)[] NOT NULL,
    portability STRUCT(prompt VARCHAR, answer VARCHAR, fact_id VARCHAR)[] NOT NULL,
    changed_from TIMESTAMP NOT NULL,
    changed_to TIMESTAMP NOT NULL
);
COMMENT ON TABLE edit.request IS 'Knowledge edits that follow from changed facts';
COMMENT ON COLUMN edit.request.request_id IS 'edit: and a hash of the old and the new fact';
COMMENT ON COLUMN edit.request.change IS 'conflict (a functional predicate got another value) or addition';
COMMENT ON COLUMN edit.request.subject IS 'Node whose fact changed';
COMMENT ON COLUMN edit.request.predicate IS 'Predicate of the fact';
COMMENT ON COLUMN edit.request.subject_text IS 'The subject in words, as it stands in the prompt';
COMMENT ON COLUMN edit.request.prompt IS 'Unfinished sentence that the target completes';
COMMENT ON COLUMN edit.request.target_old IS 'Completion that was true before; null for an addition';
COMMENT ON COLUMN edit.request.target_new IS 'Completion that is true now';
COMMENT ON COLUMN edit.request.fact_old IS 'Fact that was closed';
COMMENT ON COLUMN edit.request.fact_new IS 'Fact that was opened';
COMMENT ON COLUMN edit.request.rephrasings IS 'Other unfinished sentences with the same completion';
COMMENT ON COLUMN edit.request.locality IS 'Questions on near neighbours whose answers must not change';
COMMENT ON COLUMN edit.request.portability IS 'Questions one step further whose answers follow from the edit';
COMMENT ON COLUMN edit.request.changed_from IS 'Earlier of the two times compared';
COMMENT ON COLUMN edit.request.changed_to IS 'Later of the two times compared';
