"""Which products of several sources are one: how likely, why, what was asked, where they differ."""

import json
from typing import Any

import duckdb

from pipelines.drawing import Line, columns, lines, waterfall
from warehouse.connection import first_row

BINS = 20
# Bits that are too few to be drawn.
SEEN = 0.05
# Where pairs are looked for whose evidence is shown.
_SHOWN = (("surely one", 1.0), ("just one", 0.6), ("just not one", 0.4), ("hardly one", 0.05))

_FURTHER = {
    "rivals": "other pairs of the two products",
    "labels": "pairs that are known to be right or wrong",
}


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Counts of the newest resolution, and its pictures; nothing where one source has all."""
    table = connection.sql(
        'FROM ops.resolution WHERE NOT withdrawn ORDER BY "sequence" DESC LIMIT 1'
    ).to_arrow_table()
    if not table.num_rows:
        return {"told": None}
    return {
        "told": table.to_pylist()[0],
        "probabilities": _probabilities(connection),
        "waterfalls": [
            found for name, near in _SHOWN if (found := _waterfall(connection, name, near))
        ],
        "curve": _curve(connection),
        "conflicts": connection.execute(
            """
            SELECT
                min(entity),
                predicate,
                list({value: value, unit: unit, sources: sources, wins: wins}
                    ORDER BY wins DESC, value)
            FROM facts.conflict
            GROUP BY entity_id, predicate
            ORDER BY predicate = 'price', md5(concat(entity_id, predicate)) LIMIT 12
            """
        ).fetchall(),
    }


def _probabilities(connection: duckdb.DuckDBPyConnection) -> Any:
    """A histogram of the probabilities of candidate pairs."""
    found = dict(
        connection.execute(
            """
            SELECT least(floor(probability * $bins), $bins - 1)::INTEGER AS bin, count(*)
            FROM catalog.candidate_pair GROUP BY bin
            """,
            {"bins": BINS},
        ).fetchall()
    )
    return columns(
        [found.get(place, 0) for place in range(BINS)],
        [place / BINS for place in range(BINS + 1)],
        width=460,
        across="probability of being one product",
        up="pairs",
    )


def _waterfall(
    connection: duckdb.DuckDBPyConnection, name: str, near: float
) -> dict[str, Any] | None:
    """The pair whose probability is nearest to `near`, and how each comparison moved it."""
    row = first_row(
        connection,
        """
        SELECT pair.probability, pair.evidence, one.label, other.label
        FROM catalog.candidate_pair AS pair
        JOIN facts.node AS one ON one.node_id = left_id
        JOIN facts.node AS other ON other.node_id = right_id
        WHERE pair.evidence IS NOT NULL
        ORDER BY abs(pair.probability - ?), left_id, right_id LIMIT 1
        """,
        [near],
    )
    if row is None:
        return None
    probability, evidence, one, other = row
    told = json.loads(evidence)
    steps = [("before comparing", told["prior"], "any two products of the two sources")]
    steps += [(step["name"], step["bits"], step["level"]) for step in told["comparisons"]]
    steps += [(name, told[name], note) for name, note in _FURTHER.items() if told.get(name)]
    steps = [step for step in steps if abs(step[1]) >= SEEN]
    picture = waterfall(steps, ("together", f"probability {probability:.3f}"))
    return {
        "name": name,
        "one": one,
        "other": other,
        "probability": probability,
        "picture": picture,
    }


def _curve(connection: duckdb.DuckDBPyConnection) -> Any:
    """Bits of uncertainty after each answer."""
    rows = connection.execute(
        'SELECT entropy_before, entropy_after FROM ops.answer ORDER BY "sequence"'
    ).fetchall()
    if not rows:
        return None
    points = [(0.0, rows[0][0]), *((float(place), row[1]) for place, row in enumerate(rows, 1))]
    return lines(
        [Line("uncertainty", points, 0)], width=460, across="answers", up="bits of uncertainty"
    )
