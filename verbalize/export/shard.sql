-- One shard. What its documents tell is looked up for this shard alone, so memory follows the shard and not the corpus.
WITH
chosen AS (
    SELECT document_id, kind, language, subject, title, text, tokens, md5(concat_ws(chr(31), $seed, document_id)) AS place
    FROM text.document
    WHERE duplicate_of IS NULL
    ORDER BY place, document_id
    LIMIT $count OFFSET $first
),
said AS (
    SELECT DISTINCT statement.document_id, unnest(statement.fact_ids) AS fact_id
    FROM text.statement AS statement SEMI JOIN chosen USING (document_id)
),
told AS (
    SELECT
        said.document_id,
        list(said.fact_id ORDER BY said.fact_id) AS fact_ids,
        min(fact.source) AS source,
        max(fact.valid_from) AS created,
        max(greatest(fact.valid_from, coalesce(fact.valid_to, fact.valid_from))) AS added,
        round(avg((fact.provenance = 'predicted')::INTEGER), 4) AS predicted_share
    FROM said JOIN facts.fact AS fact USING (fact_id)
    GROUP BY said.document_id
)
SELECT
    chosen.document_id AS id,
    chosen.text,
    coalesce(told.source, '') AS source,
    strftime(told.added, '%Y-%m-%dT%H:%M:%S.000Z') AS added,
    strftime(told.created, '%Y-%m-%dT%H:%M:%S.000Z') AS created,
    chosen.kind,
    chosen.language,
    chosen.title,
    chosen.subject,
    chosen.tokens,
    coalesce(told.fact_ids, []) AS fact_ids,
    coalesce(told.predicted_share, 0) AS predicted_share
FROM chosen LEFT JOIN told USING (document_id)
ORDER BY chosen.place, chosen.document_id
