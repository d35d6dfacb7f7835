"""The page that shows it all."""

from pipelines.assets import File, Made, assets_of, editing, verbalize

MADE: Made = {"report": (File("report.html", "One self-contained page with all pictures"),)}

assets = assets_of(MADE, verbalize.MADE | editing.MADE)
