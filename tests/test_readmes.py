"""The example of each package README prints what the README says."""

import re
from pathlib import Path

import pytest

from warehouse.kinds import KINDS

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("house", ["warehouse", "graph", "verbalize", "editing", "pipelines"])
def test_the_example_prints_what_the_readme_says(house, capsys):
    readme = ROOT / house / "README.md"
    example = re.search(r"```python\n(.*?)```", readme.read_text(), re.DOTALL)
    printed = re.search(r"```text\n(.*?)```", readme.read_text(), re.DOTALL)
    assert example and printed
    exec(compile(example[1], str(readme), "exec"), {"__name__": house})
    assert capsys.readouterr().out == printed[1]


def test_the_readme_has_the_columns_of_every_kind_that_people_load():
    rows = re.findall(
        r"^\| (\w+) \| (\*\*.*|key.*) \|$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    told = {kind: re.sub(r" \(.*?\)", "", columns) for kind, columns in rows}
    assert told == {
        name: ", ".join(f"**{c.name}**" if c.required else c.name for c in KINDS[name].columns)
        for name in ("product", "category", "customer", "event", "review", "query", "judgment")
    }
