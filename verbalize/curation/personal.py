"""Personal data: found by patterns and check digits, and masked with a placeholder of its kind.

A number counts as a phone, card or account only if its form or the words before it say so, and if
its check digits are right (Luhn, ISO/IEC 7812-1; modulo 97, ISO 13616): a catalog is full of other
numbers. What follows "item", "UPC" or "version" is none, and a valid GTIN is none. Names of persons
are looked for in texts of users only, by word lists and the words around them; products and brands
are named after persons far too often.
"""

import csv
from dataclasses import dataclass, replace

import duckdb

from verbalize.curation.stage import WORDS, CurationSettings, Stage
from warehouse.connection import first_row, literal

_NAME = r"\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?"
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_CALL = (
    r"(?i:\b(?:tel(?:efon|éfono|ephone)?|phone|fon|call(?: us| me)?(?: at| on)?|mobile|mobil|handy"
    r"|cell|fax|whatsapp|hotline|móvil)\b|电话|手机|微信|传真)"
    r"[ .:：]*(?i:(?:no|nr|number|is|ist|unter)\b)?[ .:：]*"
)
_STREET = r"(?:Street|Avenue|Boulevard|Parkway|Highway)\b"
# Words that goods have too stand for a street only where a city follows.
_LANE = (
    r"(?:Road|St|Ave|Rd|Blvd|Hwy|Pkwy|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|Square|Sq|Terrace)"
    r"\b\.?"
)
_CITY = (
    r",? \p{Lu}[\p{L}]+(?: \p{Lu}\p{L}+){0,2},? "
    r"(?:[A-Z]{2},? \d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})\b"
)
_UNIT = r",? (?i:apt|suite|unit)\.? ?\w+"
_KIN = (
    "husband|wife|son|daughter|sister|brother|friend|neighbou?r|boss|mom|dad|niece|nephew|"
    "grandson|granddaughter|roommate|coworker"
)
_CLOSING = (
    "sincerely|regards|best wishes|thank you|thanks|cheers|yours|love|grüße|gruß|saludos|"
    "atentamente"
)


@dataclass(frozen=True)
class Kind:
    """A kind of personal data. `check` is SQL over the found text `said`; `before` is a pattern of
    words in front of it that stay; `hint` is what every match holds, and faster to look for."""

    name: str
    pattern: str
    check: str = "true"
    before: str = ""
    hint: str = ""


# What looks alike and is none: numbers of articles, and versions.
_NONE = (
    r"(?i:\b(?:upc|ean|gtin|isbn(?:-1[03])?|issn|asin|sku|mpn|item|article|artikel|art|model|modell"
    r"|part|order|serial|s/n|p/n|ref|catalog|cat|style|lot|patent|código|货号|型号)[.:# ]*"
    r"(?:(?:no|nr|number|num|code|id|nummer)\b)?[.:# ]*)\d[\d -]{4,22}\d\b"
    r"|(?i:\b(?:v|ver|version|firmware|release|build|bios|driver|software|kernel)[. ]{0,2})"
    r"\d{1,4}(?:\.\d{1,4}){2,5}\b"
)

KINDS = (
    Kind(
        "EMAIL",
        r"[\w.%+-]+ ?(?:@|[\[(](?i:at)[\])]) ?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b",
    ),
    Kind(
        "IBAN",
        r"\b[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: \d{1,3})?)\b",
        "iban_valid(replace(said, ' ', ''))",
    ),
    Kind(
        "IP",
        rf"\b{_BYTE}(?:\.{_BYTE}){{3}}(?:\.\d+)*\b|\b(?:[0-9A-Fa-f]{{1,4}}:){{7}}[0-9A-Fa-f]{{1,4}}\b"
        r"|\b(?:[0-9A-Fa-f]{1,4}:){2,6}(?::[0-9A-Fa-f]{1,4}){1,4}\b",
        "len(string_split(said, '.')) IN (1, 4)",
    ),
    Kind(
        "PHONE",
        rf"{_CALL}[+(]?\d[\d ()./-]{{5,18}}\d\b",
        "digits_of(said) BETWEEN 7 AND 15",
        _CALL,
    ),
    Kind(
        "PHONE",
        r"\+\d{1,3}(?:[ ./-]?\(?\d{1,5}\)?){2,6}\b",
        "digits_of(said) BETWEEN 9 AND 15",
    ),
    Kind("CARD", r"\b\d(?:[ -]?\d){12,18}\b", "card_valid(regexp_replace(said, '[ -]', '', 'g'))"),
    Kind(
        "PHONE",
        r"(?:\b1[ .-])?\(\d{3}\) ?\d{3}[ .-]\d{4}\b"
        r"|\b(?:1[.-])?[2-9]\d{2}[.-][2-9]\d{2}[.-]\d{4}\b"
        r"|\(0\d{1,4}\) ?\d{3,9}(?:[ -]?\d{2,5})?\b|\b0\d{2,4} ?/ ?\d{3,8}(?: ?\d{2,4})?\b",
        "digits_of(said) >= 9",
    ),
    Kind(
        "ADDRESS",
        rf"\b\d{{1,5}}[A-Za-z]?(?: [NSEW]\.?)?(?: \p{{Lu}}\p{{Ll}}+){{1,3}} "
        rf"(?:(?:{_STREET})(?:{_UNIT})?(?:{_CITY})?|{_LANE}(?:{_UNIT})?{_CITY})"
        r"|\b(?i:p\.? ?o\.? box) \d+\b"
        r"|\b\p{Lu}\p{Ll}+(?:straße|strasse|str\.|weg|allee|gasse|platz) \d{1,4} ?[a-z]?\b"
        r"(?:,? \d{5} \p{Lu}\p{Ll}+)?"
        r"|\b\p{Lu}\p{Ll}+er (?:Straße|Str\.|Weg|Allee|Platz) \d{1,4}\b(?:,? \d{5} \p{Lu}\p{Ll}+)?"
        r"|\b(?:Calle|Avenida|Avda\.|Paseo|C/) (?:de (?:la |los |las )?)?\p{Lu}\p{Ll}+"
        r"(?: \p{Lu}\p{Ll}+){0,2},? (?:n[.º°]* ?)?\d{1,4}\b"
        r"|\p{Han}{2,8}(?:路|街|大道)\d+号",
        hint=r"\d.* (?:Street|Avenue|Road|Boulevard|Parkway|Highway|St|Ave|Rd|Blvd|Hwy|Pkwy|Lane|Ln"
        r"|Drive|Dr|Court|Ct|Way|Place|Pl|Square|Sq|Terrace)\b|[bB][oO][xX] \d"
        r"|(?:straße|strasse|str\.|Straße|Str\.|[wW]eg|[aA]llee|gasse|[pP]latz) \d"
        r"|(?:Calle|Avenida|Avda\.|Paseo|C/) |[路街道]\d",
    ),
)

# Only in texts of users; `given` and `titled` are filled from the word lists.
_PERSONS = (
    Kind(
        "NAME",
        rf"(?i:\b(?:my name is|i am called|mein name ist|ich heiße|me llamo|mi nombre es)) {_NAME}"
        rf"(?: {_NAME})?|我叫\p{{Han}}{{2,3}}",
        before="(?i:my name is|i am called|mein name ist|ich heiße|me llamo|mi nombre es) |我叫",
    ),
    Kind("NAME", rf"(?i:\bmy (?:{_KIN}),?) {_NAME}\b", before=rf"(?i:my (?:{_KIN}),? )"),
    Kind(
        "NAME",
        rf"\b(?i:{_CLOSING}),? ?[-–—]? ?{_NAME}(?: \p{{Lu}}\.?| {_NAME})?\s*$",
        before=rf"(?i:{_CLOSING}),? ?[-–—]? ?",
    ),
    Kind(
        "NAME",
        rf"[.!?] ?[-–—~]+ ?{_NAME}(?: \p{{Lu}}\.?| {_NAME})?\s*$",
        before=r"[.!?] ?[-–—~]+ ?",
        hint=r"[.!?] ?[-–—~]",
    ),
    Kind(
        "NAME",
        rf"\b(?:(?:Mrs?|Ms|Dr|Prof)\.?|Herrn?|Frau|Señora?|Sra?\.) {_NAME}(?: {_NAME})?",
        "NOT person_brand(said)",
        hint=r"\b(?:Mrs?|Ms|Dr|Prof|Herrn?|Frau|Señora?|Sra?)\b",
    ),
    Kind(
        "NAME",
        rf"\b(?:{{given}})(?: \p{{Lu}}\.)? {_NAME}",
        "NOT person_brand(said)",
        hint="(?:{given}) ",
    ),
)

_MACROS = """
CREATE OR REPLACE TEMP MACRO digits_of(said) AS length(regexp_replace(said, '[^0-9]', '', 'g'));

CREATE OR REPLACE TEMP MACRO luhn_valid(digits) AS
list_sum(list_transform(
    range(length(digits)),
    lambda place: CASE
        WHEN place % 2 = 0 THEN digits[length(digits) - place]::INTEGER
        ELSE [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][digits[length(digits) - place]::INTEGER + 1]
    END
)) % 10 = 0;

-- Prefixes and lengths of Visa, Mastercard, American Express, Discover, JCB, UnionPay and Diners.
CREATE OR REPLACE TEMP MACRO card_valid(digits) AS
regexp_full_match(
    digits,
    '4\\d{15}(?:\\d{3})?|5[1-5]\\d{14}|(?:222[1-9]|22[3-9]\\d|2[3-6]\\d\\d|27[01]\\d|2720)\\d{12}'
    '|3[47]\\d{13}|6(?:011|5\\d\\d|4[4-9]\\d)\\d{12}|35(?:2[89]|[3-8]\\d)\\d{12}|62\\d{14,17}'
    '|3(?:0[0-5]|[68]\\d)\\d{11}'
)
AND NOT contains(digits, '00000000')
AND digits <> repeat(digits[1], length(digits))
AND luhn_valid(digits)
AND NOT (length(digits) IN (13, 14) AND gtin_valid(digits));

CREATE OR REPLACE TEMP MACRO iban_valid(written) AS
length(written) BETWEEN 15 AND 34
AND list_reduce(
    list_transform(
        string_split(
            array_to_string(list_transform(
                string_split(concat(written[5:], written[:4]), ''),
                lambda letter: CASE
                    WHEN letter BETWEEN '0' AND '9' THEN letter
                    ELSE (unicode(letter) - 55)::VARCHAR
                END
            ), ''),
            ''
        ),
        lambda digit: digit::INTEGER
    ),
    lambda rest, digit: (rest * 10 + digit) % 97
) = 1;

CREATE OR REPLACE TEMP MACRO person_brand(said) AS
len(list_filter(
    getvariable('person_brands')::VARCHAR[],
    lambda brand: starts_with(brand, lower(replace(said, '.', '')))
        OR starts_with(lower(replace(said, '.', '')), brand)
)) > 0;
"""


def mask(
    connection: duckdb.DuckDBPyConnection, values: str, table: str, *, persons: bool = False
) -> None:
    """Makes the temporary table `table` (value, masked, kinds): those of `values` (a query of one
    column, `value`, of distinct texts) in which personal data was found, with placeholders such as
    [EMAIL] in its place, and the kind of each thing in the order of the text. `persons` looks for
    names of persons too."""
    _define(connection, persons)
    kinds = KINDS + (_persons() if persons else ())
    found = "|".join([_NONE, *(kind.pattern for kind in kinds)])
    looks = " OR ".join(
        " AND ".join(
            f"regexp_matches(value, {literal(pattern)})"
            for pattern in (kind.hint, kind.pattern)
            if pattern
        )
        for kind in kinds
    )
    kind_of = "\n".join(
        f"WHEN regexp_full_match(said, {literal(kind.pattern)}) AND {kind.check} THEN {place}"
        for place, kind in enumerate(kinds)
    )
    masks = "\n".join(
        f"WHEN {place} THEN concat("
        f"regexp_extract(said, {literal('^(?:' + kind.before + ')')}), '[{kind.name}]')"
        for place, kind in enumerate(kinds)
    )
    names = [kind.name for kind in kinds]
    # Planning what is not needed would take most of the time of a small catalog.
    if first_row(connection, f"FROM ({values}) LIMIT 1") is None:
        looks = "false"
    suspects = connection.execute(
        f"CREATE OR REPLACE TEMP TABLE suspect AS SELECT value FROM ({values}) WHERE {looks}"
    ).fetchall()
    if suspects == [(0,)]:
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE {table} AS
            SELECT value, value AS masked, []::VARCHAR[] AS kinds FROM suspect;
            DROP TABLE temp.suspect
            """
        )
        return
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {table} AS
        WITH
        split AS (
            SELECT
                row_number() OVER () AS number,
                value,
                string_split_regex(value, {literal(found)}) AS parts,
                regexp_extract_all(value, {literal(found)}) AS matches
            FROM suspect
        ),
        place AS (
            SELECT number, generate_subscripts(matches, 1) AS position, unnest(matches) AS said
            FROM split
        ),
        known AS (
            SELECT
                number,
                position,
                said,
                CASE
                    WHEN regexp_full_match(said, {literal(_NONE)}) THEN NULL
                    {kind_of}
                END AS kind
            FROM place
        ),
        told AS (
            SELECT
                number,
                list(
                    CASE kind {masks} ELSE said END ORDER BY position
                ) AS said,
                list({names}[kind + 1] ORDER BY position) FILTER (kind IS NOT NULL) AS kinds
            FROM known GROUP BY number HAVING count(kind) > 0
        )
        SELECT
            value,
            array_to_string(
                list_transform(
                    list_zip(parts, told.said), lambda pair: concat(pair[1], pair[2])
                ),
                ''
            ) AS masked,
            kinds
        FROM told JOIN split USING (number);
        DROP TABLE temp.suspect
        """
    )


def _define(connection: duckdb.DuckDBPyConnection, persons: bool) -> None:
    """The macros of the checks, and which brands are called like persons."""
    connection.execute(_MACROS)
    if not persons:
        return
    known = [name.lower().replace(".", "") for (name,) in _table("person_brands")]
    labels = connection.execute(
        f"""
        SELECT DISTINCT lower(replace(label, '.', '')) AS label FROM facts.node
        WHERE kind IN ('brand', 'manufacturer')
            AND regexp_matches(label, {literal("^(?:" + _given() + "|Mrs?|Ms|Dr|Prof)[. ]")})
        ORDER BY label
        """
    ).fetchall()
    connection.execute("SET VARIABLE person_brands = ?", [known + [label for (label,) in labels]])


def _persons() -> tuple[Kind, ...]:
    return tuple(
        replace(
            kind,
            pattern=kind.pattern.replace("{given}", _given()),
            hint=kind.hint.replace("{given}", _given()),
        )
        for kind in _PERSONS
    )


def _given() -> str:
    return "|".join(name for _, name in _table("given_names"))


def _table(name: str) -> list[list[str]]:
    with (WORDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _run(connection: duckdb.DuckDBPyConnection, settings: CurationSettings) -> None:
    mask(
        connection,
        "SELECT DISTINCT value FROM (SELECT unnest([title, text]) AS value FROM text.document)",
        "personal_found",
    )
    connection.execute(
        """
        INSERT INTO text.masked
        SELECT
            document_id,
            coalesce(title_found.masked, title),
            coalesce(text_found.masked, text),
            coalesce(text_found.kinds, title_found.kinds)
        FROM text.document AS document
        LEFT JOIN personal_found AS title_found ON title_found.value = document.title
        LEFT JOIN personal_found AS text_found ON text_found.value = document.text
        WHERE title_found.value IS NOT NULL OR text_found.value IS NOT NULL
        ORDER BY document_id;
        DROP TABLE temp.personal_found
        """
    )


STAGE = Stage(
    "personal",
    "E-mail, phone, card, IBAN, IP and postal addresses give way to placeholders",
    "patterns with check digits: ISO/IEC 7812-1, ISO 13616; GTINs and item numbers stay",
    _run,
)
