-- Documents with their evidence, as exports write them: of those that `asked` (document_id, added)
-- names. When a document came to be is when the newest of its facts began; when it was added is the
-- state of the corpus that first had it so.
evidence AS (
    SELECT
        document_id,
        list_sort(list_distinct(list(template))) AS templates,
        -- Sorted as structs: an aggregate with ORDER BY takes twice the time.
        list_sort(list({'position': position, 'fact_ids': fact_ids})) AS sentences
    FROM text.statement SEMI JOIN asked USING (document_id)
    GROUP BY document_id
),
pair AS (
{pair}
),
asking AS (
    SELECT
        document_id,
        list_transform(
            list_sort(list({'position': position, 'said': said})), lambda one: one.said
        ) AS questions
    FROM pair GROUP BY document_id
),
-- The facts of all sentences, in their order; one that several sentences say counts once.
told AS (
    SELECT
        document_id AS id,
        list_filter(
            said_facts,
            lambda fact_id, place: list_position(said_facts, fact_id) = place
        ) AS fact_ids
    FROM (
        SELECT
            document_id,
            flatten([sentence.fact_ids FOR sentence IN sentences]) AS said_facts
        FROM evidence
    )
),
{said},
measured AS (
    SELECT document_id, struct_pack(*COLUMNS(* EXCLUDE (document_id, language))) AS signals
    FROM text.signal SEMI JOIN asked USING (document_id)
)
SELECT
    document.document_id AS id,
    document.text,
    coalesce(nullif(array_to_string(said.sources, '+'), ''), node.source) AS source,
    strftime(asked.added, '%Y-%m-%dT%H:%M:%S.%gZ') AS added,
    strftime(said.created, '%Y-%m-%dT%H:%M:%S.%gZ') AS created,
    {
        'kind': document.kind,
        'language': document.language,
        'subject': document.subject,
        'written_by': rewrite.model,
        'title': document.title,
        'sources': said.sources,
        'templates': evidence.templates,
        'fact_ids': told.fact_ids,
        'questions': asking.questions,
        'stated_facts': said.stated,
        'predicted_facts': said.predicted,
        'resolved_facts': said.resolved
    } AS metadata,
    struct_concat({'tokens': document.tokens}, measured.signals) AS attributes
FROM asked
JOIN text.kept AS document USING (document_id)
JOIN evidence USING (document_id)
JOIN told ON told.id = document.document_id
JOIN said ON said.id = document.document_id
LEFT JOIN asking USING (document_id)
LEFT JOIN measured USING (document_id)
LEFT JOIN text.rewrite AS rewrite USING (document_id)
JOIN facts.node AS node ON node.node_id = document.subject
