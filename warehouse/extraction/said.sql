-- Texts of products (product_text), what they state of themselves (said_value) with where it stands
-- in their text, and which attribute can be learned in which category (learnable).
CREATE OR REPLACE TEMP TABLE product_text AS
SELECT
    product_id,
    source,
    coalesce(product_type, category, department, '') AS category,
    length(left(name, $limit)) AS name_length,
    concat_ws(chr(10), left(name, $limit), left(description, $limit)) AS written
FROM catalog.product
WHERE coalesce(trim(name), trim(description), '') <> '';

CREATE OR REPLACE TEMP TABLE said_value AS
WITH
said AS (
    SELECT
        fact.subject AS product_id,
        fact.predicate,
        predicate.range,
        coalesce(node.label, fact.object) AS value,
        fact.object
    FROM facts.current AS fact
    JOIN facts.predicate AS predicate USING (predicate)
    LEFT JOIN facts.node AS node
        ON fact.object_kind = 'node' AND node.node_id = fact.object
    WHERE
        fact.provenance = 'stated'
        AND predicate.domain = 'product'
        AND predicate.range IN ('literal', 'brand', 'manufacturer')
        AND NOT list_contains($not_attributes, fact.predicate)
),
placed AS (
    SELECT
        *,
        strpos(concat(' ', plain_text(written), ' '), concat(' ', plain_text(value), ' ')) AS place
    FROM said
    JOIN product_text USING (product_id)
    WHERE length(value) BETWEEN 1 AND 80 AND trim(plain_text(value)) <> ''
)
SELECT
    product_id,
    source,
    category,
    predicate,
    range,
    object,
    value,
    plain_text(value) AS spelled,
    CASE WHEN place > 0 THEN substr(written, place, length(value)) END AS in_text
FROM placed;

CREATE OR REPLACE TEMP TABLE learnable AS
SELECT predicate, category
FROM said_value
WHERE predicate IN (
    SELECT predicate FROM said_value WHERE in_text IS NOT NULL
    GROUP BY predicate HAVING count(DISTINCT product_id) >= $fewest
)
GROUP BY ALL
HAVING count(DISTINCT product_id) FILTER (in_text IS NOT NULL) >= $fewest_of_category;
