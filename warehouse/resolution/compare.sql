-- What the two products of each pair have in common and in what they differ.
CREATE TABLE shared_code AS
SELECT left_place, right_place, min(l.products) AS products
FROM pair
JOIN code AS l ON l.side = 'left' AND l.place = left_place
JOIN code AS r ON r.side = 'right' AND r.place = right_place AND r.code = l.code
GROUP BY ALL;

-- A code that begins or ends the other one: WTW6700T and WTW6700TW.
CREATE TABLE similar_code AS
SELECT
    left_place,
    right_place,
    max(
        least(length(l.code), length(r.code)) / greatest(length(l.code), length(r.code))
    ) AS similarity
FROM pair
ANTI JOIN shared_code USING (left_place, right_place)
JOIN code AS l ON l.side = 'left' AND l.place = left_place
JOIN code AS r ON r.side = 'right' AND r.place = right_place
WHERE starts_with(l.code, r.code) OR starts_with(r.code, l.code)
    OR ends_with(l.code, r.code) OR ends_with(r.code, l.code)
GROUP BY ALL;

-- Codes that may name one model; what many products have, such as DECT 6.0, names none.
CREATE TABLE own_code AS
SELECT side, place, list(code ORDER BY code) AS codes FROM code WHERE products <= 20 GROUP BY ALL;

CREATE TABLE compared AS
WITH
named AS (
    SELECT
        left_place,
        right_place,
        l AS l,
        r AS r,
        coalesce(own_l.codes, []) AS own_l,
        coalesce(own_r.codes, []) AS own_r,
        list_intersect(l.quantities, r.quantities) AS quantities,
        list_intersect(l.units, r.units) AS units,
        coalesce(shared_code.products, 0) AS code_products,
        coalesce(similar_code.similarity, 0) AS code_similarity
    FROM pair
    JOIN described AS l ON l.side = 'left' AND l.place = left_place
    JOIN described AS r ON r.side = 'right' AND r.place = right_place
    LEFT JOIN own_code AS own_l ON own_l.side = 'left' AND own_l.place = left_place
    LEFT JOIN own_code AS own_r ON own_r.side = 'right' AND own_r.place = right_place
    LEFT JOIN shared_code USING (left_place, right_place)
    LEFT JOIN similar_code USING (left_place, right_place)
)
SELECT
    left_place,
    right_place,
    CASE
        WHEN code_products BETWEEN 1 AND 2 THEN 'shared by these two only'
        WHEN code_products BETWEEN 3 AND 5 THEN 'shared by up to 5 products'
        WHEN code_products BETWEEN 6 AND 20 THEN 'shared by up to 20 products'
        WHEN list_bool_or(list_transform(own_l, lambda c: length(c) >= 5 AND contains(r.joined, c)))
            OR list_bool_or(
                list_transform(own_r, lambda c: length(c) >= 5 AND contains(l.joined, c))
            )
            THEN 'within the other title'
        WHEN code_similarity > 0.6 THEN 'one begins or ends the other'
        WHEN list_has_any(own_l, r.description_codes)
            OR list_has_any(l.description_codes, own_r) THEN 'in the description'
        WHEN len(own_l) > 0 AND len(own_r) > 0 THEN 'different'
        WHEN code_products > 20 THEN 'shared by many products'
        ELSE 'none'
    END AS code,
    CASE
        WHEN l.model = '' OR r.model = '' THEN NULL
        WHEN l.model = r.model THEN 'equal'
        WHEN least(length(l.model), length(r.model)) >= 4
            AND (contains(l.model, r.model) OR contains(r.model, l.model)) THEN 'one in the other'
        WHEN length(l.model) > 4 AND l.model[:4] = r.model[:4] THEN 'same beginning'
        ELSE 'different'
    END AS model,
    CASE
        WHEN l.currency <> r.currency THEN NULL
        WHEN l.price > 0 AND r.price > 0 THEN abs(ln(l.price / r.price))
    END AS price,
    CASE l.gtin = r.gtin WHEN true THEN 'equal' WHEN false THEN 'different' END AS gtin,
    CASE
        WHEN l.brand = '' OR r.brand = '' THEN NULL
        WHEN split_part(l.brand, ' ', 1) = split_part(r.brand, ' ', 1) THEN 'equal'
        WHEN contains(r.own_joined, replace(l.brand, ' ', ''))
            OR contains(l.own_joined, replace(r.brand, ' ', '')) THEN 'in the other title'
        ELSE 'different'
    END AS brand,
    least(len(quantities), 2) AS shared_quantities,
    least(
        len(units)
        - len(list_distinct(list_transform(quantities, lambda q: split_part(q, '=', 1)))),
        2
    ) AS different_quantities,
    CASE
        WHEN len(l.colours) = 0 OR len(r.colours) = 0 THEN NULL
        WHEN list_has_any(l.colours, r.colours) THEN 'shared'
        ELSE 'different'
    END AS colour
FROM named
ORDER BY left_place, right_place;
