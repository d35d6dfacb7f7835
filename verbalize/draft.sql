-- Where sentences and titles gather before they are documents.
CREATE OR REPLACE TEMP TABLE draft (
    document_id VARCHAR,
    part INTEGER,
    statement_order INTEGER,
    template VARCHAR,
    phrasing INTEGER,
    sentence VARCHAR,
    fact_ids VARCHAR[]
);

CREATE OR REPLACE TEMP TABLE titled (
    kind VARCHAR, document_id VARCHAR, subject VARCHAR, title VARCHAR
);
