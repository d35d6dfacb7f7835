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

-- An item number, and whose it is where there are several sources, as in the corpus.
SET VARIABLE edit_several_sources = (
    SELECT count(DISTINCT source) > 1 FROM facts.node WHERE kind = 'product'
);

CREATE OR REPLACE TEMP MACRO edit_item(key, source) AS
concat(
    'item ',
    edit_clean(key),
    if(getvariable('edit_several_sources'), concat(' of ', edit_clean(source)), '')
);

CREATE OR REPLACE TEMP TABLE edit_name AS
WITH
worded AS (
    SELECT
        node.node_id,
        node.kind,
        node.key,
        node.source,
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
        worded.source,
        worded.words,
        CASE worded.kind
            WHEN 'product' THEN
                CASE
                    WHEN is_named THEN concat(words, ' (', edit_item(key, source), ')')
                    WHEN product_type IS NULL THEN edit_item(key, source)
                    ELSE concat('the ', size || ' ', product_type, ' (', edit_item(key, source), ')')
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
),
-- What several sources call alike is told by its source.
sourced AS (
    SELECT
        * REPLACE (
            CASE
                WHEN min(source) OVER same_name < max(source) OVER same_name
                    THEN concat(name, ' (in the catalog of ', edit_clean(source), ')')
                ELSE name
            END AS name
        ),
        name AS plain_name
    FROM named
    WINDOW same_name AS (PARTITION BY name)
)
SELECT
    node_id,
    kind,
    CASE WHEN count(*) OVER (PARTITION BY name) = 1 THEN name END AS subject_text,
    CASE WHEN kind IN ('product', 'manufacturer', 'segment') THEN plain_name ELSE words END AS target_text
FROM sourced
WHERE words NOT IN ('', '(no text)');
