-- Identifiers that are the same on every machine and in every run, and checks that DuckDB does not
-- have.
CREATE MACRO node_id(kind, source, key) AS
concat(kind, ':', left(md5(concat(kind, chr(31), source, chr(31), key)), 16));

-- GS1 General Specifications, section 7.9: weights 3 and 1 alternate from the digit left of the
-- check digit.
CREATE MACRO gtin_valid(code) AS
regexp_full_match(code, '\d{8}|\d{12,14}')
AND list_sum(
    list_transform(
        range(1, length(code) + 1),
        lambda i:
            TRY_CAST(code[i] AS INTEGER)
            * CASE WHEN (length(code) - i) % 2 = 1 THEN 3 ELSE 1 END
    )
) % 10 = 0;

COMMENT ON MACRO node_id IS
    'Identifier of a node: its kind, and a hash of kind, source and key';
COMMENT ON MACRO gtin_valid IS
    'Whether a code has the length and the check digit of a GTIN (GTIN-8, 12, 13 or 14)';
