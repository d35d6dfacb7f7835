"""The page on loading is true: its commands, run in their order, print what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "loading.md").read_text()
STEPS = re.findall(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.slow
def test_the_commands_of_the_page_print_what_it_says(tmp_path):
    command = f'wareword() {{ "{sys.executable}" -m pipelines.cli "$@" 2>&1; }}\n'
    given = {name: value for name, value in os.environ.items() if not name.startswith("WAREWORD_")}
    environment = {**given, "PYTHONPATH": str(ROOT), "COLUMNS": "300"}
    for script, expected in STEPS:
        run = subprocess.run(
            ["bash", "-c", command + script],
            cwd=tmp_path, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        printed = iter(line.rstrip() for line in run.stdout.splitlines())
        for line in expected.splitlines():
            assert line in printed, (line, run.stdout, run.stderr)


def test_it_has_commands_and_what_they_print():
    assert len(STEPS) == 7
    assert sum(bool(expected) for _, expected in STEPS) == 6
