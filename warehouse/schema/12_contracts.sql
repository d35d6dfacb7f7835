-- Loads that can be trusted: which contract a load followed, what was audited before it was
-- published, and which entities each file holds, so that a late file finds its place in time.
CREATE TABLE ops.contract (
    load_id VARCHAR PRIMARY KEY,
    version VARCHAR NOT NULL,
    delivery VARCHAR NOT NULL,
    drift VARCHAR[] NOT NULL,
    contract VARCHAR NOT NULL
);
COMMENT ON TABLE ops.contract IS 'The data contract that a load followed, one row a load with one';
COMMENT ON COLUMN ops.contract.load_id IS 'Load that followed it';
COMMENT ON COLUMN ops.contract.version IS 'Version that the contract gives itself';
COMMENT ON COLUMN ops.contract.delivery IS
    'incremental: the file tells of what it holds; snapshot: of everything, so that what it lacks '
    'is gone';
COMMENT ON COLUMN ops.contract.drift IS
    'How the file differed from the contract: new columns, and what was accepted';
COMMENT ON COLUMN ops.contract.contract IS
    'The contract itself, as Open Data Contract Standard 3.1 YAML';

CREATE TABLE ops.audit (
    load_id VARCHAR NOT NULL,
    "check" VARCHAR NOT NULL,
    value DOUBLE,
    threshold VARCHAR NOT NULL,
    passed BOOLEAN
);
COMMENT ON TABLE ops.audit IS
    'Figures of all rows of a load, measured before it was published; a load with one that fails '
    'is published only where that was accepted, or the rule is a warning';
COMMENT ON COLUMN ops.audit.load_id IS 'Load that was measured';
COMMENT ON COLUMN ops.audit."check" IS 'What was measured, such as nullValues of brand';
COMMENT ON COLUMN ops.audit.value IS 'The figure; null where Wareword does not measure the rule';
COMMENT ON COLUMN ops.audit.threshold IS 'What it must be, such as mustBeLessThan 5';
COMMENT ON COLUMN ops.audit.passed IS 'Whether it was; null where it was not measured';

CREATE TABLE ops.presence (
    load_id VARCHAR NOT NULL,
    node_id VARCHAR NOT NULL,
    present BOOLEAN NOT NULL
);
COMMENT ON TABLE ops.presence IS
    'Which entities a file states: those that entered it or left it with a load, against the load '
    'of the same file before';
COMMENT ON COLUMN ops.presence.load_id IS 'Load of the file';
COMMENT ON COLUMN ops.presence.node_id IS 'The product, category or customer';
COMMENT ON COLUMN ops.presence.present IS 'True where it entered the file, false where it left';

CREATE TABLE ops.untold (
    load_id VARCHAR NOT NULL,
    node_id VARCHAR
);
COMMENT ON TABLE ops.untold IS
    'Of what a snapshot says nothing, neither what it is nor that it is gone: its row was turned '
    'away';
COMMENT ON COLUMN ops.untold.load_id IS 'Load of the snapshot';
COMMENT ON COLUMN ops.untold.node_id IS
    'The product, category or customer; null where the key of a row cannot be read, so that it may '
    'be any';

CREATE TABLE ops.restated (
    load_id VARCHAR NOT NULL,
    as_of TIMESTAMP NOT NULL
);
COMMENT ON TABLE ops.restated IS
    'Later times for which the same content of a file came again: all that it states still held';
COMMENT ON COLUMN ops.restated.load_id IS 'Load that brought the content';
COMMENT ON COLUMN ops.restated.as_of IS 'Time for which it was said again (UTC)';

-- What was loaded before there was this table: each entity by the load that stated it last.
INSERT INTO ops.presence
SELECT load_id, product_id, true FROM catalog.product
UNION ALL
SELECT load_id, category_id, true FROM catalog.category SEMI JOIN ops.load USING (load_id)
UNION ALL
SELECT load_id, customer_id, true FROM behaviour.customer;
