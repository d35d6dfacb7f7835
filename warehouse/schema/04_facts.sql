-- The centre: everything is a fact with a time, a source and a confidence.
CREATE SCHEMA IF NOT EXISTS facts;

CREATE TABLE facts.node (
    node_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    label VARCHAR NOT NULL
);
COMMENT ON TABLE facts.node IS
    'Everything that facts are about: products, categories, brands, manufacturers, groups of '
    'variants, customers, segments';
COMMENT ON COLUMN facts.node.node_id IS
    'kind: and the first 16 hexadecimal digits of the MD5 of kind, source and key, joined by '
    'the unit separator';
COMMENT ON COLUMN facts.node.kind IS
    'product, category, brand, manufacturer, product_group, customer or segment';
COMMENT ON COLUMN facts.node.source IS 'Data source that names the node';
COMMENT ON COLUMN facts.node.key IS 'The identifier that the source itself uses';
COMMENT ON COLUMN facts.node.label IS 'Name as stated, or the key where there is none';

CREATE TABLE facts.predicate (
    predicate VARCHAR PRIMARY KEY,
    domain VARCHAR NOT NULL,
    range VARCHAR NOT NULL,
    unit VARCHAR,
    cardinality VARCHAR NOT NULL,
    iri VARCHAR NOT NULL,
    description VARCHAR NOT NULL
);
COMMENT ON TABLE facts.predicate IS
    'The words of the graph; cardinality one makes a predicate functional: two values at one '
    'time conflict';
COMMENT ON COLUMN facts.predicate.predicate IS
    'Name; that of the schema.org property where one exists. A column of a product file that has '
    'no place among the canonical ones is namespace:column (warehouse/extras.py)';
COMMENT ON COLUMN facts.predicate.domain IS 'Kind of the subject';
COMMENT ON COLUMN facts.predicate.range IS 'Kind of the object node, or literal';
COMMENT ON COLUMN facts.predicate.unit IS 'Unit of a literal object, if it has one';
COMMENT ON COLUMN facts.predicate.cardinality IS 'one or many values at a time';
COMMENT ON COLUMN facts.predicate.iri IS 'Where the meaning is defined';
COMMENT ON COLUMN facts.predicate.description IS 'What it says';

INSERT INTO facts.predicate VALUES
('sku', 'product', 'literal', NULL, 'one', 'https://schema.org/sku',
    'Identifier that the source uses for the product'),
('name', 'product', 'literal', NULL, 'one', 'https://schema.org/name',
    'Title'),
('description', 'product', 'literal', NULL, 'one', 'https://schema.org/description',
    'Description'),
('gtin', 'product', 'literal', NULL, 'one', 'https://schema.org/gtin',
    'Global Trade Item Number'),
('brand', 'product', 'brand', NULL, 'one', 'https://schema.org/brand',
    'Brand'),
('manufacturer', 'product', 'manufacturer', NULL, 'one', 'https://schema.org/manufacturer',
    'Maker'),
('department', 'product', 'category', NULL, 'one', 'https://wareword.org/ns#department',
    'Department of the shop in which the product is'),
('category', 'product', 'category', NULL, 'one', 'https://schema.org/category',
    'Category of the product'),
('productType', 'product', 'category', NULL, 'one', 'https://schema.org/additionalType',
    'Finest category of the product'),
('size', 'product', 'literal', NULL, 'one', 'https://schema.org/size',
    'Package size'),
('color', 'product', 'literal', NULL, 'one', 'https://schema.org/color',
    'Colour'),
('price', 'product', 'literal', 'USD', 'one', 'https://schema.org/price',
    'Shelf price: the median over the lines of a week of list_value / quantity, to the cent; '
    'holds until another is seen'),
('salePrice', 'product', 'literal', 'USD', 'one', 'https://wareword.org/ns#salePrice',
    'Price while it is reduced, as the catalog states it'),
('url', 'product', 'literal', NULL, 'one', 'https://schema.org/url',
    'Page of the product'),
('image', 'product', 'literal', NULL, 'one', 'https://schema.org/image',
    'Address of the main picture'),
('mpn', 'product', 'literal', NULL, 'one', 'https://schema.org/mpn',
    'Number that the maker gives the model'),
('itemCondition', 'product', 'literal', NULL, 'one', 'https://schema.org/itemCondition',
    'new, refurbished, used, or as stated'),
('availability', 'product', 'literal', NULL, 'one', 'https://schema.org/availability',
    'in_stock, out_of_stock, preorder, backorder, or as stated'),
('isVariantOf', 'product', 'product_group', NULL, 'one', 'https://schema.org/isVariantOf',
    'Group of variants (sizes, colours) that the product is one of'),
('ratingValue', 'product', 'literal', NULL, 'one', 'https://schema.org/ratingValue',
    'Mean of the ratings, 0 to 5'),
('ratingCount', 'product', 'literal', NULL, 'one', 'https://schema.org/ratingCount',
    'Number of ratings'),
('promotionDisplay', 'product', 'literal', NULL, 'one', 'https://wareword.org/ns#promotionDisplay',
    'Place in the store where most of the stores that display the product have it, while they '
    'do'),
('promotionMailer', 'product', 'literal', NULL, 'one', 'https://wareword.org/ns#promotionMailer',
    'Place in the mailer where most of the stores that advertise the product have it, while '
    'they do'),
('isRelatedTo', 'product', 'product', NULL, 'many', 'https://schema.org/isRelatedTo',
    'Bought in the same basket at least twice as often as by chance; at least 20 households '
    'bought each of the two, and at least 20 both in one basket. Confidence is the share of the '
    'baskets with the product that hold the other one'),
('buys', 'customer', 'product', NULL, 'many', 'https://wareword.org/ns#buys',
    'The household buys the product in the four weeks after the last purchases that are known'),
('broader', 'category', 'category', NULL, 'one', 'http://www.w3.org/2004/02/skos/core#broader',
    'The next wider category'),
('level', 'category', 'literal', NULL, 'one', 'https://wareword.org/ns#level',
    'department, category or type'),
('productCount', 'category', 'literal', NULL, 'one', 'https://wareword.org/ns#productCount',
    'Number of products of the category'),
('offersCategory', 'manufacturer', 'category', NULL, 'many',
    'https://wareword.org/ns#offersCategory',
    'A category in which the maker has products'),
('makesProducts', 'manufacturer', 'literal', NULL, 'one', 'https://wareword.org/ns#makesProducts',
    'Number of products of the maker'),
('brandCount', 'brand', 'literal', NULL, 'one', 'https://wareword.org/ns#brandCount',
    'Number of products of the brand'),
('brandCategory', 'brand', 'category', NULL, 'many', 'https://wareword.org/ns#brandCategory',
    'One of the categories in which the brand has most products'),
('age', 'customer', 'literal', NULL, 'one', 'https://schema.org/suggestedAge',
    'Age band'),
('income', 'customer', 'literal', 'USD', 'one', 'https://wareword.org/ns#income',
    'Yearly income band'),
('homeOwnership', 'customer', 'literal', NULL, 'one', 'https://wareword.org/ns#homeOwnership',
    'Homeowner, renter and the like'),
('maritalStatus', 'customer', 'literal', NULL, 'one', 'https://wareword.org/ns#maritalStatus',
    'Married or Unmarried'),
('householdSize', 'customer', 'literal', NULL, 'one', 'https://wareword.org/ns#householdSize',
    'Persons in the household'),
('composition', 'customer', 'literal', NULL, 'one', 'https://wareword.org/ns#composition',
    'Adults and children of the household'),
('children', 'customer', 'literal', NULL, 'one', 'https://wareword.org/ns#children',
    'Number of children'),
('memberCount', 'segment', 'literal', NULL, 'one', 'https://wareword.org/ns#memberCount',
    'Households in the group, never under 20'),
('segmentAge', 'segment', 'literal', NULL, 'one', 'https://wareword.org/ns#segmentAge',
    'Age band that the households of the group share'),
('segmentComposition', 'segment', 'literal', NULL, 'one',
    'https://wareword.org/ns#segmentComposition',
    'Adults and children that the households of the group share'),
('prefers', 'segment', 'category', NULL, 'many', 'https://wareword.org/ns#prefers',
    'A category that a larger share of the group buys than of all households; confidence is '
    'that share of the group');

-- Compression is named where it is known: to try all of them takes longer than to write.
CREATE TABLE facts.fact (
    fact_id VARCHAR NOT NULL USING COMPRESSION dict_fsst,
    subject VARCHAR NOT NULL USING COMPRESSION dict_fsst,
    predicate VARCHAR NOT NULL USING COMPRESSION dict_fsst,
    object VARCHAR NOT NULL USING COMPRESSION dict_fsst,
    object_kind VARCHAR NOT NULL USING COMPRESSION dict_fsst,
    unit VARCHAR USING COMPRESSION dict_fsst,
    language VARCHAR USING COMPRESSION dict_fsst,
    provenance VARCHAR NOT NULL USING COMPRESSION dict_fsst,
    source VARCHAR NOT NULL USING COMPRESSION dict_fsst,
    confidence DOUBLE NOT NULL,
    valid_from TIMESTAMP NOT NULL,
    valid_to TIMESTAMP,
    load_id VARCHAR NOT NULL USING COMPRESSION dict_fsst
);
COMMENT ON TABLE facts.fact IS
    'Statements with half-open valid time; never deleted, only closed. An interval of length '
    'zero is a statement withdrawn as never true';
COMMENT ON COLUMN facts.fact.fact_id IS
    'First 16 hexadecimal digits of the MD5 of subject, predicate, object, unit, language, '
    'source and valid_from; unique';
COMMENT ON COLUMN facts.fact.subject IS 'Node that the statement is about (facts.node)';
COMMENT ON COLUMN facts.fact.predicate IS 'What is said (facts.predicate)';
COMMENT ON COLUMN facts.fact.object IS 'Node identifier or literal value as text';
COMMENT ON COLUMN facts.fact.object_kind IS 'node or literal';
COMMENT ON COLUMN facts.fact.unit IS 'Unit of a literal, if it has one';
COMMENT ON COLUMN facts.fact.language IS 'BCP 47 tag of a text literal, if known';
COMMENT ON COLUMN facts.fact.provenance IS
    'stated (by a source), resolved (entity resolution), predicted (by a model), written (by '
    'an LLM)';
COMMENT ON COLUMN facts.fact.source IS 'Data source or model';
COMMENT ON COLUMN facts.fact.confidence IS
    'Probability that the statement is right; 1 for what a source states of itself. Only of '
    'isRelatedTo and prefers a share: of baskets and of the group (see facts.predicate)';
COMMENT ON COLUMN facts.fact.valid_from IS 'From when it holds (UTC)';
COMMENT ON COLUMN facts.fact.valid_to IS 'Until when it held, not included; null while it holds';
COMMENT ON COLUMN facts.fact.load_id IS 'Load, or run of a model, that said it';

CREATE VIEW facts.current AS
SELECT * FROM facts.fact WHERE valid_to IS NULL;
COMMENT ON VIEW facts.current IS 'Facts that hold now';

CREATE MACRO facts.as_of(t) AS TABLE
SELECT * FROM facts.fact
WHERE valid_from <= t::TIMESTAMP AND (valid_to IS NULL OR t::TIMESTAMP < valid_to);

CREATE MACRO facts.changes(t0, t1) AS TABLE
WITH
earlier AS (
    SELECT * FROM facts.fact
    WHERE valid_from <= t0::TIMESTAMP AND (valid_to IS NULL OR t0::TIMESTAMP < valid_to)
),
later AS (
    SELECT * FROM facts.fact
    WHERE valid_from <= t1::TIMESTAMP AND (valid_to IS NULL OR t1::TIMESTAMP < valid_to)
)
SELECT 'removed' AS change, * FROM earlier
ANTI JOIN later
    ON later.subject = earlier.subject
    AND later.predicate = earlier.predicate
    AND later.object = earlier.object
    AND later.unit IS NOT DISTINCT FROM earlier.unit
UNION ALL BY NAME
SELECT 'added' AS change, * FROM later
ANTI JOIN earlier
    ON earlier.subject = later.subject
    AND earlier.predicate = later.predicate
    AND earlier.object = later.object
    AND earlier.unit IS NOT DISTINCT FROM later.unit;

CREATE VIEW facts.labelled AS
SELECT
    f.fact_id,
    s.kind AS subject_kind,
    s.key AS subject_key,
    s.label AS subject,
    f.predicate,
    coalesce(o.label, f.object) AS object,
    f.unit,
    f.provenance,
    f.source,
    f.confidence,
    f.valid_from,
    f.valid_to
FROM facts.fact AS f
JOIN facts.node AS s ON s.node_id = f.subject
LEFT JOIN facts.node AS o ON o.node_id = CASE WHEN f.object_kind = 'node' THEN f.object END;
COMMENT ON VIEW facts.labelled IS 'All facts with names in the place of identifiers';
