"""The example of each package README prints what the README says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("house", ["warehouse", "graph", "verbalize", "editing", "pipelines"])
def test_the_example_prints_what_the_readme_says(house, capsys):
    readme = ROOT / house / "README.md"
    example = re.search(r"```python\n(.*?)```", readme.read_text(), re.DOTALL)
    printed = re.search(r"```text\n(.*?)```", readme.read_text(), re.DOTALL)
    assert example and printed
    exec(compile(example[1], str(readme), "exec"), {"__name__": house})
    assert capsys.readouterr().out == printed[1]
