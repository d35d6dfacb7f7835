-- Words of numbers, money and times, which need no table: adds to said (slot, value, words).
INSERT INTO said
SELECT
    base,
    object,
    CASE
        WHEN base = 'price' AND regexp_full_match(object, '\d+\.\d\d USD') THEN
            '$' || format('{:,}', split_part(object, '.', 1)::BIGINT) || '.' || object[-6:-5]
        WHEN base IN ('productCount', 'makesProducts', 'brandCount', 'memberCount')
            AND regexp_full_match(object, '0|[1-9]\d{0,17}') THEN format('{:,}', object::BIGINT)
        WHEN base = 'share' THEN object || '%'
        WHEN base IN ('since', 'through', 'week') AND length(object) = 10 THEN
            strftime(object::DATE, '%B %-d, %Y')
        WHEN base IN ('since', 'through', 'week') THEN
            concat(
                strftime(object::TIMESTAMP, '%B %-d, %Y, at '),
                rtrim(rtrim(strftime(object::TIMESTAMP, '%H:%M:%S.%f'), '0'), '.')
            )
    END AS words
FROM (SELECT DISTINCT base, object FROM asked WHERE kind = 'literal')
WHERE words IS NOT NULL;
