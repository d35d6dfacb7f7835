"""Where numbers stand on the paper: a pair of axes with round ticks."""

from collections.abc import Iterable, Sequence
from math import floor, log10

from pipelines.drawing.marks import LETTER, rule, text

Ticks = Sequence[tuple[float, str]]


class Frame:
    """Axes that hold all of `xs` and `ys`, from `low` to `high` where those are given."""

    def __init__(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        width: float,
        height: float,
        low: float | None = None,
        high: float | None = None,
    ) -> None:
        self.first, self.last = min(xs, default=0), max(xs, default=1)
        if self.first == self.last:
            self.first, self.last = self.first - 0.5, self.last + 0.5
        least = min(ys, default=0) if low is None else low
        most = max(ys, default=1) if high is None else high
        if least == most:
            most = least + (abs(least) or 1)
        self.ticks = round_numbers(least, most)
        self.low = min(least, self.ticks[0]) if low is None else least
        self.high = max(most, self.ticks[-1]) if high is None else most
        self.left = max(64.0, 18 + LETTER * max(len(tick) for tick in labels(self.ticks)))
        self.right, self.top, self.bottom = width - 12, 20.0, height - 36

    def x(self, value: float) -> float:
        """The place of a number across."""
        share = (value - self.first) / (self.last - self.first)
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        """The place of a number up."""
        share = (value - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)

    def axes(self, across: str, up: str, ticks: Ticks | None = None) -> list[str]:
        """Rules, numbers and names of both axes."""
        marks = []
        for tick, label in zip(self.ticks, labels(self.ticks), strict=True):
            y = self.y(tick)
            marks.append(rule(self.left, y, self.right, y))
            marks.append(text(self.left - 6, y + 4, label, anchor="end", soft=True))
        if ticks is None:
            found = round_numbers(self.first, self.last, 5)
            ticks = list(zip(found, labels(found), strict=True))
        marks += [
            text(self.x(value), self.bottom + 15, label, anchor="middle", soft=True)
            for value, label in ticks
            if self.first <= value <= self.last
        ]
        middle = (self.left + self.right) / 2
        marks.append(text(middle, self.bottom + 31, across, anchor="middle", soft=True))
        marks.append(text(4, 11, up, soft=True))
        return marks


def round_numbers(low: float, high: float, count: int = 4) -> list[float]:
    """About `count` round numbers from `low` to `high`."""
    rough = (high - low) / count
    power = 10 ** floor(log10(rough))
    step = next(times * power for times in (1, 2, 2.5, 5, 10) if times * power >= rough * 0.999)
    first = floor(low / step + 1e-9)
    places = range(first, first + count + 3)
    return [round(place * step, 12) for place in places if place * step <= high + step * 0.01]


def labels(numbers: Iterable[float]) -> list[str]:
    """Numbers as text, all with as many decimals as one of them needs."""
    found = list(numbers)
    for decimals in range(4):
        if all(abs(number - round(number, decimals)) < 1e-9 for number in found):
            return [f"{number:,.{decimals}f}" for number in found]
    return [f"{number:.3g}" for number in found]
