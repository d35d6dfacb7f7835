-- What models make of the facts: metrics, calibration, predictions.
CREATE SCHEMA IF NOT EXISTS graph;

CREATE TABLE graph.prediction (
    task VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    predicate VARCHAR NOT NULL,
    object VARCHAR NOT NULL,
    object_kind VARCHAR NOT NULL,
    "rank" INTEGER NOT NULL,
    confidence DOUBLE NOT NULL,
    as_of TIMESTAMP NOT NULL
);
COMMENT ON TABLE graph.prediction IS
    'Best answers of a model for each subject asked about, with calibrated confidence';
COMMENT ON COLUMN graph.prediction.task IS 'Prediction task, such as category or next_purchase';
COMMENT ON COLUMN graph.prediction.model IS 'Model that predicts';
COMMENT ON COLUMN graph.prediction.subject IS 'Node asked about';
COMMENT ON COLUMN graph.prediction.predicate IS 'Predicate of the predicted statement';
COMMENT ON COLUMN graph.prediction.object IS 'Predicted node identifier or literal';
COMMENT ON COLUMN graph.prediction.object_kind IS 'node or literal';
COMMENT ON COLUMN graph.prediction."rank" IS 'Place among the answers for the subject, from 1';
COMMENT ON COLUMN graph.prediction.confidence IS 'Calibrated probability that the answer is right';
COMMENT ON COLUMN graph.prediction.as_of IS 'As of when it is said: the first midnight after the newest event, or the newest load';

CREATE TABLE graph.metric (
    task VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    definition VARCHAR NOT NULL,
    cases BIGINT NOT NULL
);
COMMENT ON TABLE graph.metric IS
    'How models and baselines did; every ranking is over all candidates, none sampled';
COMMENT ON COLUMN graph.metric.task IS 'Prediction task';
COMMENT ON COLUMN graph.metric.model IS 'Model or baseline';
COMMENT ON COLUMN graph.metric.split IS 'validation or test';
COMMENT ON COLUMN graph.metric.scope IS
    'all, or new: only what the household had not bought before';
COMMENT ON COLUMN graph.metric.metric IS 'Name with its cut-off, such as NDCG@10';
COMMENT ON COLUMN graph.metric.value IS 'Value';
COMMENT ON COLUMN graph.metric.definition IS 'How the value is computed';
COMMENT ON COLUMN graph.metric.cases IS 'Subjects over which it is computed';

CREATE TABLE graph.learning_curve (
    task VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    step INTEGER NOT NULL,
    quantity VARCHAR NOT NULL,
    value DOUBLE NOT NULL
);
COMMENT ON TABLE graph.learning_curve IS 'Training as it went';
COMMENT ON COLUMN graph.learning_curve.task IS 'Prediction task';
COMMENT ON COLUMN graph.learning_curve.model IS 'Model';
COMMENT ON COLUMN graph.learning_curve.step IS 'Epoch, from 1';
COMMENT ON COLUMN graph.learning_curve.quantity IS 'training loss or a validation metric';
COMMENT ON COLUMN graph.learning_curve.value IS 'Value';

CREATE TABLE graph.calibration (
    task VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    bin INTEGER NOT NULL,
    confidence DOUBLE NOT NULL,
    accuracy DOUBLE NOT NULL,
    cases BIGINT NOT NULL
);
COMMENT ON TABLE graph.calibration IS
    'Reliability on the test split: stated confidence against how often it was right, by bin';
COMMENT ON COLUMN graph.calibration.task IS 'Prediction task';
COMMENT ON COLUMN graph.calibration.model IS 'Model';
COMMENT ON COLUMN graph.calibration.state IS 'before or after calibration';
COMMENT ON COLUMN graph.calibration.bin IS 'Bin of confidence, from 0';
COMMENT ON COLUMN graph.calibration.confidence IS 'Mean confidence in the bin';
COMMENT ON COLUMN graph.calibration.accuracy IS 'Share that was right';
COMMENT ON COLUMN graph.calibration.cases IS 'Cases in the bin';

CREATE TABLE graph.node_type (
    "type" VARCHAR NOT NULL,
    nodes BIGINT NOT NULL
);
COMMENT ON TABLE graph.node_type IS 'How many nodes of each type the graph has';
COMMENT ON COLUMN graph.node_type."type" IS
    'product, customer, category, brand, manufacturer or value';
COMMENT ON COLUMN graph.node_type.nodes IS 'Nodes';

CREATE TABLE graph.edge_type (
    source VARCHAR NOT NULL,
    relation VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    edges BIGINT NOT NULL,
    first TIMESTAMP NOT NULL,
    last TIMESTAMP NOT NULL
);
COMMENT ON TABLE graph.edge_type IS
    'How many edges of each type the graph has; each relation has a reverse too, not counted '
    'here';
COMMENT ON COLUMN graph.edge_type.source IS 'Type of the node that an edge leaves';
COMMENT ON COLUMN graph.edge_type.relation IS 'Predicate of the fact, or type of the event';
COMMENT ON COLUMN graph.edge_type.target IS 'Type of the node that an edge enters';
COMMENT ON COLUMN graph.edge_type.edges IS 'Edges';
COMMENT ON COLUMN graph.edge_type.first IS 'When the first began';
COMMENT ON COLUMN graph.edge_type.last IS 'When the last began';
