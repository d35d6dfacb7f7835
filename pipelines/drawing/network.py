"""A neighbourhood: one node in the middle, its neighbours around it, theirs on an outer ring."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from markupsafe import Markup

from pipelines.drawing.marks import LETTER, dot, drawing, rule, short, text

Place = tuple[float, float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Node:
    """A node around another; `parent` is that one's place in the list, -1 for the middle one."""

    label: str
    tone: int
    parent: int
    relation: str = ""


def network(nodes: Sequence[Node], *, width: int = 960, height: int = 640) -> Markup:
    """The picture of a neighbourhood of two rings; the first of `nodes` is the middle one."""
    places = _rings(nodes, width, height)
    marks = [
        rule(*places[node.parent][:2], *places[place][:2])
        for place, node in enumerate(nodes)
        if node.parent >= 0
    ]
    middle = nodes[0]
    x, y, _ = places[0]
    marks.append(dot(x, y, 11, middle.tone, middle.label))
    marks.append(text(x, y + 28, middle.label, anchor="middle", room=300, halo=True))
    # Inner names first: an outer one that would touch another is left to the dot's own note.
    written: list[Box] = []
    for place in sorted(range(1, len(nodes)), key=lambda place: nodes[place].parent != 0):
        marks += _around(nodes[place], places[place], width, written)
    return drawing(width, height, marks)


def _around(node: Node, place: Place, width: float, written: list[Box]) -> list[str]:
    """A dot, how it is joined to the middle, and its name, on the side where there is room; adds
    where that stands to `written`."""
    x, y, angle = place
    inner = node.parent == 0
    side, at = ("start", x + 11) if cos(angle) > 0 else ("end", x - 11)
    room = min(width - at if side == "start" else at, 260) - 6
    marks = [dot(x, y, 7 if inner else 4.5, node.tone, node.label)]
    down = 11 if node.relation else 4
    length = LETTER * len(max(short(node.label, room), node.relation, key=len))
    left = at if side == "start" else at - length
    box = (left, y - (14 if node.relation else 8), left + length, y + down + 3)
    if not inner and any(_touch(box, other) for other in written):
        return marks
    written.append(box)
    if node.relation:
        marks.append(text(at, y - 3, node.relation, anchor=side, soft=True, halo=True))
    name = text(at, y + down, node.label, anchor=side, room=room, soft=not inner, halo=True)
    return [*marks, name]


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _rings(nodes: Sequence[Node], width: float, height: float) -> dict[int, Place]:
    """(x, y, angle) of each node; what has more neighbours gets more of the circle."""
    inner = [place for place, node in enumerate(nodes) if node.parent == 0]
    outer = {place: [i for i, node in enumerate(nodes) if node.parent == place] for place in inner}
    weights = [1.2 + len(outer[place]) for place in inner]

    def at(turn: float, across: float, up: float) -> Place:
        angle = 2 * pi * turn - pi / 2
        return (0.5 + across * cos(angle)) * width, (0.5 + up * sin(angle)) * height, angle

    places = {0: (width / 2, height / 2, 0.0)}
    turned = 0.0
    for place, weight in zip(inner, weights, strict=True):
        share = weight / sum(weights)
        places[place] = at(turned + share / 2, 0.18, 0.28)
        for i, other in enumerate(outer[place]):
            places[other] = at(turned + share * (i + 0.5) / len(outer[place]), 0.31, 0.47)
        turned += share
    return places
