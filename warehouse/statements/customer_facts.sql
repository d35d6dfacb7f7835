-- Checked customers (good) to nodes and facts.
CREATE OR REPLACE TEMP TABLE staged_node AS
SELECT
    customer_id AS node_id,
    'customer' AS kind,
    getvariable('wareword_source') AS source,
    key,
    key AS label
FROM good;

CREATE OR REPLACE TEMP VIEW staged AS
WITH said AS (
    UNPIVOT (
        SELECT
            customer_id AS subject, age, income, home_ownership AS homeOwnership,
            marital_status AS maritalStatus, household_size AS householdSize, composition, children
        FROM good
    )
    ON age, income, homeOwnership, maritalStatus, householdSize, composition, children
    INTO NAME predicate VALUE object
)
SELECT
    subject,
    predicate,
    object,
    'literal' AS object_kind,
    unit,
    NULL::VARCHAR AS language,
    'stated' AS provenance,
    1.0::DOUBLE AS confidence
FROM said
JOIN facts.predicate USING (predicate);
