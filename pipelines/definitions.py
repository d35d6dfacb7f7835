"""All of the main job as Dagster sees it; `wareword dev` opens it."""

from dagster import Definitions

from pipelines.assets import editing, graph, report, verbalize, warehouse
from pipelines.checks import checks
from pipelines.jobs import inbox_job, main_job
from pipelines.resources import Job
from pipelines.schedules import daily
from pipelines.sensors import inbox

definitions = Definitions(
    assets=[
        *warehouse.assets,
        *graph.assets,
        *verbalize.assets,
        *editing.assets,
        *report.assets,
    ],
    asset_checks=checks,
    jobs=[main_job, inbox_job],
    schedules=[daily],
    sensors=[inbox],
    resources={"job": Job()},
)
