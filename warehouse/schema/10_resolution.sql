-- Entity resolution: pairs of products that may be one, questions about them, and what was resolved.
CREATE TABLE catalog.candidate_pair (
    left_id VARCHAR NOT NULL,
    right_id VARCHAR NOT NULL,
    left_source VARCHAR NOT NULL,
    right_source VARCHAR NOT NULL,
    probability DOUBLE NOT NULL,
    evidence JSON
);
COMMENT ON TABLE catalog.candidate_pair IS
    'Pairs of products of two sources that were compared, with the probability that they are one '
    'product, before any question was asked';
COMMENT ON COLUMN catalog.candidate_pair.left_id IS 'Product of the left source';
COMMENT ON COLUMN catalog.candidate_pair.right_id IS 'Product of the right source';
COMMENT ON COLUMN catalog.candidate_pair.left_source IS 'Source of the left product';
COMMENT ON COLUMN catalog.candidate_pair.right_source IS 'Source of the right product';
COMMENT ON COLUMN catalog.candidate_pair.probability IS
    'Probability that the two are one product, as the comparisons say';
COMMENT ON COLUMN catalog.candidate_pair.evidence IS
    'What each comparison found and how far it moved the probability, in bits';

CREATE TABLE ops.resolution (
    resolution_id VARCHAR PRIMARY KEY,
    "sequence" BIGINT NOT NULL,
    as_of TIMESTAMP NOT NULL,
    settings JSON NOT NULL,
    compared VARCHAR,
    sources VARCHAR[] NOT NULL,
    pairs BIGINT NOT NULL,
    answers BIGINT NOT NULL,
    matches BIGINT NOT NULL,
    entities BIGINT NOT NULL,
    fused BIGINT NOT NULL,
    conflicts BIGINT NOT NULL,
    entropy DOUBLE NOT NULL,
    withdrawn BOOLEAN NOT NULL
);
COMMENT ON TABLE ops.resolution IS
    'Each time that products of several sources were resolved; the facts of it bear its '
    'identifier as load_id';
COMMENT ON COLUMN ops.resolution.resolution_id IS 'resolution: and a hash of sequence and settings';
COMMENT ON COLUMN ops.resolution."sequence" IS 'Order of resolutions, from 1';
COMMENT ON COLUMN ops.resolution.as_of IS 'Time from which its facts are valid (UTC)';
COMMENT ON COLUMN ops.resolution.settings IS 'Threshold, trust in sources and the like';
COMMENT ON COLUMN ops.resolution.compared IS
    'Hash of the loads of the products that were compared; while it is the same, answers and '
    'settings are weighed without comparing again';
COMMENT ON COLUMN ops.resolution.sources IS 'Sources that have products';
COMMENT ON COLUMN ops.resolution.pairs IS 'Candidate pairs that were weighed';
COMMENT ON COLUMN ops.resolution.answers IS 'Answers that were known';
COMMENT ON COLUMN ops.resolution.matches IS 'sameAs facts of products that hold after it';
COMMENT ON COLUMN ops.resolution.entities IS 'Entities of two or more products after it';
COMMENT ON COLUMN ops.resolution.fused IS 'Fused values that hold after it';
COMMENT ON COLUMN ops.resolution.conflicts IS 'Attributes of entities in which sources differ';
COMMENT ON COLUMN ops.resolution.entropy IS
    'What is uncertain of who is who, given the answers, in bits';
COMMENT ON COLUMN ops.resolution.withdrawn IS 'Whether it was taken back as a whole';

CREATE TABLE ops.question (
    question_id VARCHAR PRIMARY KEY,
    left_id VARCHAR NOT NULL,
    right_id VARCHAR NOT NULL,
    "sequence" BIGINT NOT NULL,
    probability DOUBLE,
    gain DOUBLE NOT NULL,
    tokens BIGINT NOT NULL
);
COMMENT ON TABLE ops.question IS
    'Questions that were chosen: are these two products one and the same?';
COMMENT ON COLUMN ops.question.question_id IS 'question: and a hash of the two products';
COMMENT ON COLUMN ops.question.left_id IS 'The one product';
COMMENT ON COLUMN ops.question.right_id IS 'The other product';
COMMENT ON COLUMN ops.question."sequence" IS 'Order in which questions were chosen, from 1';
COMMENT ON COLUMN ops.question.probability IS
    'Probability that the two are one product, when the question was chosen; null where a match '
    'was taken back without a question';
COMMENT ON COLUMN ops.question.gain IS
    'Bits of uncertainty that the answer was expected to take away, given the questions chosen '
    'before it';
COMMENT ON COLUMN ops.question.tokens IS 'What it costs to ask a language model, in tokens, about';

CREATE TABLE ops.answer (
    question_id VARCHAR NOT NULL,
    "sequence" BIGINT NOT NULL,
    answerer VARCHAR NOT NULL,
    answer VARCHAR NOT NULL,
    error_rate DOUBLE NOT NULL,
    entropy_before DOUBLE NOT NULL,
    entropy_after DOUBLE NOT NULL,
    call_id VARCHAR
);
COMMENT ON TABLE ops.answer IS 'Answers to the questions; an answer may be wrong';
COMMENT ON COLUMN ops.answer.question_id IS 'Question (ops.question)';
COMMENT ON COLUMN ops.answer."sequence" IS 'Order of answers, from 1';
COMMENT ON COLUMN ops.answer.answerer IS
    'person, the name of a language model, or withdrawal where a match was taken back';
COMMENT ON COLUMN ops.answer.answer IS 'yes, no or unsure';
COMMENT ON COLUMN ops.answer.error_rate IS
    'Share of the answers of this answerer that is expected to be wrong';
COMMENT ON COLUMN ops.answer.entropy_before IS 'Bits of uncertainty of all pairs before the answer';
COMMENT ON COLUMN ops.answer.entropy_after IS 'The same after it';
COMMENT ON COLUMN ops.answer.call_id IS 'Call of the language model (ops.llm_call), if it was one';

INSERT INTO facts.predicate VALUES
('sameAs', 'product', 'product', NULL, 'one', 'https://schema.org/sameAs',
    'The product, of another source, that stands for both: the two are one and the same; so are '
    'brands of several sources with one name');

CREATE VIEW catalog.entity_member AS
SELECT
    coalesce(same.object, product.product_id) AS entity_id,
    product.product_id,
    product.source,
    product.key,
    coalesce(same.confidence, 1) AS confidence
FROM catalog.product AS product
LEFT JOIN facts.current AS same
    ON same.subject = product.product_id AND same.predicate = 'sameAs';
COMMENT ON VIEW catalog.entity_member IS
    'Which entity each product belongs to, as resolved now; a product that is the same as no '
    'other is an entity of its own';
COMMENT ON COLUMN catalog.entity_member.entity_id IS
    'The product that stands for the entity: that of the source that was loaded first';
COMMENT ON COLUMN catalog.entity_member.product_id IS 'Product (catalog.product)';
COMMENT ON COLUMN catalog.entity_member.source IS 'Data source that states the product';
COMMENT ON COLUMN catalog.entity_member.key IS 'The identifier that the source itself uses';
COMMENT ON COLUMN catalog.entity_member.confidence IS
    'Probability that the product is the entity; 1 for the product that stands for it';

-- Sizes as grams, millilitres, centimetres or pieces, to three digits, where they are a number and
-- a unit.
CREATE MACRO facts.plain_size(value) AS
CASE
    WHEN TRY_CAST(regexp_extract(value, '^\s*(\d+\.?\d*|\.\d+)\s*[a-z. ]+$', 1) AS DOUBLE) > 0
        THEN coalesce(
            list_transform(
                [MAP {
                    'mg': ('g', 0.001), 'g': ('g', 1), 'gr': ('g', 1), 'gram': ('g', 1),
                    'grams': ('g', 1), 'kg': ('g', 1000), 'oz': ('g', 28.349523),
                    'ounce': ('g', 28.349523), 'ounces': ('g', 28.349523), 'lb': ('g', 453.59237),
                    'lbs': ('g', 453.59237), 'pound': ('g', 453.59237),
                    'pounds': ('g', 453.59237), 'ml': ('ml', 1), 'cl': ('ml', 10), 'l': ('ml', 1000),
                    'lt': ('ml', 1000), 'liter': ('ml', 1000), 'litre': ('ml', 1000),
                    'fl oz': ('ml', 29.573530), 'pt': ('ml', 473.176473), 'qt': ('ml', 946.352946),
                    'gal': ('ml', 3785.411784), 'mm': ('cm', 0.1), 'cm': ('cm', 1), 'm': ('cm', 100),
                    'in': ('cm', 2.54), 'inch': ('cm', 2.54), 'inches': ('cm', 2.54),
                    'ft': ('cm', 30.48), 'ct': ('ct', 1), 'count': ('ct', 1), 'pk': ('ct', 1),
                    'pack': ('ct', 1), 'pc': ('ct', 1), 'pcs': ('ct', 1)
                }[trim(replace(regexp_extract(value, '([a-z. ]+)$', 1), '.', ''))]],
                lambda unit: concat_ws(
                    ' ',
                    printf(
                        '%.2e',
                        CAST(regexp_extract(value, '^\s*([\d.]+)', 1) AS DOUBLE) * unit[2]
                    ),
                    unit[1]
                )
            )[1],
            value
        )
    ELSE value
END;
COMMENT ON MACRO facts.plain_size IS
    'A size in lower-case letters in one unit a dimension, so that 16 oz and 1 lb are equal';

CREATE MACRO facts.comparable(predicate, value, unit) AS
CASE predicate
    WHEN 'gtin' THEN lpad(value, 14, '0')
    WHEN 'mpn' THEN regexp_replace(lower(value), '[^\p{L}\p{N}]+', '', 'g')
    WHEN 'price' THEN concat_ws(' ', coalesce(TRY_CAST(value AS DECIMAL(18, 2))::VARCHAR, value), unit)
    WHEN 'size' THEN facts.plain_size(trim(regexp_replace(lower(value), '\s+', ' ', 'g')))
    ELSE coalesce(
        nullif(trim(regexp_replace(strip_accents(lower(value)), '[^\p{L}\p{N}]+', ' ', 'g')), ''),
        lower(value)
    )
END;
COMMENT ON MACRO facts.comparable IS
    'The form in which values of two sources are compared: without case, accents and punctuation, '
    'GTINs with 14 digits, model numbers as letters and digits only, sizes in one unit, prices with '
    'their currency';

CREATE VIEW facts.shared_predicate AS
SELECT predicate, predicate IN ('name', 'description') AS is_wording
FROM facts.predicate
WHERE domain = 'product' AND cardinality = 'one' AND NOT contains(predicate, ':')
    AND predicate NOT IN (
        'sku', 'sameAs', 'url', 'image', 'itemCondition', 'availability', 'salePrice', 'ratingValue',
        'ratingCount', 'isVariantOf', 'promotionDisplay', 'promotionMailer'
    );
COMMENT ON VIEW facts.shared_predicate IS
    'Functional predicates of which sources of one product should say the same, and which are '
    'fused. What a source says of its own offer only, such as sku, url and promotions, is none';
COMMENT ON COLUMN facts.shared_predicate.predicate IS 'Predicate (facts.predicate)';
COMMENT ON COLUMN facts.shared_predicate.is_wording IS
    'Whether it is a text, of which another wording is no conflict';

CREATE VIEW catalog.entity_value AS
WITH
shared AS (
    SELECT entity_id FROM catalog.entity_member GROUP BY entity_id HAVING count(*) > 1
),
said AS (
    SELECT
        member.entity_id,
        fact.predicate,
        shared_predicate.is_wording,
        coalesce(node.label, fact.object) AS value,
        fact.object,
        fact.object_kind,
        fact.unit,
        fact.language,
        fact.source,
        fact.valid_from,
        member.product_id,
        member.confidence,
        fact.fact_id,
        fact.provenance
    FROM shared
    JOIN catalog.entity_member AS member USING (entity_id)
    JOIN facts.current AS fact ON fact.subject = member.product_id
    JOIN facts.shared_predicate AS shared_predicate USING (predicate)
    LEFT JOIN facts.node AS node
        ON node.node_id = CASE fact.object_kind WHEN 'node' THEN fact.object END
    WHERE fact.provenance IN ('stated', 'resolved')
),
formed AS (
    SELECT *, facts.comparable(predicate, value, unit) AS form FROM said
)
SELECT
    stated.* EXCLUDE (provenance),
    stated.form = fused.form AS wins
FROM formed AS stated
LEFT JOIN formed AS fused
    ON fused.provenance = 'resolved'
    AND fused.entity_id = stated.entity_id
    AND fused.predicate = stated.predicate
WHERE stated.provenance = 'stated';
COMMENT ON VIEW catalog.entity_value IS
    'What each source states now of an entity of two or more products, beside what was fused from '
    'it';
COMMENT ON COLUMN catalog.entity_value.entity_id IS 'Entity (catalog.entity_member)';
COMMENT ON COLUMN catalog.entity_value.predicate IS 'What is said (facts.shared_predicate)';
COMMENT ON COLUMN catalog.entity_value.is_wording IS
    'Whether it is a text, of which another wording is no conflict';
COMMENT ON COLUMN catalog.entity_value.value IS 'Value, a name in the place of an identifier';
COMMENT ON COLUMN catalog.entity_value.object IS 'Node identifier or literal value as text';
COMMENT ON COLUMN catalog.entity_value.object_kind IS 'node or literal';
COMMENT ON COLUMN catalog.entity_value.unit IS 'Unit of a literal, if it has one';
COMMENT ON COLUMN catalog.entity_value.language IS 'BCP 47 tag of a text literal, if known';
COMMENT ON COLUMN catalog.entity_value.source IS 'Source that states it';
COMMENT ON COLUMN catalog.entity_value.valid_from IS 'From when it holds (UTC)';
COMMENT ON COLUMN catalog.entity_value.product_id IS 'Product of the source';
COMMENT ON COLUMN catalog.entity_value.confidence IS
    'Probability that the product is the entity';
COMMENT ON COLUMN catalog.entity_value.fact_id IS 'Fact (facts.fact)';
COMMENT ON COLUMN catalog.entity_value.form IS 'The value as it is compared (facts.comparable)';
COMMENT ON COLUMN catalog.entity_value.wins IS
    'Whether it is the value of the entity; null where none was fused';

CREATE VIEW facts.conflict AS
WITH
valued AS (
    SELECT
        entity_id,
        predicate,
        min_by(value, (product_id <> entity_id, fact_id)) AS value,
        any_value(unit) AS unit,
        list(DISTINCT source ORDER BY source) AS sources,
        max(valid_from) AS since,
        bool_or(wins) AS wins
    FROM catalog.entity_value
    WHERE NOT is_wording
    GROUP BY entity_id, predicate, form
)
SELECT
    valued.entity_id,
    node.label AS entity,
    valued.predicate,
    valued.value,
    valued.unit,
    valued.sources,
    valued.since,
    valued.wins
FROM valued LEFT JOIN facts.node AS node ON node.node_id = valued.entity_id
QUALIFY count(*) OVER (PARTITION BY valued.entity_id, valued.predicate) > 1;
COMMENT ON VIEW facts.conflict IS
    'Values in which the sources of one entity differ now, one row a value; that which wins is '
    'the value of the entity, the others are kept';
COMMENT ON COLUMN facts.conflict.entity_id IS 'Entity (catalog.entity_member)';
COMMENT ON COLUMN facts.conflict.entity IS 'Name of the product that stands for the entity';
COMMENT ON COLUMN facts.conflict.predicate IS 'What is said';
COMMENT ON COLUMN facts.conflict.value IS 'Value, a name in the place of an identifier';
COMMENT ON COLUMN facts.conflict.unit IS 'Unit of a literal, if it has one';
COMMENT ON COLUMN facts.conflict.sources IS 'Sources that state it';
COMMENT ON COLUMN facts.conflict.since IS 'From when the newest of them says it';
COMMENT ON COLUMN facts.conflict.wins IS
    'Whether it is the value of the entity; null where none was fused';

CREATE VIEW catalog.entity_wide AS
WITH
member AS (
    SELECT
        entity_id,
        count(*) AS products,
        list(source ORDER BY source) AS sources,
        list(key ORDER BY source) AS keys,
        min(confidence) AS confidence
    FROM catalog.entity_member GROUP BY entity_id
),
asked AS (
    SELECT
        member.entity_id,
        CASE WHEN fact.object IS NULL THEN product.currency ELSE fact.unit END AS currency,
        min(coalesce(TRY_CAST(fact.object AS DECIMAL(18, 2)), product.price)) AS lowest_price,
        max(coalesce(TRY_CAST(fact.object AS DECIMAL(18, 2)), product.price)) AS highest_price
    FROM catalog.entity_member AS member
    JOIN catalog.product AS product USING (product_id)
    LEFT JOIN facts.current AS fact
        ON fact.subject = member.product_id AND fact.predicate = 'price'
        AND fact.provenance = 'stated'
    GROUP BY ALL
),
fused AS (
    SELECT
        fact.subject AS entity_id,
        max(fact.object) FILTER (predicate = 'name') AS name,
        max(fact.object) FILTER (predicate = 'description') AS description,
        max(fact.object) FILTER (predicate = 'gtin') AS gtin,
        max(coalesce(node.label, fact.object)) FILTER (predicate = 'brand') AS brand,
        max(coalesce(node.label, fact.object)) FILTER (predicate = 'manufacturer') AS manufacturer,
        max(fact.object) FILTER (predicate = 'mpn') AS mpn,
        max(coalesce(node.label, fact.object)) FILTER (predicate = 'department') AS department,
        max(coalesce(node.label, fact.object)) FILTER (predicate = 'category') AS category,
        max(coalesce(node.label, fact.object)) FILTER (predicate = 'productType') AS product_type,
        max(fact.object) FILTER (predicate = 'size') AS size,
        max(fact.object) FILTER (predicate = 'color') AS color,
        max(TRY_CAST(fact.object AS DECIMAL(18, 2))) FILTER (predicate = 'price') AS price,
        max(fact.unit) FILTER (predicate = 'price') AS currency
    FROM facts.current AS fact
    LEFT JOIN facts.node AS node
        ON node.node_id = CASE fact.object_kind WHEN 'node' THEN fact.object END
    WHERE fact.provenance = 'resolved'
    GROUP BY fact.subject
),
differing AS (
    SELECT entity_id, count(DISTINCT predicate) AS conflicts FROM facts.conflict GROUP BY entity_id
),
priced AS (
    SELECT
        product_id AS entity_id,
        CASE WHEN fused.price IS NULL THEN product.currency ELSE fused.currency END AS currency
    FROM catalog.product AS product LEFT JOIN fused ON fused.entity_id = product_id
)
SELECT
    member.entity_id,
    member.products,
    member.sources,
    member.keys,
    member.confidence,
    coalesce(fused.name, product.name) AS name,
    coalesce(fused.description, product.description) AS description,
    coalesce(fused.gtin, product.gtin) AS gtin,
    coalesce(fused.brand, product.brand) AS brand,
    coalesce(fused.manufacturer, product.manufacturer) AS manufacturer,
    coalesce(fused.mpn, product.mpn) AS mpn,
    coalesce(fused.department, product.department) AS department,
    coalesce(fused.category, product.category) AS category,
    coalesce(fused.product_type, product.product_type) AS product_type,
    coalesce(fused.size, product.size) AS size,
    coalesce(fused.color, product.color) AS color,
    coalesce(fused.price, asked.lowest_price) AS price,
    priced.currency,
    asked.lowest_price,
    asked.highest_price,
    coalesce(differing.conflicts, 0) AS conflicts
FROM member
JOIN catalog.product AS product ON product.product_id = member.entity_id
JOIN priced ON priced.entity_id = member.entity_id
LEFT JOIN asked
    ON asked.entity_id = member.entity_id
    AND asked.currency IS NOT DISTINCT FROM priced.currency
LEFT JOIN fused ON fused.entity_id = member.entity_id
LEFT JOIN differing ON differing.entity_id = member.entity_id;
COMMENT ON VIEW catalog.entity_wide IS
    'One row an entity: its products in all sources, the values that were fused from them, and in '
    'how many the sources differ';
COMMENT ON COLUMN catalog.entity_wide.entity_id IS 'Entity (catalog.entity_member)';
COMMENT ON COLUMN catalog.entity_wide.products IS 'Products that are the entity, one a source';
COMMENT ON COLUMN catalog.entity_wide.sources IS 'Sources that have it';
COMMENT ON COLUMN catalog.entity_wide.keys IS
    'What the sources themselves call it, in the order of sources';
COMMENT ON COLUMN catalog.entity_wide.confidence IS
    'Probability of the least sure of its products to belong to it';
COMMENT ON COLUMN catalog.entity_wide.name IS 'Title';
COMMENT ON COLUMN catalog.entity_wide.description IS 'Description';
COMMENT ON COLUMN catalog.entity_wide.gtin IS 'Global Trade Item Number';
COMMENT ON COLUMN catalog.entity_wide.brand IS 'Brand';
COMMENT ON COLUMN catalog.entity_wide.manufacturer IS 'Maker';
COMMENT ON COLUMN catalog.entity_wide.mpn IS 'Number that the maker gives the model';
COMMENT ON COLUMN catalog.entity_wide.department IS 'Department';
COMMENT ON COLUMN catalog.entity_wide.category IS 'Category';
COMMENT ON COLUMN catalog.entity_wide.product_type IS 'Finest category';
COMMENT ON COLUMN catalog.entity_wide.size IS 'Package size';
COMMENT ON COLUMN catalog.entity_wide.color IS 'Colour';
COMMENT ON COLUMN catalog.entity_wide.price IS 'Price that was chosen among those of the sources';
COMMENT ON COLUMN catalog.entity_wide.currency IS 'ISO 4217 code of the price';
COMMENT ON COLUMN catalog.entity_wide.lowest_price IS 
    'Lowest price of a source now, among prices in this currency';
COMMENT ON COLUMN catalog.entity_wide.highest_price IS 
    'Highest price of a source now, among prices in this currency';
COMMENT ON COLUMN catalog.entity_wide.conflicts IS 'Attributes in which sources differ';

-- Facts without those that the value of an entity speaks for.
CREATE MACRO facts.believed(t) AS TABLE
WITH
held AS (
    SELECT * FROM facts.fact
    WHERE valid_from <= t::TIMESTAMP AND (valid_to IS NULL OR t::TIMESTAMP < valid_to)
),
spoken AS (
    SELECT subject, predicate FROM held WHERE provenance = 'resolved' AND predicate <> 'sameAs'
    UNION
    SELECT same.subject, fused.predicate
    FROM held AS same
    JOIN held AS fused
        ON fused.subject = same.object
        AND fused.provenance = 'resolved' AND fused.predicate <> 'sameAs'
    WHERE same.predicate = 'sameAs'
)
SELECT held.*
FROM held LEFT JOIN spoken ON spoken.subject = held.subject AND spoken.predicate = held.predicate
WHERE held.provenance = 'resolved' OR spoken.subject IS NULL;
COMMENT ON MACRO TABLE facts.believed IS
    'Facts that hold at a time; where a value was fused from several sources, only that one, and '
    'not once a source';
