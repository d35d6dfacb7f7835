-- What two products may share, found in what is stated of each: words, codes, quantities, colours.
CREATE MACRO plain(said) AS lower(strip_accents(said));

-- The text without blanks and marks, cut where there were blanks.
CREATE MACRO runs(said) AS
list_filter(
    list_transform(
        string_split_regex(said, '\s+'),
        lambda run: regexp_replace(run, '[^\p{L}\p{N}]', '', 'g')
    ),
    lambda run: run <> ''
);

CREATE TABLE unit AS
SELECT unnest(words) AS word, name, factor
FROM (
    VALUES
    (['in', 'inch', 'inches'], 'length', 1.0),
    (['ft', 'foot', 'feet'], 'length', 12.0),
    (['gb', 'gig', 'gigabyte', 'gigabytes'], 'bytes', 1.0),
    (['mb', 'megabyte', 'megabytes'], 'bytes', 0.001),
    (['tb', 'terabyte', 'terabytes'], 'bytes', 1000.0),
    (['mm', 'millimeter', 'millimeters'], 'metres', 1.0),
    (['cm', 'centimeter', 'centimeters'], 'metres', 10.0),
    (['w', 'watt', 'watts'], 'watts', 1.0),
    (['v', 'volt', 'volts'], 'volts', 1.0),
    (['va'], 'volt-amperes', 1.0),
    (['mp', 'megapixel', 'megapixels'], 'pixels', 1.0),
    (['hz'], 'hertz', 1.0),
    (['mhz'], 'hertz', 1e6),
    (['ghz'], 'hertz', 1e9),
    (['oz', 'ounce', 'ounces'], 'weight', 1.0),
    (['lb', 'lbs', 'pound', 'pounds'], 'weight', 16.0),
    (['g', 'gram', 'grams'], 'grams', 1.0),
    (['kg'], 'grams', 1000.0),
    (['ml'], 'litres', 0.001),
    (['l', 'liter', 'liters', 'litre', 'litres'], 'litres', 1.0),
    (['pk', 'pack', 'packs', 'count', 'ct', 'box', 'carton', 'pcs', 'pieces'], 'pieces', 1.0),
    (['port', 'ports'], 'ports', 1.0),
    (['page', 'pages'], 'pages', 1.0),
    (['sheet', 'sheets'], 'sheets', 1.0),
    (['disc', 'discs'], 'discs', 1.0),
    (['x'], 'times', 1.0)
) AS named (words, name, factor);

-- A number with its unit is a quantity, and names no model: 18-55mm, 7-Port, 133x. With one letter
-- only a small one is: 2600l may be a printer.
SET VARIABLE quantity = (
    SELECT string_agg(concat(if(length(word) = 1, '[0-9]{1,3}', '[0-9]+'), word), '|') FROM unit
);

CREATE MACRO is_code(run) AS
length(run) >= 4
AND regexp_matches(run, '[0-9]')
AND NOT regexp_full_match(run, getvariable('quantity'));

-- Letters and digits that may name a model, however they are written: VCT-R640, VCT R640, VCTR640.
CREATE MACRO codes(runs) AS
list_sort(
    list_distinct(
        list_concat(
            list_filter(runs, lambda run: is_code(run)),
            list_filter(
                list_transform(
                    range(1, len(runs)),
                    lambda i:
                        CASE
                            WHEN regexp_full_match(runs[i], '[a-z]{1,4}')
                                AND regexp_matches(runs[i + 1], '[0-9]')
                                AND NOT regexp_full_match(
                                    runs[i + 1], getvariable('quantity')
                                )
                            THEN concat(runs[i], runs[i + 1])
                            ELSE ''
                        END
                ),
                lambda run: is_code(run)
            )
        )
    )
);

-- Chinese has no blanks between words; there each character counts.
CREATE MACRO words(said) AS
regexp_extract_all(said, '\p{Han}|[\p{L}\p{N}]+(?:\.[0-9]+)?');

CREATE MACRO has_unit(said) AS
list_has_any(
    regexp_extract_all(plain(said), '[0-9][\s-]*([a-z]+)\b', 1), (SELECT list(word) FROM unit)
);

CREATE TABLE colour AS
SELECT unnest(words) AS word, name
FROM (
    VALUES
    (['black', 'blk', 'bk', 'onyx'], 'black'),
    (['white', 'wht', 'wh'], 'white'),
    (['silver', 'slv', 'sil'], 'silver'),
    (['gray', 'grey', 'gry', 'charcoal', 'graphite'], 'gray'),
    (['red', 'crimson'], 'red'),
    (['blue', 'blu', 'navy'], 'blue'),
    (['green', 'grn'], 'green'),
    (['pink', 'pnk'], 'pink'),
    (['purple', 'violet', 'pur'], 'purple'),
    (['orange', 'org'], 'orange'),
    (['yellow', 'ylw'], 'yellow'),
    (['brown', 'brn', 'walnut', 'mahogany'], 'brown'),
    (['gold', 'gld'], 'gold'),
    (['beige', 'ivory', 'cream', 'almond'], 'beige')
) AS named (words, name);

CREATE TABLE product AS
WITH
said AS (
    SELECT
        side,
        place,
        product_id,
        lpad(gtin, 14, '0') AS gtin,
        price,
        currency,
        attributes,
        plain(title) AS title,
        plain(description) AS description,
        trim(regexp_replace(plain(brand), '[^\p{L}\p{N}]+', ' ', 'g')) AS brand,
        regexp_replace(plain(model), '[^\p{L}\p{N}]', '', 'g') AS model
    FROM stated
),
cut AS (
    SELECT *, runs(title) AS title_runs, runs(description) AS description_runs FROM said
)
SELECT
    * EXCLUDE (title_runs, description_runs),
    words(title) AS title_words,
    words(concat_ws(' ', title, model, brand, description)) AS words,
    array_to_string(title_runs, '') AS joined,
    -- What a product is for is not its own: a charger for a camera of Nikon is none of Nikon.
    array_to_string(runs(regexp_replace(title, '\bfor\b.*?( - .*)?$', '\1')), '') AS own_joined,
    list_sort(
        list_distinct(
            list_concat(codes(title_runs), CASE WHEN length(model) >= 3 THEN [model] ELSE [] END)
        )
    ) AS codes,
    codes(description_runs) AS description_codes
FROM cut;

-- Amounts in one unit each: 2 GB and 2,000 MB are one quantity.
CREATE TABLE quantity AS
SELECT side, place, unit.name AS unit, round(number::DOUBLE * factor, 3) AS number
FROM (
    SELECT
        side,
        place,
        unnest(regexp_extract_all(said, '([0-9]+(?:\.[0-9]+)?)[\s-]*([a-z]+)\b', 1)) AS number,
        unnest(regexp_extract_all(said, '([0-9]+(?:\.[0-9]+)?)[\s-]*([a-z]+)\b', 2)) AS word
    FROM (
        SELECT side, place, concat_ws(' | ', title, plain(attributes['size'])) AS said FROM product
    )
)
JOIN unit USING (word)
GROUP BY ALL;

-- Brands are what either catalog states as one, else the words with which many titles begin.
CREATE TABLE brand AS
SELECT brand FROM product WHERE brand <> '' GROUP BY brand
UNION
SELECT title_words[1] AS brand FROM product
WHERE len(title_words) > 1 AND NOT regexp_matches(title_words[1], '[0-9]')
GROUP BY ALL
HAVING count(*) >= 5 AND count(DISTINCT side) = 2;

CREATE TABLE described AS
WITH
quantities AS (
    SELECT
        side,
        place,
        list(concat(unit, '=', number) ORDER BY unit, number) AS quantities,
        list_sort(list_distinct(list(unit))) AS units
    FROM quantity
    GROUP BY ALL
),
colours AS (
    SELECT side, place, list_sort(list_distinct(list(name))) AS colours
    FROM (
        SELECT
            side,
            place,
            unnest(
                list_concat(title_words, words(plain(coalesce(attributes['color'], ''))))
            ) AS word
        FROM product
    )
    JOIN colour USING (word)
    GROUP BY ALL
)
SELECT
    product.* REPLACE (
        CASE
            WHEN product.brand <> '' THEN product.brand ELSE coalesce(found.brand, '')
        END AS brand
    ),
    coalesce(quantities, []) AS quantities,
    coalesce(units, []) AS units,
    coalesce(colours, []) AS colours
FROM product
LEFT JOIN quantities USING (side, place)
LEFT JOIN colours USING (side, place)
LEFT JOIN brand AS found ON found.brand = product.title_words[1]
ORDER BY side, place;
