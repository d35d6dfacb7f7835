-- What the next load of a file is compared with, so that its cost follows the change.
CREATE TABLE ops.landed (
    source VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    load_id VARCHAR NOT NULL,
    as_of TIMESTAMP NOT NULL,
    fingerprint VARCHAR NOT NULL
);
COMMENT ON TABLE ops.landed IS
    'What the raw table of a source and kind holds, where rows can be compared with the next load';
COMMENT ON COLUMN ops.landed.source IS 'Name of the data source';
COMMENT ON COLUMN ops.landed.kind IS 'Canonical kind';
COMMENT ON COLUMN ops.landed.load_id IS 'Load that landed the rows';
COMMENT ON COLUMN ops.landed.as_of IS 'Time for which they were said (UTC)';
COMMENT ON COLUMN ops.landed.fingerprint IS
    'Hash of the name and columns of the file and of the checks that its rows passed';
