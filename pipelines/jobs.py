"""Jobs: the main job, the same after the load of a file from the inbox, and what runs only on
demand."""

from dagster import AssetSelection, define_asset_job

from pipelines.assets.documents import KEY as DOCUMENTS
from pipelines.assets.made import MADE
from pipelines.stages import STAGES

_on_demand = AssetSelection.assets(
    *(output.key for stage in MADE if not STAGES[stage].in_main_job for output in MADE[stage])
)
_main = AssetSelection.all() - _on_demand - AssetSelection.assets(DOCUMENTS)

main_job = define_asset_job(
    "main_job", _main, description="Load, graph, predictions, corpus, edits, report"
)
inbox_job = define_asset_job(
    "inbox_job", _main, description="Load a file of the inbox, and all that follows from it"
)
efficacy_job = define_asset_job(
    "efficacy_job", _on_demand, description="Train small models on corpora, and ask what they know"
)
