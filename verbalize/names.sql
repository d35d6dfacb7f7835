-- What things are called in documents: naming (name_id, slot, object, words, fact_ids) has a row a
-- slot and object, and reading, its other direction, a row a slot and words. fact_ids are the facts
-- that the words themselves tell, such as size and type in "item 26190 (50 oz apple sauce)".
--
-- Within a slot no two meanings have the same words, so that reading back is exact. Literals for
-- which tables and rules give the same words, such as the sizes .5 OZ and 0.5 OZ, are one meaning,
-- any other object is one of its own. Of meanings that would be called alike, the one whose words
-- are nearest to what the source wrote keeps them (the same, then shorter, then the first); one of
-- another source is told by its source, any other one takes its alternative, and where that is
-- taken too, "(variant ...)" with a hash of its object follows.
--
-- Input: asked (slot, base, object, kind), said (slot, value, words), label_words (kind, label,
-- words, is_foreign); and macros of the language (naming.py): quoted_words(words);
-- is_taken_amiss(words), whether words have what could be taken for the sentence or the list around
-- them; without_stop(words), words without the one stop at their end; separates(slot, words),
-- whether they have what follows the slot in a phrasing, and separates_product(words), whether they
-- have what follows a product; and called_NAME for each name of its grammar.
CREATE OR REPLACE TEMP MACRO stands_alone(words, separated) AS
length(words) <= 120
AND NOT regexp_matches(words, '[“”„«»"]|^[^\pL\pN\p{Sc}(（]')
AND NOT is_taken_amiss(words)
AND NOT separated;

CREATE OR REPLACE TEMP MACRO settled(words, separated) AS
CASE WHEN stands_alone(words, separated) THEN words ELSE quoted_words(words) END;

-- Where the name of a product ends could not be seen if it had a comma: "find Red mug, no handle in
-- the catalog".
CREATE OR REPLACE TEMP MACRO has_comma(words) AS regexp_matches(words, ', |，');

-- An item number, and whose it is where there are several sources (slot_object). Names are made in
-- steps, because a macro is written out wherever it has its argument, with all macros in that.
CREATE OR REPLACE TEMP MACRO number_alone(object) AS
if(
    getvariable('text_several_sources'), regexp_replace(object, '\x1f[^\x1f]*$', ''), object
);
CREATE OR REPLACE TEMP MACRO number_source(object) AS regexp_extract(object, '[^\x1f]*$');
CREATE OR REPLACE TEMP MACRO item_number(number, source) AS
if(getvariable('text_several_sources'), called_number_of_source(number, harmless(source)), number);

-- The name of a column without its source: shipweight of shop:shipweight.
CREATE OR REPLACE TEMP MACRO column_name(predicate) AS regexp_replace(predicate, '^[^:]*:', '');

CREATE OR REPLACE TEMP TABLE literal_name AS
WITH
known_words AS (
    SELECT
        asked.*,
        coalesce(screened.masked, asked.object) AS written,
        CASE
            -- A column that several sources have by one name is one, and no other columns are.
            WHEN asked.base = 'column' THEN column_name(asked.object)
            WHEN said.is_foreign THEN asked.object
            ELSE coalesce(said.words, asked.object)
        END AS meaning,
        coalesce(said.is_foreign, false) OR said.words IS NULL AND (
            asked.base IN ('description', 'quote')
            OR asked.base = 'size' AND asked.object = upper(asked.object)
        ) AS foreign_words,
        said.words AS said_words
    FROM asked
    LEFT JOIN said ON said.slot = asked.base AND said.value = asked.object
    LEFT JOIN screened_text AS screened
        ON screened.value = asked.object AND asked.base IN ('name', 'description', 'quote', 'detail')
    -- A description that is known to be in another language has no words in this one.
    WHERE asked.kind = 'literal' AND (asked.base <> 'description' OR asked.object NOT IN (
        SELECT object FROM facts.fact WHERE predicate = 'description' AND language IS NOT NULL
        GROUP BY object HAVING NOT bool_or(is_spoken(language))
    ))
),
cleaned AS (
    SELECT
        *,
        harmless_text(if(base = 'sku', number_alone(object), written)) AS clean
    FROM known_words
),
plain AS (
    SELECT
        *,
        CASE base
            WHEN 'sku' THEN item_number(without_semicolons(clean), number_source(object))
            WHEN 'column' THEN without_semicolons(column_name(clean))
            WHEN 'description' THEN with_placeholders(clean)
            ELSE with_placeholders(without_semicolons(clean))
        END AS raw,
        coalesce(said_words, raw) AS words
    FROM cleaned
)
SELECT
    slot,
    object,
    meaning,
    raw,
    CASE
        -- Always at the end of a sentence, which has a stop of its own behind the quote.
        WHEN base IN ('description', 'quote') THEN quoted_words(without_stop(words))
        WHEN foreign_words THEN quoted_words(words)
        -- A number with a short unit stands alone, any other value of a column is quoted.
        WHEN base = 'detail' AND NOT regexp_full_match(words, '[\d.,]*\d( ?[\pL%]{1,3})?')
            THEN quoted_words(words)
        ELSE settled(words, separates(slot, words) OR base = 'name' AND has_comma(words))
    END AS words
FROM plain;

-- A group of households is called by what they share.
CREATE OR REPLACE TEMP TABLE segment_name AS
SELECT
    subject,
    called_segment(
        min(coalesce(said.words, object)) FILTER (known.slot = 'segmentAge'),
        min(coalesce(said.words, object)) FILTER (known.slot = 'segmentComposition')
    ) AS words,
    list(fact_id ORDER BY fact_id) AS fact_ids
FROM known LEFT JOIN said ON said.slot = known.slot AND said.value = object
WHERE known.slot IN ('segmentAge', 'segmentComposition')
GROUP BY subject HAVING count(DISTINCT known.slot) = 2;

CREATE OR REPLACE TEMP TABLE thing AS
WITH
cleaned AS (
    SELECT
        node.node_id,
        node.kind,
        harmless(coalesce(screened.masked, node.label)) AS clean,
        coalesce(label_words.words, segment_name.words) AS own_words,
        coalesce(label_words.is_foreign, node.kind = 'query') AS is_foreign,
        coalesce(segment_name.fact_ids, []) AS fact_ids
    FROM facts.node AS node
    LEFT JOIN label_words ON label_words.kind = node.kind AND label_words.label = node.label
    LEFT JOIN segment_name ON segment_name.subject = node.node_id
    LEFT JOIN screened_text AS screened ON screened.value = node.label AND node.kind = 'query'
    WHERE node.kind IN ('category', 'brand', 'manufacturer', 'segment', 'product_group', 'query')
)
SELECT
    * EXCLUDE (clean, own_words),
    with_placeholders(clean) AS raw,
    coalesce(own_words, raw) AS words
FROM cleaned;

CREATE OR REPLACE TEMP TABLE level_of AS
SELECT subject, arg_min(object, fact_id) AS level, min(fact_id) AS fact_id
FROM known WHERE slot = 'level' GROUP BY subject;

-- A product that is gone has the name that it had last.
CREATE OR REPLACE TEMP TABLE product_name AS
WITH
last_name AS (
    SELECT
        subject,
        arg_max(object, (valid_from, fact_id)) AS name,
        max_by(fact_id, (valid_from, fact_id)) AS name_fact
    FROM facts.fact
    WHERE predicate = 'name' AND provenance = 'stated'
        AND object NOT IN (SELECT value FROM screened_text WHERE reason IS NOT NULL)
        AND subject IN (SELECT object FROM asked WHERE kind = 'product')
        AND subject NOT IN (SELECT subject FROM known WHERE slot IN ('name', 'sku'))
    GROUP BY subject
),
product AS (
    SELECT
        subject,
        min(object) FILTER (slot = 'sku') AS sku,
        min(object) FILTER (slot = 'name') AS name,
        min(object) FILTER (slot = 'productType') AS product_type,
        min(object) FILTER (slot = 'size') AS size,
        min(fact_id) FILTER (slot = 'sku') AS sku_fact,
        min(fact_id) FILTER (slot = 'name') AS name_fact,
        min(fact_id) FILTER (slot = 'productType') AS type_fact,
        min(fact_id) FILTER (slot = 'size') AS size_fact
    FROM known
    WHERE slot IN ('sku', 'name', 'productType', 'size')
        AND subject IN (SELECT object FROM asked WHERE kind = 'product')
    GROUP BY subject
),
written AS (
    SELECT
        node.node_id,
        product.* EXCLUDE (subject, sku, name, product_type, size, name_fact),
        coalesce(product.name_fact, last_name.name_fact) AS name_fact,
        coalesce(product.sku, slot_object('sku', node.key, NULL, node.source)) AS sku,
        coalesce(screened.masked, product.name, last_name.name) AS name,
        thing.words AS product_type,
        thing.is_foreign AS is_foreign_type,
        said.words AS size
    FROM facts.node AS node
    LEFT JOIN product ON product.subject = node.node_id
    LEFT JOIN last_name ON last_name.subject = node.node_id
    LEFT JOIN screened_text AS screened
        ON screened.value = coalesce(product.name, last_name.name)
    LEFT JOIN thing ON thing.node_id = product.product_type
    LEFT JOIN said ON said.slot = 'size' AND said.value = product.size
    WHERE node.kind = 'product'
        AND node.node_id IN (SELECT object FROM asked WHERE kind = 'product')
),
cleaned AS (
    SELECT * REPLACE (harmless(name) AS name), harmless(number_alone(sku)) AS number FROM written
),
plain AS (
    SELECT
        * REPLACE (
            with_placeholders(name) AS name,
            item_number(number, number_source(sku)) AS number
        )
    FROM cleaned
),
judged AS (
    SELECT
        *,
        -- A number is read behind the word for item, and a space is before it there.
        list_transform(
            [
                {'words': number, 'read': called_item(number)},
                {'words': name, 'read': name},
                {'words': product_type, 'read': product_type},
                {'words': size, 'read': size}
            ],
            lambda one: stands_alone(one.words, separates_product(one.read))
        ) AS alone
    FROM plain
),
worded AS (
    SELECT
        * EXCLUDE (sku, number, name, product_type, size),
        called_item(if(alone[1], number, quoted_words(number))) AS item,
        if(alone[2] AND NOT has_comma(name), name, quoted_words(name)) AS name,
        if(alone[3] AND NOT is_foreign_type, product_type, quoted_words(product_type))
            AS product_type,
        CASE WHEN alone[4] THEN size END AS size
    FROM judged
)
SELECT
    node_id,
    CASE
        WHEN name IS NOT NULL AND sku_fact IS NOT NULL THEN called_named_product(name, item)
        WHEN name IS NOT NULL THEN name
        WHEN sku_fact IS NULL OR product_type IS NULL THEN item
        WHEN size IS NULL THEN called_product_of_type(product_type, item)
        ELSE called_product_of_type_and_size(size, product_type, item)
    END AS words,
    list_filter(
        CASE
            WHEN name IS NOT NULL THEN [sku_fact, name_fact]
            WHEN sku_fact IS NULL OR product_type IS NULL THEN [sku_fact]
            WHEN size IS NULL THEN [sku_fact, type_fact]
            ELSE [sku_fact, type_fact, size_fact]
        END,
        lambda fact_id: fact_id IS NOT NULL
    ) AS fact_ids
FROM worded;

CREATE OR REPLACE TEMP MACRO called_thing(called, name) AS
CASE called
    WHEN 'brand' THEN called_brand(name)
    WHEN 'department' THEN called_department(name)
    WHEN 'category' THEN called_category(name)
    WHEN 'type' THEN called_type(name)
    WHEN 'numbered_maker' THEN called_numbered_maker(name)
    WHEN 'product_group' THEN called_family(name)
    WHEN 'query' THEN called_query(name)
    ELSE name
END;

CREATE OR REPLACE TEMP TABLE thing_name AS
SELECT
    asked.slot,
    asked.object,
    thing.raw,
    if(
        thing.is_foreign,
        quoted_words(thing.words),
        settled(thing.words, separates(asked.slot, thing.words))
    ) AS bare,
    CASE
        WHEN asked.kind = 'bare' THEN 'bare'
        WHEN thing.kind IN ('product_group', 'query') THEN thing.kind
        WHEN thing.kind = 'manufacturer' AND regexp_full_match(thing.raw, '\d+')
            THEN 'numbered_maker'
        -- A kind of brand, such as a private label, has words of its own, and no name.
        WHEN thing.kind = 'brand' AND thing.words = thing.raw THEN 'brand'
        WHEN thing.kind = 'category'
            THEN if(level_of.level IN ('department', 'type'), level_of.level, 'category')
        ELSE 'bare'
    END AS called,
    asked.kind = 'bare' AND level_of.level IS NOT NULL AS can_tell_level,
    level_word(level_of.level) AS level,
    if(level_of.fact_id IS NULL, [], [level_of.fact_id]) AS level_fact,
    thing.fact_ids,
    thing.kind
FROM asked
JOIN thing ON thing.node_id = asked.object
LEFT JOIN level_of ON level_of.subject = asked.object
WHERE asked.kind IN ('bare', 'node');

CREATE OR REPLACE TEMP TABLE reading AS
WITH
candidate AS (
    SELECT
        slot, object, meaning, raw, words, quoted_words(raw) AS alternative,
        []::VARCHAR[] AS fact_ids, []::VARCHAR[] AS alternative_fact_ids
    FROM literal_name
    UNION ALL
    SELECT
        asked.slot, asked.object, asked.object, name.words, name.words, name.words,
        name.fact_ids, name.fact_ids
    FROM asked JOIN product_name AS name ON name.node_id = asked.object
    WHERE asked.kind = 'product'
    UNION ALL
    SELECT
        slot,
        object,
        object,
        raw,
        called_thing(called, bare),
        CASE
            WHEN can_tell_level THEN called_at_level(bare, level)
            WHEN kind = 'manufacturer' AND called = 'bare' THEN called_maker(bare)
            ELSE called_thing(called, quoted_words(raw))
        END,
        if(kind = 'category' AND NOT can_tell_level, level_fact, fact_ids),
        if(kind = 'segment', [], level_fact)
    FROM thing_name
),
meant AS (
    SELECT *, list(object) OVER (PARTITION BY slot, meaning) AS objects
    FROM candidate
    QUALIFY row_number() OVER (PARTITION BY slot, meaning ORDER BY length(raw), raw, object) = 1
),
first_choice AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY slot, lower(words)
            ORDER BY lower(words) <> lower(raw), length(raw), raw, object
        ) = 1 AS first
    FROM meant
),
-- What another source calls alike is told by that source.
sourced AS (
    SELECT
        first_choice.*,
        source,
        NOT first AND source <> first_value(source) OVER (
            PARTITION BY slot, lower(words) ORDER BY NOT first, object
        ) AS elsewhere
    FROM first_choice LEFT JOIN facts.node ON node.node_id = first_choice.object
),
second_choice AS (
    SELECT
        slot,
        object,
        objects,
        first,
        CASE
            WHEN first THEN words
            WHEN elsewhere THEN called_in_source(words, harmless(source))
            ELSE alternative
        END AS words,
        if(first OR elsewhere, fact_ids, alternative_fact_ids) AS fact_ids
    FROM sourced
),
named AS (
    SELECT
        * EXCLUDE (words, first),
        row_number() OVER (
            PARTITION BY slot, lower(words) ORDER BY NOT first, object
        ) AS choice,
        if(choice = 1, words, called_variant(words, left(md5(object), 16))) AS words
    FROM second_choice
)
SELECT row_number() OVER ()::INTEGER AS name_id, slot, object, objects, words, fact_ids FROM named;

CREATE OR REPLACE TEMP TABLE naming AS
SELECT name_id, slot, unnest(objects) AS object, words, fact_ids FROM reading;
