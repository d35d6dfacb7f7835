"""How training went, who wins against which baseline, and whether confidence can be believed."""

import json
from typing import Any

import duckdb

from pipelines.drawing import Bar, Line, bars, columns, legend, lines, reliability
from pipelines.report.names import TITLES

# The measure by which a task is judged first; the others stand in the table.
FIRST = ("NDCG@10", "accuracy")
_TITLES = {
    "category": "Category of a product",
    "productType": "Type of a product",
    "brand": "Brand of a product",
    "size": "Package size of a product",
    "next_purchase": "What a household buys next",
    "co_purchase": "Which products are bought together",
}
# Values closer than this are level: about what another seed changes.
LEVEL = 0.003
_WITHOUT = "the same without"
_OF_FACTS = ("precision of facts", "share sure enough")
_ERROR = "expected calibration error"


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Comparisons, learning curves, reliability, predictions; empty where nothing was trained."""
    return {
        "told": _told(connection),
        "tasks": _tasks(connection),
        "curves": _curves(connection),
        "reliability": _reliability(connection),
        "predictions": _predictions(connection),
        "confidences": _confidences(connection),
    }


def title(task: str) -> str:
    """A task in words."""
    return _TITLES.get(task, task.replace("_", " "))


def _told(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """What the training stages say of themselves, such as the share of the data that they saw."""
    rows = connection.execute(
        """
        SELECT stage, metadata FROM ops.stage
        WHERE stage IN ('attributes', 'links', 'predict') ORDER BY stage
        """
    ).fetchall()
    told = []
    for stage, metadata in rows:
        for key, value in json.loads(metadata).items():
            if isinstance(value, int | float | str) and not isinstance(value, bool) and value != "":
                shown = f"{value:,}" if isinstance(value, int) else str(value)
                if "share" in key and isinstance(value, float):
                    shown = f"{value:.1%}"
                told.append((f"{stage}: {key.replace('_', ' ')}", shown))
    return told


def _tasks(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    rows = connection.execute(
        """
        SELECT task, scope, metric, model, value, cases, definition FROM graph.metric
        WHERE split = 'test' AND NOT starts_with(metric, ?)
        ORDER BY task, scope, metric, value DESC, model
        """,
        [_ERROR],
    ).fetchall()
    ours = {
        row[0]
        for row in connection.execute(
            "SELECT model FROM graph.learning_curve UNION SELECT model FROM graph.calibration"
        ).fetchall()
    }
    tasks = []
    order = [*_TITLES, *sorted({row[0] for row in rows} - _TITLES.keys())]
    for task in order:
        for scope in sorted({row[1] for row in rows if row[0] == task}):
            own = [row for row in rows if row[0] == task and row[1] == scope]
            tasks.append(_comparison(task, scope, own, ours))
    return tasks


def _comparison(
    task: str, scope: str, rows: list[tuple[Any, ...]], ours: set[str]
) -> dict[str, Any]:
    names = sorted({row[2] for row in rows}, key=lambda name: (name not in FIRST, name))
    values: dict[tuple[str, str], float] = {(row[3], row[2]): row[4] for row in rows}
    first = names[0]
    models = sorted(
        {row[3] for row in rows}, key=lambda model: (-values.get((model, first), -1), model)
    )
    best = {name: max(row[4] for row in rows if row[2] == name) for name in names}
    drawn = [
        Bar(model, ((value, 0 if model in ours else 5),), f"{value:.3f}")
        for model in models
        if (value := values.get((model, first))) is not None
    ]
    table = [
        (
            model,
            model in ours,
            [
                (value, value is not None and value == best[name])
                for name in names
                for value in [values.get((model, name))]
            ],
        )
        for model in models
    ]
    return {
        "title": title(task) + ("" if scope == "all" else f", only {_SCOPES[task, scope]}"),
        "verdict": _verdict([n for n in names if n not in _OF_FACTS], models, values, ours),
        "metrics": names,
        "rows": table,
        "picture": bars(drawn, width=760),
        "cases": max(row[5] for row in rows if row[2] == first),
        "definitions": sorted({(row[2], row[6]) for row in rows}),
    }


_SCOPES = {
    ("next_purchase", "new"): "what the household had not bought before",
    ("co_purchase", "new"): "pairs that had shared no basket before",
}


def _verdict(
    names: list[str], models: list[str], values: dict[tuple[str, str], float], ours: set[str]
) -> str:
    """Who wins by the first measure, by which others the model is behind, what the graph adds."""
    first = names[0]
    mine = next((model for model in models if model in ours), None)
    others = [model for model in models if model not in ours and not model.startswith(_WITHOUT)]
    if mine is None or not others:
        return f"Best {first}: {models[0]}, {values[models[0], first]:.3f}."
    own, best = values.get((mine, first), 0.0), values.get((others[0], first), 0.0)
    numbers = f"{first} {own:.3f} against {best:.3f}"
    if abs(own - best) < LEVEL:
        said = f"The model and “{others[0]}” are level: {numbers}."
    elif own > best:
        said = f"The model wins: {numbers} of the best baseline, “{others[0]}”."
    else:
        said = f"The model loses to “{others[0]}”: {numbers}."
    behind = []
    for name in names[1:]:
        best = max((values.get((model, name), 0.0) for model in others), default=0.0)
        if best - values.get((mine, name), 0.0) >= LEVEL:
            behind.append(f"{name} ({values.get((mine, name), 0.0):.3f} against {best:.3f})")
    if behind:
        said += f" It is behind by {' and '.join(behind)}."
    bare = next((model for model in models if model.startswith(_WITHOUT)), None)
    if bare:
        said += f" Without the graph transformer: {values.get((bare, first), 0.0):.3f}."
    return said


def _curves(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """A picture for each quantity, with a line for each task."""
    rows = connection.execute(
        "SELECT quantity, task, step, value FROM graph.learning_curve ORDER BY quantity, task, step"
    ).fetchall()
    tones = {
        task: tone % 6
        for tone, task in enumerate(dict.fromkeys([*_TITLES, *(row[1] for row in rows)]))
    }
    pictures = []
    for quantity in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == quantity]
        series = [
            Line(title(task), [(row[2], row[3]) for row in own if row[1] == task], tones[task])
            for task in dict.fromkeys(row[1] for row in own)
        ]
        pictures.append(
            {
                "quantity": quantity,
                "picture": lines(series, across="epoch", up=quantity, ticks=_epochs(own)),
                "legend": legend({line.name: line.tone for line in series}),
            }
        )
    return pictures


def _epochs(rows: list[tuple[Any, ...]]) -> list[tuple[float, str]]:
    last = max(row[2] for row in rows)
    return [(step, str(step)) for step in range(1, last + 1, -(-last // 12))]


def _reliability(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    rows = connection.execute(
        """
        SELECT task, model, state, confidence, accuracy, cases FROM graph.calibration
        ORDER BY task, model, state, bin
        """
    ).fetchall()
    errors = {
        (task, metric): value
        for task, metric, value in connection.execute(
            """
            SELECT task, metric, value FROM graph.metric
            WHERE split = 'test' AND scope = 'all' AND starts_with(metric, ?)
            """,
            [_ERROR],
        ).fetchall()
    }
    tones = {"before": 5, "after": 0}
    pictures = []
    for task, model in dict.fromkeys((row[0], row[1]) for row in rows):
        states = {
            state: [(row[3], row[4], row[5]) for row in rows if row[:3] == (task, model, state)]
            for state in ("before", "after")
        }
        known = {state: points for state, points in states.items() if points}
        after = errors.get((task, f"{_ERROR} after"), errors.get((task, _ERROR)))
        pictures.append(
            {
                "title": title(task),
                "picture": reliability(known, tones),
                "legend": legend({f"{state} calibration": tones[state] for state in known}),
                "before": errors.get((task, f"{_ERROR} before")),
                "after": after,
            }
        )
    return pictures


def _predictions(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Predicted facts that hold now, two a predicate and confidence band, the surest first."""
    return connection.execute(
        f"""
        WITH name AS (
            SELECT node_id, coalesce(title, label) AS label FROM facts.node
            LEFT JOIN ({TITLES}) AS said ON said.subject = node_id
        )
        SELECT name.label, predicate, coalesce(other.label, object), confidence, source
        FROM facts.current AS f
        JOIN name ON name.node_id = f.subject
        LEFT JOIN name AS other ON other.node_id = CASE f.object_kind WHEN 'node' THEN f.object END
        WHERE provenance = 'predicted' AND NOT starts_with(f.subject, 'customer:')
        QUALIFY row_number() OVER (PARTITION BY predicate ORDER BY md5(f.fact_id)) <= 4
        ORDER BY predicate, confidence DESC, f.fact_id
        """
    ).fetchall()


def _confidences(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """How sure the best answers are, by task."""
    rows = connection.execute(
        """
        SELECT task, least(floor(confidence * 10), 9)::INTEGER AS bin, count(*)
        FROM graph.prediction WHERE "rank" = 1 GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    pictures = []
    for task in dict.fromkeys(row[0] for row in rows):
        found = {row[1]: row[2] for row in rows if row[0] == task}
        pictures.append(
            {
                "title": title(task),
                "count": sum(found.values()),
                "picture": columns(
                    [found.get(place, 0) for place in range(10)],
                    [place / 10 for place in range(11)],
                    tone=3,
                    across="confidence of the best answer",
                    up="subjects",
                ),
            }
        )
    return pictures
