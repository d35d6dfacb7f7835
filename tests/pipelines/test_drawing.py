"""Pictures: well-formed, escaped, the same each time, and in proportion."""

import re
from xml.etree import ElementTree

import pytest

from pipelines.drawing import (
    Bar,
    Line,
    Node,
    alone,
    bars,
    columns,
    lines,
    network,
    reliability,
    spans,
    waterfall,
)

HOSTILE = "<script>\"&'</script>"


def pictures():
    return {
        "bars": bars([Bar(HOSTILE, ((3, 0), (1, 1)), HOSTILE), Bar("", (), "")]),
        "no bars": bars([]),
        "logarithmic bars": bars([Bar("many", ((10**9, 0),), ""), Bar("none", ((0, 0),), "")]),
        "waterfall": waterfall([(HOSTILE, 3.0, HOSTILE), ("b", -5.0, "")], ("sum", HOSTILE)),
        "lines": lines([Line(HOSTILE, [(1, 0.5), (2, 0.25)])], across=HOSTILE, up=HOSTILE),
        "one point": lines([Line("a", [(1, 1)])]),
        "steps": lines([Line("a", [(1, 2), (5, 3)], step=True)], reach=[0], ticks=[(1, "Jan")]),
        "columns": columns([1, 0, 5], [0, 10, 20, 30], across="tokens"),
        "reliability": reliability({"after": [(0.1, 0.2, 3), (0.9, 1, 9)]}, {"after": 0}),
        "spans": spans([(HOSTILE, 1, [(0, 5, HOSTILE)])], 0, 10, [(2, "Feb")]),
        "network": network([Node(HOSTILE, 0, -1), Node("b", 1, 0, HOSTILE), Node("c", 2, 1)]),
        "lonely node": network([Node("a", 0, -1)]),
    }


@pytest.mark.parametrize("name", pictures())
def test_a_picture_is_well_formed_and_holds_no_markup_of_its_text(name):
    root = ElementTree.fromstring(pictures()[name])
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    ElementTree.fromstring(alone(pictures()[name]))


def test_the_same_numbers_give_the_same_bytes():
    assert pictures() == pictures()


def test_bars_are_as_long_as_their_values():
    picture = bars([Bar("a", ((4, 0),), ""), Bar("b", ((2, 0),), "")])
    longer, shorter = (
        float(found) for found in re.findall(r'<rect[^>]* width="([\d.]+)"', picture)
    )
    assert longer == pytest.approx(2 * shorter, abs=0.2)


def test_a_step_holds_its_value_until_the_next_one():
    picture = lines([Line("a", [(0, 0), (1, 10)], step=True)])
    points = re.search(r'points="([^"]*)"', picture)[1].split()
    assert [point.split(",")[1] for point in points] == [points[0].split(",")[1]] * 2 + [
        points[2].split(",")[1]
    ] * 2


def test_a_long_name_is_cut_and_told_whole_when_pointed_at():
    name = "a very long name " * 20
    picture = bars([Bar(name, ((1, 0),), "")])
    assert "…" in picture and f"<title>{name}</title>" in picture


def test_names_of_the_outer_ring_that_would_touch_others_are_left_to_a_note():
    crowd = [Node("the middle", 0, -1), Node("a neighbour", 1, 0, "bought with")]
    few = network([*crowd, Node("one beyond", 0, 1)])
    many = network([*crowd, *(Node(f"number {n} beyond", 0, 1) for n in range(200))])
    assert len(re.findall(r"<text", few)) == 4
    assert len(re.findall(r"<text", many)) < 100
    assert all(f"number {n} beyond" in many for n in range(200))


def test_a_waterfall_ends_where_its_steps_lead():
    picture = str(waterfall([("up", 3.0, ""), ("down", -5.0, "")], ("sum", "")))
    bars = re.findall(r'<rect x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"', picture)
    (up, rise), (down, fall), (end, total) = [(float(x), float(width)) for x, width in bars]
    assert abs((up + rise) - (down + fall)) < 0.2
    assert abs(end - down) < 0.2 and abs(end + total - up) < 0.2
    assert abs(fall / rise - 5 / 3) < 0.02
