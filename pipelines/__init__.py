"""The main job: settings, stages, Dagster assets and the `wareword` command line over the four
houses."""
