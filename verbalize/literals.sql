-- Words of numbers, money and times, which need no table: adds to said (slot, value, words).
INSERT INTO said
SELECT
    base,
    object,
    CASE
        WHEN base = 'price' AND regexp_full_match(object, '\d+\.\d\d USD') THEN
            '$' || format('{:,}', split_part(object, '.', 1)::BIGINT) || '.' || object[-6:-5]
        WHEN base IN (
                'productCount', 'makesProducts', 'brandCount', 'memberCount', 'variantCount',
                'reviewCount'
            )
            AND regexp_full_match(object, '0|[1-9]\d{0,17}') THEN format('{:,}', object::BIGINT)
        WHEN base = 'share' THEN object || '%'
        -- An edge has the name of its predicate: productType is product type.
        WHEN base = 'relation' AND regexp_full_match(object, '[a-z]+([A-Z][a-z]+)*') THEN
            lower(regexp_replace(object, '([a-z])([A-Z])', '\1 \2', 'g'))
        WHEN base = 'peaksIn' AND regexp_full_match(object, '0[1-9]|1[0-2]') THEN
            strftime(make_date(2000, object::INTEGER, 1), '%B')
        -- The third of January 2000 was a Monday.
        WHEN base = 'peaksOn' AND regexp_full_match(object, '[1-7]') THEN
            strftime(make_date(2000, 1, 2 + object::INTEGER), '%A')
        WHEN base IN ('since', 'through', 'week') AND length(object) = 10 THEN
            strftime(object::DATE, '%B %-d, %Y')
        WHEN base IN ('since', 'through', 'week') THEN
            concat(
                strftime(object::TIMESTAMP, '%B %-d, %Y, at '),
                rtrim(rtrim(strftime(object::TIMESTAMP, '%H:%M:%S.%f'), '0'), '.')
            )
    END AS words
FROM (
    SELECT base, object FROM asked WHERE kind = 'literal'
    EXCEPT
    SELECT slot, value FROM said
)
WHERE words IS NOT NULL;
