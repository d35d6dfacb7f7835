-- Input: edit_label (kind, label, words), edit_word (predicate, object, words), the macro harmless.
CREATE OR REPLACE TEMP MACRO edit_clean(words) AS
CASE WHEN words IS NOT NULL THEN trim(left(harmless(words), 200)) END;

-- A literal that has no words of its own: money with its sign, counts with separators of thousands.
CREATE OR REPLACE TEMP MACRO edit_literal(predicate, object, unit) AS
edit_clean(CASE
    WHEN unit = 'USD' THEN '$' || object
    WHEN unit IS NOT NULL THEN object || ' ' || unit
    WHEN predicate IN ('productCount', 'makesProducts', 'brandCount', 'memberCount') THEN
        coalesce(format('{:,}', TRY_CAST(object AS BIGINT)), object)
    ELSE object
END);

CREATE OR REPLACE TEMP TABLE edit_name AS
WITH
worded AS (
    SELECT
        node.node_id,
        node.kind,
        node.key,
        node.label,
        edit_clean(coalesce(edit_label.words, node.label)) AS words
    FROM facts.node AS node
    LEFT JOIN edit_label ON node.kind = edit_label.kind AND node.label = edit_label.label
    WHERE node.kind <> 'customer'
),
stated AS (
    SELECT
        f.subject,
        max(o.words) FILTER (f.predicate = 'productType') AS product_type,
        max(said.words) FILTER (f.predicate = 'size') AS size,
        max(said.words) FILTER (f.predicate = 'segmentAge') AS segment_age,
        max(said.words) FILTER (f.predicate = 'segmentComposition') AS segment_composition,
        max(f.object) FILTER (f.predicate = 'level') AS level,
        bool_or(f.predicate = 'name') AS is_named
    FROM facts.as_of(getvariable('edit_t1')) AS f
    LEFT JOIN worded AS o ON o.node_id = f.object
    LEFT JOIN edit_word AS said ON said.predicate = f.predicate AND said.object = f.object
    WHERE f.predicate IN
        ('productType', 'size', 'level', 'name', 'segmentAge', 'segmentComposition')
        AND f.provenance <> 'predicted'
    GROUP BY f.subject
),
named AS (
    SELECT
        worded.node_id,
        worded.kind,
        worded.words,
        CASE worded.kind
            WHEN 'product' THEN
                CASE
                    WHEN is_named THEN concat(words, ' (item ', edit_clean(key), ')')
                    WHEN product_type IS NULL THEN concat('item ', edit_clean(key))
                    ELSE concat('the ', size || ' ', product_type, ' (item ', edit_clean(key), ')')
                END
            WHEN 'category' THEN
                CASE level
                    WHEN 'department' THEN concat('the ', words, ' department')
                    WHEN 'type' THEN concat('the product type ', words)
                    ELSE concat('the category ', words)
                END
            WHEN 'manufacturer' THEN
                CASE
                    WHEN regexp_full_match(words, '\d+') THEN 'manufacturer ' || words
                    ELSE words
                END
            WHEN 'segment' THEN coalesce(
                'the group of ' || segment_composition || ', aged ' || segment_age,
                concat('the group ', words)
            )
            ELSE concat('the ', worded.kind, ' ', words)
        END AS name
    FROM worded LEFT JOIN stated ON stated.subject = worded.node_id
)
SELECT
    node_id,
    kind,
    CASE WHEN count(*) OVER (PARTITION BY name) = 1 THEN name END AS subject_text,
    CASE WHEN kind IN ('product', 'manufacturer', 'segment') THEN name ELSE words END AS target_text
FROM named
WHERE words NOT IN ('', '(no text)');
