"""The `wareword` command line.

Every command takes --home and --json, and ends its errors with the next step.
"""

import json
import sys

import typer

from pipelines.commands import (
    asking,
    curation,
    data,
    efficacy,
    extraction,
    job,
    machine,
    matching,
    resolution,
    rewriting,
)

app = typer.Typer(
    name="wareword",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Structured commerce data into language-model knowledge: a warehouse of facts, a graph "
    "with predictions, a text corpus with evidence, and knowledge edits.\n\n"
    "Begin with: [bold]wareword run --sample[/bold]",
)

for command in (
    job.run,
    data.load,
    resolution.resolve,
    matching.match,
    asking.ask,
    asking.withdraw,
    job.build,
    job.train,
    job.predict,
    extraction.extract,
    job.render,
    rewriting.rewrite,
    curation.curate,
    job.export,
    efficacy.efficacy,
    job.edits,
    data.sql,
    data.schema,
    data.trace,
    job.report,
    machine.dev,
    machine.doctor,
):
    app.command()(command)


def main() -> None:
    """Runs the command line; exit code 0 where all is well, 1 for a failure, 2 for a wrong call."""
    try:
        app()
    except SystemExit as end:
        if end.code == 2 and "--json" in sys.argv:
            wrong = "the command was called wrongly; see: wareword COMMAND --help"
            sys.stdout.write(json.dumps({"error": wrong}) + "\n")
        raise


if __name__ == "__main__":
    main()
