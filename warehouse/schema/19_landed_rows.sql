-- The rows that the next load of a file is compared with.
CREATE TABLE ops.landed_row (
    source VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    row_number BIGINT NOT NULL,
    same UBIGINT NOT NULL
);
COMMENT ON TABLE ops.landed_row IS
    'The rows of the files of ops.landed, those that were turned away with them';
COMMENT ON COLUMN ops.landed_row.source IS 'Name of the data source';
COMMENT ON COLUMN ops.landed_row.kind IS 'Canonical kind';
COMMENT ON COLUMN ops.landed_row.row_number IS 'Row in the file, from 1, the header not counted';
COMMENT ON COLUMN ops.landed_row.same IS
    'Hash of the record in the file, or of its values: the same for rows that are';

-- Of what was landed before there was this table, no rows are known.
DELETE FROM ops.landed;
