"""The Dagster definitions: what there is, what it makes, and what the checks and the sensor do."""

import os
from datetime import datetime
from pathlib import Path

import pytest
from dagster import (
    AssetKey,
    MultiPartitionKey,
    build_sensor_context,
    materialize,
)

from pipelines.assets import assets_of
from pipelines.assets.documents import KEY as DOCUMENTS
from pipelines.assets.documents import documents
from pipelines.assets.made import MADE
from pipelines.checks import CHECKS, checks, definition
from pipelines.definitions import definitions
from pipelines.resources import Job
from pipelines.sensors import inbox
from pipelines.settings import Settings
from warehouse.connection import reader, writer


@pytest.fixture
def catalog(tmp_path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text("id,title,brand,category\n1,Blue mug,Acme,Mugs\n2,Red mug,Acme,Mugs\n")
    return path


def made(job: Job, *checks: str):
    chosen = [definition(check) for check in CHECKS if check.name in checks]
    warehouse = assets_of({stage: MADE[stage] for stage in ("load", "facts")})
    return materialize([*warehouse, *chosen], resources={"job": job}, raise_on_error=False)


def test_definitions_hold_an_asset_for_each_table_and_file():
    keys = {"/".join(spec.key.path) for spec in definitions.resolve_all_asset_specs()}
    assert {
        "catalog/product",
        "facts/fact",
        "graph/prediction",
        "text/document",
        "corpus/dolma",
        "report.html",
    } <= keys
    assert {job.name for job in definitions.resolve_all_job_defs()} >= {"main_job", "inbox_job"}


def test_the_launchpad_can_set_whatever_the_command_line_can(tmp_path):
    assert Settings.model_fields.keys() <= Job.model_fields.keys()
    job = Job(home=str(tmp_path), sample=False, corpus_formats=["hf"], edits_to="2024-01-31")
    chosen = job.settings()
    assert (chosen.home, chosen.corpus_formats) == (tmp_path, ("hf",))
    assert (chosen.sample, chosen.edits_to) == (False, datetime(2024, 1, 31))


def test_assets_tell_rows_and_a_sample_and_checks_pass(tmp_path, catalog):
    job = Job(home=str(tmp_path / "home"), inputs=[str(catalog)], as_of="2024-01-31")
    result = made(job, "dangling_references", "rejects_share", "one_value_at_a_time")
    assert result.success
    (event,) = result.asset_materializations_for_node("load")[:1]
    assert event.asset_key == AssetKey(["catalog", "product"])
    assert event.metadata["dagster/row_count"].value == 2
    assert "Blue mug" in event.metadata["sample"].value
    assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())


@pytest.mark.slow
def test_all_assets_are_made_and_all_checks_pass(tmp_path, catalog):
    job = Job(home=str(tmp_path / "home"), inputs=[str(catalog)], as_of="2024-01-31")
    result = materialize([*assets_of(MADE), *checks], resources={"job": job})
    assert result.success
    assert {evaluation.check_name for evaluation in result.get_asset_check_evaluations()} == {
        check.name for check in CHECKS
    }
    assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())
    told = [
        event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == DOCUMENTS
    ]
    assert "product|en" in {part.partition for part in told}
    (event,) = result.asset_materializations_for_node("report")
    assert event.metadata["bytes"].value == (tmp_path / "home" / "report.html").stat().st_size


def test_a_check_fails_where_something_is_wrong(tmp_path, catalog):
    job = Job(home=str(tmp_path / "home"), inputs=[str(catalog)], as_of="2024-01-31")
    assert made(job).success
    with writer(tmp_path / "home") as connection:
        connection.execute("DELETE FROM facts.node WHERE kind = 'brand'")
    result = made(job, "dangling_references")
    (evaluation,) = result.get_asset_check_evaluations()
    assert not evaluation.passed and evaluation.metadata["found"].value == 5


def test_the_sensor_asks_for_one_run_for_each_content_of_a_file(tmp_path):
    folder = tmp_path / "inbox" / "supplier"
    folder.mkdir(parents=True)
    job = Job(home=str(tmp_path))
    assert list(inbox(build_sensor_context(), job=job))[0].skip_message.startswith("no file")
    path = folder / "products.csv"
    path.write_text("id,title\n1,Mug\n")
    os.utime(path, (1704067200, 1704067200))
    (request,) = inbox(build_sensor_context(), job=job)
    assert request.run_config["resources"]["job"]["config"] == {
        "home": str(tmp_path),
        "inputs": [str(path)],
        "as_of": "2024-01-01T00:00:00",
        "source": "supplier",
    }
    path.write_text("id,title\n1,Cup\n")
    os.utime(path, (1704067260, 1704067260))
    (changed,) = inbox(build_sensor_context(), job=job)
    assert changed.run_key != request.run_key


def test_files_of_one_name_and_content_in_two_folders_are_two(tmp_path):
    for supplier in ("east", "west"):
        folder = tmp_path / "inbox" / supplier
        folder.mkdir(parents=True)
        (folder / "products.csv").write_text("id,title\n1,Mug\n")
        os.utime(folder / "products.csv", (1704067200, 1704067200))
    asked = list(inbox(build_sensor_context(), job=Job(home=str(tmp_path))))
    assert len({request.run_key for request in asked}) == 2


def test_a_file_that_is_still_being_written_waits(tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "products.csv").write_text("id,title\n1,Mu")
    (skipped,) = inbox(build_sensor_context(), job=Job(home=str(tmp_path)))
    assert "at rest" in skipped.skip_message


def test_documents_of_one_kind_and_language_are_written_anew_and_others_stay(tmp_path, catalog):
    job = Job(
        home=str(tmp_path / "home"), inputs=[str(catalog)], as_of="2024-01-31", kinds=["product"]
    )
    key = MultiPartitionKey({"kind": "brand", "language": "de"})
    result = materialize([documents], resources={"job": job}, partition_key=key)
    assert result.success
    (event,) = result.asset_materializations_for_node("text__document_by_kind_and_language")
    assert event.metadata["dagster/row_count"].value == 1
    assert "Acme" in event.metadata["sample"].value
    count = "SELECT kind, language, count(*) FROM text.document GROUP BY ALL ORDER BY ALL"
    with reader(tmp_path / "home") as connection:
        assert connection.execute(count).fetchall() == [("brand", "de", 1), ("product", "en", 2)]
