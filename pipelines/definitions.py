"""All of the main job as Dagster sees it; `wareword dev` opens it."""

from dagster import Definitions

from pipelines.assets import assets_of
from pipelines.assets.documents import documents
from pipelines.assets.made import MADE
from pipelines.checks import checks
from pipelines.jobs import efficacy_job, inbox_job, main_job
from pipelines.resources import Job
from pipelines.schedules import daily
from pipelines.sensors import inbox

definitions = Definitions(
    assets=[*assets_of(MADE), documents],
    asset_checks=checks,
    jobs=[main_job, inbox_job, efficacy_job],
    schedules=[daily],
    sensors=[inbox],
    resources={"job": Job()},
)
