"""What `wareword curate` tells of its stages."""

from pipelines.commands.curation import _table
from verbalize.curation import CurationSettings
from verbalize.curation.stage import NAMES

FOUND = {
    "removed": [{"stage": "exact", "kind": "product", "reason": "same words", "documents": 2}],
    "masked": {"EMAIL": 1},
    "kept": 3,
    "documents": 5,
    "tokens": 40,
    "facts_only_in_removed": 0,
    "stated_facts": {"facts": 4, "said": 4, "share": 1.0, "unsaid": []},
}


def test_only_stages_that_ran_are_listed_and_one_line_tells_how_to_run_others():
    lines = _table(FOUND, CurationSettings.stages).splitlines()
    assert not [line for line in lines if line.startswith("meaning")]
    (told,) = (line for line in lines if line.startswith("Not run"))
    assert told.startswith("Not run: meaning; ") and told.endswith("--stage meaning")
    assert "        2  product: same words" in "\n".join(lines)


def test_where_all_stages_ran_none_is_missed():
    assert "Not run" not in _table(FOUND, NAMES)
