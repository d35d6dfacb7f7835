-- Canonical catalog: what products and categories there are, as each source last said it.
CREATE SCHEMA IF NOT EXISTS catalog;

CREATE TABLE catalog.product (
    product_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    gtin VARCHAR,
    name VARCHAR,
    description VARCHAR,
    brand VARCHAR,
    manufacturer VARCHAR,
    department VARCHAR,
    category VARCHAR,
    product_type VARCHAR,
    size VARCHAR,
    color VARCHAR,
    price DECIMAL(18, 2),
    currency VARCHAR,
    url VARCHAR,
    mpn VARCHAR,
    condition VARCHAR,
    availability VARCHAR,
    sale_price DECIMAL(18, 2),
    variant_group VARCHAR,
    image VARCHAR,
    average_rating DOUBLE,
    rating_count BIGINT,
    load_id VARCHAR NOT NULL
);
COMMENT ON TABLE catalog.product IS
    'Products as each source last stated them; history is in facts.fact';
COMMENT ON COLUMN catalog.product.product_id IS
    'product: and a hash of source and key; the same on every machine';
COMMENT ON COLUMN catalog.product.source IS 'Data source that states the product';
COMMENT ON COLUMN catalog.product.key IS 'The identifier that the source itself uses';
COMMENT ON COLUMN catalog.product.gtin IS
    'Global Trade Item Number of 8, 12, 13 or 14 digits with a valid check digit (GS1)';
COMMENT ON COLUMN catalog.product.name IS 'Title';
COMMENT ON COLUMN catalog.product.description IS 'Description';
COMMENT ON COLUMN catalog.product.brand IS
    'Brand; in the sample National (a brand of its maker) or Private (the shop''s own)';
COMMENT ON COLUMN catalog.product.manufacturer IS 'Maker; a number in the sample';
COMMENT ON COLUMN catalog.product.department IS 'Top level of the category tree';
COMMENT ON COLUMN catalog.product.category IS 'Category, or a path of categories separated by >';
COMMENT ON COLUMN catalog.product.product_type IS 'Finest level of the category tree';
COMMENT ON COLUMN catalog.product.size IS 'Package size as stated, such as 16 OZ';
COMMENT ON COLUMN catalog.product.color IS 'Colour';
COMMENT ON COLUMN catalog.product.price IS 'Price as the catalog states it, in currency units';
COMMENT ON COLUMN catalog.product.currency IS 'ISO 4217 code of the price';
COMMENT ON COLUMN catalog.product.url IS 'Page of the product';
COMMENT ON COLUMN catalog.product.mpn IS 'Number that the maker gives the model';
COMMENT ON COLUMN catalog.product.condition IS 'new, refurbished, used, or as stated';
COMMENT ON COLUMN catalog.product.availability IS
    'in_stock, out_of_stock, preorder, backorder, or as stated';
COMMENT ON COLUMN catalog.product.sale_price IS
    'Price while it is reduced, in the same currency; price is then the full one';
COMMENT ON COLUMN catalog.product.variant_group IS
    'What the source calls the group of variants (sizes, colours) that the product is one of';
COMMENT ON COLUMN catalog.product.image IS 'Address of the main picture';
COMMENT ON COLUMN catalog.product.average_rating IS 'Mean of the ratings, 0 to 5';
COMMENT ON COLUMN catalog.product.rating_count IS 'Number of ratings';
COMMENT ON COLUMN catalog.product.load_id IS
    'Load that last brought the product; one that a file holds as before keeps its load';

CREATE TABLE catalog.category (
    category_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    level VARCHAR,
    parent_id VARCHAR,
    load_id VARCHAR NOT NULL
);
COMMENT ON TABLE catalog.category IS 'The category tree: departments, categories, product types';
COMMENT ON COLUMN catalog.category.category_id IS 'category: and a hash of source and key';
COMMENT ON COLUMN catalog.category.source IS 'Data source that states the category';
COMMENT ON COLUMN catalog.category.key IS
    'Level and name, such as type/POTATO CHIPS, or the path of a category feed';
COMMENT ON COLUMN catalog.category.name IS 'Name as stated';
COMMENT ON COLUMN catalog.category.level IS
    'department, category or type; null where a category feed does not say';
COMMENT ON COLUMN catalog.category.parent_id IS
    'The wider category: as stated, or the one that most products of this category are in';
COMMENT ON COLUMN catalog.category.load_id IS 'Load that last stated the category';
