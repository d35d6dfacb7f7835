-- Where titles and sentences gather before they are documents; only titles have a subject.
CREATE OR REPLACE TEMP TABLE draft (
    document_id VARCHAR,
    part INTEGER,
    variant INTEGER,
    register VARCHAR,
    brief BOOLEAN,
    apart BOOLEAN,
    statement_order INTEGER,
    place UBIGINT,
    subject VARCHAR,
    template VARCHAR,
    phrasing INTEGER,
    sentence VARCHAR,
    fact_ids VARCHAR[]
);
