"""Edit requests of the editing house."""

from pipelines.assets import File, Made, Table, assets_of, warehouse

MADE: Made = {
    "edits": (
        Table("edit.request", "SELECT predicate, count(*) FROM edit.request GROUP BY 1 ORDER BY 1"),
        File("edits", "Edit requests as CounterFact and EasyEdit files"),
    ),
}

assets = assets_of(MADE, warehouse.MADE)
