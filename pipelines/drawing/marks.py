"""What every picture is made of: boxes, dots, rules, text, in tones that the page colours."""

from collections.abc import Iterable, Mapping
from html import escape

from markupsafe import Markup

LETTER = 6.5
"""Width of a letter of the 12 px font, on average."""

STYLE = """
svg.drawing { --ink: #1d2733; --soft: #5d6b7a; --line: #d7dde3; --back: #ffffff;
  --t0: #2f6db3; --t1: #d9822b; --t2: #3a9364; --t3: #8a63b8; --t4: #c2504a; --t5: #8b98a5; }
@media (prefers-color-scheme: dark) { svg.drawing {
  --ink: #e4e9ee; --soft: #9aa7b4; --line: #38434e; --back: #171d24;
  --t0: #6ba5e0; --t1: #eca55c; --t2: #67bd8d; --t3: #b394dd; --t4: #e58079; --t5: #77838f; } }
svg.drawing text { fill: var(--ink);
  font: 12px system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
svg.drawing text.soft { fill: var(--soft); font-size: 11px; }
svg.drawing text.halo { paint-order: stroke; stroke: var(--back); stroke-width: 4px;
  stroke-linejoin: round; }
svg.drawing .axis { stroke: var(--line); stroke-width: 1; fill: none; }
svg.drawing .stroke { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
"""


def drawing(width: float, height: float, marks: Iterable[str]) -> Markup:
    """A picture of marks."""
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    begin = f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing" role="img" {size}>'
    return Markup(f"{begin}{''.join(marks)}</svg>")


def alone(picture: Markup) -> Markup:
    """The picture with its own style, for where there is no page around it."""
    return Markup(str(picture).replace(">", f"><style>{STYLE}</style>", 1))


def legend(names: Mapping[str, int]) -> Markup:
    """Which tone is what, as HTML."""
    keys = [
        f'<span class="key"><i class="t{tone}"></i>{_safe(name)}</span>'
        for name, tone in names.items()
    ]
    return Markup(f'<p class="legend">{"".join(keys)}</p>')


def box(x: float, y: float, width: float, height: float, tone: int, note: str = "") -> str:
    """A bar; `note` shows when it is pointed at."""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} rx="2" style="fill:var(--t{tone})">{_title(note)}</rect>'


def dot(x: float, y: float, radius: float, tone: int, note: str = "") -> str:
    """A point; `note` shows when it is pointed at."""
    place = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"'
    return f'<circle {place} style="fill:var(--t{tone})">{_title(note)}</circle>'


def rule(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    """A thin line of an axis or an edge."""
    dashes = ' stroke-dasharray="4 4"' if dashed else ""
    place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line class="axis" {place}{dashes}/>'


def path(points: Iterable[tuple[float, float]], tone: int, note: str = "", light: float = 1) -> str:
    """A thick line through points."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    style = f"stroke:var(--t{tone})" + (f";stroke-opacity:{light}" if light < 1 else "")
    return f'<polyline class="stroke" points="{places}" style="{style}">{_title(note)}</polyline>'


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    room: float | None = None,
    soft: bool = False,
    halo: bool = False,
) -> str:
    """Words, cut to `room` and then whole when pointed at; a halo keeps lines off them."""
    shown = words if room is None else short(words, room)
    classes = " ".join(name for name, wanted in (("soft", soft), ("halo", halo)) if wanted)
    style = f' class="{classes}"' if classes else ""
    note = _title(words if shown != words else "")
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f"<text {place}{style}>{_safe(shown)}{note}</text>"


def short(words: str, room: float) -> str:
    """Words that fit into `room`."""
    letters = max(4, int(room / LETTER))
    return words if len(words) <= letters else words[: letters - 1].rstrip() + "…"


def _safe(words: str) -> str:
    """Text without markup, control characters and marks of direction."""
    return escape("".join(letter if letter.isprintable() else " " for letter in words))


def _title(note: str) -> str:
    return f"<title>{_safe(note)}</title>" if note else ""
