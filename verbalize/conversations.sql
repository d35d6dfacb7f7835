-- Conversations with their evidence: of the pairs that `asked` (id, document_id, position, added,
-- place) names.
chosen AS (
    SELECT asked.id, asked.added, asked.place, pair.*
    FROM asked JOIN (
{pair}
    ) AS pair USING (document_id, position)
),
told AS (
    SELECT
        id,
        list_filter(
            fact_ids, lambda fact_id, place: list_position(fact_ids, fact_id) = place
        ) AS fact_ids
    FROM chosen
),
{said}
SELECT
    chosen.id,
    chosen.sentence AS text,
    [
        {'role': 'user', 'content': chosen.said.question},
        {'role': 'assistant', 'content': chosen.said.answer}
    ] AS messages,
    coalesce(nullif(array_to_string(said.sources, '+'), ''), node.source) AS source,
    strftime(chosen.added, '%Y-%m-%dT%H:%M:%S.%gZ') AS added,
    strftime(said.created, '%Y-%m-%dT%H:%M:%S.%gZ') AS created,
    {
        'kind': document.kind,
        'language': document.language,
        'subject': document.subject,
        'title': document.title,
        'document': document.document_id,
        'sources': coalesce(said.sources, []),
        'templates': [chosen.template],
        'fact_ids': told.fact_ids,
        'stated_facts': said.stated,
        'predicted_facts': said.predicted,
        'resolved_facts': said.resolved
    } AS metadata
FROM chosen
JOIN text.kept AS document USING (document_id)
JOIN told USING (id)
JOIN said USING (id)
JOIN facts.node AS node ON node.node_id = document.subject
ORDER BY chosen.place
