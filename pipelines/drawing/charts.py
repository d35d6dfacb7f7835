"""Charts of numbers: bars, lines, spans of time, columns, reliability, waterfalls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10

from markupsafe import Markup

from pipelines.drawing.frame import Frame, Ticks
from pipelines.drawing.marks import LETTER, box, dot, drawing, path, rule, text

ROW = 24
DOTS = 40
"""Lines of up to so many points show each of them."""


@dataclass(frozen=True)
class Bar:
    """A bar of one or more parts, each (value, tone); `text` stands at its end."""

    label: str
    parts: tuple[tuple[float, int], ...]
    text: str


@dataclass(frozen=True)
class Line:
    """Points joined by a line; `step` holds each value until the next point."""

    name: str
    points: Sequence[tuple[float, float]]
    tone: int = 0
    step: bool = False


def bars(rows: Sequence[Bar], *, width: int = 960, logarithmic: bool = False) -> Markup:
    """Horizontal bars, one a row; logarithmic ones begin at 1 and have one part."""
    left = min(300.0, max((len(row.label) for row in rows), default=0) * LETTER + 18)
    right = max((len(row.text) for row in rows), default=0) * LETTER + 12
    room = width - left - right

    def size(value: float) -> float:
        return log10(1 + value) if logarithmic else value

    most = max((size(sum(value for value, _ in row.parts)) for row in rows), default=0) or 1
    marks = []
    for place, row in enumerate(rows):
        top, begin = place * ROW + 4, left
        marks.append(text(left - 8, top + 12.5, row.label, anchor="end", room=left - 12))
        for value, tone in row.parts:
            length = max(size(value) / most * room, 1.0 if value else 0)
            marks.append(box(begin, top, length, 17, tone))
            begin += length
        marks.append(text(begin + 6, top + 12.5, row.text, soft=True))
    return drawing(width, ROW * len(rows) + 6, marks)


def lines(
    series: Sequence[Line],
    *,
    width: int = 340,
    height: int = 220,
    across: str = "",
    up: str = "",
    ticks: Ticks | None = None,
    reach: Sequence[float] = (),
) -> Markup:
    """Lines over one pair of axes; `across` and `up` name them, `ticks` are (x, label), and the
    horizontal axis covers `reach` too."""
    xs = [*reach, *(x for line in series for x, _ in line.points)]
    frame = Frame(xs, [y for line in series for _, y in line.points], width, height)
    marks = frame.axes(across, up, ticks)
    for line in series:
        places = [(frame.x(x), frame.y(y)) for x, y in line.points]
        marks.append(path(_stairs(places) if line.step else places, line.tone, line.name))
        if not line.step and len(places) <= DOTS:
            marks += [dot(x, y, 2.5, line.tone) for x, y in places]
    return drawing(width, height, marks)


def columns(
    values: Sequence[float],
    edges: Sequence[float],
    *,
    tone: int = 0,
    width: int = 340,
    height: int = 170,
    across: str = "",
    up: str = "",
) -> Markup:
    """A histogram: `values[i]` cases between `edges[i]` and `edges[i + 1]`."""
    frame = Frame(edges, [0, *values], width, height, low=0)
    marks = frame.axes(across, up)
    for value, begin, end in zip(values, edges, edges[1:], strict=False):
        left, top = frame.x(begin), frame.y(value)
        room = max(frame.x(end) - left - 1, 1)
        note = f"{begin:g} to {end:g}: {value:,.0f}"
        marks.append(box(left, top, room, frame.y(0) - top, tone, note))
    return drawing(width, height, marks)


def reliability(
    states: Mapping[str, Sequence[tuple[float, float, int]]],
    tones: Mapping[str, int],
    *,
    width: int = 300,
) -> Markup:
    """Stated confidence against how often it was right, for (confidence, share right, cases); the
    area of a dot follows its cases."""
    frame = Frame([0, 1], [0, 1], width, width - 20, low=0, high=1)
    marks = frame.axes("stated confidence", "share right")
    marks.append(rule(frame.x(0), frame.y(0), frame.x(1), frame.y(1), dashed=True))
    most = max((cases for points in states.values() for _, _, cases in points), default=1)
    for state, points in states.items():
        tone = tones[state]
        marks.append(path([(frame.x(x), frame.y(y)) for x, y, _ in points], tone, state, 0.45))
        for x, y, cases in points:
            note = f"{state}: said {x:.2f}, right {y:.2f}, {cases:,} cases"
            marks.append(dot(frame.x(x), frame.y(y), 2 + 6 * (cases / most) ** 0.5, tone, note))
    return drawing(width, width - 20, marks)


def spans(
    rows: Sequence[tuple[str, int, Sequence[tuple[float, float, str]]]],
    first: float,
    last: float,
    ticks: Ticks,
    *,
    width: int = 960,
) -> Markup:
    """When something was so: for each (name, tone, spans) a row of bars, each from, to and a note,
    over one time axis."""
    bottom = ROW * len(rows)
    frame = Frame([first, last], [0, 1], width, bottom, low=0, high=1)
    marks = []
    for x, label in ticks:
        place = frame.x(x)
        marks.append(rule(place, 0, place, bottom))
        marks.append(text(place, bottom + 15, label, anchor="middle", soft=True))
    for place, (name, tone, found) in enumerate(rows):
        top = place * ROW + 4
        marks.append(text(frame.left - 8, top + 12, name, anchor="end", soft=True))
        for begin, end, note in found:
            left = frame.x(begin)
            marks.append(box(left, top, max(frame.x(end) - left, 1), 15, tone, note))
    return drawing(width, bottom + ROW, marks)


def waterfall(
    steps: Sequence[tuple[str, float, str]], total: tuple[str, str], *, width: int = 340
) -> Markup:
    """How a sum comes about: for each (name, change, note) a bar from the sum before to the sum
    after it, and one for the `total` (name, note) from zero."""
    sums = [0.0]
    for _, change, _ in steps:
        sums.append(sums[-1] + change)
    low, high = min(sums), max(sums)
    names = [*(name for name, *_ in steps), total[0]]
    left = min(140.0, max(map(len, names)) * LETTER + 14)
    right = 48.0
    room = width - left - right

    def across(value: float) -> float:
        return left + (value - low) / ((high - low) or 1) * room

    height = ROW * (len(steps) + 1) + 6
    marks = [rule(across(0), 0, across(0), height)]
    bars = [
        (name, begin, begin + change, 2 if change > 0 else 4, note, f"{change:+.1f}")
        for (name, change, note), begin in zip(steps, sums, strict=False)
    ]
    bars.append((total[0], 0.0, sums[-1], 0, total[1], f"{sums[-1]:+.1f}"))
    for place, (name, begin, end, tone, note, said) in enumerate(bars):
        top = place * ROW + 4
        first, last = sorted((across(begin), across(end)))
        marks.append(text(left - 8, top + 12.5, name, anchor="end", room=left - 12))
        marks.append(box(first, top, max(last - first, 1.0), 17, tone, note))
        marks.append(text(last + 6, top + 12.5, said, soft=True))
    return drawing(width, height, marks)


def _stairs(places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Each point, and the place where its value ends."""
    ends = [*(x for x, _ in places[1:]), places[-1][0]]
    return [point for (x, y), end in zip(places, ends, strict=True) for point in ((x, y), (end, y))]
