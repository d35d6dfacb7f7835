-- What is now known: one fact for each functional predicate of a subject. What sources state
-- stands under the name of the predicate; what models predict, and what was resolved and is not
-- sure, where nothing is stated, under that name and _likely. Of products that are one entity, the
-- one that stands for it has the values that were fused from all, and what each source states of the
-- others is not said again. Prices are not fused: each is that of its own source. Brands that are
-- one are that which stands for them; of which share of a category they are, each spelling of one
-- source says its own part, so none is told. Persons are left out. Makes the temporary tables standing
-- (node_id, standing_id) and known.
--
-- slot_object is what reading back compares: money has its unit, an item number its source where
-- there are several, and sizes that differ in nothing but white space are one size.
SET VARIABLE text_several_sources = (
    SELECT count(DISTINCT source) > 1 FROM facts.node WHERE kind = 'product'
);

CREATE OR REPLACE TEMP MACRO slot_object(predicate, object, unit, source) AS
CASE
    WHEN predicate IN ('price', 'lowPrice', 'highPrice') THEN concat_ws(' ', object, unit)
    WHEN predicate = 'sku' THEN
        if(getvariable('text_several_sources'), concat(object, chr(31), source), object)
    WHEN predicate IN ('size', 'offersSize') THEN trim(regexp_replace(object, '\s+', ' ', 'g'))
    ELSE object
END;

-- Of values in which sources differ none is sure, and one of another source is as sure as the two
-- products are one.
CREATE OR REPLACE TEMP MACRO is_likely(provenance, confidence) AS
provenance IN ('predicted', 'written') OR provenance = 'resolved' AND confidence < 0.9;

-- What is said of or with a brand is said with the one that stands for it.
CREATE OR REPLACE TEMP TABLE standing AS
SELECT fact.subject AS node_id, fact.object AS standing_id
FROM facts.current AS fact JOIN facts.node AS node ON node.node_id = fact.subject
WHERE fact.predicate = 'sameAs' AND node.kind = 'brand';

-- A size that is two or three lengths in one unit (measures.py): 7.6 x 4.8 x 1.4 inches.
CREATE OR REPLACE TEMP MACRO is_dimensions(size) AS
regexp_full_match(
    upper(size),
    replace(
        '# ?X ?#( ?X ?#)? ?(INCHES|INCH|IN|FEET|FOOT|FT|YARDS|YARD|YD|CENTIMETERS?|CM'
        || '|MILLIMETERS?|MM)\.?',
        '#',
        '(\d{1,5}[ -][1-9]\d?/(2|3|4|8|16)|1/2|1/4|3/4|\d{0,5}\.\d+|\d{1,5})'
    )
);

CREATE OR REPLACE TEMP TABLE known AS
WITH
open_fact AS (
    SELECT
        fact.* REPLACE (
            coalesce(whose.standing_id, fact.subject) AS subject,
            coalesce(what.standing_id, fact.object) AS object
        ),
        CASE predicate.cardinality
            WHEN 'one' THEN '' ELSE coalesce(what.standing_id, fact.object)
        END AS place
    FROM facts.current AS fact
    JOIN facts.predicate AS predicate USING (predicate)
    LEFT JOIN standing AS whose ON whose.node_id = fact.subject
    LEFT JOIN standing AS what ON what.node_id = fact.object
    WHERE predicate.domain <> 'customer' AND predicate.range <> 'customer'
        AND fact.predicate <> 'sameAs'
        -- A price is an offer of one source, and no other source's.
        AND NOT (fact.predicate = 'price' AND fact.provenance = 'resolved')
        -- What a user wrote and nobody should read (curation/screening.py).
        AND fact.object NOT IN (SELECT value FROM screened_text WHERE reason IS NOT NULL)
        AND fact.subject NOT IN (
            SELECT node_id FROM facts.node JOIN screened_text ON value = label
            WHERE kind = 'query' AND reason IS NOT NULL
        )
        AND (
            predicate.cardinality <> 'one'
            OR fact.subject NOT IN (SELECT subject FROM facts.current WHERE predicate = 'sameAs')
        )
),
stated AS (
    SELECT * FROM open_fact WHERE NOT is_likely(provenance, confidence)
    QUALIFY row_number() OVER (
        PARTITION BY subject, predicate, place
        ORDER BY provenance <> 'resolved', confidence DESC, valid_from DESC, fact_id
    ) = 1
    AND (predicate <> 'offersBrand' OR count(*) OVER (PARTITION BY subject, predicate, place) = 1)
),
predicted AS (
    SELECT * FROM open_fact ANTI JOIN stated USING (subject, predicate, place)
    WHERE is_likely(provenance, confidence)
    QUALIFY row_number() OVER (
        PARTITION BY subject, predicate, place
        ORDER BY provenance <> 'resolved', confidence DESC, valid_from DESC, fact_id
    ) = 1
),
either AS (
    SELECT * REPLACE (predicate || '_likely' AS predicate), predicate AS base FROM predicted
    UNION ALL BY NAME
    SELECT *, predicate AS base FROM stated
)
SELECT
    subject,
    predicate AS slot,
    slot_object(base, object, unit, source) AS object,
    object_kind,
    fact_id,
    valid_from,
    valid_to,
    confidence
FROM either;
