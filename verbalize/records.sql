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
-- Questions with their answers, of the kinds that are made of them. What stands masked in the corpus
-- stands so in no sentence, so that nothing is taken of it.
asking AS (
    SELECT
        document_id,
        list_transform(
            list_sort(list({'position': position, 'said': {asked_and_answered}})),
            lambda one: one.said
        ) AS questions
    FROM text.statement AS statement
    JOIN text.document AS document USING (document_id)
    SEMI JOIN asked USING (document_id)
    ANTI JOIN text.masked USING (document_id)
    ANTI JOIN text.rewrite USING (document_id)
    WHERE ends_with(document.kind, '_questions')
    GROUP BY document_id
),
-- The facts of all sentences, in their order; one that several sentences say counts once.
told AS (
    SELECT
        document_id,
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
-- The sources on which a resolved fact rests: those that state it of a product of the entity.
resting AS (
    SELECT fact.fact_id, list(DISTINCT stated.source) AS sources
    FROM facts.fact AS fact
    JOIN catalog.entity_member AS member ON member.entity_id = fact.subject
    JOIN facts.fact AS stated
        ON stated.subject = member.product_id
        AND stated.predicate = fact.predicate
        AND stated.provenance = 'stated'
        AND stated.object = fact.object
        AND stated.unit IS NOT DISTINCT FROM fact.unit
    WHERE fact.provenance = 'resolved'
    GROUP BY fact.fact_id
),
said AS (
    SELECT
        document_id,
        max(valid_from) AS created,
        count(*) FILTER (provenance = 'stated') AS stated,
        count(*) FILTER (provenance = 'predicted') AS predicted,
        count(*) FILTER (provenance = 'resolved') AS resolved,
        list_sort(list_distinct(list_concat(
            list(fact.source) FILTER (provenance = 'stated'), flatten(list(resting.sources))
        ))) AS sources
    FROM (SELECT document_id, unnest(fact_ids) AS fact_id FROM told)
    JOIN facts.fact AS fact USING (fact_id)
    LEFT JOIN resting USING (fact_id)
    GROUP BY document_id
),
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
JOIN told USING (document_id)
JOIN said USING (document_id)
LEFT JOIN asking USING (document_id)
LEFT JOIN measured USING (document_id)
LEFT JOIN text.rewrite AS rewrite USING (document_id)
JOIN facts.node AS node ON node.node_id = document.subject
