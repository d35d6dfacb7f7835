-- For each chosen edit the questions whose answers follow from the new fact and one other fact of
-- the warehouse (edit_portability).
CREATE OR REPLACE TEMP TABLE edit_portability AS
WITH
-- A functional fact of the new object: its object is the answer.
hop AS (
    SELECT
        chosen.request_id,
        'hop ' || fact.predicate AS "rule",
        phrase.text AS template,
        NULL AS word,
        fact.words AS answer,
        fact.fact_id
    FROM edit_chosen AS chosen
    JOIN edit_phrase AS phrase ON phrase.predicate = chosen.predicate AND phrase.role = 'hop'
    JOIN edit_now AS fact
        ON fact.subject = chosen.object_new
        AND fact.predicate = phrase.via
        AND fact.cardinality = 'one'
),
-- A fact of the new object: what it says is now true of something that the subject is linked to.
holds AS (
    SELECT
        chosen.request_id,
        'holds ' || fact.predicate,
        phrase.text,
        fact.words,
        'Yes',
        fact.fact_id
    FROM edit_chosen AS chosen
    JOIN edit_phrase AS phrase ON phrase.predicate = chosen.predicate AND phrase.role = 'holds'
    JOIN edit_now AS fact ON fact.subject = chosen.object_new AND fact.predicate = phrase.via
),
-- A near subject of which the same is true now, and was not while the old value held.
same AS (
    SELECT pair.request_id, 'same', phrase.text, pair.subject_text, 'Yes', pair.fact_id
    FROM edit_pair AS pair
    JOIN edit_phrase AS phrase ON phrase.predicate = pair.predicate AND phrase.role = 'same'
    WHERE pair.answer = pair.target_new
    QUALIFY row_number() OVER (PARTITION BY pair.request_id ORDER BY pair.width, pair.draw) = 1
),
-- A near subject with another number: which of the two is smaller or larger. Best one of which the
-- answer turned with the change.
numbers AS (
    SELECT
        pair.*,
        phrase.text AS template,
        phrase.via AS pick,
        TRY_CAST(pair.object AS DOUBLE) AS other,
        TRY_CAST(pair.object_new AS DOUBLE) AS new,
        CASE WHEN unit_old IS NOT DISTINCT FROM unit THEN TRY_CAST(object_old AS DOUBLE) END AS old
    FROM edit_pair AS pair
    JOIN edit_phrase AS phrase ON phrase.predicate = pair.predicate AND phrase.role = 'compare'
    WHERE unit_new IS NOT DISTINCT FROM unit
),
compare AS (
    SELECT
        numbers.request_id,
        'compare',
        numbers.template,
        numbers.subject_text,
        CASE
            WHEN (numbers.new < numbers.other) = (numbers.pick = 'smaller') THEN chosen.subject_text
            ELSE numbers.subject_text
        END,
        numbers.fact_id
    FROM numbers JOIN edit_chosen AS chosen USING (request_id)
    WHERE numbers.new <> numbers.other
    QUALIFY row_number() OVER (
        PARTITION BY numbers.request_id
        ORDER BY
            coalesce((numbers.new < numbers.other) <> (numbers.old < numbers.other), false) DESC,
            numbers.width,
            numbers.draw
    ) = 1
),
-- The number divided by the package size.
package AS (
    SELECT fact_id, subject, TRY_CAST(parts.number AS DOUBLE) AS content, measure.words AS measure
    FROM (
        SELECT *, regexp_extract(object, '^(\d*\.?\d+) *([A-Za-z]+)$', ['number', 'code']) AS parts
        FROM edit_now
        WHERE predicate = 'size'
    )
    JOIN (
        VALUES
        ('LB', 'pound'), ('LBS', 'pound'), ('OZ', 'ounce'), ('KG', 'kilogram'),
        ('GAL', 'gallon'), ('QT', 'quart'), ('PT', 'pint'),
        ('L', 'liter'), ('LT', 'liter'), ('LTR', 'liter'),
        ('CT', 'piece'), ('EA', 'piece')
    ) AS measure (code, words) ON measure.code = upper(parts.code)
),
per_unit AS (
    SELECT
        chosen.request_id,
        'per_unit',
        phrase.text,
        package.measure,
        edit_literal(
            chosen.predicate,
            format('{:.2f}', TRY_CAST(chosen.object_new AS DOUBLE) / package.content),
            chosen.unit_new
        ),
        package.fact_id
    FROM edit_chosen AS chosen
    JOIN edit_phrase AS phrase ON phrase.predicate = chosen.predicate AND phrase.role = 'per_unit'
    JOIN package ON package.subject = chosen.subject
    WHERE package.content > 0
        AND package.content <> 1
        AND TRY_CAST(chosen.object_new AS DOUBLE) / package.content >= 0.01
),
every AS (
    FROM hop
    UNION ALL
    FROM holds
    UNION ALL
    FROM same
    UNION ALL
    FROM compare
    UNION ALL
    FROM per_unit
)
SELECT
    every.request_id,
    every."rule",
    replace(
        replace(every.template, '{subject}', chosen.subject_text),
        '{other}',
        coalesce(every.word, '')
    ) AS prompt,
    every.answer,
    every.fact_id
FROM every JOIN edit_chosen AS chosen USING (request_id)
WHERE every.answer <> ''
QUALIFY row_number() OVER (PARTITION BY every.request_id, every."rule" ORDER BY every.fact_id) = 1;
