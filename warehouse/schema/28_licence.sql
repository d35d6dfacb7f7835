-- Under which licence sources give their data.
CREATE TABLE ops.licence (
    source VARCHAR PRIMARY KEY,
    licence VARCHAR NOT NULL
);
COMMENT ON TABLE ops.licence IS
    'Licences that were stated of sources when they were loaded; exports tell them';
COMMENT ON COLUMN ops.licence.source IS 'Name of the data source';
COMMENT ON COLUMN ops.licence.licence IS
    'SPDX expression, such as CC-BY-4.0, or the words that were given; the newest statement counts';
