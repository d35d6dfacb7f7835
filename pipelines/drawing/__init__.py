"""Pictures as SVG text: bars, lines, spans, columns, reliability, waterfalls, a neighbourhood.

The same numbers give the same bytes. Colours are CSS variables, so that a page decides on light and
dark; `alone` makes a picture that stands by itself. All text is escaped.
"""

from pipelines.drawing.charts import (
    Bar,
    Line,
    bars,
    columns,
    lines,
    reliability,
    spans,
    waterfall,
)
from pipelines.drawing.marks import STYLE, alone, legend
from pipelines.drawing.network import Node, network

__all__ = [
    "STYLE",
    "Bar",
    "Line",
    "Node",
    "alone",
    "bars",
    "columns",
    "legend",
    "lines",
    "network",
    "reliability",
    "spans",
    "waterfall",
]
