"""Jobs: the main job, and the same after the load of a file from the inbox."""

from dagster import AssetSelection, define_asset_job

main_job = define_asset_job(
    "main_job", AssetSelection.all(), description="Load, graph, predictions, corpus, edits, report"
)
inbox_job = define_asset_job(
    "inbox_job",
    AssetSelection.all(),
    description="Load a file of the inbox, and all that follows from it",
)
