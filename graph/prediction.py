"""Predictions: what the models say of all subjects, and which of it is sure enough to be a fact.

Every subject asked about gets its best answers with calibrated confidence in `graph.prediction`.
The best answer to a missing attribute, and any predicted link, become a fact with provenance
`predicted` if its score is at least the lowest one from which validation was right at the wanted
precision. What is stated, or found in a text, is never predicted over; what is predicted no more is
closed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import torch

from graph import attributes, links
from graph.attributes import AttributeModel, load_attributes
from graph.build import Graph, build
from graph.calibration import threshold_for
from graph.evaluation import OF_FACTS, write_metrics
from graph.links import load_links
from graph.mixing import BLOCK, Progress
from graph.products import TASKS, Products
from warehouse.connection import first_row, only_row, transaction
from warehouse.devices import one_thread
from warehouse.facts import publish_model

PRECISION = 0.9
ANSWERS = 3
"""Answers that are kept for each missing attribute."""

HOUSEHOLDS = 20
"""Fewest households that have bought two products together before it is a fact that they are
related: one household's basket is nobody else's business."""

_BLOCK = 4_096
_STAGED = "predicted"


def predict(
    connection: duckdb.DuckDBPyConnection,
    models: Path,
    *,
    precision: float = PRECISION,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Writes `graph.prediction` anew, and brings the predicted facts up to date.

    Returns how many predictions and facts there are. `graph.metric` says how precise on the test
    split such facts are, and of which share of the cases there would be any.
    """
    tell = progress or (lambda what, done, total: None)
    graph = build(connection)
    with transaction(connection), one_thread():
        _empty(connection)
        tested = [*_attributes(connection, models, graph, precision, tell)]
        tested += [*_links(connection, models, graph, precision, tell)]
        _write_precision(connection, tested)
        counts = _publish(connection)
    return {"precision_wanted": precision, **counts}


def _empty(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {_STAGED} (
            task VARCHAR, model VARCHAR, subject VARCHAR, predicate VARCHAR, object VARCHAR,
            object_kind VARCHAR, "rank" INTEGER, confidence DOUBLE, sure BOOLEAN
        )
        """
    )


# Task, model, and on the test split: cases, answers, whether each is sure and right.
Tested = tuple[str, str, int, np.ndarray, np.ndarray]


def _attributes(
    connection: duckdb.DuckDBPyConnection,
    models: Path,
    graph: Graph,
    precision: float,
    tell: Progress,
) -> Iterator[Tested]:
    """Stages answers to the attributes that products lack."""
    found = load_attributes(connection, models, graph)
    for task, checks in found.checks.items() if found else ():
        assert found is not None
        threshold = threshold_for(precision, *checks["validation"])
        missing = _lacking(found.model.products, task)
        for begin in range(0, len(missing), _BLOCK):
            tell(f"predicting {task}", begin, len(missing))
            rows = missing[begin : begin + _BLOCK]
            chosen, confidence = _best(found.model, task, rows, found.temperatures[task])
            subject = np.repeat(graph.nodes["product"][rows], chosen.shape[1])
            key = TASKS[task][0]
            answer = graph.nodes[key[2]][found.model.products.classes[task][chosen.ravel()]]
            literal = key[2] == "value"
            if literal:
                answer = np.array([one.removeprefix(f"value:{task}:") for one in answer], object)
            place = np.tile(np.arange(1, chosen.shape[1] + 1), len(rows))
            sure = (place == 1) & (confidence.ravel() >= threshold)
            _stage(
                connection,
                (task, attributes.MODEL, task, "literal" if literal else "node"),
                (subject, answer, place, confidence.ravel(), sure),
            )
        confidence, right = checks["test"]
        yield task, attributes.MODEL, len(right), confidence >= threshold, right


def _lacking(products: Products, task: str) -> np.ndarray:
    """Products without the attribute and without those that are masked with it: the model was never
    told a type when it was asked for a category, so where one is stated it would guess past it."""
    return np.flatnonzero(sum(products.codes[name] for name in TASKS[task][1]) == 0)


def _best(
    model: AttributeModel, task: str, rows: np.ndarray, temperature: float
) -> tuple[np.ndarray, np.ndarray]:
    """The best classes [rows, ANSWERS] and their calibrated confidence."""
    shares = torch.softmax(model.logits(task, rows) / temperature, 1)
    confidence, chosen = shares.topk(min(ANSWERS, shares.shape[1]), dim=1)
    return chosen.numpy(), confidence.numpy().astype(np.float64)


def _links(
    connection: duckdb.DuckDBPyConnection,
    models: Path,
    graph: Graph,
    precision: float,
    tell: Progress,
) -> Iterator[Tested]:
    """Stages what is linked in the four weeks after the last window."""
    for model in load_links(models, graph):
        task = model.task
        threshold = threshold_for(precision, *model.checks["validation"])
        rows = task.askable(task.end)
        told = task.knowledge(task.end, model.towers, rows)
        for begin in range(0, len(rows), BLOCK):
            tell(f"predicting {task.name}", begin, len(rows))
            block = rows[begin : begin + BLOCK]
            chosen, scores = model.best(told, block)
            subject = np.repeat(graph.nodes[task.shape.query][block], chosen.shape[1])
            answer = graph.nodes["product"][chosen.ravel()]
            place = np.tile(np.arange(1, chosen.shape[1] + 1), len(block))
            scores = scores.ravel()
            columns = (subject, answer, place, model.probability(scores), scores >= threshold)
            # What cannot be linked fills the places where there are few products.
            possible = np.isfinite(scores)
            _stage(
                connection,
                (task.name, links.MODEL, task.predicate, "node"),
                tuple(column[possible] for column in columns),
            )
        scores, right = model.checks["test"]
        yield task.name, links.MODEL, len(right), scores >= threshold, right


def _stage(
    connection: duckdb.DuckDBPyConnection,
    labels: tuple[str, str, str, str],
    columns: tuple[np.ndarray, ...],
) -> None:
    """Adds answers; `labels` are task, model, predicate and object kind, `columns` subject,
    object, rank, confidence and whether the answer is sure."""
    names = ("subject", "object", "rank", "confidence", "sure")
    connection.register("answers", pa.table(dict(zip(names, columns, strict=True))))
    connection.execute(
        f"""
        INSERT INTO {_STAGED}
        SELECT
            $task, $model, subject, $predicate, object, $kind, "rank", round(confidence, 6), sure
        FROM answers
        """,
        dict(zip(("task", "model", "predicate", "kind"), labels, strict=True)),
    )
    connection.unregister("answers")


def _publish(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Publishes what is staged, as of the first midnight after the last event or of the newest
    load."""
    row = first_row(
        connection,
        """
        SELECT greatest(
            (SELECT max(as_of) FROM ops.load),
            (SELECT date_trunc('day', max("time")) + INTERVAL 1 DAY FROM behaviour.event),
            (
                SELECT max(greatest(valid_from, valid_to)) FROM facts.fact
                WHERE provenance = 'predicted'
            )
        )
        """,
    )
    as_of = row[0] if row else None
    connection.execute("DELETE FROM graph.prediction")
    connection.execute(
        f"""
        INSERT INTO graph.prediction
        SELECT * EXCLUDE (sure), ? FROM {_STAGED} ORDER BY task, subject, "rank", object
        """,
        [as_of],
    )
    for model in (attributes.MODEL, links.MODEL):
        _publish_facts(connection, model, as_of)
    connection.execute(f"DROP TABLE {_STAGED}")
    counts = only_row(
        connection,
        """
        SELECT
            (SELECT count(*) FROM graph.prediction),
            (SELECT count(*) FROM facts.current WHERE provenance = 'predicted')
        """,
    )
    return {"predictions": counts[0], "facts": counts[1]}


def _publish_facts(connection: duckdb.DuckDBPyConnection, model: str, as_of: Any) -> None:
    """Opens and closes the facts of a model, beside what is stated; a type that is not of the
    predicted category is none."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE staged AS
        WITH together AS (
            SELECT said.subject, said.object
            FROM {_STAGED} AS said
            JOIN behaviour.event AS one ON one.product_id = said.subject
            JOIN behaviour.event AS other
                ON other.product_id = said.object
                AND other.source = one.source AND other.basket = one.basket
            WHERE said.predicate = 'isRelatedTo' AND said.sure
                AND one.event_type = 'purchase' AND other.event_type = 'purchase'
            GROUP BY ALL
            HAVING count(DISTINCT coalesce(one.customer_id, one.basket)) >= {HOUSEHOLDS}
        )
        SELECT
            subject, predicate, object, object_kind, NULL::VARCHAR AS unit,
            NULL::VARCHAR AS language, 'predicted' AS provenance, confidence
        FROM (
            SELECT said.*, coalesce(parent.object <> category.object, false) AS contradicts
            FROM {_STAGED} AS said
            LEFT JOIN facts.current AS parent
                ON said.predicate = 'productType' AND parent.subject = said.object
                AND parent.predicate = 'broader'
            LEFT JOIN {_STAGED} AS category
                ON category.subject = said.subject AND category.predicate = 'category'
                AND category.sure
        ) AS said
        JOIN facts.predicate USING (predicate)
        WHERE model = $model AND sure AND NOT contradicts
            AND (predicate <> 'isRelatedTo' OR (subject, object) IN (FROM together))
            AND NOT EXISTS (
            SELECT 1 FROM facts.current AS known
            WHERE known.subject = said.subject AND known.predicate = said.predicate
                AND NOT list_contains($models, known.source)
                AND (cardinality = 'one' OR known.object = said.object)
        )
        """,
        {"model": model, "models": [attributes.MODEL, links.MODEL]},
    )
    publish_model(connection, model, as_of)
    connection.execute("DROP TABLE staged")
    connection.execute("DROP TABLE scope")


def _write_precision(connection: duckdb.DuckDBPyConnection, tested: list[Tested]) -> None:
    connection.execute("DELETE FROM graph.metric WHERE list_contains(?, metric)", [list(OF_FACTS)])
    for task, model, cases, sure, right in tested:
        values = {"share sure enough": float(sure.mean())}
        if sure.any():
            values["precision of facts"] = float(right[sure].mean())
        write_metrics(connection, task, model, "test", "all", values, cases, OF_FACTS.__getitem__)
