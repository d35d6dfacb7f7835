-- SQL for people: wide rows with names, made of the canonical tables and of the facts. Nothing
-- here is stored.
CREATE VIEW catalog.product_wide AS
WITH
sold AS (
    SELECT
        product_id,
        count(*) AS times_sold,
        count(DISTINCT customer_id) AS households,
        sum(value) AS revenue,
        max("time") AS last_sold
    FROM behaviour.event
    WHERE event_type = 'purchase'
    GROUP BY product_id
),
said AS (
    SELECT
        subject AS product_id,
        max(TRY_CAST(object AS DECIMAL(18, 2))) FILTER (predicate = 'price') AS price,
        max(object) FILTER (predicate = 'promotionDisplay') AS display,
        max(object) FILTER (predicate = 'promotionMailer') AS mailer
    FROM facts.current
    WHERE predicate IN ('price', 'promotionDisplay', 'promotionMailer')
    GROUP BY subject
),
believed AS (
    SELECT
        f.subject AS product_id,
        max(coalesce(n.label, f.object)) FILTER (f.predicate = 'brand') AS brand,
        max(f.confidence) FILTER (f.predicate = 'brand') AS brand_confidence,
        max(coalesce(n.label, f.object)) FILTER (f.predicate = 'category') AS category,
        max(f.confidence) FILTER (f.predicate = 'category') AS category_confidence,
        max(coalesce(n.label, f.object)) FILTER (f.predicate = 'productType') AS product_type,
        max(f.confidence) FILTER (f.predicate = 'productType') AS type_confidence,
        max(coalesce(n.label, f.object)) FILTER (f.predicate = 'size') AS size,
        max(f.confidence) FILTER (f.predicate = 'size') AS size_confidence
    FROM (
        SELECT * FROM facts.current
        WHERE provenance = 'predicted' AND predicate IN ('brand', 'category', 'productType', 'size')
        QUALIFY row_number() OVER (
            PARTITION BY subject, predicate ORDER BY confidence DESC, fact_id
        ) = 1
    ) AS f
    LEFT JOIN facts.node AS n ON n.node_id = CASE f.object_kind WHEN 'node' THEN f.object END
    GROUP BY f.subject
)
SELECT
    p.product_id,
    p.source,
    p.key,
    p.gtin,
    p.name,
    p.brand,
    p.manufacturer,
    p.department,
    p.category,
    p.product_type,
    p.size,
    p.color,
    coalesce(said.price, p.price) AS price,
    said.display,
    said.mailer,
    coalesce(sold.times_sold, 0) AS times_sold,
    coalesce(sold.households, 0) AS households,
    coalesce(sold.revenue, 0) AS revenue,
    sold.last_sold,
    believed.brand AS predicted_brand,
    believed.brand_confidence AS predicted_brand_confidence,
    believed.category AS predicted_category,
    believed.category_confidence AS predicted_category_confidence,
    believed.product_type AS predicted_type,
    believed.type_confidence AS predicted_type_confidence,
    believed.size AS predicted_size,
    believed.size_confidence AS predicted_size_confidence
FROM catalog.product AS p
LEFT JOIN sold USING (product_id)
LEFT JOIN said USING (product_id)
LEFT JOIN believed USING (product_id);
COMMENT ON VIEW catalog.product_wide IS
    'One row a product: what its source states, what holds now, how it sold, and what a model '
    'believes where the source says nothing';
COMMENT ON COLUMN catalog.product_wide.product_id IS 'Product (catalog.product)';
COMMENT ON COLUMN catalog.product_wide.source IS 'Data source that states the product';
COMMENT ON COLUMN catalog.product_wide.key IS 'The identifier that the source itself uses';
COMMENT ON COLUMN catalog.product_wide.gtin IS 'Global Trade Item Number';
COMMENT ON COLUMN catalog.product_wide.name IS 'Title';
COMMENT ON COLUMN catalog.product_wide.brand IS 'Brand as stated';
COMMENT ON COLUMN catalog.product_wide.manufacturer IS 'Maker as stated';
COMMENT ON COLUMN catalog.product_wide.department IS 'Department as stated';
COMMENT ON COLUMN catalog.product_wide.category IS 'Category as stated';
COMMENT ON COLUMN catalog.product_wide.product_type IS 'Finest category as stated';
COMMENT ON COLUMN catalog.product_wide.size IS 'Package size as stated';
COMMENT ON COLUMN catalog.product_wide.color IS 'Colour as stated';
COMMENT ON COLUMN catalog.product_wide.price IS
    'Shelf price that holds now, or that of the catalog where none was seen';
COMMENT ON COLUMN catalog.product_wide.display IS
    'Where stores display the product now; null where they do not';
COMMENT ON COLUMN catalog.product_wide.mailer IS
    'Where the mailer shows the product now; null where it does not';
COMMENT ON COLUMN catalog.product_wide.times_sold IS 'Purchase lines';
COMMENT ON COLUMN catalog.product_wide.households IS 'Customers who bought it';
COMMENT ON COLUMN catalog.product_wide.revenue IS
    'What the shop received for it, in currency units';
COMMENT ON COLUMN catalog.product_wide.last_sold IS 'Time of the last purchase';
COMMENT ON COLUMN catalog.product_wide.predicted_brand IS
    'Brand that a model gives where none is stated';
COMMENT ON COLUMN catalog.product_wide.predicted_brand_confidence IS
    'Calibrated probability of the predicted brand';
COMMENT ON COLUMN catalog.product_wide.predicted_category IS
    'Category that a model gives where none is stated';
COMMENT ON COLUMN catalog.product_wide.predicted_category_confidence IS
    'Calibrated probability of the predicted category';
COMMENT ON COLUMN catalog.product_wide.predicted_type IS
    'Finest category that a model gives where none is stated';
COMMENT ON COLUMN catalog.product_wide.predicted_type_confidence IS
    'Calibrated probability of the predicted type';
COMMENT ON COLUMN catalog.product_wide.predicted_size IS
    'Package size that a model gives where none is stated';
COMMENT ON COLUMN catalog.product_wide.predicted_size_confidence IS
    'Calibrated probability of the predicted size';

CREATE VIEW behaviour.basket AS
SELECT
    source,
    basket,
    any_value(customer_id) AS customer_id,
    any_value(store) AS store,
    min("time") AS "time",
    count(*) AS lines,
    count(DISTINCT product_id) AS products,
    sum(value) AS value,
    sum(list_value) AS list_value
FROM behaviour.event
WHERE event_type = 'purchase' AND basket IS NOT NULL
GROUP BY source, basket;
COMMENT ON VIEW behaviour.basket IS 'One row a basket: who bought, where, when, how much';
COMMENT ON COLUMN behaviour.basket.source IS 'Data source';
COMMENT ON COLUMN behaviour.basket.basket IS 'Identifier of the basket within the source';
COMMENT ON COLUMN behaviour.basket.customer_id IS 'Customer; null for an unknown visitor';
COMMENT ON COLUMN behaviour.basket.store IS 'Store or channel';
COMMENT ON COLUMN behaviour.basket."time" IS 'Time of the first line';
COMMENT ON COLUMN behaviour.basket.lines IS 'Purchase lines';
COMMENT ON COLUMN behaviour.basket.products IS 'Different products';
COMMENT ON COLUMN behaviour.basket.value IS 'What the shop received, in currency units';
COMMENT ON COLUMN behaviour.basket.list_value IS 'The same at shelf price, before discounts';

CREATE VIEW behaviour.weekly_sales AS
SELECT
    product_id,
    date_trunc('week', "time")::DATE AS week_start,
    sum(quantity) AS quantity,
    sum(value) AS value,
    sum(list_value) AS list_value,
    count(DISTINCT basket) AS baskets,
    count(DISTINCT customer_id) AS households
FROM behaviour.event
WHERE event_type = 'purchase'
GROUP BY product_id, week_start;
COMMENT ON VIEW behaviour.weekly_sales IS
    'Sales by product and week (Monday to Sunday); weeks without a sale have no row';
COMMENT ON COLUMN behaviour.weekly_sales.product_id IS 'Product';
COMMENT ON COLUMN behaviour.weekly_sales.week_start IS 'Monday of the week';
COMMENT ON COLUMN behaviour.weekly_sales.quantity IS 'Units';
COMMENT ON COLUMN behaviour.weekly_sales.value IS 'What the shop received, in currency units';
COMMENT ON COLUMN behaviour.weekly_sales.list_value IS 'The same at shelf price, before discounts';
COMMENT ON COLUMN behaviour.weekly_sales.baskets IS 'Baskets with the product';
COMMENT ON COLUMN behaviour.weekly_sales.households IS 'Customers who bought it';

-- A product counts once a basket. Ask with a product_id: then one pass over the events answers.
-- All pairs of a large shop are many.
CREATE VIEW behaviour.co_purchase AS
WITH
line AS NOT MATERIALIZED (
    SELECT DISTINCT source, basket, product_id
    FROM behaviour.event
    WHERE event_type = 'purchase' AND basket IS NOT NULL
),
pair AS NOT MATERIALIZED (
    SELECT bought.source, bought.product_id, other.product_id AS other_id, count(*) AS baskets
    FROM line AS bought
    JOIN line AS other
        ON other.source = bought.source
        AND other.basket = bought.basket
        AND other.product_id <> bought.product_id
    GROUP BY ALL
),
product AS NOT MATERIALIZED (
    SELECT source, product_id, count(*) AS baskets FROM line GROUP BY ALL
),
shop AS (
    SELECT source, count(DISTINCT basket) AS baskets
    FROM behaviour.event
    WHERE event_type = 'purchase' AND basket IS NOT NULL
    GROUP BY source
)
SELECT
    pair.product_id,
    pair.other_id,
    pair.baskets,
    pair.baskets / bought.baskets AS confidence,
    pair.baskets * shop.baskets / (bought.baskets * other.baskets) AS lift
FROM pair
JOIN product AS bought ON bought.source = pair.source AND bought.product_id = pair.product_id
JOIN product AS other ON other.source = pair.source AND other.product_id = pair.other_id
JOIN shop ON shop.source = pair.source;
COMMENT ON VIEW behaviour.co_purchase IS
    'Pairs of products of the same basket, in both directions; ask with WHERE product_id = '
    '..., or use behaviour.bought_with(key). For analysts: not bounded as isRelatedTo is, so a '
    'row can tell of a single household';
COMMENT ON COLUMN behaviour.co_purchase.product_id IS 'Product';
COMMENT ON COLUMN behaviour.co_purchase.other_id IS 'Another product of the same basket';
COMMENT ON COLUMN behaviour.co_purchase.baskets IS 'Baskets with both';
COMMENT ON COLUMN behaviour.co_purchase.confidence IS
    'Share of the baskets with the product that have the other too';
COMMENT ON COLUMN behaviour.co_purchase.lift IS
    'How many times likelier the other is in a basket with the product than in any basket';

CREATE MACRO behaviour.bought_with(product) AS TABLE
WITH
asked AS (
    SELECT product_id FROM catalog.product WHERE product_id = product OR key = product
),
line AS (
    SELECT DISTINCT source, basket, product_id
    FROM behaviour.event
    WHERE event_type = 'purchase' AND basket IS NOT NULL
),
basket AS (
    SELECT source, basket FROM line SEMI JOIN asked USING (product_id)
),
together AS (
    SELECT product_id, count(*) AS baskets
    FROM line SEMI JOIN basket USING (source, basket) ANTI JOIN asked USING (product_id)
    GROUP BY product_id
),
alone AS (
    SELECT product_id, count(*) AS baskets
    FROM line SEMI JOIN together USING (product_id)
    GROUP BY product_id
),
shop AS (
    SELECT count(*) AS baskets FROM (SELECT DISTINCT source, basket FROM line)
)
SELECT
    p.key,
    p.category,
    p.product_type,
    p.size,
    together.baskets,
    together.baskets / (SELECT count(*) FROM basket) AS confidence,
    together.baskets * shop.baskets / ((SELECT count(*) FROM basket) * alone.baskets) AS lift,
    p.product_id
FROM together
JOIN alone USING (product_id)
JOIN catalog.product AS p USING (product_id)
CROSS JOIN shop
ORDER BY together.baskets DESC, lift DESC, p.product_id;
COMMENT ON MACRO TABLE behaviour.bought_with IS
    'What is bought in the same baskets as a product (its key or product_id), the most '
    'frequent first; measures as in behaviour.co_purchase';

CREATE VIEW facts.history AS
SELECT
    f.subject AS node_id,
    s.kind,
    s.key,
    s.label,
    f.predicate,
    coalesce(o.label, f.object) AS value,
    coalesce(b.label, before.object) AS previous,
    f.unit,
    f.provenance,
    f.source,
    f.valid_from,
    f.valid_to,
    f.fact_id
FROM facts.fact AS f
JOIN facts.node AS s ON s.node_id = f.subject
JOIN facts.predicate AS p ON p.predicate = f.predicate AND p.cardinality = 'one'
LEFT JOIN facts.node AS o ON o.node_id = CASE f.object_kind WHEN 'node' THEN f.object END
LEFT JOIN facts.fact AS before
    ON before.subject = f.subject AND before.predicate = f.predicate AND before.source = f.source
    AND before.valid_to = f.valid_from AND before.valid_from < before.valid_to
LEFT JOIN facts.node AS b ON b.node_id = CASE before.object_kind WHEN 'node' THEN before.object END
WHERE f.valid_to IS NULL OR f.valid_from < f.valid_to;
COMMENT ON VIEW facts.history IS
    'Values of functional predicates over time, each with the one that it replaced';
COMMENT ON COLUMN facts.history.node_id IS 'Node that the statement is about';
COMMENT ON COLUMN facts.history.kind IS 'Kind of the node';
COMMENT ON COLUMN facts.history.key IS 'The identifier that the source itself uses for the node';
COMMENT ON COLUMN facts.history.label IS 'Name of the node';
COMMENT ON COLUMN facts.history.predicate IS 'What is said';
COMMENT ON COLUMN facts.history.value IS 'Value, a name in the place of an identifier';
COMMENT ON COLUMN facts.history.previous IS
    'Value of the same source that held until then; null where none did';
COMMENT ON COLUMN facts.history.unit IS 'Unit of a literal';
COMMENT ON COLUMN facts.history.provenance IS 'stated, resolved, predicted or written';
COMMENT ON COLUMN facts.history.source IS 'Data source or model';
COMMENT ON COLUMN facts.history.valid_from IS 'From when it holds';
COMMENT ON COLUMN facts.history.valid_to IS 'Until when it held, not included; null while it holds';
COMMENT ON COLUMN facts.history.fact_id IS 'Fact (facts.fact)';

-- Columns of the views of 04_facts.sql.
COMMENT ON COLUMN facts.current.fact_id IS 'Identifier of the fact';
COMMENT ON COLUMN facts.current.subject IS 'Node that the statement is about (facts.node)';
COMMENT ON COLUMN facts.current.predicate IS 'What is said (facts.predicate)';
COMMENT ON COLUMN facts.current.object IS 'Node identifier or literal value as text';
COMMENT ON COLUMN facts.current.object_kind IS 'node or literal';
COMMENT ON COLUMN facts.current.unit IS 'Unit of a literal, if it has one';
COMMENT ON COLUMN facts.current.language IS 'BCP 47 tag of a text literal, if known';
COMMENT ON COLUMN facts.current.provenance IS 'stated, resolved, predicted or written';
COMMENT ON COLUMN facts.current.source IS 'Data source or model';
COMMENT ON COLUMN facts.current.confidence IS 'Probability that the statement is right';
COMMENT ON COLUMN facts.current.valid_from IS 'From when it holds (UTC)';
COMMENT ON COLUMN facts.current.valid_to IS 'Always null: it still holds';
COMMENT ON COLUMN facts.current.load_id IS 'Load, or run of a model, that said it';
COMMENT ON COLUMN facts.labelled.fact_id IS 'Identifier of the fact';
COMMENT ON COLUMN facts.labelled.subject_kind IS 'Kind of the node that the statement is about';
COMMENT ON COLUMN facts.labelled.subject_key IS
    'The identifier that the source itself uses for that node';
COMMENT ON COLUMN facts.labelled.subject IS 'Name of that node';
COMMENT ON COLUMN facts.labelled.predicate IS 'What is said (facts.predicate)';
COMMENT ON COLUMN facts.labelled.object IS 'Name of the object node, or the literal';
COMMENT ON COLUMN facts.labelled.unit IS 'Unit of a literal, if it has one';
COMMENT ON COLUMN facts.labelled.provenance IS 'stated, resolved, predicted or written';
COMMENT ON COLUMN facts.labelled.source IS 'Data source or model';
COMMENT ON COLUMN facts.labelled.confidence IS 'Probability that the statement is right';
COMMENT ON COLUMN facts.labelled.valid_from IS 'From when it holds (UTC)';
COMMENT ON COLUMN facts.labelled.valid_to IS
    'Until when it held, not included; null while it holds';
COMMENT ON MACRO TABLE facts.as_of IS 'Facts that hold at a time';
COMMENT ON MACRO TABLE facts.changes IS
    'Facts that hold at only one of two times: removed, or added';
