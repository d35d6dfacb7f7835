"""The example of the README prints what the README says."""

import re
from pathlib import Path

README = Path(__file__).parents[2] / "editing" / "README.md"


def test_the_example_prints_what_the_readme_says(capsys):
    text = README.read_text()
    example = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    printed = re.search(r"prints\n\n```text\n(.*?)```", text, re.DOTALL)
    assert example and printed
    exec(compile(example[1], str(README), "exec"), {})
    assert capsys.readouterr().out == printed[1]
