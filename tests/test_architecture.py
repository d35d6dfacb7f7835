"""The directions of imports between the houses are those of ARCHITECTURE.md."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "warehouse": set(),
    "graph": {"warehouse"},
    "verbalize": {"warehouse"},
    "editing": {"warehouse", "verbalize"},
    "pipelines": {"warehouse", "graph", "verbalize", "editing"},
}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("house", MAY_IMPORT)
def test_a_house_imports_only_what_it_may(house):
    forbidden = MAY_IMPORT.keys() - MAY_IMPORT[house] - {house}
    breaches = {
        str(path.relative_to(ROOT)): sorted(imported(path) & forbidden)
        for path in (ROOT / house).rglob("*.py")
        if imported(path) & forbidden
    }
    assert breaches == {}
