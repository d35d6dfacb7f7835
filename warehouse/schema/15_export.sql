-- Since when the corpus has what it has, so that a delta can be exported.
CREATE TABLE text.state (
    as_of TIMESTAMP NOT NULL,
    documents BIGINT NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL
);
COMMENT ON TABLE text.state IS
    'States of the corpus, one row each time that curation found another one (verbalize/states.py)';
COMMENT ON COLUMN text.state.as_of IS
    'When the newest fact or load began; a millisecond after the state before where nothing newer '
    'was loaded. So the clock of the machine has no part in it, and no two states have one time';
COMMENT ON COLUMN text.state.documents IS 'Documents that are kept';
COMMENT ON COLUMN text.state.added IS 'Of these, documents that the state before did not have';
COMMENT ON COLUMN text.state.changed IS 'Documents that the state before had with other content';
COMMENT ON COLUMN text.state.withdrawn IS 'Documents of the state before that are gone';

CREATE TABLE text.revision (
    document_id VARCHAR NOT NULL,
    digest UBIGINT NOT NULL,
    added TIMESTAMP NOT NULL,
    withdrawn TIMESTAMP,
    reason VARCHAR
);
COMMENT ON TABLE text.revision IS
    'Every document that the corpus ever kept: since when it has its present content, or since '
    'when it is gone';
COMMENT ON COLUMN text.revision.document_id IS 'Document (text.document)';
COMMENT ON COLUMN text.revision.digest IS
    'Hash of what an export says of the document: text, source, metadata, evidence';
COMMENT ON COLUMN text.revision.added IS 'State (text.state) since which it has that content';
COMMENT ON COLUMN text.revision.withdrawn IS
    'State since which it is gone; null while it is kept';
COMMENT ON COLUMN text.revision.reason IS
    'Why it is gone: stage and reason of text.removed, or that its facts no longer hold';
