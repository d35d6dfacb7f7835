-- Text of a catalog as harmless plain text: it can sit in a sentence, a JSON string, a spreadsheet
-- cell or a prompt template, and be nothing but text there.
--   1. one Unicode form (NFC), at most 2,000 characters
--   2. HTML and XML tags go; character references become their character, or lose their mark
--   3. control and format characters go (bidi controls, zero-width characters, soft hyphens,
--      private use); line breaks and all other white space become one space; more than two
--      combining marks on a letter go
--   4. what templates, chat formats, Markdown and HTML read becomes its plain relative: {} and []
--      become (), <> become ‹›, a backtick ', a vertical bar or backslash /; curly double quotes
--      become ", a semicolon a comma (curly quotes and semicolons are ours: see names.sql; what
--      always stands in quotes keeps its semicolons and is made harmless by harmless_text)
--   5. leading = + - @ go, so that no spreadsheet takes it for a formula
CREATE OR REPLACE TEMP MACRO text_references(value) AS
regexp_replace(
    replace(replace(replace(replace(replace(replace(
        value,
        '&quot;', '"'), '&#39;', ''''), '&nbsp;', ' '), '&lt;', '<'), '&gt;', '>'), '&amp;', '&'
    ),
    '&#?([0-9A-Za-z]+);', '\1', 'g'
);

CREATE OR REPLACE TEMP MACRO text_untagged(value) AS
regexp_replace(regexp_replace(value, '<!--.*?-->', ' ', 'gs'), '</?[A-Za-z!?][^<>]*>', ' ', 'g');

CREATE OR REPLACE TEMP MACRO text_visible(value) AS
regexp_replace(
    regexp_replace(
        regexp_replace(regexp_replace(value, '[\t-\r\x{85}]', ' ', 'g'), '[\p{C}]', '', 'g'),
        '(\p{M}{2})\p{M}+', '\1', 'g'
    ),
    '[\p{Z}]+', ' ', 'g'
);

CREATE OR REPLACE TEMP MACRO text_plain(value) AS
translate(value, '{}[]<>`|\“”„«»', '()()‹›''//"""""');

CREATE OR REPLACE TEMP MACRO harmless_text(value) AS
CASE
    WHEN value IS NULL THEN NULL
    -- Most values are plain already, and this is the fast way to see it.
    WHEN length(value) <= 200
        AND regexp_full_match(
            value, '[A-Za-z0-9][A-Za-z0-9.,''/()%$#*-]*( [A-Za-z0-9.,''/()%$#*-]+)*'
        )
        THEN value
    ELSE
        coalesce(
            nullif(
                trim(ltrim(
                    text_plain(text_visible(text_untagged(text_references(
                        left(nfc_normalize(value), 2000)
                    )))),
                    ' =+-@'
                )),
                ''
            ),
            '(no text)'
        )
END;

-- The marks of what was masked (curation/personal.py) keep their brackets.
CREATE OR REPLACE TEMP MACRO with_placeholders(value) AS
CASE
    WHEN contains(value, '(')
        THEN regexp_replace(value, '\((EMAIL|PHONE|CARD|IBAN|IP|ADDRESS|NAME)\)', '[\1]', 'g')
    ELSE value
END;

CREATE OR REPLACE TEMP MACRO without_semicolons(value) AS translate(value, ';；', ',，');

CREATE OR REPLACE TEMP MACRO harmless(value) AS without_semicolons(harmless_text(value));
