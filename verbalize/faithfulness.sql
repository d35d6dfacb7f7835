-- What was read (slot_read) against what is claimed (text.statement). Makes claimed and unfaithful.
-- Documents and names go by number.
CREATE OR REPLACE TEMP MACRO is_about(slot) AS
slot IN ('it', 'since', 'through', 'week', 'share');

CREATE OR REPLACE TEMP TABLE read_back AS
SELECT
    slot_read.document,
    slot_read.position,
    slot_read.slot,
    reading.name_id,
    reading.fact_ids,
    CASE WHEN reading.name_id IS NULL THEN slot_read.words END AS unknown_words,
    CASE WHEN is_about(slot_read.slot) THEN reading.object END AS object
FROM slot_read
LEFT JOIN reading ON reading.slot = slot_read.slot AND reading.words = slot_read.words;

CREATE OR REPLACE TEMP TABLE claimed AS
WITH
evidence AS (
    SELECT
        numbered.document,
        numbered.subject AS about,
        statement.position,
        unnest(statement.fact_ids) AS fact_id
    FROM text.statement AS statement JOIN numbered USING (document_id)
),
fact AS (
    SELECT
        evidence.document,
        evidence.position,
        evidence.fact_id,
        fact.valid_from,
        fact.valid_to,
        fact.confidence,
        CASE
            WHEN fact.subject = evidence.about
                THEN concat(
                    fact.predicate,
                    if(is_likely(fact.provenance, fact.confidence), '_likely', '')
                )
            WHEN fact.object = evidence.about THEN inverse_slot.slot
        END AS slot,
        CASE
            WHEN fact.subject = evidence.about
                THEN slot_object(fact.predicate, fact.object, fact.unit, fact.source)
            WHEN fact.object = evidence.about THEN fact.subject
        END AS object
    FROM evidence
    LEFT JOIN facts.fact AS fact USING (fact_id)
    LEFT JOIN inverse_slot ON inverse_slot.predicate = fact.predicate
)
SELECT fact.* EXCLUDE (slot, object), naming.name_id
FROM fact LEFT JOIN naming ON naming.slot = fact.slot AND naming.object = fact.object;

CREATE OR REPLACE TEMP TABLE unfaithful AS
WITH
named AS (
    SELECT document, position, unnest(fact_ids) AS fact_id FROM read_back
),
direct AS (
    SELECT claimed.* FROM claimed SEMI JOIN read_back USING (document, position, name_id)
),
qualified AS (
    SELECT direct.*, read_back.slot AS about, read_back.object AS about_object
    FROM direct JOIN read_back USING (document, position)
    WHERE is_about(read_back.slot) AND read_back.slot <> 'it'
),
problem AS (
    SELECT document, position, 'a fact is claimed and not said' AS problem, fact_id AS detail
    FROM (
        SELECT document, position, fact_id
        FROM claimed ANTI JOIN read_back USING (document, position, name_id)
    )
    ANTI JOIN named USING (document, position, fact_id)
    UNION ALL
    SELECT document, position, 'something is said and not claimed', slot
    FROM read_back ANTI JOIN claimed USING (document, position, name_id)
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
