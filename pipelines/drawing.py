"""Pictures as SVG text: bars, lines, steps, reliability, a neighbourhood. The same numbers give the same bytes.

Colours are CSS variables, so that a page decides on light and dark; `alone` makes a picture that
stands by itself. All text is escaped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, floor, log10, pi, sin

from markupsafe import Markup, escape

LETTER = 6.5
"""Width of a letter of the 12 px font, on average."""

STYLE = """
svg.drawing { --ink: #1d2733; --soft: #5d6b7a; --line: #d7dde3; --back: #ffffff;
  --t0: #2f6db3; --t1: #d9822b; --t2: #3a9364; --t3: #8a63b8; --t4: #c2504a; --t5: #8b98a5; }
@media (prefers-color-scheme: dark) { svg.drawing { --ink: #e4e9ee; --soft: #9aa7b4; --line: #38434e;
  --back: #171d24; --t0: #6ba5e0; --t1: #eca55c; --t2: #67bd8d; --t3: #b394dd; --t4: #e58079; --t5: #77838f; } }
svg.drawing text { font: 12px system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; fill: var(--ink); }
svg.drawing text.soft { fill: var(--soft); font-size: 11px; }
svg.drawing .axis { stroke: var(--line); stroke-width: 1; fill: none; }
svg.drawing .stroke { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
"""


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


@dataclass(frozen=True)
class Node:
    """A node around another one; `parent` is its place in the list, -1 for the one in the middle."""

    label: str
    tone: int
    parent: int
    relation: str = ""


def alone(picture: Markup) -> Markup:
    """The picture with its own style, for where there is no page around it."""
    return Markup(picture.replace(">", f"><style>{STYLE}</style>", 1))


def legend(names: Mapping[str, int]) -> Markup:
    """Which tone is what, as HTML."""
    keys = Markup("").join(
        Markup('<span class="key"><i class="t{}"></i>{}</span>').format(tone, name)
        for name, tone in names.items()
    )
    return Markup('<p class="legend">{}</p>').format(keys)


def bars(rows: Sequence[Bar], *, width: int = 960, logarithmic: bool = False) -> Markup:
    """Horizontal bars, one a row; logarithmic ones begin at 1 and have one part."""
    left = min(300.0, max((len(row.label) for row in rows), default=0) * LETTER + 18)
    right = max((len(row.text) for row in rows), default=0) * LETTER + 12
    room = width - left - right

    def size(value: float) -> float:
        return log10(1 + value) if logarithmic else value

    most = max((size(sum(value for value, _ in row.parts)) for row in rows), default=0) or 1
    shapes = []
    for place, row in enumerate(rows):
        top, begin = place * 24 + 4, left
        shapes.append(
            _text(left - 8, top + 12.5, _short(row.label, left - 12), anchor="end", title=row.label)
        )
        for value, tone in row.parts:
            length = max(size(value) / most * room, 1.0 if value else 0)
            shapes.append(_box(begin, top, length, 17, tone))
            begin += length
        shapes.append(_text(begin + 6, top + 12.5, row.text, soft=True))
    return _drawing(width, 24 * len(rows) + 6, shapes)


def lines(
    series: Sequence[Line], *, width: int = 340, height: int = 220, across: str = "", up: str = "",
    ticks: Sequence[tuple[float, str]] | None = None, reach: Sequence[float] = (),
    low: float | None = None, high: float | None = None,
) -> Markup:  # fmt: skip
    """Lines over one pair of axes; `across` and `up` name them, `ticks` are (x, label), and the
    horizontal axis covers `reach` too."""
    xs = [*reach, *(x for line in series for x, _ in line.points)]
    ys = [y for line in series for _, y in line.points]
    frame = _Frame(xs, ys, width, height, low, high)
    shapes = frame.axes(across, up, ticks)
    for line in series:
        places = [(frame.x(x), frame.y(y)) for x, y in line.points]
        if line.step:
            places = [
                point
                for (x, y), (after, _) in zip(places, [*places[1:], places[-1]], strict=True)
                for point in ((x, y), (after, y))
            ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        shapes.append(
            Markup('<polyline class="stroke" points="{}" style="stroke:var(--t{})"><title>{}</title></polyline>')
            .format(path, line.tone, line.name)
        )  # fmt: skip
        if not line.step and len(places) <= 40:
            shapes += [_dot(x, y, 2.5, line.tone) for x, y in places]
    return _drawing(width, height, shapes)


def columns(
    values: Sequence[float], edges: Sequence[float], *, tone: int = 0, width: int = 340,
    height: int = 170, across: str = "", up: str = "",
) -> Markup:  # fmt: skip
    """A histogram: `values[i]` cases between `edges[i]` and `edges[i + 1]`."""
    frame = _Frame(list(edges), [0, *values], width, height, 0, None)
    shapes = frame.axes(across, up, None)
    for value, begin, end in zip(values, edges, edges[1:], strict=False):
        left, top = frame.x(begin), frame.y(value)
        note = f"{begin:,.0f} to {end:,.0f}: {value:,.0f}"
        shapes.append(
            _box(left, top, max(frame.x(end) - left - 1, 1), frame.y(0) - top, tone, note)
        )
    return _drawing(width, height, shapes)


def reliability(
    states: Mapping[str, Sequence[tuple[float, float, int]]], tones: Mapping[str, int], *, width: int = 300
) -> Markup:  # fmt: skip
    """Stated confidence against how often it was right; the area of a dot follows its cases."""
    frame = _Frame([0, 1], [0, 1], width, width - 20, 0, 1)
    shapes = frame.axes("stated confidence", "share right", None)
    shapes.append(
        Markup('<line class="axis" x1="{}" y1="{}" x2="{}" y2="{}" stroke-dasharray="4 4"/>')
        .format(*(f"{v:.1f}" for v in (frame.x(0), frame.y(0), frame.x(1), frame.y(1))))
    )  # fmt: skip
    most = max((cases for points in states.values() for _, _, cases in points), default=1)
    for state, points in states.items():
        tone = tones[state]
        path = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y, _ in points)
        shapes.append(
            Markup('<polyline class="stroke" points="{}" style="stroke:var(--t{});stroke-opacity:.45"/>')
            .format(path, tone)
        )  # fmt: skip
        for x, y, cases in points:
            note = f"{state}: said {x:.2f}, right {y:.2f}, {cases:,} cases"
            shapes.append(_dot(frame.x(x), frame.y(y), 2 + 6 * (cases / most) ** 0.5, tone, note))
    return _drawing(width, width - 20, shapes)


def spans(
    rows: Sequence[tuple[str, int, Sequence[tuple[float, float, str]]]], first: float, last: float,
    ticks: Sequence[tuple[float, str]], *, width: int = 960,
) -> Markup:  # fmt: skip
    """When something was so: a row of bars each, from and to with a note, over one time axis."""
    frame = _Frame([first, last], [0, 1], width, 24 * len(rows) + 34, 0, 1)
    shapes = []
    for x, label in ticks:
        place = frame.x(x)
        shapes.append(_rule(place, 0, place, 24 * len(rows)))
        shapes.append(_text(place, 24 * len(rows) + 15, label, anchor="middle", soft=True))
    for place, (name, tone, bars_) in enumerate(rows):
        top = place * 24 + 4
        shapes.append(_text(frame.left - 8, top + 12, name, anchor="end", soft=True))
        shapes += [
            _box(frame.x(begin), top, max(frame.x(end) - frame.x(begin), 1), 15, tone, note)
            for begin, end, note in bars_
        ]
    return _drawing(width, 24 * len(rows) + 24, shapes)


def network(nodes: Sequence[Node], *, width: int = 960, height: int = 640) -> Markup:
    """A node in the middle, those next to it on an inner ring, those next to them on an outer one."""
    places = _rings(nodes, width, height)
    shapes = [
        _rule(*places[node.parent][:2], *places[place][:2])
        for place, node in enumerate(nodes)
        if node.parent >= 0
    ]
    for place, node in enumerate(nodes):
        x, y, angle = places[place]
        shapes.append(
            _dot(x, y, 11 if place == 0 else 7 if node.parent == 0 else 4.5, node.tone, node.label)
        )
        if place == 0:
            shapes.append(
                _text(
                    x, y + 28, _short(node.label, 300), anchor="middle", title=node.label, halo=True
                )
            )
            continue
        side = "start" if cos(angle) > 0 else "end"
        at = x + (11 if side == "start" else -11)
        room = min(width - at - 6 if side == "start" else at - 6, 250 if node.parent else 230)
        soft = node.parent != 0
        if node.relation:
            shapes.append(_text(at, y - 3, node.relation, anchor=side, soft=True, halo=True))
        shapes.append(
            _text(at, y + (11 if node.relation else 4), _short(node.label, room), anchor=side,
                  title=node.label, soft=soft, halo=True)
        )  # fmt: skip
    return _drawing(width, height, shapes)


def _rings(
    nodes: Sequence[Node], width: float, height: float
) -> dict[int, tuple[float, float, float]]:
    """(x, y, angle) of each node; what has more neighbours gets more of the circle."""
    inner = [place for place, node in enumerate(nodes) if node.parent == 0]
    outer = {place: [i for i, node in enumerate(nodes) if node.parent == place] for place in inner}
    weights = [1.2 + len(outer[place]) for place in inner]
    places = {0: (width / 2, height / 2, 0.0)}
    turned = 0.0
    for place, weight in zip(inner, weights, strict=True):
        share = weight / sum(weights)
        places[place] = _around(turned + share / 2, width * 0.17, height * 0.29, width, height)
        for i, other in enumerate(outer[place]):
            angle = turned + share * (i + 0.5) / len(outer[place])
            places[other] = _around(angle, width * 0.29, height * 0.46, width, height)
        turned += share
    return places


class _Frame:
    """Where numbers stand on the paper."""

    def __init__(
        self, xs: Sequence[float], ys: Sequence[float], width: int, height: int, low: float | None, high: float | None
    ) -> None:  # fmt: skip
        self.first, self.last = min(xs, default=0), max(xs, default=1)
        if self.first == self.last:
            self.first, self.last = self.first - 0.5, self.last + 0.5
        least = min(ys, default=0) if low is None else low
        most = max(ys, default=1) if high is None else high
        if least == most:
            most = least + (abs(least) or 1)
        self.ticks = _ticks(least, most)
        self.low = least if low is not None else min(least, self.ticks[0])
        self.high = most if high is not None else max(most, self.ticks[-1])
        self.left = 14 + LETTER * max(len(_number(tick, self.ticks)) for tick in self.ticks) + 4
        self.left = max(self.left, 64)
        self.right, self.top, self.bottom = width - 12, 20, height - 36

    def x(self, value: float) -> float:
        return self.left + (value - self.first) / (self.last - self.first) * (
            self.right - self.left
        )

    def y(self, value: float) -> float:
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)

    def axes(self, across: str, up: str, ticks: Sequence[tuple[float, str]] | None) -> list[Markup]:
        shapes = []
        for tick in self.ticks:
            shapes.append(_rule(self.left, self.y(tick), self.right, self.y(tick)))
            shapes.append(
                _text(
                    self.left - 6,
                    self.y(tick) + 4,
                    _number(tick, self.ticks),
                    anchor="end",
                    soft=True,
                )
            )
        if ticks is None:
            found = _ticks(self.first, self.last, 5)
            ticks = [
                (tick, _number(tick, found)) for tick in found if self.first <= tick <= self.last
            ]
        for value, label in ticks:
            shapes.append(_text(self.x(value), self.bottom + 15, label, anchor="middle", soft=True))
        if across:
            shapes.append(
                _text(
                    (self.left + self.right) / 2,
                    self.bottom + 31,
                    across,
                    anchor="middle",
                    soft=True,
                )
            )
        if up:
            shapes.append(_text(4, 11, up, soft=True))
        return shapes


def _around(
    turn: float, across: float, up: float, width: float, height: float
) -> tuple[float, float, float]:
    angle = 2 * pi * turn - pi / 2
    return width / 2 + across * cos(angle), height / 2 + up * sin(angle), angle


def _ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers from about `low` to about `high`."""
    rough = (high - low) / count
    power = 10 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first = floor(low / step + 1e-9)
    return [
        round(i * step, 12)
        for i in range(first, first + count + 3)
        if i * step <= high + step * 0.01
    ]


def _number(value: float, among: Iterable[float]) -> str:
    """A tick with as many decimals as its neighbours need."""
    for decimals in range(4):
        if all(abs(tick - round(tick, decimals)) < 1e-9 for tick in among):
            return f"{value:,.{decimals}f}"
    return f"{value:.3g}"


def _short(text: str, room: float) -> str:
    letters = max(4, int(room / LETTER))
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _drawing(width: float, height: float, shapes: Iterable[Markup]) -> Markup:
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="drawing" role="img" viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" height="{1:.0f}">{2}</svg>'
    ).format(width, height, Markup("").join(shapes))


def _box(x: float, y: float, width: float, height: float, tone: int, note: str = "") -> Markup:
    title = Markup("<title>{}</title>").format(note) if note else Markup("")
    return Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2" style="fill:var(--t{})">{}</rect>'
    ).format(x, y, width, height, tone, title)


def _dot(x: float, y: float, radius: float, tone: int, note: str = "") -> Markup:
    title = Markup("<title>{}</title>").format(note) if note else Markup("")
    return Markup(
        '<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" style="fill:var(--t{})">{}</circle>'
    ).format(x, y, radius, tone, title)


def _rule(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="axis" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        x1, y1, x2, y2
    )


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", soft: bool = False, title: str = "", halo: bool = False
) -> Markup:  # fmt: skip
    hint = Markup("<title>{}</title>").format(title) if title and title != text else Markup("")
    around = Markup(
        ' style="paint-order:stroke;stroke:var(--back);stroke-width:4px;stroke-linejoin:round"'
    )
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}"{}{}>{}{}</text>').format(
        x,
        y,
        anchor,
        Markup(' class="soft"') if soft else Markup(""),
        around if halo else Markup(""),
        escape(text),
        hint,
    )
