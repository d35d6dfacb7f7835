"""Values that products lack, found in their own titles and descriptions, as facts with evidence.

Distant supervision (Mintz, Bills, Snow, Jurafsky 2009, "Distant supervision for relation
extraction without labeled data"): a product that states a value which stands in its text teaches
how texts say it; one whose value stands nowhere teaches when texts are silent. A tenth of the
products sets the probability from which values are right often enough, another tenth tells how
often they are.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

from warehouse.connection import first_row, transaction
from warehouse.extraction.questions import Answers, Questions
from warehouse.facts import publish_model

if TYPE_CHECKING:
    from warehouse.extraction.ranker import Ranker

Progress = Callable[[str, int, int], None]

MODEL = "text-ranker-1"
PRECISION = 0.9

TEXT_LIMIT = 400
"""Characters that are read of a title, and of a description."""
LEARNED = 1_000_000
"""Characters of the texts that the model learns from, all attributes together."""
CHECKED = 2_000
"""Questions of each attribute on which it is measured."""
FEWEST = 50
"""Products whose text holds the value of an attribute, so that it can be learned."""
FEWEST_OF_CATEGORY = 5
"""The same, in the category of a product that is asked."""
FEWEST_CHECKED = 10
"""Values that must be found among checked products before any is believed."""
SLACK = 0.05
"""How far below the wanted precision the products may come that did not set the threshold."""

_NOT_ATTRIBUTES = ("sku", "name", "description", "url", "image", "isVariantOf")
_FOLDER = Path(__file__).parent
_BLOCK = 20_000


@dataclass(frozen=True)
class Measured:
    """How well values of an attribute were found in texts of products that state it."""

    checked: int
    threshold: float | None
    precision: float | None
    recall: float | None


def extract(
    connection: duckdb.DuckDBPyConnection,
    *,
    precision: float = PRECISION,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Brings the facts that are found in texts up to date: of each attribute, values that were
    right in at least `precision` of the checked cases. What is stated is never asked for.

    Returns how many facts there are, or why there are none.
    """
    tell = progress or (lambda what, done, total: None)
    with transaction(connection):
        prepare(connection)
        attributes = _attributes(connection)
        reason = None if attributes else _why_none(connection)
        create_answers(connection)
        connection.execute("DELETE FROM facts.extraction WHERE model = ?", [MODEL])
        if attributes:
            tell(f"learning {', '.join(attributes)}", 0, len(attributes))
            ranker, learned = _learn(connection, len(attributes))
            for place, name in enumerate(attributes):
                tell(f"finding {name} in texts", place, len(attributes))
                _find(connection, ranker, name, learned[name], precision)
        publish(connection, MODEL, "predicted")
        row = first_row(connection, "SELECT count(*) FROM facts.current WHERE source = ?", [MODEL])
        tidy(connection)
    assert row is not None
    return {"facts": row[0], "attributes": attributes, "skipped": reason}


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes `product_text`, `said_value` and `learnable` (said.sql)."""
    statements = (_FOLDER / "said.sql").read_text()
    parameters = {
        "limit": TEXT_LIMIT,
        "not_attributes": list(_NOT_ATTRIBUTES),
        "fewest": FEWEST,
        "fewest_of_category": FEWEST_OF_CATEGORY,
    }
    for statement in duckdb.extract_statements(statements):
        named = {name: parameters[name] for name in statement.named_parameters}
        connection.execute(statement, named)


def publish(connection: duckdb.DuckDBPyConnection, model: str, provenance: str) -> None:
    """Makes the facts of `model` those of `answer`, with the evidence of each."""
    for statement in duckdb.extract_statements((_FOLDER / "found.sql").read_text()):
        named = {"provenance": provenance} if statement.named_parameters else {}
        connection.execute(statement, named)
    as_of = _as_of(connection, model)
    if as_of is not None:
        publish_model(connection, model, as_of)
    connection.execute(
        """
        DELETE FROM facts.evidence
        WHERE fact_id IN (SELECT fact_id FROM facts.fact WHERE source = ?)
        """,
        [model],
    )
    connection.execute(
        """
        INSERT INTO facts.evidence
        SELECT fact.fact_id, fact.subject, field, start, stop, "text", rule
        FROM found_value AS found
        JOIN facts.current AS fact
            ON fact.subject = found.product_id
            AND fact.predicate = found.predicate
            AND fact.object = found.object
        WHERE fact.source = ?
        ORDER BY fact.subject, fact.predicate, start
        """,
        [model],
    )
    connection.execute(
        """
        UPDATE facts.extraction SET
            found = coalesce(counted.found, 0),
            refused = coalesce(counted.refused, 0)
        FROM (
            SELECT predicate, count(object) AS found, count(*) - count(object) AS refused
            FROM found_value GROUP BY predicate
        ) AS counted
        WHERE facts.extraction.predicate = counted.predicate AND model = ?
        """,
        [model],
    )


def tidy(connection: duckdb.DuckDBPyConnection) -> None:
    """Drops what was made on the way."""
    for table in (
        "product_text", "said_value", "learnable", "answer", "found_value", "staged", "scope",
        "closing", "opening",
    ):  # fmt: skip
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _attributes(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("SELECT DISTINCT predicate FROM learnable ORDER BY 1").fetchall()
    return [name for (name,) in rows]


def _why_none(connection: duckdb.DuckDBPyConnection) -> str:
    row = first_row(connection, "SELECT count(*) FROM product_text")
    if row and not row[0]:
        return "no product has a title or a description"
    return (
        "no column of an attribute, such as color or brand, has values to learn from: none stands "
        f"in the titles or descriptions of {FEWEST} products, "
        f"{FEWEST_OF_CATEGORY} of them in one category"
    )


def _learn(
    connection: duckdb.DuckDBPyConnection, attributes: int
) -> tuple["Ranker", dict[str, int]]:
    """A ranker, and of each attribute the number of products that it learned from."""
    # Where nothing can be learned, SciPy need not be waited for.
    from warehouse.extraction.ranker import fit

    rows = connection.sql(
        f"""
        SELECT product_id, predicate, category, written, value
        FROM ({TAUGHT})
        WHERE part > 1
        QUALIFY sum(length(written)) OVER (PARTITION BY predicate ORDER BY draw) <= $most
        ORDER BY product_id, predicate
        """,
        params={"most": LEARNED // attributes},
    ).to_arrow_table()
    texts, questions = questions_of(rows)
    ranker = fit(texts, questions, rows["value"].to_pylist())
    return ranker, Counter(rows["predicate"].to_pylist())


# Products that state an attribute; `value` lists how their text says it, none where it does not.
# Parts 0 and 1 of ten, by a hash of the product, are for measuring.
TAUGHT = """
    SELECT
        product_id, predicate, category, written,
        md5_number_lower(product_id) % 10 AS part,
        md5(product_id || predicate) AS draw,
        coalesce(list(DISTINCT in_text ORDER BY in_text) FILTER (in_text IS NOT NULL), []) AS value,
        list(DISTINCT spelled) AS spelled
    FROM said_value
    JOIN product_text USING (product_id, category)
    SEMI JOIN learnable USING (predicate, category)
    GROUP BY ALL
"""


def _find(
    connection: duckdb.DuckDBPyConnection,
    ranker: "Ranker",
    name: str,
    learned: int,
    precision: float,
) -> None:
    """Measures on products that state the attribute, and adds to `answer` what is said of those
    that lack it."""
    measured = _measure(connection, ranker, name, precision)
    asked = 0
    if measured.threshold is not None:
        missing = connection.sql(
            """
            SELECT product_id, $name AS predicate, category, written, name_length
            FROM product_text
            SEMI JOIN (FROM learnable WHERE predicate = $name) USING (category)
            ANTI JOIN (
                SELECT subject FROM facts.current
                WHERE predicate = $name AND provenance IN ('stated', 'resolved')
            ) ON subject = product_id
            ORDER BY product_id
            """,
            params={"name": name},
        ).to_arrow_table()
        asked = missing.num_rows
        for begin in range(0, asked, _BLOCK):
            rows = missing.slice(begin, _BLOCK)
            found = ranker.answer(*questions_of(rows))
            stage(connection, rows, found, found.probability >= measured.threshold)
    connection.execute(
        """
        INSERT INTO facts.extraction
        SELECT
            $name, $model, count(DISTINCT product_id),
            count(DISTINCT product_id) FILTER (in_text IS NOT NULL), $learned, $checked,
            $threshold, $precision, $recall, $asked, 0, 0, $reason
        FROM said_value WHERE predicate = $name
        """,
        {
            "name": name,
            "model": MODEL,
            "learned": learned,
            "checked": measured.checked,
            "threshold": measured.threshold,
            "precision": measured.precision,
            "recall": measured.recall,
            "asked": asked,
            "reason": None if measured.threshold is not None else "not right often enough",
        },
    )


def _measure(
    connection: duckdb.DuckDBPyConnection, ranker: "Ranker", name: str, precision: float
) -> Measured:
    rows = connection.sql(
        f"""
        SELECT product_id, predicate, category, written, part, spelled, len(value) > 0 AS in_text
        FROM ({TAUGHT})
        WHERE part <= 1 AND predicate = $name
        ORDER BY draw LIMIT $most
        """,
        params={"name": name, "most": CHECKED},
    ).to_arrow_table()
    texts, questions = questions_of(rows)
    found = ranker.answer(texts, questions)
    right = _right(connection, texts, questions, found, rows["spelled"])
    sets = rows["part"].to_numpy() == 0
    threshold = threshold_for(precision, found.probability[sets], right[sets])
    if threshold is None:
        return Measured(rows.num_rows, None, None, None)
    sure = (found.probability >= threshold) & ~sets
    in_text = rows["in_text"].to_numpy(zero_copy_only=False) & ~sets
    kept = float(right[sure].mean()) if sure.any() else None
    return Measured(
        rows.num_rows,
        threshold if kept is not None and kept >= precision - SLACK else None,
        kept,
        float((right & sure).sum() / in_text.sum()) if in_text.any() else None,
    )


def _right(
    connection: duckdb.DuckDBPyConnection,
    texts: Sequence[str],
    questions: Questions,
    found: Answers,
    spelled: pa.ChunkedArray,
) -> np.ndarray:
    """Whether each answer is a value that the product states, by its letters and digits."""
    said = pa.table({"value": _slices(texts, questions, found), "spelled": spelled})
    connection.register("said", said)
    right = connection.execute(
        "SELECT list_contains(spelled, plain_text(value)) AS found FROM said"
    ).fetchnumpy()["found"]
    connection.unregister("said")
    return np.asarray(right, dtype=bool)


def threshold_for(precision: float, probability: np.ndarray, right: np.ndarray) -> float | None:
    """The least probability from which at least `precision` of the answers are right; `precision`
    itself where all are, and none was less likely; None where there is none, or fewer than
    FEWEST_CHECKED answers."""
    order = np.argsort(-probability, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero((share >= precision) & (probability[order] > 0))
    if not len(good) or good[-1] + 1 < FEWEST_CHECKED:
        return None
    least = float(probability[order][good[-1]])
    return least if good[-1] + 1 < len(order) else min(least, precision)


def questions_of(rows: pa.Table) -> tuple[list[str], Questions]:
    """The texts of the products of `rows`, and what is asked of them."""
    product = rows["product_id"].combine_chunks().dictionary_encode()
    text = np.asarray(product.indices, dtype=np.int64)
    _, first = np.unique(text, return_index=True)
    questions = Questions(text, rows["predicate"].to_numpy(), rows["category"].to_numpy())
    return rows["written"].take(first).to_pylist(), questions


def _slices(texts: Sequence[str], questions: Questions, found: Answers) -> list[str]:
    return [
        texts[text][begin:end]
        for text, begin, end in zip(questions.text, found.begin, found.end, strict=True)
    ]


def create_answers(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE answer (
            product_id VARCHAR, predicate VARCHAR, field VARCHAR, start INTEGER, stop INTEGER,
            value VARCHAR, confidence DOUBLE
        )
        """
    )


def stage(
    connection: duckdb.DuckDBPyConnection, rows: pa.Table, found: Answers, sure: np.ndarray
) -> None:
    """Adds the sure ones of the answers to `answer`; one that runs from the title into the
    description is none."""
    texts, questions = questions_of(rows)
    columns = {
        "product_id": rows["product_id"],
        "predicate": rows["predicate"],
        "name_length": rows["name_length"],
        "start": found.begin,
        "stop": found.end,
        "value": _slices(texts, questions, found),
        "confidence": found.probability,
        "sure": sure,
    }
    connection.register("said", pa.table(columns))
    connection.execute(
        """
        INSERT INTO answer
        SELECT
            product_id, predicate,
            CASE WHEN start < coalesce(name_length, 0) THEN 'name' ELSE 'description' END,
            start - shift, stop - shift, value, round(least(confidence, 1), 6)
        FROM (
            SELECT
                *,
                CASE WHEN start < coalesce(name_length, 0) THEN 0
                    ELSE coalesce(name_length + 1, 0) END AS shift
            FROM said
        )
        WHERE sure AND NOT contains(value, chr(10))
        """
    )
    connection.unregister("said")


def _as_of(connection: duckdb.DuckDBPyConnection, model: str) -> datetime | None:
    """When the newest load was, or what the model said before: the later."""
    row = first_row(
        connection,
        """
        SELECT greatest(
            (SELECT max(as_of) FROM ops.load),
            (SELECT max(greatest(valid_from, valid_to)) FROM facts.fact WHERE source = ?)
        )
        """,
        [model],
    )
    return row[0] if row else None
