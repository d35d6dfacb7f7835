-- What was read (slot_read) against what is claimed (text.statement). Makes claimed and unfaithful.
CREATE OR REPLACE TEMP TABLE read_back AS
SELECT slot_read.document_id, slot_read.position, slot_read.slot, slot_read.words, naming.object, naming.fact_ids
FROM slot_read
LEFT JOIN naming ON naming.slot = slot_read.slot AND naming.words = slot_read.words;

CREATE OR REPLACE TEMP TABLE claimed AS
WITH
evidence AS (
    SELECT document.document_id, document.kind, document.subject AS about, statement.position, unnest(statement.fact_ids) AS fact_id
    FROM text.statement AS statement JOIN text.document AS document USING (document_id)
    WHERE document.language = getvariable('text_language')
)
SELECT
    evidence.document_id,
    evidence.position,
    evidence.fact_id,
    fact.subject,
    fact.predicate,
    CASE
        WHEN fact.subject = evidence.about THEN fact.predicate || CASE fact.provenance WHEN 'predicted' THEN '_likely' ELSE '' END
        WHEN fact.object = evidence.about THEN inverse_slot.slot
    END AS slot,
    CASE
        WHEN fact.subject = evidence.about THEN slot_object(fact.predicate, fact.object, fact.unit)
        WHEN fact.object = evidence.about THEN fact.subject
    END AS object,
    since_object(fact.valid_from) AS since,
    CASE WHEN fact.valid_to IS NOT NULL THEN through_object(fact.valid_to) END AS through,
    CASE WHEN is_week(fact.valid_from, fact.valid_to) THEN since_object(fact.valid_from) END AS week,
    share_object(fact.confidence) AS share
FROM evidence
LEFT JOIN facts.fact AS fact USING (fact_id)
LEFT JOIN inverse_slot ON inverse_slot.predicate = fact.predicate;

CREATE OR REPLACE TEMP TABLE unfaithful AS
WITH
named AS (
    SELECT DISTINCT document_id, position, unnest(fact_ids) AS fact_id FROM read_back
),
direct AS (
    SELECT DISTINCT claimed.document_id, claimed.position, claimed.fact_id, claimed.slot, claimed.object
    FROM claimed JOIN read_back USING (document_id, position, slot, object)
),
told AS (
    SELECT document_id, position, fact_id FROM direct
    UNION
    SELECT document_id, position, fact_id FROM named
),
qualified AS (
    SELECT direct.*, read_back.slot AS about, read_back.object AS about_object
    FROM direct JOIN read_back USING (document_id, position)
    WHERE read_back.slot IN ('since', 'through', 'week', 'share')
),
problem AS (
    SELECT document_id, position, 'a fact is claimed and not said' AS problem,
        concat_ws(' ', claimed.fact_id, claimed.subject, claimed.predicate, claimed.object) AS detail
    FROM claimed ANTI JOIN told USING (document_id, position, fact_id)
    UNION ALL
    SELECT document_id, position, 'something is said and not claimed', concat_ws(' ', slot, words, object)
    FROM read_back ANTI JOIN direct USING (document_id, position, slot, object)
    WHERE slot NOT IN ('it', 'since', 'through', 'week', 'share')
    UNION ALL
    SELECT document_id, position, 'a fact is named and not claimed', fact_id
    FROM named ANTI JOIN claimed USING (document_id, position, fact_id)
    UNION ALL
    SELECT document_id, position, 'words name nothing known', concat_ws(' ', slot, words) FROM read_back WHERE object IS NULL
    UNION ALL
    SELECT read_back.document_id, read_back.position, 'the subject is another one', read_back.words
    FROM read_back JOIN text.document AS document USING (document_id)
    WHERE read_back.slot = 'it' AND read_back.object <> document.subject
    UNION ALL
    SELECT document_id, position, 'the time or share is not that of the fact', concat_ws(' ', qualified.fact_id, about, about_object)
    FROM qualified JOIN claimed USING (document_id, position, fact_id)
    WHERE about_object IS DISTINCT FROM
        CASE about WHEN 'since' THEN claimed.since WHEN 'through' THEN claimed.through WHEN 'week' THEN claimed.week ELSE claimed.share END
    UNION ALL
    SELECT document_id, position, 'no phrasing reads the sentence', kind FROM recognised WHERE phrasing IS NULL
    UNION ALL
    SELECT statement.document_id, statement.position, 'the sentence is not in the text', 'of the document'
    FROM text.statement AS statement
    SEMI JOIN (SELECT document_id FROM text.document WHERE language = getvariable('text_language')) USING (document_id)
    ANTI JOIN sentence ON sentence.document_id = statement.document_id AND sentence.position = statement.position
        AND sentence.sentence = statement.sentence
    UNION ALL
    SELECT sentence.document_id, sentence.position, 'the text has a sentence without evidence', sentence.sentence
    FROM sentence
    ANTI JOIN text.statement AS statement ON statement.document_id = sentence.document_id AND statement.position = sentence.position
)
SELECT problem.*, statement.sentence
FROM problem LEFT JOIN text.statement AS statement USING (document_id, position);
