-- Operations: what was loaded, what was turned away, which stages of the main job are done.
CREATE SCHEMA IF NOT EXISTS raw;
CREATE SCHEMA IF NOT EXISTS ops;

CREATE TABLE ops.load (
    load_id VARCHAR PRIMARY KEY,
    source VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    format VARCHAR NOT NULL,
    content_hash VARCHAR NOT NULL,
    as_of TIMESTAMP NOT NULL,
    sequence BIGINT NOT NULL,
    rows_read BIGINT NOT NULL,
    rows_loaded BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    unmapped VARCHAR[] NOT NULL
);
COMMENT ON TABLE ops.load IS
    'One row a file and kind that was loaded; the newest of a source, kind and file says what '
    'the warehouse holds of it';
COMMENT ON COLUMN ops.load.load_id IS 'Hash of source, kind, file, content hash and sequence';
COMMENT ON COLUMN ops.load.source IS
    'Name of the data source; part of every identifier that it makes';
COMMENT ON COLUMN ops.load.kind IS
    'Canonical kind: product, category, customer, event, review, query, judgment, promotion, '
    'campaign, coupon, redemption';
COMMENT ON COLUMN ops.load.file IS 'File name as given, without its folder';
COMMENT ON COLUMN ops.load.format IS 'Feed format: a name of warehouse.sources';
COMMENT ON COLUMN ops.load.content_hash IS
    'SHA-256 of the file content and of the column mapping; a load of the same content is '
    'skipped';
COMMENT ON COLUMN ops.load.as_of IS 'Time from which the facts of this load are valid (UTC)';
COMMENT ON COLUMN ops.load.sequence IS 'Order of loads, from 1';
COMMENT ON COLUMN ops.load.rows_read IS 'Rows found in the file';
COMMENT ON COLUMN ops.load.rows_loaded IS 'Rows that passed every check';
COMMENT ON COLUMN ops.load.rows_rejected IS 'Rows in quarantine (ops.reject)';
COMMENT ON COLUMN ops.load.unmapped IS
    'Columns of the file that no canonical column takes; they stay in the raw table, and those of '
    'products are facts with a predicate of their own (warehouse/extras.py)';

CREATE TABLE ops.reject (
    load_id VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    row_number BIGINT NOT NULL,
    field VARCHAR,
    reason VARCHAR NOT NULL,
    "row" VARCHAR NOT NULL
);
COMMENT ON TABLE ops.reject IS
    'Quarantine: rows that failed a check, with the reason; nothing is lost';
COMMENT ON COLUMN ops.reject.load_id IS 'Load that met the row';
COMMENT ON COLUMN ops.reject.file IS 'File name as given, without its folder';
COMMENT ON COLUMN ops.reject.row_number IS 'Row in the file, from 1, the header not counted';
COMMENT ON COLUMN ops.reject.field IS
    'Column of the file that failed; null where the whole row cannot be read';
COMMENT ON COLUMN ops.reject.reason IS 'What was expected and what came';
COMMENT ON COLUMN ops.reject."row" IS 'The row itself, as JSON, or as text where it cannot be read';

CREATE TABLE ops.stage (
    stage VARCHAR PRIMARY KEY,
    fingerprint VARCHAR NOT NULL,
    seconds DOUBLE NOT NULL,
    metadata JSON NOT NULL
);
COMMENT ON TABLE ops.stage IS
    'Stages of the main job that have run; a run resumes at the first stage whose fingerprint is '
    'missing, empty or another one';
COMMENT ON COLUMN ops.stage.stage IS 'Name of the stage';
COMMENT ON COLUMN ops.stage.fingerprint IS
    'Hash of the settings of the stage and of the fingerprints of the stages that it reads';
COMMENT ON COLUMN ops.stage.seconds IS 'How long the stage took';
COMMENT ON COLUMN ops.stage.metadata IS 'Counts and figures of the stage, as JSON';

COMMENT ON TABLE ops.migration IS 'Schema files that this warehouse has, with their content hash';
COMMENT ON COLUMN ops.migration.file IS 'Name of the file in warehouse/schema';
COMMENT ON COLUMN ops.migration.content_hash IS 'SHA-256 of the file';
