-- Slots of all documents in one form, in the temporary table told (kind, subject, part, slot, rank,
-- fact_ids, object, object_kind). Input: document_fact, what the queries of `documents/` give. A
-- part is what one sentence or a group of them is made of: part 0 has facts that sentences can
-- combine, any other part one fact with its time or share, or what is told of one other thing.
--
-- A slot is named after the predicate of its fact, with the role of the fact's subject before it
-- where that is not the subject of the document: see faithfulness.py.
CREATE OR REPLACE TEMP MACRO slot_role(slot) AS regexp_extract(slot, '^(other|both|each|all)_', 1);

CREATE OR REPLACE TEMP MACRO slot_base(slot) AS
CASE slot
    WHEN 'lowPrice' THEN 'price'
    WHEN 'highPrice' THEN 'price'
    WHEN 'offersSize' THEN 'size'
    ELSE regexp_replace(replace(slot, '_likely', ''), '^(other|both|each|all)_', '')
END;

-- Of what a slot is named after, the predicate: that of dimensions is size.
CREATE OR REPLACE TEMP MACRO slot_predicate(slot) AS
regexp_replace(regexp_replace(slot, '^(other|both|each|all)_', ''), '^dimensions', 'size');

CREATE OR REPLACE TEMP MACRO at_midnight(t) AS t = date_trunc('day', t);

CREATE OR REPLACE TEMP MACRO since_object(valid_from) AS
CASE
    WHEN at_midnight(valid_from) THEN strftime(valid_from, '%Y-%m-%d')
    ELSE strftime(valid_from, '%Y-%m-%d %H:%M:%S.%f')
END;

-- The last day that is included; for an end within a day the very time.
CREATE OR REPLACE TEMP MACRO through_object(valid_to) AS
CASE
    WHEN at_midnight(valid_to) THEN strftime(valid_to - INTERVAL 1 DAY, '%Y-%m-%d')
    ELSE strftime(valid_to, '%Y-%m-%d %H:%M:%S.%f')
END;

CREATE OR REPLACE TEMP MACRO is_week(valid_from, valid_to) AS
coalesce(
    at_midnight(valid_from) AND valid_to = valid_from + INTERVAL 7 DAY AND isodow(valid_from) = 1,
    false
);

-- Until when a product had its item number is told by the day.
CREATE OR REPLACE TEMP MACRO told_by_week(slot, valid_from, valid_to) AS
slot <> 'sku' AND is_week(valid_from, valid_to);

CREATE OR REPLACE TEMP MACRO share_object(share) AS
CASE WHEN share < 0.0995 THEN format('{:.1f}', share * 100) ELSE format('{:.0f}', share * 100) END;

CREATE OR REPLACE TEMP TABLE told AS
SELECT kind, subject, part, slot, rank, fact_ids, object, object_kind FROM document_fact
UNION ALL
SELECT kind, subject, part, 'since', 1, NULL, since_object(valid_from), 'literal'
FROM document_fact WHERE timed AND NOT told_by_week(slot, valid_from, valid_to)
UNION ALL
SELECT kind, subject, part, 'through', 1, NULL, through_object(valid_to), 'literal'
FROM document_fact
WHERE timed AND valid_to IS NOT NULL AND NOT told_by_week(slot, valid_from, valid_to)
UNION ALL
SELECT kind, subject, part, 'week', 1, NULL, since_object(valid_from), 'literal'
FROM document_fact WHERE timed AND told_by_week(slot, valid_from, valid_to)
UNION ALL
SELECT kind, subject, part, 'share', 1, NULL, share_object(share), 'literal'
FROM document_fact WHERE share IS NOT NULL
UNION ALL
SELECT DISTINCT
    kind, subject, unnest(list_distinct([0, part])), 'it', 1, NULL::VARCHAR[], subject, 'node'
FROM document_fact;

DROP TABLE document_fact;

CREATE OR REPLACE TEMP TABLE asked AS
WITH thing AS (
    SELECT DISTINCT slot, slot_base(slot) AS base, object, object_kind FROM told
)
SELECT
    thing.slot,
    thing.base,
    thing.object,
    CASE
        WHEN thing.object_kind = 'literal' THEN 'literal'
        WHEN node.kind = 'product' THEN 'product'
        WHEN thing.base IN (
            'productType', 'narrower', 'brandCategory', 'offersCategory', 'prefers', 'goesWith'
        ) THEN 'bare'
        ELSE 'node'
    END AS kind
FROM thing LEFT JOIN facts.node AS node ON node.node_id = thing.object
UNION
-- The names of groups of households are made of these.
SELECT slot, slot, object, 'literal' FROM known
WHERE slot IN ('segmentAge', 'segmentComposition')
    AND subject IN (SELECT object FROM thing WHERE object_kind = 'node');
