-- What was read (slot_read) against what is claimed (text.statement). Makes claimed and unfaithful.
-- Documents and names go by number.
CREATE OR REPLACE TEMP MACRO names_other(slot) AS slot IN ('other', 'isRelatedTo');

CREATE OR REPLACE TEMP MACRO is_about(slot) AS
slot IN ('it', 'other', 'since', 'through', 'week', 'share', 'relation', 'column', 'cheaper', 'larger');

-- What a slot says: predicate, whose fact it is (role), and whether it names the fact's subject.
CREATE OR REPLACE TEMP TABLE slot_said AS
SELECT
    slot_name.slot,
    slot_role(slot_name.slot) AS role,
    coalesce(inverse_slot.predicate, slot_predicate(slot_name.slot)) AS predicate,
    inverse_slot.slot IS NOT NULL AS inverse
FROM (SELECT DISTINCT slot FROM slot_read) AS slot_name
LEFT JOIN inverse_slot
    ON inverse_slot.slot = regexp_replace(slot_name.slot, '^(other|both|each|all)_', '');

CREATE OR REPLACE TEMP TABLE read_back AS
SELECT
    slot_read.document,
    slot_read.position,
    slot_read.slot,
    slot_said.* EXCLUDE (slot),
    reading.name_id,
    reading.fact_ids,
    CASE WHEN reading.name_id IS NULL THEN slot_read.words END AS unknown_words,
    CASE WHEN is_about(slot_read.slot) OR names_other(slot_read.slot) THEN reading.object END
        AS object
FROM slot_read
JOIN slot_said ON slot_said.slot = slot_read.slot
LEFT JOIN reading ON reading.slot = slot_read.slot AND reading.words = slot_read.words;

-- The other thing that a sentence is about: the one that it names, or else the first one that its
-- document names.
CREATE OR REPLACE TEMP TABLE other_thing AS
SELECT document, position, object FROM read_back WHERE names_other(slot)
UNION ALL
SELECT document, NULL, arg_min(object, position) FROM read_back WHERE slot = 'other' GROUP BY document;

-- An edge in words names its predicate itself, and so does a detail: that of any source which has a
-- column of the name.
CREATE OR REPLACE TEMP TABLE relation_read AS
SELECT document, position, naming.object
FROM read_back JOIN naming USING (name_id)
WHERE read_back.slot IN ('relation', 'column');

CREATE OR REPLACE TEMP TABLE claimed AS
WITH evidence AS (
    SELECT
        numbered.document,
        numbered.subject AS about,
        statement.position,
        unnest(statement.fact_ids) AS fact_id
    FROM text.statement AS statement JOIN numbered USING (document_id)
)
SELECT
    evidence.*,
    coalesce(named.object, first_named.object) AS other,
    fact.valid_from,
    fact.valid_to,
    fact.confidence,
    coalesce(whose.standing_id, fact.subject) AS subject,
    concat(
        fact.predicate,
        if(is_likely(fact.provenance, fact.confidence), '_likely', '')
    ) AS predicate,
    slot_object(
        fact.predicate, coalesce(what.standing_id, fact.object), fact.unit, fact.source
    ) AS object
FROM evidence
LEFT JOIN facts.fact AS fact USING (fact_id)
LEFT JOIN standing AS whose ON whose.node_id = fact.subject
LEFT JOIN standing AS what ON what.node_id = fact.object
LEFT JOIN other_thing AS named
    ON named.document = evidence.document AND named.position = evidence.position
LEFT JOIN other_thing AS first_named
    ON first_named.document = evidence.document AND first_named.position IS NULL;

-- What was read, with the claimed fact that says it.
CREATE OR REPLACE TEMP TABLE matched AS
WITH
candidate AS (
    SELECT
        claimed.*,
        read_back.name_id,
        read_back.slot,
        read_back.role,
        if(read_back.inverse, claimed.subject, claimed.object) AS said,
        CASE read_back.role WHEN 'other' THEN claimed.other ELSE claimed.about END AS whose,
        if(read_back.inverse, claimed.object, claimed.subject) AS fact_of
    FROM claimed
    JOIN read_back
        ON read_back.document = claimed.document AND read_back.position = claimed.position
    LEFT JOIN relation_read AS relation
        ON relation.document = claimed.document AND relation.position = claimed.position
    WHERE coalesce(
        CASE WHEN read_back.predicate IN ('target', 'origin', 'quote', 'detail') THEN relation.object END,
        read_back.predicate
    ) = claimed.predicate
)
SELECT candidate.*
FROM candidate
JOIN naming
    ON naming.slot = candidate.slot
    AND naming.object = candidate.said
    AND naming.name_id = candidate.name_id
LEFT JOIN variant ON variant.subject = candidate.subject AND variant.object = candidate.about
WHERE CASE candidate.role
    WHEN 'both' THEN fact_of IN (about, other)
    WHEN 'each' THEN variant.subject IS NOT NULL
    WHEN 'all' THEN variant.subject IS NOT NULL
    ELSE fact_of = whose
END;

CREATE OR REPLACE TEMP TABLE unfaithful AS
WITH
named AS (
    SELECT document, position, unnest(fact_ids) AS fact_id FROM read_back
),
-- A time or share is that of the one fact beside which it stands.
qualified AS (
    SELECT DISTINCT
        matched.document, matched.position, matched.fact_id, matched.valid_from,
        matched.valid_to, matched.confidence, read_back.slot AS about,
        read_back.object AS about_object
    FROM matched JOIN read_back USING (document, position)
    WHERE read_back.slot IN ('since', 'through', 'week', 'share') AND matched.role <> 'both'
),
-- Which of two costs less, and which is larger, by the facts.
weighed AS (
    SELECT
        read_back.document, read_back.position, read_back.slot, read_back.object,
        count(DISTINCT amount.unit) AS units,
        min(amount.value) FILTER (matched.subject = matched.about) AS first,
        min(amount.value) FILTER (matched.subject = matched.other) AS second
    FROM read_back
    LEFT JOIN matched
        ON matched.document = read_back.document
        AND matched.position = read_back.position
        AND matched.predicate = CASE read_back.slot WHEN 'cheaper' THEN 'price' ELSE 'size' END
    LEFT JOIN amount ON amount.slot = matched.predicate AND amount.object = matched.object
    WHERE read_back.slot IN ('cheaper', 'larger')
    GROUP BY read_back.document, read_back.position, read_back.slot, read_back.object
),
-- Of how many things a sentence says what holds for both, or for all variants.
shared AS (
    SELECT
        document, position, slot, role, name_id, any_value(about) AS about,
        count(DISTINCT subject) AS subjects
    FROM matched WHERE role IN ('both', 'all')
    GROUP BY document, position, slot, role, name_id
),
problem AS (
    SELECT document, position, 'a fact is claimed and not said' AS problem, fact_id AS detail
    FROM (
        SELECT document, position, fact_id
        FROM claimed ANTI JOIN matched USING (document, position, fact_id)
    )
    ANTI JOIN named USING (document, position, fact_id)
    UNION ALL
    SELECT document, position, 'something is said and not claimed', slot
    FROM read_back ANTI JOIN matched USING (document, position, slot, name_id)
    WHERE NOT is_about(slot)
    UNION ALL
    SELECT document, position, 'a fact is named and not claimed', fact_id
    FROM named ANTI JOIN claimed USING (document, position, fact_id)
    UNION ALL
    SELECT document, position, 'words name nothing known', concat_ws(' ', slot, unknown_words)
    FROM read_back WHERE name_id IS NULL
    UNION ALL
    SELECT document, position, 'the subject is another one', read_back.object
    FROM read_back JOIN numbered USING (document)
    WHERE read_back.slot = 'it' AND read_back.object <> numbered.subject
    UNION ALL
    SELECT
        document,
        position,
        'the time or share is not that of the fact',
        concat_ws(' ', fact_id, about, about_object)
    FROM qualified
    WHERE about_object IS DISTINCT FROM CASE about
        WHEN 'since' THEN since_object(valid_from)
        WHEN 'through' THEN through_object(valid_to)
        WHEN 'week' THEN CASE WHEN is_week(valid_from, valid_to) THEN since_object(valid_from) END
        ELSE share_object(confidence)
    END
    UNION ALL
    SELECT document, position, 'not all of which it is said have the fact', slot
    FROM shared
    WHERE subjects < CASE role
        WHEN 'both' THEN 2
        ELSE (SELECT count(*) FROM variant WHERE variant.object = shared.about)
    END
    UNION ALL
    SELECT document, position, 'the facts compare in another way', object
    FROM weighed
    WHERE object IS DISTINCT FROM CASE slot
        WHEN 'cheaper' THEN lower_of(first, second)
        ELSE lower_of(second, first)
    END OR units <> 1
    UNION ALL
    SELECT document, position, 'no phrasing reads the sentence', kind
    FROM recognised WHERE phrasing IS NULL
    UNION ALL
    SELECT
        coalesce(evidence.document, sentence.document),
        coalesce(evidence.position, sentence.position),
        'text and evidence have other sentences',
        coalesce(sentence.sentence, evidence.sentence)
    FROM (
        SELECT numbered.document, statement.position, statement.sentence
        FROM text.statement AS statement JOIN numbered USING (document_id)
    ) AS evidence
    FULL JOIN sentence
        ON sentence.document = evidence.document AND sentence.position = evidence.position
    WHERE sentence.sentence IS DISTINCT FROM evidence.sentence
)
SELECT numbered.document_id, problem.* EXCLUDE (document), statement.sentence
FROM problem
JOIN numbered USING (document)
LEFT JOIN text.statement AS statement
    ON statement.document_id = numbered.document_id AND statement.position = problem.position;
