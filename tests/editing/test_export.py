"""Files that ROME and EasyEdit read."""

import json
from datetime import datetime

import pytest

from editing import EditError, export_edits, write_requests

T0 = datetime(2024, 2, 1)
T1 = datetime(2024, 3, 1)

WEEK_50 = datetime(2017, 12, 4)
END = datetime(2018, 1, 1)


@pytest.fixture
def edited(shop):
    write_requests(shop, T0, T1)
    return shop


def test_counterfact_holds_what_rome_reads(edited, tmp_path):
    export_edits(edited, tmp_path / "edits")
    records = json.loads((tmp_path / "edits" / "counterfact.json").read_text())
    assert [record["case_id"] for record in records] == [0, 1]
    (price,) = [
        record for record in records if record["requested_rewrite"]["relation_id"] == "price"
    ]
    rewrite = price["requested_rewrite"]
    assert (
        rewrite["prompt"].format(rewrite["subject"])
        == "The shelf price of Green tea (item green) is"
    )
    assert (rewrite["target_true"]["str"], rewrite["target_new"]["str"]) == ("$4.00", "$2.00")
    assert price["neighborhood_prompts"] == ["The shelf price of Mint tea (item mint) is"]
    assert price["attribute_prompts"] == ["The shelf price of Red tea (item red) is"]
    assert len(price["paraphrase_prompts"]) >= 3
    assert price["generation_prompts"]


def test_easyedit_gets_one_entry_a_request_in_every_list(edited, tmp_path):
    export_edits(edited, tmp_path / "edits")
    arguments = json.loads((tmp_path / "edits" / "easyedit.json").read_text())
    number = len(arguments["prompts"])
    assert number == 3
    for name in ("target_new", "ground_truth", "subject", "rephrase_prompts"):
        assert len(arguments[name]) == number
    assert arguments["ground_truth"].count("<|endoftext|>") == 1
    assert all(isinstance(answer, str) for answer in arguments["ground_truth"])
    for inputs in (arguments["locality_inputs"], arguments["portability_inputs"]):
        assert inputs
        for group in inputs.values():
            assert len(group["prompt"]) == len(group["ground_truth"]) == number
            assert all(
                (prompts is None) == (answers is None) and len(prompts or []) == len(answers or [])
                for prompts, answers in zip(group["prompt"], group["ground_truth"], strict=True)
            )
    for prompt, subject in zip(arguments["prompts"], arguments["subject"], strict=True):
        assert subject in prompt


def test_the_index_counts_and_names_the_two_times(edited, tmp_path):
    index = export_edits(edited, tmp_path / "edits")
    assert index == json.loads((tmp_path / "edits" / "edits.json").read_text())
    assert (index["changed_from"], index["changed_to"]) == (
        "2024-02-01T00:00:00",
        "2024-03-01T00:00:00",
    )
    assert index["changes"] == {"addition": 1, "conflict": 3, "withdrawal": 1}
    assert index["files"] == {"counterfact.json": 2, "easyedit.json": 3}


def test_the_same_requests_give_the_same_bytes(edited, tmp_path):
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        write_requests(edited, T0, T1)
        export_edits(edited, folder)
    for name in ("counterfact.json", "easyedit.json", "edits.json"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_a_new_export_takes_the_place_of_the_old_one_whole(edited, tmp_path):
    folder = tmp_path / "edits"
    export_edits(edited, folder)
    export_edits(edited, folder, formats=("counterfact",))
    assert sorted(path.name for path in folder.iterdir()) == ["counterfact.json", "edits.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["edits"]


def test_a_folder_with_other_things_is_left_alone(edited, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(EditError, match="give another folder"):
        export_edits(edited, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_where_nothing_changed_the_files_hold_no_record(connection, tmp_path):
    write_requests(connection, T0, T1)
    index = export_edits(connection, tmp_path / "edits")
    assert index["files"] == {"counterfact.json": 0, "easyedit.json": 0}
    assert (tmp_path / "edits" / "counterfact.json").read_text() == "[]\n"


def test_an_unknown_format_is_told(edited, tmp_path):
    with pytest.raises(EditError, match="counterfact, easyedit"):
        export_edits(edited, tmp_path / "edits", formats=("tarot",))
