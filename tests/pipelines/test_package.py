"""The distribution: what is installed is what the checkout has."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSES = ("warehouse", "graph", "verbalize", "editing", "pipelines")


def test_every_file_that_a_house_reads_is_installed_with_it():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = ["*.py", "README.md", *settings["package-data"]["*"]]
    files = [
        path
        for house in HOUSES
        for path in (ROOT / house).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert [
        str(path.relative_to(ROOT))
        for path in files
        if not any(fnmatch(path.name, pattern.removeprefix("**/")) for pattern in patterns)
    ] == []


def test_every_direct_dependency_has_an_exact_pin():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {normal(pin.split("==")[0]) for pin in pins if "==" in pin}
    assert {normal(name) for name in wanted} - pinned == set()
    assert not [pin for pin in pins if "://" in pin or "+" in pin]


def normal(requirement: str) -> str:
    name = requirement
    for end in (";", "=", "<", ">", "[", "!", "~"):
        name = name.split(end)[0]
    return name.strip().lower().replace("_", "-").replace(".", "-")
