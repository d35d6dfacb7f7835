"""Stages: what is done again when something changes, and by which settings."""

import json
from pathlib import Path

import pytest

from pipelines.settings import settings
from pipelines.stages import ensure, remembered, run
from warehouse.connection import reader, writer
from warehouse.errors import WarewordError

HEADER = "id,title,brand,category\n"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def chosen(**values):
    return settings(home=Path("home"), inputs=(Path("products.csv"),), source="mugs", **values)


def ran(settings, *until) -> list[str]:
    return [outcome.stage for outcome in run(settings, *until) if outcome.ran]


def test_an_unchanged_file_is_not_loaded_again_and_a_changed_one_is_with_all_that_follows():
    Path("products.csv").write_text(HEADER + "1,Blue mug,Acme,Mugs\n2,Red mug,Acme,Mugs\n")
    assert ran(chosen(as_of="2024-01-01"), "build") == ["load", "facts", "build"]
    assert ran(chosen(as_of="2024-01-01"), "build") == []
    Path("products.csv").write_text(HEADER + "1,Blue cup,Acme,Mugs\n2,Red mug,Acme,Mugs\n")
    assert ran(chosen(as_of="2024-02-01"), "build") == ["load", "facts", "build"]
    with reader(Path("home")) as connection:
        names = connection.execute(
            "SELECT object FROM facts.fact WHERE predicate = 'name' AND valid_to IS NOT NULL"
        ).fetchall()
    assert names == [("Blue mug",)]


def test_without_anything_to_load_the_warehouse_is_taken_as_it_is():
    with pytest.raises(WarewordError, match="wareword run --sample"):
        ran(settings(home=Path("home")), "facts")
    Path("products.csv").write_text(HEADER + "1,Blue mug,Acme,Mugs\n")
    ran(chosen(as_of="2024-01-01"), "facts")
    assert ran(settings(home=Path("home")), "build") == ["build"]


def test_a_setting_that_matters_makes_a_stage_run_again_and_others_do_not():
    Path("products.csv").write_text(HEADER + "1,Blue mug,Acme,Mugs\n2,Red mug,Acme,Mugs\n")
    ran(chosen(as_of="2024-01-01"), "edits")
    assert ran(chosen(as_of="2024-01-01", seed=7), "edits") == ["edits"]
    assert ran(chosen(as_of="2024-01-01", seed=7, languages=("en",)), "edits") == []


def test_a_licence_that_is_stated_later_is_exported_and_nothing_else_is_done_again():
    Path("products.csv").write_text(HEADER + "1,Blue mug,Acme,Mugs\n2,Red mug,Acme,Mugs\n")
    ran(chosen(as_of="2024-01-01"), "export")
    stating = chosen(as_of="2024-01-01", licences={"mugs": "CC-BY-4.0", "cups": "MIT"})
    assert ran(stating, "export") == ["load", "export"]
    sheet = json.loads(Path("home/corpus/dolma/datasheet.json").read_text())
    assert sheet["sources"] == [{"source": "mugs", "licence": "CC-BY-4.0", "spdx": "CC-BY-4.0"}]
    assert sheet["shards"][0]["licences"] == ["CC-BY-4.0"]


def test_a_home_remembers_the_settings_that_it_was_made_with():
    Path("products.csv").write_text(HEADER + "1,Blue mug,Acme,Mugs\n2,Red mug,Acme,Mugs\n")
    ran(chosen(as_of="2024-01-01", seed=7), "edits")
    assert ran(settings(remembered, home=Path("home")), "edits") == []
    assert ran(settings(home=Path("home")), "edits") == ["edits"]


@pytest.mark.parametrize(("stage", "order"), [("build", 99), ("report", 0)])
def test_of_stages_that_share_a_setting_the_last_to_run_is_remembered(stage, order):
    Path("products.csv").write_text(HEADER + "1,Blue mug,Acme,Mugs\n2,Red mug,Acme,Mugs\n")
    ran(chosen(as_of="2024-01-01", seed=7), "edits")
    with writer(Path("home")) as connection:
        connection.execute(
            "INSERT INTO ops.stage VALUES (?, 'x', 0, ?)",
            [stage, json.dumps({"order": order, "settings": {"seed": 3}})],
        )
    assert remembered(Path("home"))["seed"] == (3 if order else 7)


def test_a_stage_that_fails_leaves_the_warehouse_as_it_was(monkeypatch):
    Path("products.csv").write_text(HEADER + "1,Blue mug,Acme,Mugs\n")
    ran(chosen(as_of="2024-01-01"), "facts")
    before = Path("home/warehouse.duckdb").read_bytes()
    monkeypatch.setattr("graph.build.summarise", lambda connection, graph: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ensure(chosen(as_of="2024-01-01"), "build")
    assert Path("home/warehouse.duckdb").read_bytes() == before


def test_two_writers_do_not_work_at_once():
    Path("products.csv").write_text(HEADER + "1,Blue mug,Acme,Mugs\n")
    with writer(Path("home")), pytest.raises(WarewordError, match="is being written by process"):
        ran(chosen(as_of="2024-01-01", wait=0.5), "load")
