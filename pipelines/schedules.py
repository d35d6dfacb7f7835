"""The schedule of the main job."""

from dagster import ScheduleDefinition

from pipelines.jobs import main_job

daily = ScheduleDefinition(
    name="daily",
    job=main_job,
    cron_schedule="0 5 * * *",
    description="Every day at 05:00 UTC; stages whose inputs are unchanged are not done again",
)
