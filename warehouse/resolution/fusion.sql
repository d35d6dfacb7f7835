-- What sources state of entities (catalog.entity_value) to one value an attribute. $sources and
-- $trust are lists: how far each source is trusted; others are trusted 1.
WITH
said AS (
    SELECT
        value.*,
        coalesce(map($sources::VARCHAR[], $trust::DOUBLE[])[value.source], 1) AS trust
    FROM catalog.entity_value AS value
),
-- One value may be written in several ways: as the most trusted source writes it, or else the
-- product that stands for the entity.
agreed AS (
    SELECT
        entity_id,
        predicate,
        is_wording,
        form,
        max(trust) AS trust,
        count(DISTINCT source) AS sources,
        max(valid_from) AS newest,
        bool_or(product_id = entity_id) AS of_entity,
        sum(trust * confidence) AS support,
        sum(trust) AS voice,
        min_by(
            {object: object, object_kind: object_kind, unit: unit, language: language},
            (-trust, product_id <> entity_id, fact_id)
        ) AS chosen
    FROM said
    GROUP BY entity_id, predicate, is_wording, form
)
SELECT
    entity_id AS subject,
    predicate,
    chosen.object AS object,
    chosen.object_kind AS object_kind,
    chosen.unit AS unit,
    chosen.language AS language,
    'resolved' AS provenance,
    round(support / sum(voice) OVER (PARTITION BY entity_id, predicate), 6) AS confidence
FROM agreed
QUALIFY row_number() OVER (
    PARTITION BY entity_id, predicate
    ORDER BY
        trust DESC,
        -- A price is news, other attributes last.
        CASE predicate WHEN 'price' THEN newest END DESC NULLS LAST,
        sources DESC,
        -- Names of one thing differ without end; that of the entity stays.
        CASE WHEN is_wording THEN of_entity END DESC NULLS LAST,
        newest DESC,
        of_entity DESC,
        form
) = 1
