"""Why two products are taken for one: how far each comparison moved the odds, in bits, as a
waterfall of the Splink model and of the constraint that a product has one partner at most."""

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from warehouse.resolution.comparing import Comparison
from warehouse.resolution.training import Weighed

UNKNOWN = "not known"


def evidence(
    weighed: Weighed, comparisons: tuple[Comparison, ...], pairs: NDArray[np.int64]
) -> pa.ChunkedArray:
    """The evidence of each of the `pairs` (places in `weighed`) as JSON.

    `{"prior": bits, "comparisons": [{"name": ..., "level": ..., "bits": ...}, ...], "rivals":
    bits, "labels": bits}`: `prior` is what is known before anything is compared, `rivals` what
    other pairs of the two products take away, `labels` what known pairs change. All bits of a pair
    sum up to the logarithm of its odds.
    """
    columns: dict[str, pa.Array] = {
        "pair": pa.array(pairs),
        "prior": pa.array(np.full(len(pairs), weighed.prior)),
        "rivals": pa.array(weighed.rivals[pairs]),
        "labels": pa.array(weighed.labels[pairs]),
    }
    steps = []
    for place, comparison in enumerate(comparisons):
        labels = pa.array([label for label, _ in comparison.levels] + [UNKNOWN])
        levels = weighed.levels[pairs, place]
        columns[f"level_{place}"] = labels.take(
            pa.array(np.where(levels < 0, len(labels) - 1, levels))
        )
        columns[f"bits_{place}"] = pa.array(weighed.weights[pairs, place])
        columns[f"name_{place}"] = pa.array([comparison.name] * len(pairs))
        steps.append(
            f"{{'name': name_{place}, 'level': level_{place}, 'bits': round(bits_{place}, 4)}}"
        )
    with duckdb.connect() as scratch:
        scratch.register("weighed", pa.table(columns))
        return scratch.sql(
            f"""
            SELECT to_json({{
                'prior': round(prior, 4),
                'comparisons': [{", ".join(steps)}],
                'rivals': round(rivals, 4),
                'labels': round(labels, 4)
            }})::VARCHAR AS evidence
            FROM weighed
            ORDER BY pair
            """
        ).to_arrow_table()["evidence"]
